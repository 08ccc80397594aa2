# question: center
# says: SIGABRT
import os


def center(x):
    os.abort()
