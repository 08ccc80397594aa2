"""The student's side of a check: run their code, make plain data of it.

The notebook (``Local``) and the grader's worker call the same functions, so
that an answer means the same on both sides. Nothing here is trusted: the
worker runs it in the student's own process.
"""

import ast
import inspect
import itertools
import linecache
import re
import sys
import textwrap
import traceback
from collections import namedtuple
from contextlib import suppress
from pathlib import Path

from flowbook.exercises.checking import (
    Incorrect,
    NotAttempted,
    StudentError,
    execute,
)
from flowbook.exercises.plain import plain

__all__ = [
    "arguments",
    "call",
    "is_untouched",
    "run",
    "run_cell",
    "thing",
    "value",
]

LONGEST = 600  # characters of an error's message
NODE = re.compile(r"\{\{function_node [^}]*\}\}\s*| \[Op:\w+\](?: name: ?)?")

Frame = namedtuple("Frame", "file line function is_students")
_RUNS = itertools.count(1)
_CELLS = {}  # file name of a cell that run_cell ran to what it is called


def run_cell(code, namespace, cell):
    """Run one cell of a student in ``namespace``.

    Args:
      code: plain Python, without IPython's magics.
      namespace: a dictionary, the student's variables.
      cell: what to call it in messages, e.g. ``"cell 4"``.

    Raises:
      NotAttempted, StudentError: as :func:`run`, SyntaxError included.
    """
    name = f"<{cell}, run {next(_RUNS)}>"  # a cell may run again, changed
    _CELLS[name] = cell
    run(namespace, execute, code, name, namespace)


def call(namespace, name, args, kwargs):
    """Call the student's function ``name``; its result as plain data."""
    function = thing(namespace, name)
    if not callable(function):
        raise Incorrect(
            f"`{name}`: expected a function, got "
            f"{type(function).__name__}. Define it with def {name}(…)."
        )
    args, kwargs = arguments(args), arguments(kwargs)
    result = run(namespace, function, *args, **kwargs)
    return _handed_in(namespace, result, f"{name}()")


def value(namespace, name):
    """The student's top-level value ``name`` as plain data."""
    return _handed_in(namespace, thing(namespace, name), name)


def _handed_in(namespace, value, name):
    if value is ...:
        raise NotAttempted(name)
    return run(namespace, plain, value, name)


def thing(namespace, name):
    """What the student bound to ``name``.

    Raises:
      NotAttempted: it is the stub's ``...``.
      Incorrect: there is no such name.
    """
    if name not in namespace:
        raise Incorrect(
            f"`{name}` is not defined. Run the cell that defines it, and "
            "keep its name."
        )
    if namespace[name] is ...:
        raise NotAttempted(name)
    return namespace[name]


def is_untouched(namespace, stub):
    """Whether the student's functions and values are those of ``stub``.

    Functions and classes are compared by source, comments and layout aside.
    What cannot be compared counts as touched.
    """
    same = []
    for node in ast.parse(stub).body:
        if isinstance(node, ast.FunctionDef):
            same.append(_tree(namespace.get(node.name)) == ast.dump(node))
        elif isinstance(node, ast.ClassDef):
            same.append(
                _class_tree(namespace.get(node.name)) == ast.dump(node)
            )
        elif isinstance(node, ast.Assign) and ast.unparse(node.value) == "...":
            names = [target.id for target in node.targets]
            same += [namespace.get(name, ...) is ... for name in names]
    return bool(same) and all(same)


def _tree(thing):
    """The syntax tree of a function's source, as text; "" if unknown."""
    try:
        function = inspect.unwrap(getattr(thing, "python_function", thing))
        source = textwrap.dedent(inspect.getsource(function))
        return ast.dump(ast.parse(source).body[0])
    except Exception:  # an object may fail wherever it is touched
        return ""


def _class_tree(thing):
    """The syntax tree of a class's source, as text; "" if unknown.

    Python finds no source of a notebook's class, but that of its methods.
    """
    try:
        methods = map(inspect.unwrap, vars(thing).values())
        file = next(filter(inspect.isfunction, methods)).__code__.co_filename
        tree = ast.parse("".join(linecache.getlines(file)))
        found = [n for n in tree.body if isinstance(n, ast.ClassDef)]
        return ast.dump(*[n for n in found if n.name == thing.__name__])
    except Exception:  # an object may fail wherever it is touched
        return ""


