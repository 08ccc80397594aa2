"""Graphs, SavedModels and files: made by a student's code, used by a check.

The student's process makes them (``graph_parts``, ``save``); a clean process
looks into them and runs them (all the rest), for they are the student's
bytes still. Files are bytes to a check, which runs nothing of them. In a
notebook both are the same process.
"""

import inspect
import logging
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flowbook.exercises import harness
from flowbook.exercises.checking import Incorrect

__all__ = [
    "GraphParts",
    "call_in_folder",
    "files",
    "graph_inputs",
    "graph_ops",
    "graph_parts",
    "run_graph",
    "run_saved_model",
    "save",
    "signatures",
]


@dataclass(frozen=True)
class GraphParts:
    """A graph as bytes, and which of its tensors go in and come out."""

    graph_def: bytes
    inputs: tuple  # of tensor names, such as "x:0"
    outputs: tuple


# ---- Graphs ---------------------------------------------------------------


def graph_parts(namespace, name, specs):
    """The graph of the student's ``tf.function`` as :class:`GraphParts`.

    Raises:
      Incorrect: there is no graph, or it refers to variables.
    """
    import tensorflow as tf

    traced = harness.thing(namespace, name)
    if not hasattr(traced, "get_concrete_function") and not hasattr(
        traced, "graph"
    ):
        traced = _returned(namespace, name, traced)
    if hasattr(traced, "get_concrete_function"):
        specs = [tf.TensorSpec(shape, dtype) for dtype, shape in specs]
        traced = harness.run(namespace, traced.get_concrete_function, *specs)
    if not hasattr(traced, "graph") or not hasattr(traced.graph, "captures"):
        raise Incorrect(
            f"`{name}`: expected a tf.function, got "
            f"{type(traced).__name__}. Decorate it with @tf.function."
        )
    captures = traced.graph.captures
    return GraphParts(
        _closed(traced.graph, captures, name),
        tuple(t.name for t in traced.inputs[: _own(traced, captures)]),
        tuple(tensor.name for tensor in traced.outputs),
    )


def _returned(namespace, name, function):
    """What a function without arguments returns, if that can be a graph."""
    if not callable(function) or any(
        parameter.default is parameter.empty
        for parameter in inspect.signature(function).parameters.values()
    ):
        raise Incorrect(
            f"`{name}`: expected a tf.function, got a plain "
            f"{type(function).__name__}. Decorate it with @tf.function."
        )
    return harness.run(namespace, function)


def _own(traced, captures):
    return len(traced.inputs) - len(captures)


def _closed(graph, captures, name):
    """The graph as bytes, constants from outside written into it."""
    import tensorflow as tf

    definition = graph.as_graph_def()
    nodes = {node.name: node for node in definition.node}
    for outside, placeholder in captures:
        if outside.dtype == tf.resource:
            raise Incorrect(
                f"`{name}` uses a tf.Variable or a table from outside. Give "
                "it what it needs as arguments, so that its graph stands "
                "alone."
            )
        value = tf.make_tensor_proto(outside.numpy())
        node = nodes[placeholder.op.name]
        node.op = "Const"
        node.attr.clear()
        node.attr["dtype"].type = value.dtype
        node.attr["value"].tensor.CopyFrom(value)
    return definition.SerializeToString()


def graph_inputs(parts):
    """``[(dtype, shape)]`` of the graph's inputs."""
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(_definition(parts), name="")
        return [_spec(graph.get_tensor_by_name(n)) for n in parts.inputs]


def graph_ops(parts):
    """Operation types of the graph, then of the functions it carries."""
    definition = _definition(parts)
    bodies = [function.node_def for function in definition.library.function]
    return [node.op for nodes in (definition.node, *bodies) for node in nodes]


def run_graph(parts, arrays):
    """Run a graph; a tuple of arrays.

    Raises:
      Incorrect: the graph does not take these arrays.
    """
    import numpy as np
    import tensorflow as tf

    def build():
        tf.graph_util.import_graph_def(_definition(parts), name="")

    def go():
        made = tf.compat.v1.wrap_function(build, [])
        pruned = made.prune(list(parts.inputs), list(parts.outputs))
        given = _tensors(arrays, pruned.inputs)
        return tuple(np.asarray(t) for t in pruned(*given))

    return _run("the graph", go)


