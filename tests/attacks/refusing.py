"""Run a command under a kernel that refuses namespaces: for tests only.

python refusing.py -- COMMAND…
"""

import os
import platform
import sys

from flowbook.exercises.grading import kernel, seccomp


def main():
    """Refuse unshare(2) from here on, and become the command."""
    which = kernel.MACHINES.index(platform.machine())
    lines = [
        (seccomp.LOAD, 0, 0, seccomp.NUMBER),
        (seccomp.EQUAL, 0, 1, seccomp.DENIED["unshare"][which]),
        (seccomp.RETURN, 0, 0, seccomp.EPERM),
        (seccomp.RETURN, 0, 0, seccomp.ALLOW),
    ]
    kernel.no_new_privileges()
    seccomp.install(lines)
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
