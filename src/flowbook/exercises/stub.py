"""The learner's stub, derived from the reference answer.

Functions and methods keep decorators, signature and docstring, as they are
written; their bodies become ``raise NotImplementedError``. Values become
``...``. Imports stay. Names that begin with an underscore are helpers of the
reference and are left out, and so are comments.
"""

import ast

__all__ = ["stub_of"]

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def stub_of(code):
    """The stub of the reference ``code``.

    Raises:
      ValueError: ``code`` has a statement that no stub can be made of, or
        defines nothing.
    """
    lines = code.split("\n")
    parts = [
        (node, part)
        for node in ast.parse(code).body
        if (part := _stub(node, lines))
    ]
    if not any(_defines(node) for node, _ in parts):
        raise ValueError("expected an answer that defines a name, got none")
    text, before = "", None
    for node, part in parts:
        wide = any(
            isinstance(n, FUNCTIONS | ast.ClassDef) for n in (before, node)
        )
        text += ("\n\n\n" if wide else "\n") if text else ""
        text, before = text + part, node
    return text


def _defines(node):
    return not isinstance(node, ast.Import | ast.ImportFrom)


def _stub(node, lines):
    """The stub of one statement, as text; "" if it is left out."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return "\n".join(lines[node.lineno - 1 : node.end_lineno])
    if isinstance(node, FUNCTIONS | ast.ClassDef):
        if node.name.startswith("_") and node.col_offset == 0:
            return ""
        is_class = isinstance(node, ast.ClassDef)
        return (_class if is_class else _function)(node, lines)
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return _value(node, lines)
    raise ValueError(
        "expected functions, classes, values and imports in an answer, got "
        f"{lines[node.lineno - 1].strip()!r}. Write a starter cell, if "
        "learners need more than a stub"
    )


def _function(node, lines):
    indent = " " * (node.col_offset + 4)
    return f"{_head(node, lines)}\n{indent}raise NotImplementedError"


def _class(node, lines):
    inside = node.body[1:] if ast.get_docstring(node) else node.body
    parts = [_stub(n, lines) for n in inside if not isinstance(n, ast.Pass)]
    if not any(parts):
        parts = [" " * (node.col_offset + 4) + "..."]
    return "\n\n".join([_head(node, lines), *filter(None, parts)])


def _head(node, lines):
    """Decorators, signature and docstring, as written."""
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    documented = ast.get_docstring(node) is not None
    if documented:
        return "\n".join(lines[first - 1 : node.body[0].end_lineno])
    body = node.body[0]
    begins = min([body.lineno, *(d.lineno for d in _decorators(body))])
    if begins == node.lineno:
        raise ValueError(
            f"expected the body of {node.name} on a line of its own"
        )
    head = lines[first - 1 : begins - 1]
    while head and (not head[-1].strip() or head[-1].strip()[0] == "#"):
        head.pop()
    return "\n".join(head)


def _decorators(node):
    return getattr(node, "decorator_list", [])


def _value(node, lines):
    """``name = ...``, with its annotation; "" for a private name."""
    line = lines[node.lineno - 1]
    indent = line[: node.col_offset]
    if isinstance(node, ast.AnnAssign):
        target = f"{ast.unparse(node.target)}: {ast.unparse(node.annotation)}"
        names = [node.target]
    else:
        target = " = ".join(ast.unparse(name) for name in node.targets)
        names = node.targets
    private = all(
        isinstance(name, ast.Name) and name.id.startswith("_")
        for name in names
    )
    if private:
        return ""
    if any(isinstance(name, ast.Tuple | ast.List) for name in names):
        count = len(names[0].elts)
        return f"{indent}{target} = {', '.join(['...'] * count)}"
    return f"{indent}{target} = ..."
