"""Plain data as JSON and ``.npy`` blobs, and back: what crosses the wire.

Plain data is None, bool, int, float, complex, str, bytes, list, tuple, dict
with str keys, and NumPy arrays of numbers or booleans. What has no JSON form
of its own is an object with one key that names it::

    {"tuple": [1, 2]}     {"dict": [["a", 1]]}     {"array": 0}  (blob 0)
    {"int": "-ff"}        {"float": "nan"}         {"complex": [1.0, 0.5]}

The decoder is built for hostile bytes: it makes nothing but these types,
counts what it makes, and evaluates nothing, not even an array's header.
"""

import io
import json
import math
import re
from functools import partial

__all__ = [
    "DEPTH",
    "ITEMS",
    "TEXT",
    "BadValue",
    "decode",
    "encode",
]

DEPTH = 40  # lists inside of lists; plain data has 32 at most
ITEMS = 200_000  # entries of all lists and dicts of one frame
TEXT = 1_000_000  # characters of one string
DIGITS = 1_024  # hexadecimal digits of an int
DIMENSIONS = 32
SIGNED, UNSIGNED = ("|i1", "<i2", "<i4", "<i8"), ("|u1", "<u2", "<u4", "<u8")
FLOATING = ("<f2", "<f4", "<f8", "<c8", "<c16")
DTYPES = {"|b1", *SIGNED, *UNSIGNED, *FLOATING}
NPY_MAGIC = b"\x93NUMPY\x01\x00"
NPY_HEADER = re.compile(
    rb"\{'descr': '([<|][a-z]\d{1,2})', 'fortran_order': False, "
    rb"'shape': \(((?:\d{1,12}, )*(?:\d{1,12},?)?)\), \} *\n"
)


class BadValue(ValueError):
    """What was to cross the wire is not plain data, or too much of it."""


def encode(value):
    """``(json_text, blobs)`` of plain data.

    Raises:
      BadValue: it holds something else; the message names its type.
    """
    blobs = []
    tree = _tree(value, blobs, 0)
    return json.dumps(tree, allow_nan=False, separators=(",", ":")), blobs


def decode(text, blobs):
    """The plain data that :func:`encode` took apart.

    Args:
      text: JSON, str or bytes.
      blobs: a list of bytes-like objects.

    Raises:
      BadValue: anything in it is not as :func:`encode` writes it, or
        exceeds the limits of this module.
    """
    try:
        tree = json.loads(
            text if isinstance(text, str) else text.decode("ascii"),
            object_pairs_hook=_pair,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_small,
        )
    except (ValueError, RecursionError) as error:
        raise BadValue(f"expected JSON, got: {error}") from None
    return _Decoder(blobs).value(tree, 0)


def _tree(value, blobs, depth):
    if depth > DEPTH:
        raise BadValue(f"lists in lists: expected {DEPTH} levels at most")
    kind = type(value)
    if value is None or kind in (bool, str):
        return value
    if kind is int:
        return value if abs(value) < 2**63 else {"int": f"{value:x}"}
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if kind is complex:
        parts = (value.real, value.imag)
        return {"complex": [_tree(part, blobs, depth) for part in parts]}
    if kind in (list, tuple):
        entries = [_tree(entry, blobs, depth + 1) for entry in value]
        return entries if kind is list else {"tuple": entries}
    if kind is dict:
        pairs = value.items()
        return {"dict": [_entry(*pair, blobs, depth) for pair in pairs]}
    if kind is bytes:
        return {"bytes": _stored(value, blobs)}
    if f"{kind.__module__}.{kind.__name__}" == "numpy.ndarray":
        return {"array": _stored(_npy(value), blobs)}
    raise BadValue(f"expected plain data, got {kind.__name__}")


def _entry(key, value, blobs, depth):
    if type(key) is not str:
        raise BadValue(
            f"expected dict keys of type str, got {type(key).__name__}"
        )
    return [key, _tree(value, blobs, depth + 1)]


def _stored(data, blobs):
    blobs.append(data)
    return len(blobs) - 1


def _npy(array):
    import numpy as np

    little = array.dtype.newbyteorder("<")
    if little.str not in DTYPES:
        raise BadValue(
            f"expected an array of numbers or booleans, got {array.dtype}"
        )
    stream = io.BytesIO()
    # A copy in C order: the header then has one form only.
    plain = np.array(array, dtype=little, order="C", subok=False)
    np.lib.format.write_array(stream, plain, (1, 0), allow_pickle=False)
    return stream.getvalue()


