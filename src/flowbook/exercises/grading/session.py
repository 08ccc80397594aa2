"""The judge's hold on one worker: cells run in order, deaths survived."""

import time

from flowbook.exercises.checking import (
    Incorrect,
    NotAttempted,
    StudentError,
)
from flowbook.exercises.grading.wire import Closed, Late, WireError

__all__ = ["Ended", "Session", "ask"]

PATIENCE = 5  # times the timeout: what all cells of a session may take
MESSAGE = 2_000  # characters that a student's process may add to a message
ENDS = {
    "Python ended": "it ended Python, as os._exit() does.",
    "signal SIGSEGV": "Python crashed (SIGSEGV).",
    "signal SIGABRT": "a library gave up (SIGABRT), often for want of memory.",
    "signal SIGKILL": "it was killed, most likely for want of memory.",
    "signal SIGXCPU": "it used up its processor time.",
}


def ask(sandbox, what, kind, body, deadline, limit):
    """One request to a worker or a room; what it answers, as plain data.

    Args:
      what: what was asked for, for messages: "slope()".
      kind, body: the request.
      deadline: a ``time.monotonic()``.
      limit: seconds, for the message.

    Raises:
      Incorrect, NotAttempted, StudentError: as the student's code did, or
        what became of its process; that one must then be ended.
    """
    try:
        sandbox.wire.send(kind, body, deadline)
        outcome, answer = sandbox.wire.receive(deadline)
        return _opened(outcome, answer)
    except Late:
        raise Ended(
            "TimeLimit", f"{what} took longer than {limit:g} seconds."
        ) from None
    except Closed:
        words = sandbox.last_words()
        said = ENDS.get(words, f"Python ended ({words}).")
        raise Ended("Ended", f"{what}: {said}") from None
    except WireError as error:
        raise Ended(
            "NotData",
            f"{what}: what came back cannot be read as data ({error}).",
        ) from None


class Ended(StudentError):
    """The sandbox ended, or cannot be used any more."""


def _opened(outcome, answer):
    match outcome, answer:
        case "result", _:
            return answer
        case "incorrect", str(message):
            raise Incorrect(message[:MESSAGE])
        case "not attempted", str(name):
            raise NotAttempted(name[:MESSAGE])
        case "error", {
            "kind": str(kind),
            "message": str(message),
            "cell": str(cell),
            "line": int() | None as line,
            "source": str(source),
        }:
            texts = [text[:MESSAGE] for text in (kind, message, cell)]
            raise StudentError(*texts, line, source[:MESSAGE])
    raise WireError("expected an answer's kind")


class Session:
    """A worker in which cells have run; started anew whenever it ended.

    A cell that ends the worker is left out of the next one, so that it costs
    its own question and no other.

    Args:
      launcher: what starts sandboxes.
      cells: (name, code) pairs, in the order to run them.
      timeout: seconds for each cell.
    """

    def __init__(self, launcher, cells, timeout):
        self._launcher, self._cells, self._timeout = launcher, cells, timeout
        self._sandbox = None
        self._fatal = set()  # names of cells that ended a worker
        self._left = PATIENCE * timeout  # seconds for cells, in all workers
        self.failed = {}  # name of a cell to the StudentError it raised

    def ready(self):
        """Have a worker in which the cells have run.

        Raises:
          StudentError: they took too long.
        """
        start = time.monotonic()
        while self._sandbox is None:
            if time.monotonic() - start > self._left:
                raise StudentError(
                    "TimeLimit",
                    "the notebook's cells took longer than "
                    f"{PATIENCE * self._timeout:g} seconds.",
                )
            self._sandbox = self._launcher.start("worker")
            for name, code in self._cells:
                if name not in self._fatal and not self._runs(name, code):
                    self.end()
                    break
        self._left -= time.monotonic() - start

    def request(self, what, kind, body, deadline, limit):
        """As :func:`ask`, of a worker in which the cells have run."""
        self.ready()
        try:
            return ask(self._sandbox, what, kind, body, deadline, limit)
        except Ended:
            self.end()
            raise

    def halt(self):
        """Let nothing run in the worker until :meth:`resume`."""
        if self._sandbox:
            self._sandbox.halt()

    def resume(self):
        """Let the worker go on."""
        if self._sandbox:
            self._sandbox.resume()

    def end(self):
        """End the worker, if there is one."""
        if self._sandbox:
            self._sandbox.end()
        self._sandbox = None

    def _runs(self, name, code):
        """Whether the worker lives on after this cell."""
        body = {"code": code, "name": name}
        deadline = time.monotonic() + self._timeout
        try:
            ask(self._sandbox, name, "cell", body, deadline, self._timeout)
        except Ended as error:
            self.failed[name] = error
            self._fatal.add(name)
            return False
        except (Incorrect, NotAttempted, StudentError) as error:
            self.failed[name] = error
        return True
