"""What an answer's text uses: for questions that ask for NumPy alone.

The text is parsed and never run. A name counts by where it comes from: an
import, the cell itself, Python. The ways in which Python looks names up at
run time (``getattr``, ``eval``, ``__class__`` and their like) are refused, so
that what the text shows is what the answer uses.
"""

import ast
import builtins

from flowbook.exercises.checking import Incorrect

__all__ = ["uses_only"]

SHORT = {"np": "numpy", "tf": "tensorflow"}
DOORS = frozenset(
    [
        "__builtins__",
        "__import__",
        "__loader__",
        "__spec__",
        "breakpoint",
        "compile",
        "eval",
        "exec",
        "getattr",
        "globals",
        "locals",
        "open",
        "vars",
    ]
)


def uses_only(text, modules, given=()):
    """Raise Incorrect if ``text`` uses another module.

    Args:
      text: the cell that answers, as of ``student.source(name)``.
      modules: names of modules that it may use: ``["numpy", "math"]``. Those
        of them that the set's setup imports need no import here.
      given: further names from outside that it may use.

    Raises:
      Incorrect: it uses something else; the message says what and where.
    """
    tree = _parsed(text)
    nodes = list(ast.walk(tree))
    aliases = {short for short, name in SHORT.items() if name in modules}
    known = {*modules, *aliases, *given, *_bound(nodes)}
    for node in nodes:
        for name in _foreign(node, modules, known):
            raise Incorrect(
                f"line {node.lineno} of the answer uses {name}; expected "
                f"{' and '.join(modules)} alone, and what the cell itself "
                "defines."
            )


def _parsed(text):
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Incorrect(f"the answer cannot be read: {error}.") from None


def _bound(nodes):
    """Names that the text itself binds, imports aside."""
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ) or (isinstance(node, ast.ExceptHandler) and node.name):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]


def _foreign(node, modules, known):
    """What of a node comes from elsewhere."""
    if isinstance(node, ast.Import):
        roots = [alias.name.partition(".")[0] for alias in node.names]
        other = [root for root in roots if root not in modules]
        yield from (f"`import {root}`" for root in other)
    elif isinstance(node, ast.ImportFrom):
        root = (node.module or "").partition(".")[0]
        if node.level or root not in modules:
            yield f"`from {'.' * node.level}{node.module or ''} import`"
    elif isinstance(node, ast.Attribute) and node.attr.startswith("__"):
        yield f"`{node.attr}`"
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        own = node.id in known and node.id not in DOORS
        free = hasattr(builtins, node.id) and node.id not in DOORS
        if not own and not free:
            yield f"`{node.id}`"
