# question: center
# says: got an object of type Bomb
# An object that would run a command where it is unpickled.
import os


class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/flowbook-attack-was-here",)


def center(x):
    return Bomb()
