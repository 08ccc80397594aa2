"""The attacks as notebooks: ``python tests/attacks/notebooks.py`` makes them.

Each file of ``sources`` is an honest submission to ``attacked.md`` (to
``raced.md``, if its name begins with "race") with the cell of one question
replaced. Its first lines say which question, what its
message must contain and, if it matters, which status it must have. Attacks on
the notebook itself are functions here.
"""

import copy
import json
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

from flowbook.exercises import handout, source

__all__ = [
    "ATTACKS",
    "FOLDER",
    "HONEST",
    "RACED",
    "RACES",
    "SET",
    "Attack",
    "texts",
]

HERE = Path(__file__).parent
FOLDER = HERE / "notebooks"
SET = source.read(HERE / "attacked.md")
RACED = source.read(HERE / "raced.md")
HONEST, RACE = "honest", "race-"
HEAD = re.compile(r"# (question|status|says): (.*)\n")


@dataclass(frozen=True)
class Attack:
    """What becomes of one attack; it costs its own question, or nothing."""

    name: str
    question: str = ""  # the one that earns nothing, if there is one
    says: str = ""  # part of that question's message, or of the problems
    status: str = ""  # of that question, if only one will do


def _attack(path):
    head = dict(HEAD.findall(path.read_text("utf-8")))
    return Attack(path.stem, **head)


FROM_SOURCES = [_attack(path) for path in sorted(HERE.glob("sources/*.py"))]
OF_NOTEBOOKS = [
    Attack("notebook-cell-deleted", "center", "no cell", "missing"),
    Attack("notebook-cell-renamed", "center", "no cell", "missing"),
    Attack("notebook-cell-retagged", "center", "no cell", "missing"),
    Attack("notebook-cell-duplicated", says="2 cells answer 'center'"),
    Attack("notebook-cell-in-two-questions", "center", "expected"),
    Attack("notebook-metadata-lost"),
    Attack("notebook-magics"),
    Attack("notebook-surprising-types"),
    Attack("notebook-null-bytes", "center", "null bytes", "error"),
    Attack("notebook-half-surrogates", "center", "", "error"),
]
RACES = [attack for attack in FROM_SOURCES if attack.name.startswith(RACE)]
ATTACKS = [a for a in FROM_SOURCES if a not in RACES] + OF_NOTEBOOKS


def texts():
    """``{name: text of the .ipynb}`` of all that is committed."""
    made = {
        HONEST: _written(_honest()),
        RACE + HONEST: _written(_honest(RACED)),
    }
    for attack in FROM_SOURCES:
        code = (HERE / "sources" / f"{attack.name}.py").read_text("utf-8")
        of = RACED if attack in RACES else SET
        made[attack.name] = _written(_with(attack.question, code, of))
    for attack in OF_NOTEBOOKS:
        change = attack.name.removeprefix("notebook").replace("-", "_")
        made[attack.name] = _written(globals()[change](_honest()))
    return made


def _written(notebook):
    for number, cell in enumerate(notebook.cells):
        if "id" in cell:
            cell["id"] = f"cell-{number}"
    return json.dumps(notebook, indent=1, sort_keys=True) + "\n"


def _honest(of=SET):
    return handout.solution_notebook(of, ("https://example.org", "main"))


def _with(question, code, of):
    notebook = _honest(of)
    _answer(notebook, question).source = code
    return notebook


def _answer(notebook, question):
    """The cell that answers this question."""
    wanted = {"question": question}
    return next(
        cell
        for cell in notebook.cells
        if cell.metadata.get("flowbook") == wanted
    )


def _cell_deleted(notebook):
    notebook.cells.remove(_answer(notebook, "center"))
    return notebook


def _cell_renamed(notebook):
    cell = _answer(notebook, "center")
    cell.source = cell.source.replace("def center", "def centre")
    del cell.metadata["flowbook"]
    return notebook


def _cell_retagged(notebook):
    cell = _answer(notebook, "center")
    cell.metadata["flowbook"] = {"question": "no such question"}
    cell.source = "pass"
    return notebook


def _cell_duplicated(notebook):
    cell = _answer(notebook, "center")
    notebook.cells.append(copy.deepcopy(cell))
    cell.source = "def center(x):\n    return x"
    return notebook


def _cell_in_two_questions(notebook):
    """The cell says that it answers another question than it does."""
    _answer(notebook, "center").metadata["flowbook"] = {"question": "half"}
    notebook.cells.append(
        nbformat.v4.new_code_cell("def center(x):\n    return 0.0")
    )
    return notebook


def _metadata_lost(notebook):
    """As some editors save: no tags, no metadata, other line endings."""
    for cell in notebook.cells:
        cell.metadata = {}
        cell.source = cell.source.replace("\n", "\r\n")
    return notebook


def _magics(notebook):
    cell = _answer(notebook, "center")
    cell.source = f"%matplotlib inline\n!pip list\n{cell.source}\nnp.mean?\n"
    notebook.cells.insert(2, nbformat.v4.new_code_cell("%%bash\nrm -rf /"))
    return notebook


def _surprising_types(notebook):
    """Fields that are of other types than nbformat has."""
    notebook.cells.insert(0, {"cell_type": "code", "source": ["1\n", "2"]})
    notebook.cells.insert(0, {"cell_type": "code", "metadata": []})
    notebook.cells.insert(0, {"cell_type": {"a": 1}, "source": 5})
    notebook.cells.insert(0, "no cell at all")
    notebook.cells.insert(
        0,
        {
            "cell_type": "code",
            "metadata": {"tags": 5, "flowbook": {"question": ["half"]}},
            "source": "",
        },
    )
    return notebook


def _null_bytes(notebook):
    _answer(notebook, "center").source += "\n# \x00 \x1b[31m\n"
    return notebook


def _half_surrogates(notebook):
    cell = _answer(notebook, "center")
    cell.source = "def center(x):\n    raise ValueError('\ud800\udfff\ud800')"
    return notebook


def main():
    FOLDER.mkdir(exist_ok=True)
    made = texts()
    for old in FOLDER.glob("*.ipynb"):
        if old.stem not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / f"{name}.ipynb").write_text(text, "utf-8")
    print(f"{len(made)} notebooks")


if __name__ == "__main__":
    main()
