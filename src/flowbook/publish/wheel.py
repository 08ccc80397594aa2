"""The wheel that the pages import: what judges an answer in the browser.

It holds the checks of those questions that need no TensorFlow, and of
flowbook what runs them: no answer, no solution and no wrong answer.
"""

import base64
import hashlib
from dataclasses import replace
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from flowbook import __version__
from flowbook.exercises import notebook

__all__ = ["NAME", "write"]

NAME = f"flowbook-{__version__}-py3-none-any.whl"
LIBRARY = Path(__file__).parents[1]
MODULES = [
    "__init__.py",
    *(
        f"exercises/{name}.py"
        for name in (
            "__init__",
            "absent",
            "artifacts",
            "checking",
            "comparing",
            "display",
            "harness",
            "notebook",
            "page",
            "parts",
            "plain",
            "static",
            "student",
        )
    ),
]
METADATA = f"""\
Metadata-Version: 2.4
Name: flowbook
Version: {__version__}
License-Expression: Apache-2.0
"""
WHEEL = """\
Wheel-Version: 1.0
Generator: flowbook
Root-Is-Purelib: true
Tag: py3-none-any
"""


def write(folder):
    """Write the wheel, the same bytes for the same book; its path."""
    texts = {
        f"flowbook/{module}": (LIBRARY / module).read_text("utf-8")
        for module in MODULES
    }
    for path in sorted(notebook.SETS.glob("*.json")):
        shown = _for_the_page(notebook.read(path.stem))
        texts[f"flowbook/exercises/sets/{path.name}"] = shown.to_json()
    info = f"flowbook-{__version__}.dist-info"
    texts |= {f"{info}/METADATA": METADATA, f"{info}/WHEEL": WHEEL}
    record = [_recorded(name, text) for name, text in texts.items()]
    record.append(f"{info}/RECORD,,")
    texts[f"{info}/RECORD"] = "\n".join(record) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    with ZipFile(folder / NAME, "w", ZIP_DEFLATED, compresslevel=9) as file:
        for name, text in texts.items():
            file.writestr(ZipInfo(name), text, ZIP_DEFLATED)
    return folder / NAME


def _for_the_page(exercise_set):
    """A set with the checks that run in the page, and without answers."""
    kept = tuple(
        replace(question, statement="", reference="", solution="", hints=())
        for question in exercise_set.questions
    )
    return replace(
        exercise_set,
        questions=tuple(
            replace(question, stub="", check_setup="", checks=())
            if question.needs == "tensorflow"
            else question
            for question in kept
        ),
    )


def _recorded(name, text):
    content = text.encode()
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"{name},sha256={digest.decode().rstrip('=')},{len(content)}"
