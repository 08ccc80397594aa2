"""The wire takes plain data only, whatever bytes come: never more, never
hanging, never running anything."""

import io
import os
import pickle
import random
import socket
import struct
import threading
import time

import numpy as np
import pytest

from flowbook.exercises.grading import values, wire
from flowbook.exercises.grading.wire import Closed, Late, Wire, WireError

PLAIN = [
    None,
    True,
    -(2**63) + 1,
    10**300,
    -(10**300),
    1.5,
    -0.0,
    float("inf"),
    float("-inf"),
    1 - 2j,
    complex(float("inf"), 0.0),
    "",
    "naïve 数 \x00 \x1b \ud800",
    b"\x00\xff",
    [],
    (),
    {},
    [1, (2, [3.0, {"a": (), "": None}])],
    {"tuple": 1, "array": {"dict": [["x", 1]]}},
    np.array(1.5, "float32"),
    np.zeros((0, 3), "int8"),
    np.arange(24, dtype=">i4").reshape(2, 3, 4)[:, ::2].T,
    np.array([np.nan, np.inf, -0.0]),
    np.array([True, False]),
    np.ones(3, "complex64"),
    np.float16([1, 2]),
]
NOT_PLAIN = [
    object(),
    {1, 2},
    {1: 2},
    np.array([object()]),
    np.array(["text"]),
    np.array(["2020-01-01"], "datetime64[D]"),
    np.zeros(2, [("a", "i4")]),
    np.longdouble([1]),
    np.float32(1),
    range(3),
    type("Text", (str,), {})("x"),
    type("Array", (np.ndarray,), {})((2,)),
]


def same(a, b):
    if isinstance(a, np.ndarray):
        return (
            type(b) is np.ndarray
            and a.shape == b.shape
            and a.dtype == b.dtype
            and a.tobytes() == b.tobytes()
            and b.flags.writeable
        )
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and repr(a) == repr(b)


def reader(data):
    """``read`` over bytes that end, as a closed socket does."""
    stream = io.BytesIO(data)

    def read(size):
        part = stream.read(size)
        if len(part) < size:
            raise Closed("the other side ended")
        return part

    return read


def through(value):
    return wire.unpack(reader(wire.pack(1, "kind", value)))


@pytest.mark.parametrize("value", PLAIN, ids=lambda v: repr(v)[:30])
def test_plain_data_comes_out_as_it_went_in(value):
    number, kind, body = through(value)
    assert (number, kind) == (1, "kind")
    want = value
    if isinstance(value, np.ndarray):
        want = np.ascontiguousarray(value).reshape(value.shape)
        want = want.astype(value.dtype.newbyteorder("<"))
    assert same(want, body)


@pytest.mark.parametrize("value", NOT_PLAIN, ids=lambda v: type(v).__name__)
def test_what_is_not_plain_is_not_sent(value):
    with pytest.raises(values.BadValue):
        wire.pack(1, "kind", [value])


def test_what_is_too_large_or_too_deep_is_not_sent():
    deep = []
    for _ in range(100):
        deep = [deep]
    for value in (deep, np.zeros(2**24), "x" * 5_000_000, [b""] * 2_000):
        with pytest.raises(values.BadValue, match="at most"):
            wire.pack(1, "kind", value)


def frame(text, blobs=(), *, magic=b"FBW2", number=1):
    """A frame of any JSON text, right or wrong."""
    text = text.encode("utf-8", "surrogatepass")
    head = struct.pack("!4sIII", magic, number, len(text), len(blobs))
    sizes = struct.pack(f"!{len(blobs)}I", *map(len, blobs))
    return b"".join([head, sizes, text, *blobs])


def npy(header, data=b""):
    header = header.encode() + b"\n"
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header))
    return head + header + data


def pickled(command):
    """A .npy blob whose content runs a command where it is unpickled."""

    class Bomb:
        def __reduce__(self):
            return os.system, (command,)

    stream = io.BytesIO()
    array = np.array([Bomb()], dtype=object)
    np.lib.format.write_array(stream, array, allow_pickle=True)
    return stream.getvalue()


HEADER = "{{'descr': '{}', 'fortran_order': {}, 'shape': ({}), }}"
BAD_BODIES = [
    "NaN",
    "Infinity",
    "1e999",
    "9" * 21,
    "9223372036854775808",
    "[" * 100_000,
    "[" * 50 + "]" * 50,
    '{"a": 1, "b": 2}',
    "{}",
    '{"unknown": 1}',
    '{"tuple": {"tuple": []}}',
    '{"dict": [["a"]]}',
    '{"dict": [["a", 1], ["a", 2]]}',
    '{"dict": [[1, 2]]}',
    '{"int": "0x10"}',
    '{"int": 5}',
    '{"int": "' + "f" * 5_000 + '"}',
    '{"float": "1.0"}',
    '{"complex": [1, 2]}',
    '{"array": 0}',
    '{"bytes": true}',
    '{"bytes": -1}',
    "é",
    '"' + "x" * 1_500_000 + '"',
    "[" + "0," * 250_000 + "0]",
]
BAD_ARRAYS = [
    b"",
    b"\x93NUMPY",
    npy(HEADER.format("|O", "False", "1,"), b"12345678"),
    npy(HEADER.format("<f8", "True", "1,"), b"12345678"),
    npy(HEADER.format("<f8", "False", "2,"), b"12345678"),
    npy(HEADER.format("<f8", "False", "-1,"), b"12345678"),
    npy(HEADER.format("<f8", "False", "0, 99999999999, 99999999999")),
    npy(HEADER.format("<f8", "False", "1, " * 40), b"12345678"),
    npy(HEADER.format("<f8", "False", "__import__('os').abort(),")),
    npy(HEADER.format("|b1", "False", "1,"), b"\x02"),
    npy(HEADER.format("<U1", "False", "1,"), b"abcd"),
    npy("(" * 9_000),
    pickled("touch /tmp/flowbook-wire-ran-this"),
]


