"""``--isolation=none``: plain processes, on any system, trusted by nobody.

Every worker, room and judge is a Python of its own that imports TensorFlow
again and connects back to who started it. A student's code can read and
write whatever the teacher can: grades made this way say "untrusted".
"""

import contextlib
import importlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time

from flowbook.exercises.grading.launch import START, Refused, variables
from flowbook.exercises.grading.wire import Wire, WireError

__all__ = ["Spawned", "main"]

ADDRESS, TOKEN = "FLOWBOOK_GRADE_PORT", "FLOWBOOK_GRADE_TOKEN"
HERE = "127.0.0.1"
MODULE = "flowbook.exercises.grading.spawned"  # it runs as __main__ itself


class Process:
    """A worker or room without a sandbox, with a sandbox's surface."""

    def __init__(self, wire, process):
        self.wire, self._process = wire, process

    def end(self):
        """End it now."""
        self._process.kill()
        self._process.wait()
        self.wire.close()

    def halt(self):
        """Let nothing in it run until :meth:`resume`, where signals can."""
        if hasattr(signal, "SIGSTOP"):
            self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        """Let it go on."""
        if hasattr(signal, "SIGCONT"):
            self._process.send_signal(signal.SIGCONT)

    def last_words(self):
        """How it ended, e.g. ``"signal SIGSEGV"``; "" if it has not."""
        try:
            code = self._process.wait(2)
        except subprocess.TimeoutExpired:
            return ""
        if code < 0:
            return f"signal {signal.Signals(-code).name}"
        return f"exit status {code}" if code else "Python ended"


class Spawned:
    """Starts plain processes; what ``Forked`` is for sandboxes."""

    plan = None

    def judge(self):
        """The Wire to a new judge."""
        return self._process("judge").wire

    def start(self, role):
        """A new :class:`Process`; ``role`` is "worker" or "room"."""
        process = self._process(role)
        try:
            process.wire.receive(time.monotonic() + START)
        except WireError as error:
            process.end()
            raise Refused(str(error)) from None
        return process

    def _process(self, role):
        token = secrets.token_hex(16)
        with socket.create_server((HERE, 0)) as listening:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", MODULE, role],
                env={
                    **os.environ,
                    **variables(),
                    ADDRESS: str(listening.getsockname()[1]),
                    TOKEN: token,
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            sock = _accept(listening, token, process)
        return Process(Wire(sock), process)


def _accept(listening, token, process):
    """The connection of ``process``, which knows the token."""
    listening.settimeout(1)
    until = time.monotonic() + START
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(TimeoutError):
            sock, _ = listening.accept()
            sock.settimeout(START)
            if sock.recv(len(token), socket.MSG_WAITALL) == token.encode():
                return sock
            sock.close()
    process.kill()
    raise Refused("a Python process did not start")


def main():
    """Be the judge, worker or room that the only argument names."""
    port, token = os.environ.pop(ADDRESS), os.environ.pop(TOKEN)
    sock = socket.create_connection((HERE, int(port)))
    sock.sendall(token.encode())
    role = sys.argv[1]
    module = importlib.import_module(f"flowbook.exercises.grading.{role}")
    arguments = [lambda plan: Spawned()] if role == "judge" else []
    with contextlib.suppress(WireError):
        module.serve(Wire(sock), *arguments)


if __name__ == "__main__":
    main()
