"""What a check may ask of a student's work: one interface, two sides.

:class:`Local` asks the notebook's own namespace, for instant feedback; the
grader has a ``Remote`` that asks a sandboxed process. A check cannot tell
them apart, so feedback and grade agree.

What a check gets is **plain data**: None, bool, int, float, complex, str,
list, tuple, dict with str keys, and NumPy arrays of numbers or booleans.
Tensors, variables and NumPy scalars arrive as arrays. So are arguments.
"""

import tempfile
from abc import ABC, abstractmethod
from pathlib import Path

from flowbook.exercises.checking import Incorrect, NotAttempted, StudentError

__all__ = [
    "Artifact",
    "Graph",
    "Incorrect",
    "Local",
    "NotAttempted",
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
    def source(self, name):
        """The text of the cell that defines the function ``name``.

        For :func:`flowbook.exercises.static.uses_only`; it is not run.
        """


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

    def source(self, name):
        from flowbook.exercises import harness

        return harness.source(self._namespace, name)


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
