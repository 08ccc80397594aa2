"""One sandboxed process: made, watched, and ended when the judge says so.

Three processes, each the parent of the next::

    watcher   outside; ends the sandbox when the judge closes `life`
    init      first of its PID namespace: when it ends, all in there end
    worker    the student's code, with `wire` and nothing else

``life`` and ``wire`` are sockets whose other ends the judge holds. By way of
``life`` the judge has the worker halted and resumed, which the watcher does
and repeats; when the sandbox ended, the watcher writes how: a few words. The
container mode has no init: there, the watcher is the worker's parent.
"""

import contextlib
import functools
import os
import select
import signal
import socket

from flowbook.exercises.grading import kernel, limits, root

__all__ = ["HALT", "MODES", "RESUME", "watch"]

MODES = ("namespaces", "container")
OWN_ID = 1000  # the worker's user in its own user namespace
HALT, RESUME = b"halt", b"resume"
SIGNALS = {HALT: signal.SIGSTOP, RESUME: signal.SIGCONT}


def watch(mode, folder, life, wire, work):
    """Run ``work()`` in a sandbox; returns never.

    Args:
      mode: one of :data:`MODES`.
      folder: str, an empty folder.
      life, wire: sockets, ``life`` one of messages.
      work: what the worker does, with the descriptor ``wire`` open.
    """
    with _last_words(life):
        os.setsid()
        keep_open(life.fileno(), wire.fileno())
        start = _in_namespaces if mode == "namespaces" else _in_container
        child, worker = start(folder, life, wire, work)
        wire.close()
        life.send(_until_end(child, worker, life).encode())


@contextlib.contextmanager
def _last_words(life):
    """End this process, whatever happens; say so if it was refused."""
    try:
        yield
    except OSError as error:
        # The judge may have gone; then nobody is left to be told.
        with contextlib.suppress(OSError):
            life.send(f"refused: {error.strerror or error}".encode())
    finally:
        os._exit(0)


def keep_open(*descriptors):
    """Close all descriptors above 2 but these."""
    start = 3
    for descriptor in [*sorted(descriptors), os.sysconf("SC_OPEN_MAX")]:
        os.closerange(start, descriptor)
        start = descriptor + 1


def _in_namespaces(folder, life, wire, work):
    # Most likely to be chosen when memory runs out, with all its children.
    with open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")
    if os.geteuid():
        _own_users()
    for flag in kernel.NAMESPACES.values():
        kernel.unshare(flag)
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child:
        theirs.close()
        return child, functools.partial(_received, ours)
    with _last_words(life):
        kernel.die_with_parent()
        root.build(folder)
        worker = os.fork()
        if not worker:
            with _last_words(life):
                limits.become_spare()
                _own_users()
                _work(wire, work)
        # The watcher has no number for a process of this namespace.
        socket.send_fds(theirs, [b"worker"], [os.pidfd_open(worker)])
        keep_open(life.fileno())
        limits.confine()
        os._exit(_exit_code(os.waitpid(worker, 0)[1]))


def _in_container(_folder, life, wire, work):
    child = os.fork()
    if child:
        return child, functools.partial(os.pidfd_open, child)
    with _last_words(life):
        os.setsid()
        limits.become_spare()
        kernel.die_with_parent()
        _work(wire, work)


def _own_users():
    """Enter a user namespace in which this user is the only one."""
    user, group = os.geteuid(), os.getegid()
    kernel.unshare(kernel.NEW_USER)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{OWN_ID} {user} 1"),
        ("gid_map", f"{OWN_ID} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _work(wire, work):
    os.chdir("/tmp")
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(silence, descriptor)
    limits.confine()
    keep_open(wire.fileno())
    work()


def _received(sock):
    """The process that init sent, as a descriptor."""
    _, descriptors, _, _ = socket.recv_fds(sock, 16, 1)
    return descriptors[0]


def _until_end(child, worker, life):
    """Obey until the child ends, or the judge closes ``life``; say how.

    Args:
      child: number of the process that the sandbox ends with.
      worker: a function that gives the worker as a descriptor.
    """
    ended, worker_of = os.pidfd_open(child), functools.cache(worker)
    while ended not in select.select([ended, life], [], [])[0]:
        order = life.recv(16)
        if order not in SIGNALS:  # the judge closed it
            os.kill(child, signal.SIGKILL)
            break
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(worker_of(), SIGNALS[order])
        life.send(order)
    code = _exit_code(os.waitpid(child, 0)[1])
    if code == 0:
        return "Python ended"
    try:
        return f"signal {signal.Signals(code - 128).name}"
    except ValueError:
        return f"exit status {code}"


def _exit_code(status):
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code
