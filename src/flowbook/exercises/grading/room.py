"""The clean room: a sandbox that looks into what students made, and runs it.

Only this package's code runs here, on the graphs, SavedModels or models of
one student for one part of a question: what an artifact does to its room
reaches no other part and no other student.
"""

import json
import tempfile
from functools import partial
from pathlib import Path, PurePosixPath

from flowbook.exercises import artifacts, models
from flowbook.exercises.checking import Incorrect
from flowbook.exercises.grading.worker import answer_requests
from flowbook.exercises.plain import plain

__all__ = ["serve"]


def serve(wire):
    """Answer the judge until it closes the wire."""
    held = {}
    answer_requests(
        wire,
        {
            "open_graph": partial(_open_graph, held),
            "run_graph": partial(_run_graph, held),
            "open_saved_model": partial(_open_saved_model, held),
            "run_saved_model": partial(_run_saved_model, held),
            "try_model": _try_model,
        },
    )


def _open_graph(held, handle, parts):
    held[handle] = parts = artifacts.GraphParts(**parts)
    return {
        "inputs": artifacts.graph_inputs(parts),
        "ops": artifacts.graph_ops(parts),
    }


def _run_graph(held, handle, arrays):
    results = artifacts.run_graph(held[handle], arrays)
    return plain(results, "a result of the graph")


def _open_saved_model(held, handle, files):
    folder = Path(tempfile.mkdtemp())
    for name, data in files.items():
        place = PurePosixPath(name)
        if place.is_absolute() or ".." in place.parts:
            raise Incorrect(f"the SavedModel has a file {name!r:.80}.")
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    held[handle] = folder
    return {
        "files": artifacts.files(folder),
        "signatures": artifacts.signatures(folder),
    }


def _run_saved_model(held, handle, arrays, signature):
    results = artifacts.run_saved_model(held[handle], arrays, signature)
    return plain(results, "a result of the SavedModel")


def _try_model(config, weights):
    """Build a model and run it on zeros, where it can exhaust nothing else."""
    import numpy as np

    model = models.rebuild(json.loads(config), weights)
    zeros = [
        np.zeros([2, *(size or 2 for size in tensor.shape[1:])], tensor.dtype)
        for tensor in model.inputs
    ]
    model(zeros if len(zeros) > 1 else zeros[0])
