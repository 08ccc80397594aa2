"""Start judges and sandboxes: by the fork server, or as plain processes.

A launcher has ``judge()``, ``start(role)`` and ``plan``, the plain data from
which a judge makes its own launcher.
"""

import contextlib
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from flowbook.exercises.grading import sandbox
from flowbook.exercises.grading.wire import Wire, WireError
from flowbook.publish.kernel import environment

__all__ = ["START", "Forked", "Refused", "Sandbox", "serving", "variables"]

START = 120  # seconds that a process may take to import TensorFlow
PACKAGE = Path(__file__).parents[2]
SERVER = "flowbook.exercises.grading.server"


class Refused(BaseException):
    """There is no sandbox; the message says why.

    No Exception: a check that meets it must not take it for the answer's.
    """


class Sandbox:
    """A started worker or room.

    Args:
      wire: the Wire to it, as ``sandbox.wire``.
      life: a socket; closing it ends the sandbox with all in it.

    Raises:
      Refused: it could not be made.
    """

    def __init__(self, wire, life):
        self.wire, self._life = wire, life
        self._words = ""
        try:
            wire.receive(time.monotonic() + START)
        except WireError as error:
            words = self.last_words() or str(error)
            self.end()
            raise Refused(words.removeprefix("refused: ")) from None

    def end(self):
        """End it now."""
        self._life.close()
        self.wire.close()

    def halt(self):
        """Let nothing in it run until :meth:`resume`."""
        self._order(sandbox.HALT)

    def resume(self):
        """Let it go on."""
        self._order(sandbox.RESUME)

    def _order(self, order):
        """Have the watcher obey; if the sandbox ended, keep how it did."""
        with contextlib.suppress(OSError):
            self._life.send(order)
            answer = self._life.recv(4096)
            if answer != order:
                self._words = answer.decode(errors="replace")

    def last_words(self):
        """How it ended, e.g. ``"signal SIGSEGV"``; "" if it has not."""
        if not self._words and select.select([self._life], [], [], 2)[0]:
            self._words = self._life.recv(4096).decode(errors="replace")
        return self._words


class Forked:
    """Asks the fork server.

    Args:
      channel: a socket to it.
      mode: one of ``sandbox.MODES``.
      folder: str, an empty folder to mount roots on.
    """

    def __init__(self, channel, mode, folder):
        self._channel = channel
        self.plan = {"mode": mode, "folder": folder}

    def judge(self):
        """The Wire to a new judge."""
        wire, theirs = socket.socketpair()
        judges, servers = socket.socketpair(type=socket.SOCK_SEQPACKET)
        self._send("judge", theirs, judges, servers)
        return Wire(wire)

    def start(self, role):
        """A new :class:`Sandbox`; ``role`` is "worker" or "room"."""
        # One message is one order, or one answer.
        life, their_life = socket.socketpair(type=socket.SOCK_SEQPACKET)
        wire, their_wire = socket.socketpair()
        request = f"{role} {self.plan['mode']} {self.plan['folder']}"
        self._send(request, their_life, their_wire)
        return Sandbox(Wire(wire), life)

    def _send(self, text, *sockets):
        numbers = [sock.fileno() for sock in sockets]
        try:
            socket.send_fds(self._channel, [text.encode()], numbers)
        except OSError as error:
            raise Refused(f"the fork server ended ({error})") from None
        finally:
            for sock in sockets:
                sock.close()


@contextlib.contextmanager
def serving(mode):
    """A fork server, as the :class:`Forked` that asks it.

    Raises:
      Refused: TensorFlow could not be imported.
    """
    with tempfile.TemporaryDirectory(prefix="flowbook-") as folder:
        roots = Path(folder, "root")
        roots.mkdir()
        log = Path(folder, "log")
        ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        command = [sys.executable, "-P", "-m", SERVER, str(theirs.fileno())]
        with open(log, "w") as errors:
            server = subprocess.Popen(
                command,
                cwd="/",
                env=_environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is the command's to handle
            )
        theirs.close()
        try:
            if not ours.recv(16):
                raise Refused(_last_line(log))
            yield Forked(ours, mode, str(roots))
        finally:
            ours.close()
            server.wait()


def variables():
    """Environment variables of all processes that may run students' code."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    path = [str(PACKAGE.parent), *filter(os.path.isabs, given)]
    ours = environment()
    del ours["FLOWBOOK_STRICT"]
    return ours | {
        "CUDA_VISIBLE_DEVICES": "-1",
        "MALLOC_ARENA_MAX": "2",  # arenas count as address space
        "MPLBACKEND": "Agg",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(path),
        "TF_NUM_INTEROP_THREADS": "2",
    }


def _environment(folder):
    """All variables of the server: nothing of who grades what is in them."""
    return variables() | {
        "HOME": folder,
        "KERAS_HOME": f"{folder}/keras",
        "LANG": "C.UTF-8",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "PATH": os.defpath,
    }


def _last_line(log):
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "the fork server ended without a word"
