"""The file system of a sandbox: the Python environment, and little else.

A new root in memory shows, read-only and at their own places, the library
folders of Python and of the system, and the package ``flowbook`` without the
sets of exercises. There is no home, no /etc, no /sys, no program and no
submission. ``/tmp`` is small, empty and writable.
"""

import sys
from pathlib import Path

from flowbook.exercises.grading import kernel

__all__ = ["build", "visible"]

TMP_BYTES = 256 * 2**20
FILES_AT_MOST = 20_000
DEVICES = ("null", "zero", "full", "random", "urandom")
FILES = ("/etc/ld.so.cache",)
PACKAGE = Path(__file__).parents[2]
HIDDEN = "exercises/sets"  # of the package: checks and reference solutions


def visible():
    """The folders and files that a sandbox shows.

    Returns:
      A list of absolute ``Path``, none inside of another; a folder that two
      names lead to stands under both.
    """
    bases = {sys.prefix, sys.base_prefix, "/usr", "/"}
    found = {Path(base, lib) for base in bases for lib in ("lib", "lib64")}
    for entry in map(Path, sys.path):
        if entry.name in ("site-packages", "dist-packages"):
            found.add(entry)
    found |= {PACKAGE, *map(Path, FILES)}
    found |= {path.resolve() for path in found}
    kept = []
    for path in sorted(found, key=lambda path: len(path.parts)):
        inside = any(path.is_relative_to(other) for other in kept)
        if path.exists() and not inside:
            kept.append(path)
    return kept


def build(folder):
    """Make the sandbox's root on ``folder`` and move into it.

    Must run in a mount and a PID namespace of its own.

    Args:
      folder: str, an empty folder to mount the new root on.

    Raises:
      OSError: the kernel refused a mount.
    """
    # Nothing that is mounted from here on reaches the old namespace.
    kernel.mount(None, "/", None, kernel.REC | kernel.PRIVATE)
    _memory(folder, 2**20, "755")
    # Before what is shown: that may lie below /tmp.
    _memory(_folder(f"{folder}/tmp"), TMP_BYTES, "1777")
    for path in visible():
        _show(path, Path(f"{folder}{path}"))
    for name in DEVICES:
        kernel.bind(f"/dev/{name}", _file(f"{folder}/dev/{name}"))
    kernel.own_proc(_folder(f"{folder}/proc"))
    kernel.pivot(folder)
    kernel.read_only("/", recursive=False)


def _memory(target, size, mode, flags=0):
    options = f"size={size},mode={mode},nr_inodes={FILES_AT_MOST}"
    flags |= kernel.NOSUID | kernel.NODEV
    kernel.mount("tmpfs", str(target), "tmpfs", flags, options)


def _show(source, target):
    make = _folder if source.is_dir() else _file
    kernel.bind(str(source), make(target))
    kernel.read_only(str(target), recursive=True)
    for sets in _sets(target):
        _memory(sets, 4096, "555", kernel.RDONLY)


def _sets(target):
    """Sets of exercises of a flowbook that is shown at ``target``."""
    if target.name == "flowbook":
        return [path for path in [target / HIDDEN] if path.is_dir()]
    return [
        path
        for pattern in (f"flowbook/{HIDDEN}", f"*/*/flowbook/{HIDDEN}")
        for path in target.glob(pattern)
        if path.is_dir()
    ]


def _folder(path):
    Path(path).mkdir(parents=True, exist_ok=True)
    return str(path)


def _file(path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch()
    return str(path)
