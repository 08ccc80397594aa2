"""Run a command as an ordinary user, from root: for tests only.

    python ordinary.py UID -- COMMAND…

Python and the checkout may lie in a home that only root can enter. So this
makes a mount namespace of its own, in which such folders hold nothing but
what the command needs, and then gives up root.
"""

import os
import sys
import tempfile
from pathlib import Path

from flowbook.exercises.grading import kernel

ROOT = Path(__file__).parents[2]


def main():
    """Become the user, and the command."""
    user, command = int(sys.argv[1]), sys.argv[3:]
    kernel.unshare(kernel.NAMESPACES["mount"])
    kernel.mount(None, "/", None, kernel.REC | kernel.PRIVATE)
    open_up({ROOT, Path(sys.prefix), Path(sys.base_prefix).resolve()})
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.environ["HOME"] = "/nonexistent"
    os.execvp(command[0], command)


def open_up(needed):
    """Put nothing but the needed folders into folders closed to others."""
    closed = {}
    for folder in needed:
        ways = [p for p in folder.parents if not p.stat().st_mode & 1]
        if ways:
            closed.setdefault(ways[-1], []).append(folder)
    for outer, folders in closed.items():
        aside = [(folder, tempfile.mkdtemp()) for folder in folders]
        for folder, place in aside:
            kernel.bind(str(folder), place)
        kernel.mount("tmpfs", str(outer), "tmpfs", 0, "mode=755")
        for folder, place in aside:
            folder.mkdir(parents=True)
            kernel.bind(place, str(folder))


if __name__ == "__main__":
    main()