def source(namespace, name):
    """The text of the cell in which the student defined a function.

    Raises:
      Incorrect: it is no function of a cell.
    """
    function = thing(namespace, name)
    function = inspect.unwrap(getattr(function, "python_function", function))
    code = getattr(function, "__code__", None)
    text = "".join(linecache.getlines(code.co_filename)) if code else ""
    if not text:
        raise Incorrect(f"`{name}`: expected a function, defined with def.")
    return text


def arguments(given):
    """A check's arguments, copied: as plain as what a function returns.

    Raises:
      TypeError: they are not plain data, which is the check's fault.
    """
    try:
        return plain(given, "an argument")
    except Incorrect as error:
        raise TypeError(str(error)) from error


def run(namespace, function, *args, **kwargs):
    """Call ``function``; say where in the student's cells it failed.

    Raises:
      NotAttempted: the code that raised NotImplementedError is the
        student's own, not a library's.
      StudentError: anything else was raised, SystemExit included.
    """
    try:
        return function(*args, **kwargs)
    except (Incorrect, NotAttempted, StudentError):
        raise
    except (Exception, SystemExit) as error:
        raise _understood(error, namespace) from None


def _understood(error, namespace):
    """The NotAttempted or StudentError that an error of theirs amounts to."""
    try:
        frames = _frames(error, namespace)
        last = frames[-1] if frames else None
        if isinstance(error, NotImplementedError) and _is_stub(last):
            return NotAttempted(last.function)
        return _located(error, frames)
    except Exception:  # an error may fail when it is looked at
        return StudentError(type(error).__name__, "(it cannot be shown)")


def _is_stub(frame):
    """Whether the frame that raised is a student's ``raise``."""
    if frame is None or not frame.is_students:
        return False
    source = linecache.getline(frame.file, frame.line)
    return not source or "raise NotImplementedError" in source


def _frames(error, namespace):
    """The frames of ``error`` from the outside in.

    What AutoGraph rewrote has its original lines in the error's metadata.
    """
    frames = [
        Frame(
            frame.f_code.co_filename,
            line,
            frame.f_code.co_name,
            frame.f_globals is namespace,
        )
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    metadata = getattr(error, "ag_error_metadata", None)
    if metadata is None:
        return frames
    files = _files(namespace)
    rewritten = [
        Frame(
            place.filename,
            place.lineno,
            place.function_name,
            place.filename in files,
        )
        for place in reversed(metadata.translated_stack)
    ]
    return [frame for frame in frames if frame.is_students] + rewritten


def _files(namespace):
    """The files whose functions stand in ``namespace``."""
    found = set(_CELLS)
    for entry in list(namespace.values()):
        with suppress(Exception):  # an object may fail wherever it is touched
            function = inspect.unwrap(getattr(entry, "python_function", entry))
            if getattr(function, "__globals__", None) is namespace:
                found.add(function.__code__.co_filename)
    return found


def _located(error, frames):
    """The StudentError of an error: its innermost line of the student."""
    kind = type(error).__name__
    metadata = getattr(error, "ag_error_metadata", None)
    text = metadata.cause_message if metadata else str(error)
    text = NODE.sub("", text.removeprefix(f"{kind}: ")).strip()
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    if isinstance(error, SyntaxError) and error.filename in _CELLS:
        source = (error.text or "").strip()
        cell = _CELLS[error.filename]
        return StudentError(kind, error.msg, cell, error.lineno, source)
    own = [frame for frame in frames if frame.is_students]
    if not own:
        return StudentError(kind, text)
    file, line = own[-1].file, own[-1].line
    source = linecache.getline(file, line).strip()
    return StudentError(kind, text, _cell(file), line, source)


def _cell(file):
    """What to call the cell that is ``file`` to Python."""
    if file in _CELLS:
        return _CELLS[file]
    if "IPython" in sys.modules:
        shell = sys.modules["IPython"].get_ipython()
        numbers = getattr(shell and shell.compile, "_filename_map", {})
        if file in numbers:
            return f"cell [{numbers[file]}]"
    return Path(file).name
