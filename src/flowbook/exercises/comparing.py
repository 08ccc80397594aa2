"""``close`` and ``equal``: type, then shape, then value, in one place.

Both accept any form that says the same: a Python number, a NumPy scalar, a
zero-dimensional array or tensor; a list, a tuple or an array of numbers.
Everything is compared as Python numbers, so that nothing here needs NumPy.
"""

import math
from collections.abc import Mapping

from flowbook.exercises.checking import Incorrect

__all__ = ["close", "equal"]


def close(
    got,
    expected,
    what="the result",
    *,
    rtol=1e-5,
    atol=1e-6,
    dtype=None,
    mistakes=(),
    why="",
):
    """Raise Incorrect unless ``got`` is ``expected``, up to rounding.

    Args:
      got: what the student's code gave.
      expected: a number, bool, str or None; an array or (nested) list of
        numbers or bools; or a list, tuple or dict of such.
      what: the beginning of the message: "the gradient at x = 2".
      rtol, atol: numbers agree if they differ by no more than
        ``atol + rtol * abs(expected)``; NaN agrees with NaN alone.
      dtype: name of the dtype that an array must have, e.g. "float32".
      mistakes: typical wrong values and what to say about them: a dict, a
        list of pairs ``(value, sentence)``, or a function from ``got`` (its
        arrays as nested lists) to a sentence or None. The first that fits
        ends the message.
      why: the sentence about any other wrong value.

    Raises:
      Incorrect: type, shape or value differ, judged in this order.
    """
    have = _plain(got)

    def fault(wanted):
        return _fault(have, _plain(wanted), rtol, atol)

    said = _wrong_dtype(got, dtype) or fault(expected)
    if said:
        hint = _explained(have, mistakes, fault) or why
        raise Incorrect(f"{what}: {said}. {hint}".rstrip())


def equal(
    got, expected, what="the result", *, dtype=None, mistakes=(), why=""
):
    """Raise Incorrect unless ``got`` is exactly ``expected``.

    Arguments as in :func:`close`; 2, 2.0 and an array that holds 2 are equal.
    """
    exact = {"rtol": 0, "atol": 0, "dtype": dtype}
    close(got, expected, what, **exact, mistakes=mistakes, why=why)


def _plain(value):
    """Arrays and tensors as nested lists, inside of lists and dicts too."""
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "numpy"):
        value = value.numpy()
    return value.tolist() if hasattr(value, "tolist") else value


def _wrong_dtype(got, wanted):
    have = getattr(getattr(got, "dtype", None), "name", None)
    if wanted is None or have == wanted:
        return ""
    return f"expected dtype {wanted}, got {have or _noun(_plain(got))}"


def _explained(have, mistakes, fault):
    if callable(mistakes):
        return mistakes(have) or ""
    pairs = mistakes.items() if isinstance(mistakes, Mapping) else mistakes
    fitting = (sentence for value, sentence in pairs if not fault(value))
    return next(fitting, "")


def _fault(got, expected, rtol, atol):
    """What differs, as "expected …, got …"; "" if nothing does."""
    want, have = _form(expected), _form(got)
    if want and have and _alike(have, want):
        return _differing(got, expected, want[1], rtol, atol)
    if want:
        return f"expected {_noun(expected)}, got {_noun_and_value(got)}"
    if isinstance(expected, dict) and isinstance(got, dict):
        return _of_entries(got, expected, rtol, atol)
    if isinstance(expected, list) and isinstance(got, list):
        return _of_items(got, expected, rtol, atol)
    if type(expected) is type(got):
        return "" if got == expected else _pair(got, expected)
    return f"expected {_noun(expected)}, got {_noun_and_value(got)}"


def _alike(one, other):
    """Whether two forms have one shape, and one kind if they have any."""
    kinds = {one[0], other[0]} - {""}
    return one[1] == other[1] and len(kinds) < 2


def _form(value):
    """``(kind, shape)`` of numbers or bools in a grid; None for the rest.

    The shape of a single one is (); the kind of an empty grid is "".
    """
    if isinstance(value, bool):
        return "bool", ()
    if isinstance(value, int | float | complex):
        return "number", ()
    if not isinstance(value, list):
        return None
    forms = [_form(entry) for entry in value]
    kinds = {form[0] for form in forms if form} - {""}
    shapes = {form[1] for form in forms if form}
    if None in forms or len(kinds) > 1 or len(shapes) > 1:
        return None
    return "".join(kinds), (len(value), *(shapes.pop() if shapes else ()))


def _differing(got, expected, shape, rtol, atol):
    """The first number that differs, and how many do."""
    pairs = list(zip(_flat(got), _flat(expected), strict=True))
    wrong = [
        place
        for place, (have, want) in enumerate(pairs)
        if not _agree(have, want, rtol, atol)
    ]
    if not wrong:
        return ""
    said = _pair(*pairs[wrong[0]])
    if not shape:
        return said
    count = f"{len(wrong)} of {len(pairs)} differ"
    return f"{said} at {_index(wrong[0], shape)} ({count})"


def _agree(got, expected, rtol, atol):
    if got == expected:
        return True
    if got != got or expected != expected:  # NaN
        return got != got and expected != expected
    try:
        gap = abs(got - expected)
        return gap < math.inf and gap <= atol + rtol * abs(expected)
    except OverflowError:  # an int beyond every float
        return False


def _flat(value):
    if not isinstance(value, list):
        return [value]
    return [number for entry in value for number in _flat(entry)]


def _index(place, shape):
    """``[1, 0]`` for the third number of shape (2, 2)."""
    index = []
    for size in reversed(shape):
        place, rest = divmod(place, size)
        index.insert(0, rest)
    return index


def _of_entries(got, expected, rtol, atol):
    if set(got) != set(expected):
        wanted, given = (sorted(map(str, d)) for d in (expected, got))
        return f"expected the keys {_short(wanted)}, got {_short(given)}"
    for key, want in expected.items():
        said = _fault(got[key], want, rtol, atol)
        if said:
            return f"{said} under {key!r}"
    return ""


def _of_items(got, expected, rtol, atol):
    if len(got) != len(expected):
        return (
            f"expected a list of {len(expected)}, got {_noun_and_value(got)}"
        )
    for place, (have, want) in enumerate(zip(got, expected, strict=True)):
        said = _fault(have, want, rtol, atol)
        if said:
            return f"{said} at item {place}"
    return ""


def _noun(value):
    """What plain data is, in words; arrays and lists are the same here."""
    form = _form(value)
    if form and form[1]:
        return f"{form[0] or 'number'}s of shape {form[1]}"
    if form:
        return {"number": "a single number", "bool": "True or False"}[form[0]]
    if isinstance(value, list):
        return f"a list of {len(value)}"
    names = {str: "a text", dict: "a dict", type(None): "None"}
    return names.get(type(value), f"an object of type {type(value).__name__}")


def _noun_and_value(value):
    if value is None:
        return "None (is a return missing?)"
    noun = "a bool" if isinstance(value, bool) else _noun(value)
    return f"{noun}: {_short(value)}"


def _pair(got, expected):
    """Both values, with as many digits as tell them apart."""
    want, have = _short(expected), _short(got)
    if want == have:
        want, have = repr(expected), repr(got)
    return f"expected {want}, got {have}"


def _short(value):
    """A value as a learner reads it, within 80 characters."""
    if isinstance(value, int) and abs(value) > 10**60:
        return f"an integer of {value.bit_length()} bits"
    text = f"{value:.6g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