@pytest.mark.parametrize("text", BAD_BODIES, ids=lambda text: text[:20])
def test_wrong_json_is_refused(text):
    with pytest.raises(WireError):
        wire.unpack(reader(frame(f'["kind",{text}]')))


@pytest.mark.parametrize("blob", BAD_ARRAYS, ids=lambda blob: repr(blob[:30]))
def test_wrong_arrays_are_refused(blob):
    with pytest.raises(WireError):
        wire.unpack(reader(frame('["kind",{"array":0}]', [blob])))
    assert not os.path.exists("/tmp/flowbook-wire-ran-this")


def test_an_array_is_read_once():
    """A frame of 64 MiB must not become one of gigabytes."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.ones(3), (1, 0))
    blob = stream.getvalue()
    twice = frame('["kind",[{"array":0},{"array":0}]]', [blob])
    with pytest.raises(WireError, match="each once"):
        wire.unpack(reader(twice))
    both = frame('["kind",[{"array":0},{"array":1}]]', [blob, blob])
    assert len(wire.unpack(reader(both))[2]) == 2


@pytest.mark.parametrize(
    "data",
    [
        frame('["kind",1]', magic=b"FBW1"),
        frame("[1,1]"),
        frame('["kind"]'),
        frame('["kind",1,2]'),
        struct.pack("!4sIII", b"FBW2", 1, 2**31, 0),
        struct.pack("!4sIII", b"FBW2", 1, 2, 2**31),
        struct.pack("!4sIIIII", b"FBW2", 1, 2, 2, 2**31, 2**31),
        pickle.dumps({"kind": 1}),
    ],
)
def test_a_frame_is_refused_before_it_is_taken_in(data):
    with pytest.raises(WireError):
        wire.unpack(reader(data + bytes(100)))


def outcome(data):
    """What decoding does: a value, or a WireError; nothing else passes."""
    try:
        return wire.unpack(reader(data))
    except WireError:
        return None


def test_random_bytes_are_refused():
    rng = random.Random(1)
    for _ in range(3_000):
        assert outcome(rng.randbytes(rng.randrange(200))) is None
        body = rng.randbytes(rng.randrange(120))
        head = struct.pack("!4sIII", b"FBW2", 1, len(body), 0)
        assert outcome(head + body) is None


def test_random_text_of_json_is_plain_or_refused():
    rng = random.Random(2)
    words = [*'[]{},:"', "null", "true", "1", "-1.5e3", '"int"', '"array"']
    words += ['"dict"', '"tuple"', "0", "NaN", '"float"', '"nan"', "\\u0000"]
    for _ in range(5_000):
        text = "".join(rng.choices(words, k=rng.randrange(1, 25)))
        outcome(frame(f'["kind",{text}]', [rng.randbytes(9)]))


def test_mutated_frames_are_plain_or_refused():
    rng = random.Random(3)
    body = {"a": [1, 2.5, ("x", None)], "b": np.arange(6.0).reshape(2, 3)}
    good = wire.pack(1, "result", [body, b"bytes", 10**30, np.ones(2, bool)])
    assert outcome(good) is not None
    for _ in range(20_000):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(data))
            match rng.randrange(4):
                case 0:
                    data[at] = rng.randrange(256)
                case 1:
                    del data[at : at + rng.randrange(1, 9)]
                case 2:
                    data[at:at] = rng.randbytes(rng.randrange(1, 9))
                case 3:
                    data[at] ^= 1 << rng.randrange(8)
            if not data:
                break
        outcome(bytes(data))


def pair():
    a, b = socket.socketpair()
    return Wire(a), b


def test_a_reader_waits_no_longer_than_its_deadline():
    ours, theirs = pair()
    frame_of_one = wire.pack(1, "kind", "x" * 10_000)

    def drip():
        for sign in frame_of_one:
            try:
                theirs.send(bytes([sign]))
            except OSError:
                return
            time.sleep(0.01)

    for feed in (lambda: None, drip):
        threading.Thread(target=feed, daemon=True).start()
        start = time.monotonic()
        with pytest.raises(Late):
            ours.receive(start + 0.3)
        assert time.monotonic() - start < 3
    ours.close()


def test_a_writer_waits_no_longer_than_its_deadline():
    ours, _theirs = pair()
    start = time.monotonic()
    with pytest.raises(Late):
        ours.send("kind", np.zeros(2**22), start + 0.3)
    assert time.monotonic() - start < 3


def test_an_end_is_noticed_at_once():
    ours, theirs = pair()
    theirs.send(wire.pack(1, "kind", 5)[:-1])
    theirs.close()
    with pytest.raises(Closed):
        ours.receive(time.monotonic() + 60)


def test_frames_have_their_number():
    ours, theirs = pair()
    theirs.send(wire.pack(1, "kind", 5) + wire.pack(1, "kind", 6))
    assert ours.receive(time.monotonic() + 9) == ("kind", 5)
    with pytest.raises(WireError, match="expected frame 2, got frame 1"):
        ours.receive(time.monotonic() + 9)
