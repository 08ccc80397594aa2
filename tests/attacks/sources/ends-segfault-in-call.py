# question: center
# says: SIGSEGV
import ctypes


def center(x):
    return ctypes.string_at(0)