def _definition(parts):
    from tensorflow.core.framework import graph_pb2

    return graph_pb2.GraphDef.FromString(parts.graph_def)


def _tensors(arrays, specs):
    import tensorflow as tf

    if len(arrays) != len(specs):
        raise TypeError(f"it takes {len(specs)} inputs, not {len(arrays)}")
    given = []
    for array, spec in zip(arrays, specs, strict=True):
        tensor = tf.convert_to_tensor(array, dtype=spec.dtype)
        # TensorFlow does not hold a graph to the shape that it was traced
        # for: without this, a graph of one length would pass for all.
        if not spec.shape.is_compatible_with(tensor.shape):
            raise TypeError(
                f"it takes an input of shape {spec.shape}, not {tensor.shape}"
            )
        given.append(tensor)
    return given


def _spec(tensor):
    rank = tensor.shape.rank
    shape = None if rank is None else tuple(tensor.shape.as_list())
    return tensor.dtype.name, shape


def _run(what, go):
    """What ``go`` returns; its failure is the answer's."""
    try:
        return go()
    except Exception as error:
        text = harness.NODE.sub("", str(error)).strip()[: harness.LONGEST]
        raise Incorrect(
            f"{what} did not run on the check's inputs: "
            f"{type(error).__name__}: {text}"
        ) from None


# ---- SavedModels ----------------------------------------------------------


def save(namespace, name, folder, args):
    """Let the student's function ``name`` save a SavedModel to ``folder``.

    Raises:
      Incorrect: there is none afterwards.
    """
    with _quiet():
        harness.call(namespace, name, (str(folder), *args), {})
    if not (Path(folder) / "saved_model.pb").is_file():
        raise Incorrect(
            f"{name}() saved no SavedModel to the folder that it was given: "
            "there is no saved_model.pb in it."
        )


@contextmanager
def _quiet():
    """Keep TensorFlow's log of written files out of the learner's output."""
    import tensorflow as tf

    logger = tf.get_logger()
    level = logger.level
    logger.setLevel(max(level, logging.WARNING))
    try:
        yield
    finally:
        logger.setLevel(level)


# ---- Files ----------------------------------------------------------------


def call_in_folder(namespace, name, given, args):
    """Call the student's function ``name`` with a folder of files.

    Args:
      given: ``{relative path: bytes}``.
      args: plain data, what follows the folder's path.

    Returns:
      ``(result, files)``, as of ``Student.in_folder``.
    """
    with tempfile.TemporaryDirectory(
        prefix="exercise-", ignore_cleanup_errors=True
    ) as path:
        folder = Path(path)
        for file, content in given.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content)
        result = harness.call(namespace, name, (path, *args), {})
        return result, {
            file: (folder / file).read_bytes() for file in files(folder)
        }


def files(folder):
    """Relative paths of the files under ``folder``, sorted."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in Path(folder).rglob("*")
        if path.is_file()
    )


def signatures(folder):
    """``{name: {"inputs": {name: (dtype, shape)}, "outputs": {…}}}``."""
    import tensorflow as tf

    loaded = _run("the SavedModel", lambda: tf.saved_model.load(str(folder)))
    return {
        name: {
            "inputs": _specs(signature.structured_input_signature[1]),
            "outputs": _specs(signature.structured_outputs),
        }
        for name, signature in loaded.signatures.items()
    }


def _specs(tensors):
    return {name: _spec(tensor) for name, tensor in tensors.items()}


def run_saved_model(folder, arrays, signature):
    """Load a SavedModel and call a signature; a tuple of arrays.

    Raises:
      Incorrect: there is no such signature, or it does not take the arrays.
    """
    import numpy as np
    import tensorflow as tf

    def go():
        loaded = tf.saved_model.load(str(folder))
        if signature not in loaded.signatures:
            raise KeyError(f"it has only {sorted(loaded.signatures)}")
        function = loaded.signatures[signature]
        specs = function.structured_input_signature[1]
        given = _tensors(arrays, [specs[name] for name in sorted(specs)])
        results = function(**dict(zip(sorted(specs), given, strict=True)))
        return tuple(np.asarray(results[name]) for name in sorted(results))

    return _run(f"the signature {signature!r} of the SavedModel", go)
