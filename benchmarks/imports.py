"""How often TensorFlow is imported from this environment, told by the kernel.

An import in a fresh process opens the bytecode of ``tensorflow/__init__.py``
once; a fork of a process that has it opens nothing. Linux reports every open
of that file (inotify), whichever process, user, namespace or sandbox it comes
from, so no process has to be asked or believed. What else uses the same
environment at the time is counted too: the number may be too high, not too
low. Only two opens within microseconds of each other would count as one.
"""

import contextlib
import ctypes
import importlib.util
import os
import struct
import subprocess
import sys
from pathlib import Path

__all__ = ["CannotCount", "counted", "prove"]

OPENED, CLOSED = 0x20, 0x10  # IN_OPEN, IN_CLOSE_NOWRITE
EVENT = struct.Struct("iIII")  # watch, mask, cookie, length of the name
PLAIN = [sys.executable, "-c", "import tensorflow"]


class CannotCount(Exception):
    """Imports cannot be counted here; the message says why."""


def prove():
    """Show that the count works: one plain import must count as one.

    Raises:
      CannotCount: it does not.
    """
    _import()  # writes the bytecode where there is none, and warms caches
    found = []
    with counted(found):
        _import()
    if len(found) != 1:
        raise CannotCount(
            f"expected one plain import of TensorFlow to count as 1, got "
            f"{len(found)}. Does something else use this environment now?"
        )


def _import():
    done = subprocess.run(PLAIN, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["not a word"])[-1]
        raise CannotCount(f"TensorFlow cannot be imported: {last}")


@contextlib.contextmanager
def counted(found):
    """Append the bytecode's name to ``found`` for each import meanwhile.

    Raises:
      CannotCount: this system has no inotify.
    """
    origin = importlib.util.find_spec("tensorflow").origin
    bytecode = Path(importlib.util.cache_from_source(origin))
    watch = _watch(bytecode.parent)
    try:
        yield
        found += [name for name in _opened(watch) if name == bytecode.name]
    finally:
        os.close(watch)


def _watch(folder):
    """A descriptor from which opens and closes in ``folder`` can be read.

    Closes are asked for because two equal events in a row become one.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        raise CannotCount("counting imports needs inotify, that is, Linux.")
    watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    added = libc.inotify_add_watch(watch, os.fsencode(folder), OPENED | CLOSED)
    if watch < 0 or added < 0:
        why = os.strerror(ctypes.get_errno())
        raise CannotCount(f"imports cannot be counted here: {why}.")
    return watch


def _opened(watch):
    """Names of the files that were opened, in order."""
    data = b""
    with contextlib.suppress(BlockingIOError):
        while True:
            data += os.read(watch, 65_536)
    names, place = [], 0
    while place < len(data):
        _, mask, _, length = EVENT.unpack_from(data, place)
        place += EVENT.size
        name = data[place : place + length].rstrip(b"\0")
        place += length
        if mask & OPENED:
            names.append(os.fsdecode(name))
    return names
