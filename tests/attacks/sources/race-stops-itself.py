# question: faster
# says: took longer than
# It halts itself before the judge can, and hopes to be resumed too early.
import os
import signal
import threading


def halt():
    time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGSTOP)


def faster(x):
    threading.Thread(target=halt).start()
    time.sleep(0.2)
    return 2 * x