class _Tagged:
    """A JSON object, before its tag is looked at."""

    def __init__(self, tag, content):
        self.tag, self.content = tag, content


def _pair(pairs):
    if len(pairs) != 1:
        raise ValueError(f"an object of {len(pairs)} keys")
    return _Tagged(*pairs[0])


def _refuse_constant(name):
    raise ValueError(f"the constant {name}")


def _finite(text):
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond float64")
    return number


def _small(text):
    if len(text) > 20 or abs(number := int(text)) >= 2**63:
        raise ValueError("an integer beyond int64")
    return number


class _Decoder:
    def __init__(self, blobs):
        self.blobs = blobs
        self.items = self.used = 0

    def value(self, tree, depth):
        if depth > DEPTH:
            raise BadValue(f"expected {DEPTH} levels of lists at most")
        if isinstance(tree, str):
            return _short(tree)
        if isinstance(tree, list):
            return self.entries(tree, depth)
        if not isinstance(tree, _Tagged):
            return tree  # None, bool, int, float
        make = {
            "tuple": lambda content: tuple(self.entries(content, depth)),
            "dict": partial(self.mapping, depth=depth),
            "array": lambda content: _array(self.blob(content)),
            "bytes": lambda content: bytes(self.blob(content)),
            "int": _big,
            "float": _unbounded,
            "complex": self.complex,
        }.get(tree.tag)
        if make is None:
            raise BadValue(f"unknown tag {tree.tag[:40]!r}")
        return make(tree.content)

    def entries(self, content, depth):
        if not isinstance(content, list):
            raise BadValue("expected a list of entries")
        self.items += len(content)
        if self.items > ITEMS:
            raise BadValue(f"expected {ITEMS} entries at most")
        return [self.value(entry, depth + 1) for entry in content]

    def mapping(self, content, depth):
        found = {}
        for pair in self.entries(content, depth):
            if not isinstance(pair, list) or len(pair) != 2:
                raise BadValue("expected [key, value] pairs")
            if not isinstance(pair[0], str) or pair[0] in found:
                raise BadValue("expected each key once, as str")
            found[pair[0]] = pair[1]
        return found

    def blob(self, index):
        """The next blob: each once, so that no frame grows when it is read."""
        if type(index) is not int or not self.used == index < len(self.blobs):
            raise BadValue(
                f"expected blob {self.used} of {len(self.blobs)}, each once"
            )
        self.used += 1
        return self.blobs[index]

    def complex(self, content):
        parts = self.entries(content, 0)
        if [type(part) for part in parts] != [float, float]:
            raise BadValue("expected two floats")
        return complex(*parts)


def _short(text):
    if len(text) > TEXT:
        raise BadValue(f"expected {TEXT} characters at most")
    return text


def _big(text):
    if not isinstance(text, str) or not re.fullmatch(
        rf"-?[0-9a-f]{{1,{DIGITS}}}", text
    ):
        raise BadValue(f"expected {DIGITS} hexadecimal digits at most")
    return int(text, 16)


def _unbounded(text):
    if text not in ("nan", "inf", "-inf"):
        raise BadValue("expected nan, inf or -inf")
    return float(text)


def _array(blob):
    """The array of a ``.npy`` blob, whose header is matched, not evaluated."""
    import numpy as np

    blob = bytes(blob)
    start = len(NPY_MAGIC) + 2
    if not blob.startswith(NPY_MAGIC) or len(blob) < start:
        raise BadValue("expected a .npy blob, version 1.0")
    end = start + int.from_bytes(blob[start - 2 : start], "little")
    header = NPY_HEADER.fullmatch(blob[start:end])
    if not header or header[1].decode() not in DTYPES:
        raise BadValue("expected a .npy header of numbers or booleans")
    sizes = re.findall(rb"\d+", header[2])
    if len(sizes) > DIMENSIONS:
        raise BadValue(f"expected {DIMENSIONS} dimensions at most")
    shape = tuple(map(int, sizes))
    dtype = np.dtype(header[1].decode())
    content = blob[end:]
    if len(content) != math.prod(shape) * dtype.itemsize:
        raise BadValue(f"expected the bytes of shape {shape}")
    if dtype.kind == "b" and content.translate(None, b"\0\1"):
        raise BadValue("expected booleans to be 0 or 1")
    try:
        return np.frombuffer(content, dtype).reshape(shape).copy()
    except ValueError as error:  # no bytes, and dimensions past any memory
        raise BadValue(str(error)) from None
