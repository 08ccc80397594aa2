"""A learner's notebook, read as data: which cell answers which question.

Nothing of it is run or compiled here. Whatever it is, it gives a
:class:`Submission`; its ``problems`` say what was wrong with it.
"""

import json
import re
from dataclasses import dataclass

__all__ = ["LARGEST", "Cell", "Submission", "read"]

LARGEST = 20 * 2**20  # bytes
MOST_CELLS = 1_000
LONGEST_CELL = 200_000  # characters
COLAB = "colab-setup"  # tag of the cell that installs the book in Colab


@dataclass(frozen=True)
class Cell:
    """One code cell."""

    name: str  # "code cell 5", counted from 1
    code: str
    question: str  # the id of what it answers, "" if it answers nothing


@dataclass(frozen=True)
class Submission:
    """A notebook's code cells in order, and what was wrong with it."""

    cells: tuple = ()
    problems: tuple = ()  # of sentences
    readable: bool = True

    def defining(self, name):
        """The code of the last cell that defines ``name``; "" of none."""
        found = [c.code for c in self.cells if _defines(c.code, name)]
        return found[-1] if found else ""


def read(data, exercise_set):
    """The :class:`Submission` that a file's bytes are.

    Args:
      data: bytes of an .ipynb file, or at least the first ``LARGEST`` + 1.
      exercise_set: an ``ExerciseSet``.
    """
    if not data:
        return _unreadable("the file is empty, or it cannot be read")
    if len(data) > LARGEST:
        return _unreadable(
            f"the file is larger than {LARGEST >> 20} MB. Clear the "
            "notebook's outputs (in Colab: Edit, Clear all outputs), save "
            "it and submit it again"
        )
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
        found = list(_code_cells(notebook))
    except (ValueError, TypeError, RecursionError) as error:
        return _unreadable(
            "the file is no notebook: expected the .ipynb file that Jupyter "
            f"or Colab saved (File, Download .ipynb), got {_short(error)}"
        )
    return _sorted_out(found, exercise_set)


def _unreadable(sentence):
    return Submission(problems=(f"{sentence}.",), readable=False)


def _short(error):
    if isinstance(error, UnicodeDecodeError):
        return "bytes that are no text"
    if isinstance(error, json.JSONDecodeError):
        return f"text that is no JSON at line {error.lineno}"
    return str(error)[:120]


def _code_cells(notebook):
    """(source, tags, question) of each code cell."""
    if not isinstance(notebook, dict) or "cells" not in notebook:
        raise ValueError("JSON without cells")
    if not isinstance(notebook["cells"], list):
        raise ValueError("cells that are no list")
    for cell in notebook["cells"]:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        metadata = cell.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        tags, own = metadata.get("tags"), metadata.get("flowbook")
        tags = tags if isinstance(tags, list) else []
        question = own.get("question") if isinstance(own, dict) else ""
        yield (
            _text(cell.get("source", "")),
            {tag for tag in tags if isinstance(tag, str)},
            question if isinstance(question, str) else "",
        )


def _text(source):
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        raise ValueError("a cell whose source is no text")
    # Half of a surrogate pair is no text, and no file could be written of it.
    return source.encode("utf-8", "replace").decode("utf-8")


def _sorted_out(found, exercise_set):
    """The Submission of code cells, each with the question it answers."""
    cells, problems = [], []
    if len(found) > MOST_CELLS:
        problems.append(
            f"the notebook has {len(found)} code cells: only the first "
            f"{MOST_CELLS} were read."
        )
    names = {q.id: _public(q.names) for q in exercise_set.questions}
    for number, (code, tags, tag) in enumerate(found[:MOST_CELLS], start=1):
        name = f"code cell {number}"
        if COLAB in tags:
            continue
        if len(code) > LONGEST_CELL:
            problems.append(
                f"{name} was not read: expected {LONGEST_CELL} characters "
                f"at most, got {len(code)}."
            )
            continue
        question = tag if tag in names else _defining(code, names)
        cells.append(Cell(name, code, question))
    tagged = [tag for _, _, tag in found if tag in names]
    for question in sorted({tag for tag in tagged if tagged.count(tag) > 1}):
        problems.append(
            f"{tagged.count(question)} cells answer {question!r}: they were "
            "run in order, and what the last one defines counts."
        )
    return Submission(tuple(cells), tuple(problems))


def _public(names):
    return [name for name in names if not name.startswith("_")]


def _defining(code, names):
    """The id of the question of which ``code`` defines a name, or ""."""
    for question, wanted in names.items():
        if any(_defines(code, name) for name in wanted):
            return question
    return ""


def _defines(code, name):
    pattern = rf"^(?:def|class) {name}\b|^{name}\s*(?::[^=\n]*)?=(?!=)"
    return re.search(pattern, code, re.M) is not None
