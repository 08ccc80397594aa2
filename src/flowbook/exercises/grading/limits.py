"""What one sandbox may use, and what it gives up before any answer runs."""

import contextlib
import os
import platform
import pwd
import resource
from pathlib import Path

from flowbook.exercises.grading import kernel, seccomp

__all__ = ["MEMORY", "confine", "spare_id"]

MEMORY = 4 * 2**30  # bytes of private memory
ADDRESSES = 8 * 2**30  # bytes of address space: shared memory counts too
FILE = 256 * 2**20  # bytes of one file
THREADS = 192  # and processes, of which the filter allows one
OPEN_FILES = 256
CPU = 3_600  # seconds of one worker; the judge's timeout comes long before


def confine():
    """Limit this process, and give up every way to more, for good."""
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, CPU),
        (resource.RLIMIT_DATA, MEMORY),
        (resource.RLIMIT_AS, ADDRESSES),
        (resource.RLIMIT_FSIZE, FILE),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_NPROC, THREADS),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        now = resource.getrlimit(limit)[1]
        value = most if now == resource.RLIM_INFINITY else min(most, now)
        resource.setrlimit(limit, (value, value))
    kernel.drop_capabilities()
    kernel.no_new_privileges()
    seccomp.install(seccomp.program(platform.machine()))


def become_spare():
    """Turn root into a user that owns nothing; others stay who they are."""
    if os.geteuid():
        return
    spare = spare_id()
    os.setgroups([])
    os.setresgid(spare, spare, spare)
    os.setresuid(spare, spare, spare)
    kernel.dumpable()


def spare_id():
    """A user id that nobody on this machine has, and no process either.

    In a container one sandbox sees the others: their users must differ.
    """
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended
            taken.add(process.stat().st_uid)
    return next(uid for uid in range(60_989, 65_000) if uid not in taken)
