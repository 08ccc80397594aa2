"""System calls that no answer needs and many attacks do: a small filter.

A deny list, on top of empty namespaces and no capability. Refused calls fail
with EPERM, so a student's code sees an ordinary exception. No new process
(threads are free), no program, no socket but a Unix one, no look into other
processes, no mount, no memory that the limits do not count.
"""

import ctypes
import struct

from flowbook.exercises.grading import kernel

__all__ = ["DENIED", "install", "program"]

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32 = 0x40000000  # x86_64's second table of calls starts here

DENIED = {  # name: (x86_64, aarch64)
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "delete_module": (176, 106),
    "execve": (59, 221),
    "execveat": (322, 281),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fork": (57, None),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "semget": (64, 190),
    "setns": (308, 268),
    "shmget": (29, 194),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "uselib": (134, None),
    "userfaultfd": (323, 282),
    "vfork": (58, None),
    "vhangup": (153, 58),
}
CLONE, CLONE3, SOCKET, IOCTL = (56, 220), (435, 435), (41, 198), (16, 29)
CLONE_THREAD, AF_UNIX = 0x00010000, 1
TERMINAL_INPUT = (0x5412, 0x541C)  # ioctl: type into someone's terminal

ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS = 0x00050001, 0x00050026  # SECCOMP_RET_ERRNO | errno
LOAD, RETURN = 0x20, 0x06
EQUAL, AT_LEAST, ANY_BIT = 0x15, 0x35, 0x45
NUMBER, ARCH, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data


def program(machine):
    """The filter for ``machine`` as BPF instructions.

    Returns:
      A list of ``(code, jump if true, jump if false, operand)``.
    """
    lines = [
        (LOAD, 0, 0, ARCH),
        (EQUAL, 1, 0, AUDIT_ARCH[machine]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":
        lines += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, EPERM)]
    which = kernel.MACHINES.index(machine)
    for numbers in DENIED.values():
        if numbers[which] is not None:
            lines += [(EQUAL, 0, 1, numbers[which]), (RETURN, 0, 0, EPERM)]
    # Its flags lie in memory, where no filter looks: libc then uses clone.
    lines += [(EQUAL, 0, 1, CLONE3[which]), (RETURN, 0, 0, ENOSYS)]
    lines += _unless(CLONE[which], 0, ANY_BIT, CLONE_THREAD)
    lines += _unless(SOCKET[which], 0, EQUAL, AF_UNIX)
    for request in TERMINAL_INPUT:
        lines += [
            (EQUAL, 0, 4, IOCTL[which]),
            (LOAD, 0, 0, ARGUMENTS + 8),
            (EQUAL, 0, 1, request),
            (RETURN, 0, 0, EPERM),
            (LOAD, 0, 0, NUMBER),
        ]
    return [*lines, (RETURN, 0, 0, ALLOW)]


def _unless(call, argument, test, operand):
    """Refuse ``call`` unless the test holds for one of its arguments."""
    return [
        (EQUAL, 0, 4, call),
        (LOAD, 0, 0, ARGUMENTS + 8 * argument),
        (test, 0, 1, operand),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, EPERM),
    ]


def install(lines):
    """Put a filter on this process; NO_NEW_PRIVS must be set before.

    Args:
      lines: as of :func:`program`.
    """
    code = b"".join(struct.pack("HBBI", *line) for line in lines)
    buffer = ctypes.create_string_buffer(code, len(code))
    fprog = struct.pack("HxxxxxxP", len(lines), ctypes.addressof(buffer))
    kernel.filter_calls(fprog)
