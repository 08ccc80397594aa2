"""What runs the reader's code, inside Pyodide: standard library alone.

``run`` and ``call`` answer in JSON: ``value``, ``error`` (what Python would
show, from the reader's own code on) and ``missing`` (a module's name).
"""

import ast
import contextlib
import importlib
import importlib.util
import io
import json
import linecache
import time
import traceback

LIMIT = 100_000  # characters that one run may print
namespaces = {}


class Stream(io.TextIOBase):
    """A text stream that sends what is written at once, or nearly.

    Args:
      send: called with text.
    """

    def __init__(self, send):
        self.send, self.held, self.sent = send, [], 0
        self.messages, self.last = 0, 0.0

    def write(self, text):
        self.held.append(text)
        now = time.monotonic()
        if "\n" in text and (self.messages < 100 or now - self.last > 0.05):
            self.flush()
        return len(text)

    def writable(self):
        return True

    def flush(self):
        text, self.held = "".join(self.held), []
        room = LIMIT - self.sent
        if not text or room < 0:
            return
        if len(text) > room:
            text = text[:room] + "\n… (the rest is not shown)\n"
        self.send(text)
        self.sent += len(text)
        self.messages, self.last = self.messages + 1, time.monotonic()


def run(source, namespace, name, send):
    """Run ``source`` as a notebook cell; ``value`` is the last one's repr."""
    scope = namespaces.setdefault(namespace, {"__name__": "__main__"})
    lines = source.splitlines(keepends=True)
    linecache.cache[name] = (len(source), None, lines, name)

    def act():
        tree = ast.parse(source, name)
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = ast.Expression(tree.body.pop().value)
        exec(compile(tree, name, "exec"), scope)
        if last is not None:
            value = eval(compile(last, name, "eval"), scope)
            return None if value is None else repr(value)

    return _answer(act, send, name)


def call(name, arguments, send):
    """Call ``package.module.function`` with a JSON list of arguments."""

    def act():
        module, _, function = name.rpartition(".")
        found = getattr(importlib.import_module(module), function)
        return found(*json.loads(arguments))

    return _answer(act, send, None)


def not_there(source):
    """JSON list of the modules that ``source`` imports and Python lacks."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return "[]"
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module)
    tops = {name.partition(".")[0] for name in names}
    missing = [n for n in tops if importlib.util.find_spec(n) is None]
    return json.dumps(sorted(missing))


def forget_finders():
    """Let Python see files that have just been unpacked."""
    importlib.invalidate_caches()


def _answer(act, send, name):
    stream = Stream(send)
    answer = {}
    streams = contextlib.redirect_stdout(stream)
    with streams, contextlib.redirect_stderr(stream):
        try:
            answer["value"] = json.loads(json.dumps(act()))
        except BaseException as error:
            answer["error"] = _shown(error, name)
            if isinstance(error, ModuleNotFoundError) and error.name:
                answer["missing"] = error.name.partition(".")[0]
        stream.flush()
    return json.dumps(answer)


def _shown(error, name):
    """The traceback as Python shows it, from the reader's code on."""
    if isinstance(error, ModuleNotFoundError):
        error.msg = error.msg.partition("\n")[0]  # without Pyodide's advice
        error.args = (error.msg,)
    shown = traceback.TracebackException.from_exception(error)
    frames = shown.stack
    own = [i for i, frame in enumerate(frames) if frame.filename == name]
    if own:
        shown.stack = traceback.StackSummary.from_list(frames[own[0] :])
    elif name:
        shown.stack = None  # it could not be read: no line of it has run
    return "".join(shown.format()).rstrip()
