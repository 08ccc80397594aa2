# question: center
# says: SIGSEGV
# Recursion through C code, until the stack is used up.
import sys

sys.setrecursionlimit(10**9)


def center(x):
    return max([x], key=center)
