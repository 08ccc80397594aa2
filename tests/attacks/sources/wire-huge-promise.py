# question: center
# status: error
# says: cannot be read as data
# The head of a frame that announces four billion bytes.
import os


def center(x):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b"FBW2" + b"\x00\x00\x00\x01" + b"\xff" * 8)
        except OSError:
            pass
    return 0.0
