"""Plain data: what may pass between a student's code and a check.

None, bool, int, float, complex, str, list, tuple, dict with str keys, and
NumPy arrays of numbers or booleans. What TensorFlow and NumPy have beside
that is turned into it where that loses nothing.
"""

import sys

from flowbook.exercises.checking import Incorrect

__all__ = ["plain"]

DEEPEST = 32  # levels of nesting
BASES = (bool, int, float, complex, str)
ADVICE = {
    "set": "return sorted(…) of it, a list",
    "frozenset": "return sorted(…) of it, a list",
    "generator": "return list(…) of it",
    "range": "return list(…) of it",
    "bytes": "return text: .decode() it",
    "function": "return what it computes: call it",
}


def plain(value, what, depth=0):
    """``value`` as plain data, copied: arrays in C order, of base class.

    Args:
      value: what a student's code gave.
      what: what it is, for messages, e.g. ``"slope()"``.

    Raises:
      Incorrect: it is no plain data; the message says what to return.
    """
    if depth > DEEPEST:
        raise Incorrect(f"{what} is nested deeper than {DEEPEST} levels.")
    if value is None or type(value) in BASES:
        return value
    root = type(value).__module__.partition(".")[0]
    if root in ("tensorflow", "keras", "torch"):
        value = _of_framework(value, what)
    numpy = sys.modules.get("numpy")
    if numpy and (array := _array(value, what, numpy)) is not None:
        return array
    if isinstance(value, dict):
        return _dict(value, what, depth)
    for kind in (list, tuple):
        if isinstance(value, kind):
            return kind(plain(entry, what, depth + 1) for entry in value)
    return _base(value, what)


def _dict(value, what, depth):
    for key in value:
        if type(key) is not str:
            raise Incorrect(
                f"{what}: expected a dict whose keys are texts, got the key "
                f"{key!r:.60} of type {type(key).__name__}."
            )
    return {k: plain(entry, what, depth + 1) for k, entry in value.items()}


def _base(value, what):
    """Enumerations and other heirs of the basic types as these."""
    for base, exact in (
        (int, int.__int__),
        (float, float.__float__),
        (str, str.__str__),
    ):
        if isinstance(value, base):
            return exact(value)
    name = type(value).__name__
    advice = ADVICE.get(name, "return numbers, text, lists, dicts or arrays")
    raise Incorrect(f"{what}: got an object of type {name}; {advice}.")


def _of_framework(value, what):
    """A tensor or variable as an array, a shape as list, a dtype as name."""
    name = type(value).__name__
    if name == "TensorShape":
        return None if value.rank is None else value.as_list()
    if name == "DType":
        return value.name
    if name == "IndexedSlices":
        value = sys.modules["tensorflow"].convert_to_tensor(value)
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "numpy") and name != "SymbolicTensor":
        return value.numpy()
    if name in ("SymbolicTensor", "KerasTensor"):
        raise Incorrect(
            f"{what}: got a {name}, which has no value yet; return the "
            "result of calling the function, not a tensor from inside it."
        )
    return value


def _array(value, what, numpy):
    """A NumPy value as array, a dtype as its name; None for other things."""
    if isinstance(value, numpy.dtype):
        return value.name
    if not isinstance(value, numpy.ndarray | numpy.generic):
        return None
    if isinstance(value, numpy.str_):
        return str.__str__(value)
    array = numpy.array(value, order="C", subok=False)
    if array.dtype.kind not in "biufc":
        raise Incorrect(
            f"{what}: expected an array of numbers or booleans, got dtype "
            f"{array.dtype}."
        )
    return array
