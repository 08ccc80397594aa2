"""What a check may ask of a student's work: one interface, two sides.

:class:`Local` asks the notebook's own namespace, for instant feedback; the
grader has a ``Remote`` that asks a sandboxed process. A check cannot tell
them apart, so feedback and grade agree.

What a check gets is **plain data**: None, bool, int, float, complex, str,
list, tuple, dict with str keys, and NumPy arrays of numbers or booleans.
Tensors, variables and NumPy scalars arrive as arrays. So are arguments.
"""

import contextlib
import statistics
import tempfile
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from flowbook.exercises.checking import (
    Incorrect,
    NotAttempted,
    StudentError,
    execute,
)

__all__ = [
    "Artifact",
    "Graph",
    "Incorrect",
    "Local",
    "NotAttempted",
    "Race",
    "Student",
    "StudentError",
]


class Graph(ABC):
    """A graph that the student's function was traced to.

    Attributes:
      inputs: ``[(dtype, shape)]``, e.g. ``[("float32", (None,))]``; a shape
        of unknown rank is None.
      ops: the type of each operation, e.g. ``["Placeholder", "Sin"]``,
        those of called functions after those of the graph itself.
    """

    inputs: list
    ops: list

    @abstractmethod
    def run(self, *arrays):
        """Run the graph on ``arrays``; a tuple of arrays, its outputs."""


class Artifact(ABC):
    """A SavedModel that the student's function wrote.

    Attributes:
      files: relative paths, sorted.
      signatures: ``{name: {"inputs": {name: (dtype, shape)}, "outputs":
        {name: (dtype, shape)}}}``.
    """

    files: list
    signatures: dict

    @abstractmethod
    def run(self, *arrays, signature="serving_default"):
        """Call a signature; a tuple of arrays.

        Inputs and outputs are in the alphabetical order of their names.
        """


@dataclass(frozen=True)
class Race:
    """What came of a race between a student's function and the given one.

    Attributes:
      ratio: how many times longer the given one took, the median over the
        rounds; a float without unit.
      rounds: ``(arguments, the student's result, the given one's)`` of every
        round, an untimed one included.
    """

    ratio: float
    rounds: list


class Student(ABC):
    """The work of one student, as a check sees it.

    Every method may raise, and no check need catch:
      NotAttempted: what is asked for is still the stub.
      StudentError: the student's code raised.
      Incorrect: the name is missing, or what came back is of a kind that
        this method cannot take; the message says what to return.
    """

    @abstractmethod
    def call(self, name, *args, **kwargs):
        """Call a function with plain data; its result as plain data."""

    @abstractmethod
    def value(self, name):
        """A top-level value as plain data."""

    @abstractmethod
    def model(self, name, *args):
        """Call a function that returns a Keras model; that model, rebuilt.

        The model is made anew from configuration and weights: it has Keras'
        own layers only.
        """

    @abstractmethod
    def graph(self, name, *specs):
        """The :class:`Graph` of a ``tf.function``.

        Args:
          name: a ``tf.function``, a concrete function, or a function without
            arguments that returns one of them.
          specs: ``(dtype, shape)`` for each input, e.g.
            ``("float32", [None])``; none if it has an input signature.
        """

    @abstractmethod
    def saved_model(self, name, *args):
        """Call a function with a fresh folder; the :class:`Artifact` there.

        The folder's path, a str, is the function's first argument.
        """

    @abstractmethod
    def in_folder(self, name, files, *args):
        """Call a function with a fresh folder in which some files lie.

        The folder's path, a str, is the function's first argument.

        Args:
          name: the function's.
          files: ``{relative path: bytes}``.

        Returns:
          ``(result, files)``: its result as plain data, and what lies in the
          folder afterwards, ``{relative path: bytes}``.
        """

    @abstractmethod
    def source(self, name):
        """The text of the cell that defines the function ``name``.

        For :func:`flowbook.exercises.static.uses_only`; it is not run.
        """

    def race(self, name, given, draw, enough, rounds=3):
        """Time a function against the one of the same name that was given.

        Both get the same arguments, in turn, on the clock of whoever judges.
        What was given runs where no code of the student's is, and theirs
        stands still meanwhile. Pairs are timed until it is decided on which
        side of ``enough`` the median of ``rounds`` of them lies; one pair
        before the first race is not timed.

        Args:
          name: of both functions.
          given: code that defines the one to beat, such as ``handed_out``.
          draw: a function that returns the arguments of a round, a tuple.
            They should be new in every round: they arrive when the clock
            runs, so that nothing can be prepared or kept.
          enough: the ratio that the check asks for.
          rounds: how many pairs are timed at most; an odd number.

        Returns:
          A :class:`Race`. A check must look at the results, too.
        """
        rival, is_new = self._rival(given)
        played, ratios = [], []
        if is_new:
            self._round(rival, name, draw, played)
        while not _decided(ratios, enough, rounds):
            ratios.append(self._round(rival, name, draw, played))
        return Race(statistics.median(ratios), played)

    def _round(self, rival, name, draw, played):
        """The ratio of one pair, which is added to what was played."""
        args = draw()
        result, seconds = self._timed(name, args)
        with self._standing_still():
            try:
                usual, longer = rival._timed(name, args)
            except (Incorrect, NotAttempted, StudentError) as error:
                raise RuntimeError(
                    f"the given {name}() failed: {error}"
                ) from error
        played.append((args, result, usual))
        return longer / seconds

    def _timed(self, name, args):
        """The result of a call, and the seconds that it took."""
        start = time.perf_counter()
        result = self.call(name, *args)
        return result, time.perf_counter() - start

    @abstractmethod
    def _rival(self, given):
        """A Student that has what ``given`` defines alone; if it is new."""

    @abstractmethod
    def _standing_still(self):
        """A context in which no code of the student's runs."""


