"""The sandbox's parts that can be tested without entering it."""

import sys
from pathlib import Path

import pytest

from flowbook.exercises.grading import root, seccomp

ALLOWED = {  # some calls that every answer needs: (x86_64, aarch64)
    "read": (0, 63),
    "write": (1, 64),
    "mmap": (9, 222),
    "futex": (202, 98),
    "exit_group": (231, 94),
    "openat": (257, 56),
    "getrandom": (318, 278),
}
MACHINES = ["x86_64", "aarch64"]
CLONE_VM, NEW_USER, SIGCHLD = 0x100, 0x10000000, 17
THREAD = 0x3D0F00  # the flags of pthread_create
AF_UNIX, AF_INET, AF_NETLINK, AF_VSOCK = 1, 2, 16, 40


def decided(machine, number, *arguments, arch=None):
    """What the filter says of a system call, by running its program."""
    arch = seccomp.AUDIT_ARCH[machine] if arch is None else arch
    data = {seccomp.NUMBER: number, seccomp.ARCH: arch}
    for place, argument in enumerate(arguments):
        data[seccomp.ARGUMENTS + 8 * place] = argument
    lines, at, word = seccomp.program(machine), 0, None
    while True:
        code, yes, no, operand = lines[at]
        at += 1
        if code == seccomp.LOAD:
            word = data.get(operand, 0)
        elif code == seccomp.RETURN:
            return operand
        else:
            holds = {
                seccomp.EQUAL: word == operand,
                seccomp.AT_LEAST: word >= operand,
                seccomp.ANY_BIT: bool(word & operand),
            }[code]
            at += yes if holds else no


@pytest.mark.parametrize("which", range(2), ids=MACHINES)
def test_the_filter_refuses_what_it_names_and_lets_the_rest(which):
    machine = MACHINES[which]
    for name, numbers in seccomp.DENIED.items():
        if numbers[which] is not None:
            answer = decided(machine, numbers[which])
            assert answer == seccomp.EPERM, name
    for name, numbers in ALLOWED.items():
        assert decided(machine, numbers[which]) == seccomp.ALLOW, name


@pytest.mark.parametrize("which", range(2), ids=MACHINES)
def test_threads_pass_and_processes_do_not(which):
    machine, clone = MACHINES[which], seccomp.CLONE[which]
    assert decided(machine, clone, THREAD) == seccomp.ALLOW
    for flags in (SIGCHLD, CLONE_VM | SIGCHLD, NEW_USER | SIGCHLD, 0):
        assert decided(machine, clone, flags) == seccomp.EPERM
    clone3 = seccomp.CLONE3[which]
    assert decided(machine, clone3) == seccomp.ENOSYS


@pytest.mark.parametrize("which", range(2), ids=MACHINES)
def test_sockets_are_unix_only_and_terminals_closed(which):
    machine, call = MACHINES[which], seccomp.SOCKET[which]
    assert decided(machine, call, AF_UNIX) == seccomp.ALLOW
    for family in (AF_INET, AF_NETLINK, AF_VSOCK, 17):
        assert decided(machine, call, family) == seccomp.EPERM
    ioctl = seccomp.IOCTL[which]
    assert decided(machine, ioctl, 0, 0x5401) == seccomp.ALLOW
    assert decided(machine, ioctl, 0, 0x5412) == seccomp.EPERM


def test_other_tables_of_system_calls_are_closed():
    assert decided("x86_64", 1, arch=0x40000003) == seccomp.KILL  # i386
    assert decided("x86_64", seccomp.X32 | 1) == seccomp.EPERM
    assert decided("aarch64", 64, arch=0x40000028) == seccomp.KILL  # arm


def test_a_root_shows_python_and_the_package_and_no_home_or_checkout():
    shown = root.visible()
    assert len(set(shown)) == len(shown)
    seen = [path.resolve() for path in shown]
    for needed in (Path(sys.prefix, "lib"), root.PACKAGE):
        inside = [needed.resolve().is_relative_to(path) for path in seen]
        assert any(inside), needed
    checkout = Path(__file__).resolve().parents[2]
    for secret in (Path.home(), checkout, checkout / "exercises", Path("/")):
        assert secret.resolve() not in seen
