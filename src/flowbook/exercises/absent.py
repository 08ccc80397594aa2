"""What stands in for a library where there is none, as in a browser.

A set's setup imports what any of its questions needs. Where a library is
absent, a module stands in of which every use says so: questions that do not
use it are judged as ever. NumPy's types exist, and nothing is of them.
"""

import ast
import importlib.util
import sys
from contextlib import contextmanager
from types import ModuleType

__all__ = ["Absent", "stand_ins", "without_absent"]

NAMES = {
    "keras": "Keras",
    "numpy": "NumPy",
    "tensorflow": "TensorFlow",
    "torch": "PyTorch",
}
NUMPY_TYPES = ("dtype", "generic", "ndarray", "str_")


class Absent(ImportError):
    """Something was asked of a library that is not here."""


class _StandIn(ModuleType):
    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        library, what = NAMES[self.__name__], f"{self.__name__}.{name}"
        raise Absent(f"{library} is not in this page, and {what} is of it.")


@contextmanager
def stand_ins():
    """A context in which modules stand in for what is not installed."""
    missing = [name for name in NAMES if not importlib.util.find_spec(name)]
    for name in missing:
        sys.modules[name] = module = _StandIn(name)
        if name == "numpy":
            for type_name in NUMPY_TYPES:
                setattr(module, type_name, type(type_name, (), {}))
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]


def without_absent(code, namespace):
    """``code`` without its statements that ask for what is absent.

    Args:
      code: Python, run here statement by statement; what stays keeps its
        line numbers.
      namespace: the variables that it runs with and leaves.
    """
    lines = code.split("\n")
    for node in ast.parse(code).body:
        statement = compile(ast.Module([node], []), "<setup>", "exec")
        try:
            exec(statement, namespace)
        except Absent:
            decorators = getattr(node, "decorator_list", [])
            first = min(part.lineno for part in (node, *decorators))
            for number in range(first - 1, node.end_lineno):
                lines[number] = ""
    return "\n".join(lines)
