# question: center
# status: error
# says: cannot be read as data
# The same inside of a .npy blob, sent past the worker's own checks.
import io
import os

from flowbook.exercises.grading import values


class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/flowbook-attack-was-here",)


def pickled(array):
    stream = io.BytesIO()
    bombs = np.array([Bomb()], dtype=object)
    np.lib.format.write_array(stream, bombs, allow_pickle=True)
    return stream.getvalue()


values._npy = pickled


def center(x):
    return x
