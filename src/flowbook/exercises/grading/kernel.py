"""The Linux system calls of the sandbox that Python 3.11 does not offer."""

import ctypes
import errno
import os
import platform

__all__ = [
    "NAMESPACES",
    "NEW_USER",
    "bind",
    "die_with_parent",
    "drop_capabilities",
    "dumpable",
    "filter_calls",
    "mount",
    "no_new_privileges",
    "number",
    "own_proc",
    "pivot",
    "read_only",
    "unshare",
]

NEW_USER = 0x10000000
NAMESPACES = {
    "mount": 0x00020000,
    "cgroup": 0x02000000,
    "UTS": 0x04000000,
    "IPC": 0x08000000,
    "PID": 0x20000000,
    "network": 0x40000000,
}
# Numbers of system calls: (x86_64, aarch64); None where there is none.
CALLS = {"pivot_root": (155, 41), "mount_setattr": (442, 442)}
MACHINES = ("x86_64", "aarch64")

RDONLY, NOSUID, NODEV, NOEXEC = 1, 2, 4, 8
BIND, REC, PRIVATE = 1 << 12, 1 << 14, 1 << 18
DETACH = 2  # umount2: now, whoever still uses it
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
SET_PDEATHSIG, SET_DUMPABLE, CAPBSET_DROP = 1, 4, 24
SET_NO_NEW_PRIVS, CAP_AMBIENT, CLEAR_ALL = 38, 47, 4
SET_SECCOMP, MODE_FILTER = 22, 2
SIGKILL = 9
CAPABILITY_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def number(pair):
    """This machine's of a pair of system call numbers, None if unknown."""
    machine = platform.machine()
    return pair[MACHINES.index(machine)] if machine in MACHINES else None


def unshare(flags):
    """Leave the namespaces of these kinds for new ones."""
    _checked(_libc.unshare(flags), "unshare")


def mount(source, target, kind, flags=0, options=""):
    """mount(2); ``source`` and ``kind`` may be None."""
    arguments = [text and os.fsencode(text) for text in (source, target, kind)]
    result = _libc.mount(
        *arguments, ctypes.c_ulong(flags), options.encode() or None
    )
    _checked(result, f"mount {target}")


def bind(source, target):
    """Show ``source`` at ``target`` too, with what is mounted in it."""
    mount(source, target, None, BIND | REC)


def read_only(target, *, recursive):
    """Let nobody write below ``target``, nor gain a privilege there.

    Args:
      target: str, a mount point.
      recursive: whether mounts inside of it follow.
    """
    values = (ctypes.c_uint64 * 4)(ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV)
    result = _libc.syscall(
        number(CALLS["mount_setattr"]),
        AT_FDCWD,
        os.fsencode(target),
        AT_RECURSIVE if recursive else 0,
        values,
        ctypes.sizeof(values),
    )
    _checked(result, f"mount_setattr {target}")


def own_proc(target):
    """A /proc with the processes of this PID namespace and nothing else."""
    mount("proc", target, "proc", NOSUID | NODEV | NOEXEC, "subset=pid")


def pivot(target):
    """Make ``target`` the root and let go of the old one."""
    os.chdir(target)
    result = _libc.syscall(number(CALLS["pivot_root"]), b".", b".")
    _checked(result, "pivot_root")
    _checked(_libc.umount2(b".", DETACH), "umount2")
    os.chdir("/")


def die_with_parent():
    """SIGKILL for this process when its parent ends."""
    _prctl(SET_PDEATHSIG, SIGKILL)


def dumpable():
    """Let this process write to its own /proc files after a setuid."""
    _prctl(SET_DUMPABLE, 1)


def no_new_privileges():
    """From here on nothing that this process runs can gain a privilege."""
    _prctl(SET_NO_NEW_PRIVS, 1)


def filter_calls(fprog):
    """Put a seccomp filter on this process, for good.

    Args:
      fprog: a ``struct sock_fprog`` as bytes.
    """
    address = ctypes.create_string_buffer(fprog, len(fprog))
    _prctl(SET_SECCOMP, MODE_FILTER, ctypes.addressof(address))


def drop_capabilities():
    """Give up every capability, the bounding and ambient sets included.

    The bounding set stays where this process may not change it; with
    NO_NEW_PRIVS nothing can be gained from it.
    """
    for capability in range(64):
        try:
            _prctl(CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == errno.EINVAL:  # past the last capability
                break
            if error.errno != errno.EPERM:
                raise
    _prctl(CAP_AMBIENT, CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    _checked(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def _prctl(option, *arguments):
    words = [ctypes.c_ulong(word) for word in (*arguments, 0, 0, 0)[:4]]
    _checked(_libc.prctl(option, *words), f"prctl {option}")


def _checked(result, what):
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
