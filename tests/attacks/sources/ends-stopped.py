# question: center
# says: took longer than
import os
import signal


def center(x):
    os.kill(os.getpid(), signal.SIGSTOP)