def _decided(ratios, enough, rounds):
    """Whether no further ratio can move the median across ``enough``."""
    above = sum(ratio >= enough for ratio in ratios)
    return max(above, len(ratios) - above) > rounds // 2


class Local(Student):
    """The student whose functions live in ``namespace``, in this process.

    Args:
      namespace: the notebook's variables by name.
    """

    def __init__(self, namespace):
        self._namespace = namespace

    def call(self, name, *args, **kwargs):
        from flowbook.exercises import harness

        return harness.call(self._namespace, name, args, kwargs)

    def value(self, name):
        from flowbook.exercises import harness

        return harness.value(self._namespace, name)

    def model(self, name, *args):
        from flowbook.exercises import models

        return models.rebuild(*models.parts(self._namespace, name, args))

    def graph(self, name, *specs):
        from flowbook.exercises import artifacts

        return _LocalGraph(artifacts.graph_parts(self._namespace, name, specs))

    def saved_model(self, name, *args):
        from flowbook.exercises import artifacts

        folder = tempfile.TemporaryDirectory(prefix="saved-model-")
        artifacts.save(self._namespace, name, folder.name, args)
        return _LocalArtifact(folder)

    def in_folder(self, name, files, *args):
        from flowbook.exercises import artifacts

        return artifacts.call_in_folder(self._namespace, name, files, args)

    def source(self, name):
        from flowbook.exercises import harness

        return harness.source(self._namespace, name)

    def _rival(self, given):
        namespace = {"__name__": "what was handed out"}
        execute(given, "<what was handed out>", namespace)
        return Local(namespace), True

    def _standing_still(self):
        return contextlib.nullcontext()


class _LocalGraph(Graph):
    def __init__(self, parts):
        from flowbook.exercises import artifacts

        self._parts = parts
        self.inputs = artifacts.graph_inputs(parts)
        self.ops = artifacts.graph_ops(parts)

    def run(self, *arrays):
        from flowbook.exercises import artifacts

        return artifacts.run_graph(self._parts, arrays)


class _LocalArtifact(Artifact):
    def __init__(self, folder):
        from flowbook.exercises import artifacts

        self._folder = folder  # kept: it is deleted with this object
        self.files = artifacts.files(Path(folder.name))
        self.signatures = artifacts.signatures(folder.name)

    def run(self, *arrays, signature="serving_default"):
        from flowbook.exercises import artifacts

        return artifacts.run_saved_model(self._folder.name, arrays, signature)
