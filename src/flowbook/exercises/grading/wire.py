"""Frames between judge and worker: sizes, a number, JSON, blobs.

    "FBW2", number, bytes of JSON, blobs | size of each blob | JSON | blobs

All sizes are big-endian 32-bit integers. The JSON is ``[kind, body]``, its
body encoded by :mod:`flowbook.exercises.grading.values`. Whoever reads has a
deadline, and refuses a frame before taking in more than the limits below: the
other side can neither hang nor exhaust the reader, nor run anything in it.
"""

import struct
import time

from flowbook.exercises.grading import values

__all__ = ["Closed", "Late", "Wire", "WireError", "pack", "unpack"]

MAGIC = b"FBW2"
HEAD = struct.Struct("!4sIII")
JSON_BYTES = 4 * 2**20
BLOB_BYTES = 64 * 2**20  # of all blobs of a frame
BLOBS = 1_000


class WireError(Exception):
    """What came over the wire is no frame, or not the one that was due."""


class Closed(WireError):
    """The other side ended."""


class Late(WireError):
    """The other side did not answer, or did not read, in time."""


def pack(number, kind, body):
    """A frame as bytes.

    Args:
      number: of the frame, from 1.
      kind: str, what the body is.
      body: plain data.

    Raises:
      values.BadValue: the body is not plain data, or larger than a frame.
    """
    text, blobs = values.encode([kind, body])
    text = text.encode("ascii")
    sizes = list(map(len, blobs))
    if len(text) > JSON_BYTES or sum(sizes) > BLOB_BYTES or len(sizes) > BLOBS:
        raise values.BadValue(
            f"expected at most {BLOBS} arrays of {BLOB_BYTES >> 20} MiB "
            f"together and {JSON_BYTES >> 20} MiB of other data"
        )
    head = HEAD.pack(MAGIC, number, len(text), len(blobs))
    return b"".join([head, _sizes(blobs).pack(*sizes), text, *blobs])


def unpack(read):
    """``(number, kind, body)`` of the next frame.

    Args:
      read: ``read(n)`` returns exactly n bytes, or raises.

    Raises:
      WireError: the bytes are no valid frame.
    """
    magic, number, text_size, count = HEAD.unpack(read(HEAD.size))
    if magic != MAGIC:
        raise WireError("expected a frame, got other bytes")
    if text_size > JSON_BYTES or count > BLOBS:
        raise WireError(f"a frame of {text_size} bytes and {count} blobs")
    layout = struct.Struct(f"!{count}I")
    sizes = layout.unpack(read(layout.size))
    if sum(sizes) > BLOB_BYTES:
        raise WireError(f"a frame of {sum(sizes)} bytes of blobs")
    text = read(text_size)
    blobs = [read(size) for size in sizes]
    try:
        message = values.decode(text, blobs)
    except values.BadValue as error:
        raise WireError(str(error)) from None
    match message:
        case [str(kind), body]:
            return number, kind, body
    raise WireError("expected a frame's kind and body")


def _sizes(blobs):
    return struct.Struct(f"!{len(blobs)}I")


class Wire:
    """One end of a connected stream socket, with deadlines.

    Both ends count: the n-th frame sent must be the n-th received.
    """

    def __init__(self, sock):
        self._socket = sock
        self._sent = self._received = 0

    def fileno(self):
        """The socket's number, for ``select``."""
        return self._socket.fileno()

    def send(self, kind, body, deadline=None):
        """Send a frame; ``deadline`` is a ``time.monotonic()``.

        Raises:
          values.BadValue: the body is not plain data or too large.
          Closed: the other side ended.
          Late: it did not read in time.
        """
        frame = pack(self._sent + 1, kind, body)
        self._sent += 1
        try:
            self._socket.settimeout(_left(deadline))
            self._socket.sendall(frame)
        except TimeoutError:
            raise Late("the other side does not read") from None
        except OSError as error:
            raise Closed(f"the other side ended ({error})") from None

    def receive(self, deadline=None):
        """``(kind, body)`` of the next frame.

        Raises:
          Closed, Late, WireError: nothing more, not yet, or nonsense.
        """
        number, kind, body = unpack(lambda size: self._read(size, deadline))
        self._received += 1
        if number != self._received:
            raise WireError(
                f"expected frame {self._received}, got frame {number}"
            )
        return kind, body

    def close(self):
        """Close this end; the other one reads an end."""
        self._socket.close()

    def _read(self, size, deadline):
        data = bytearray(size)
        rest = memoryview(data)
        while rest:
            try:
                self._socket.settimeout(_left(deadline))
                count = self._socket.recv_into(rest)
            except TimeoutError:
                raise Late("no answer in time") from None
            except OSError as error:
                raise Closed(f"the other side ended ({error})") from None
            if not count:
                raise Closed("the other side ended")
            rest = rest[count:]
        return bytes(data)


def _left(deadline):
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise Late("no answer in time")
    return left
