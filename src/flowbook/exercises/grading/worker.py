"""The worker: a student's cells and functions, run in a sandbox.

Everything here runs beside the student's code, which can change any of it.
So nothing of it is trusted: the judge takes an answer for what it is, data,
and compares it with what the hidden inputs ask for.
"""

import json
import os
import re
import shutil
import sys
import tempfile
import types
from functools import partial
from pathlib import Path

from flowbook.exercises import artifacts, harness, models
from flowbook.exercises.checking import (
    Incorrect,
    NotAttempted,
    StudentError,
)
from flowbook.exercises.grading import values

__all__ = ["answer_requests", "serve"]

MAGIC = re.compile(r"^([ \t]*)(?:[%!?].*|[\w.]+\?+)$", re.M)


class Inert:
    """Stands for the book of a learner's notebook: checks do nothing here."""

    def __getattr__(self, name):
        if name.startswith("__"):  # what Python itself looks for
            raise AttributeError(name)
        return self

    def __getitem__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self


def serve(wire):
    """Answer the judge until it closes the wire."""
    namespace = _fresh_main()
    _same_start_for_all()
    answer_requests(
        wire,
        {
            "cell": partial(_cell, namespace),
            "call": partial(harness.call, namespace),
            "value": partial(harness.value, namespace),
            "model": partial(_model, namespace),
            "graph": partial(_graph, namespace),
            "saved_model": partial(_saved_model, namespace),
            "in_folder": partial(_in_folder, namespace),
        },
    )


def answer_requests(wire, answers):
    """Answer each request by the function of its kind, given its body.

    The reply's kind is ``result``, ``incorrect`` (a message), ``not
    attempted`` (a name) or ``error`` (the parts of a StudentError).
    """
    wire.send("ready", None)
    while True:
        kind, body = wire.receive()
        try:
            wire.send(*_reply(answers[kind], body))
        except values.BadValue as error:
            text = f"what came back is no plain data: {error}."
            wire.send("incorrect", text)


def _reply(answer, body):
    try:
        return "result", answer(**body)
    except Incorrect as error:
        return "incorrect", str(error)
    except NotAttempted as error:
        return "not attempted", error.name
    except StudentError as error:
        return "error", vars(error)
    except BaseException as error:
        parts = {"kind": type(error).__name__, "message": "", "cell": ""}
        return "error", {**parts, "line": None, "source": ""}


def _fresh_main():
    """The namespace of a new ``__main__``, with what notebooks expect."""
    import flowbook.exercises

    flowbook.exercises.load = Inert()
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    main.display = main.get_ipython = lambda *args, **kwargs: None
    return vars(main)


def _same_start_for_all():
    """No grade depends on chance, nor on what the server was started with."""
    import keras

    os.environ.update(HOME="/tmp", TMPDIR="/tmp")
    tempfile.tempdir = None
    keras.utils.set_random_seed(0)


def _cell(namespace, code, name):
    harness.run_cell(_without_magics(code), namespace, name)


def _without_magics(code):
    """IPython's own lines as ``pass``, where the code is no Python as is."""
    try:
        compile(code, "<cell>", "exec")
    except SyntaxError:
        plain = MAGIC.sub(r"\1pass", code)
        try:
            compile(plain, "<cell>", "exec")
        except SyntaxError:
            return code  # its message names the learner's own line
        return plain
    except ValueError:
        pass  # a NUL: running it says so
    return code


def _model(namespace, name, args):
    config, weights = models.parts(namespace, name, args)
    return {"config": json.dumps(config), "weights": weights}


def _graph(namespace, name, specs):
    return vars(artifacts.graph_parts(namespace, name, specs))


def _in_folder(namespace, name, files, args):
    result, left = artifacts.call_in_folder(namespace, name, files, args)
    return {"result": result, "files": left}


def _saved_model(namespace, name, args):
    folder = Path(tempfile.mkdtemp())
    try:
        artifacts.save(namespace, name, folder, args)
        return {
            file: (folder / file).read_bytes()
            for file in artifacts.files(folder)
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
