"""The Student whose code runs in a sandbox: the judge's side."""

import contextlib
import itertools
import json
import time

from flowbook.exercises import harness, models
from flowbook.exercises.checking import Incorrect, StudentError
from flowbook.exercises.grading.session import Ended, Session, ask
from flowbook.exercises.student import Artifact, Graph, Student

__all__ = ["Remote"]


class Remote(Student):
    """Asks a worker for data, and a clean room about all that is not data.

    Args:
      session: the :class:`Session` of the worker.
      launcher: what starts the room, which serves one part of a question.
      work: the :class:`~flowbook.exercises.grading.submission.Submission`.
      timeout: seconds for all that the part asks, in all its runs.
    """

    def __init__(self, session, launcher, work, timeout):
        self._session, self._launcher, self._work = session, launcher, work
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout
        self._room = None
        self._rivals = {}  # what was given to the Remote that has it alone
        self._handles = itertools.count(1)
        self._tried = set()  # configurations that a room could build

    def call(self, name, *args, **kwargs):
        args, kwargs = harness.arguments((args, kwargs))
        body = {"name": name, "args": args, "kwargs": kwargs}
        return self._ask(f"{name}()", "call", body)

    def value(self, name):
        return self._ask(name, "value", {"name": name})

    def model(self, name, *args):
        body = {"name": name, "args": harness.arguments(args)}
        match self._ask(f"{name}()", "model", body):
            case {"config": str(config), "weights": [*weights]}:
                self._try_model(name, config, weights)
                return _rebuilt(name, config, weights)
        raise Incorrect(f"{name}(): what came back is no Keras model.")

    def graph(self, name, *specs):
        specs = [(dtype, list(shape)) for dtype, shape in specs]
        body = {"name": name, "specs": specs}
        parts = self._ask(name, "graph", body)
        return _Graph(self, f"the graph of {name}", parts)

    def saved_model(self, name, *args):
        body = {"name": name, "args": harness.arguments(args)}
        files = self._ask(f"{name}()", "saved_model", body)
        return _Artifact(self, f"the SavedModel of {name}()", files)

    def in_folder(self, name, files, *args):
        body = {"files": files, "args": harness.arguments(args)}
        answer = self._ask(f"{name}()", "in_folder", {"name": name, **body})
        match answer:
            case {"result": result, "files": dict(left)} if all(
                isinstance(content, bytes) for content in left.values()
            ):
                return result, left
        raise Incorrect(f"{name}(): what came back are no files.")

    def source(self, name):
        text = self._work.defining(name)
        if not text:
            raise Incorrect(f"no cell defines `{name}`. Keep its name.")
        return text

    def handle(self):
        """A number for what is given to the room."""
        return next(self._handles)

    def in_room(self, what, kind, body):
        """What the clean room answers; its failures are the answer's."""
        if self._room is None:
            self._room = self._launcher.start("room")
        limits = (self._deadline, self._timeout)
        try:
            return ask(self._room, what, kind, body, *limits)
        except StudentError as error:
            if isinstance(error, Ended):
                self.close()
            raise Incorrect(f"{what} cannot be used: {error}") from None

    def close(self):
        """End the room and the rivals, if there are any."""
        if self._room:
            self._room.end()
        self._room = None
        for rival in self._rivals.values():
            rival.close()
            rival._session.end()
        self._rivals.clear()

    def _rival(self, given):
        is_new = given not in self._rivals
        if is_new:
            cells = [("what was handed out", given)]
            session = Session(self._launcher, cells, self._timeout)
            self._rivals[given] = Remote(
                session, self._launcher, None, self._timeout
            )
        return self._rivals[given], is_new

    @contextlib.contextmanager
    def _standing_still(self):
        """Stop the student's sandbox; its deadline waits for it."""
        start = time.monotonic()
        self._session.halt()
        try:
            yield
        finally:
            self._session.resume()
            self._deadline += time.monotonic() - start

    def _ask(self, what, kind, body):
        limits = (self._deadline, self._timeout)
        return self._session.request(what, kind, body, *limits)

    def _try_model(self, name, config, weights):
        """Let the room build the model first, lest it exhaust the judge."""
        if config not in self._tried:
            body = {"config": config, "weights": weights}
            self.in_room(f"the model of {name}()", "try_model", body)
            self._tried.add(config)


def _rebuilt(name, config, weights):
    try:
        return models.rebuild(json.loads(config), weights)
    except (ValueError, RecursionError) as error:
        raise Incorrect(
            f"{name}(): the model could not be rebuilt: {error}"
        ) from None


class _Graph(Graph):
    def __init__(self, remote, what, parts):
        self._remote, self._what = remote, what
        self._handle = remote.handle()
        content = remote.in_room(
            what, "open_graph", {"handle": self._handle, "parts": parts}
        )
        self.inputs, self.ops = content["inputs"], content["ops"]

    def run(self, *arrays):
        body = {"handle": self._handle, "arrays": harness.arguments(arrays)}
        return self._remote.in_room(self._what, "run_graph", body)


class _Artifact(Artifact):
    def __init__(self, remote, what, files):
        self._remote, self._what = remote, what
        self._handle = remote.handle()
        content = remote.in_room(
            what, "open_saved_model", {"handle": self._handle, "files": files}
        )
        self.files = content["files"]
        self.signatures = content["signatures"]

    def run(self, *arrays, signature="serving_default"):
        body = {
            "handle": self._handle,
            "arrays": harness.arguments(arrays),
            "signature": signature,
        }
        return self._remote.in_room(self._what, "run_saved_model", body)
