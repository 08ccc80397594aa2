# question: center
# says: got an object of type Liar
# All that NumPy asks an object for, with lies for answers.
class Liar:
    shape, dtype, ndim, size = (5,), np.dtype("float64"), 1, 5
    __array_interface__ = {
        "shape": (10**9,),
        "typestr": "<f8",
        "data": (1, True),
        "version": 3,
    }

    def __array__(self, *args, **kwargs):
        return np.zeros(5)

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return 0.0

    def tolist(self):
        return [0.0] * 5


def center(x):
    return Liar()
