"""The Student whose code runs in a sandbox: the judge's side."""

import json
import time

from flowbook.exercises import harness, models
from flowbook.exercises.checking import Incorrect, StudentError
from flowbook.exercises.grading.session import ask
from flowbook.exercises.student import Artifact, Graph, Student

__all__ = ["Remote"]


class Remote(Student):
    """Asks a worker for data, and a clean room about all that is not data.

    Args:
      session: the :class:`Session` of the worker.
      launcher: what starts rooms.
      timeout: seconds for all that one check asks, in all its runs.
    """

    def __init__(self, session, launcher, timeout):
        self._session, self._launcher = session, launcher
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout
        self._rooms = []
        self._tried = set()

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
        room = self._room(f"the graph of {name}", "open_graph", parts)
        return _Graph(room)

    def saved_model(self, name, *args):
        body = {"name": name, "args": harness.arguments(args)}
        files = {"files": self._ask(f"{name}()", "saved_model", body)}
        what = f"the SavedModel of {name}()"
        return _Artifact(self._room(what, "open_saved_model", files))

    def close(self):
        """End the rooms."""
        for room in self._rooms:
            room.sandbox.end()

    def _ask(self, what, kind, body):
        return self._session.request(
            what, kind, body, self._deadline, self._timeout
        )

    def _room(self, what, kind, body):
        """A fresh room that holds what the student made."""
        sandbox = self._launcher.start("room")
        room = _Room(sandbox, what, self._deadline, self._timeout)
        self._rooms.append(room)
        room.content = room.ask(kind, body)
        return room

    def _try_model(self, name, config, weights):
        """Let a room build the model first, lest it exhaust the judge."""
        if config not in self._tried:
            body = {"config": config, "weights": weights}
            self._room(f"the model of {name}()", "try_model", body)
            self._tried.add(config)


def _rebuilt(name, config, weights):
    try:
        return models.rebuild(json.loads(config), weights)
    except (ValueError, RecursionError) as error:
        raise Incorrect(
            f"{name}(): the model could not be rebuilt: {error}"
        ) from None


class _Room:
    """A clean room and what it was given; its failures are the answer's."""

    def __init__(self, sandbox, what, deadline, limit):
        self.sandbox, self._what = sandbox, what
        self._deadline, self._limit = deadline, limit
        self.content = None

    def ask(self, kind, body):
        try:
            until = (self._deadline, self._limit)
            return ask(self.sandbox, self._what, kind, body, *until)
        except StudentError as error:
            raise Incorrect(f"{self._what} cannot be used: {error}") from None


class _Graph(Graph):
    def __init__(self, room):
        self._room = room
        self.inputs, self.ops = room.content["inputs"], room.content["ops"]

    def run(self, *arrays):
        arrays = harness.arguments(list(arrays))
        return self._room.ask("run_graph", {"arrays": arrays})


class _Artifact(Artifact):
    def __init__(self, room):
        self._room = room
        self.files = room.content["files"]
        self.signatures = room.content["signatures"]

    def run(self, *arrays, signature="serving_default"):
        arrays = harness.arguments(list(arrays))
        body = {"arrays": arrays, "signature": signature}
        return self._room.ask("run_saved_model", body)
