# question: center
# status: error
# says: can't start new thread
import threading
import time


def center(x):
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
