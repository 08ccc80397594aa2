"""Notebook, package data and page agree with the source and leak nothing."""

import json
import re
import shutil

import nbformat
import pytest
from exercising import BOOK, COMMITTED, ROOT, SMALL, leaks, readable

from flowbook.cli import main
from flowbook.exercises import build, handout, source
from flowbook.publish import agreement
from flowbook.publish.book import Book, BookError
from flowbook.publish.notebook import SETUP_TAG, text

CONFIG = "title: t\nrepository: {url: https://github.com/o/n, branch: main}\n"
each_set = pytest.mark.parametrize("path", COMMITTED, ids=lambda p: p.stem)


@pytest.fixture
def book(tmp_path):
    """A book of one small set, everything made."""
    (tmp_path / "_config.yml").write_text(CONFIG)
    for folder in ("book", "chapters", "exercises"):
        (tmp_path / folder).mkdir()
    (tmp_path / "book" / "references.bib").write_text("")
    shutil.copy(SMALL, tmp_path / "exercises" / "small.md")
    made = Book(tmp_path)
    assert len(build.make(made, made.exercises())) == 2
    return made


def learner(book):
    return nbformat.read(
        book.root / "notebooks" / "exercises" / "small.ipynb", as_version=4
    )


# ---- The committed files --------------------------------------------------


def test_the_committed_files_are_those_of_their_sources():
    assert build.stale(BOOK, BOOK.exercises()) == []


def test_what_is_up_to_date_is_not_written_again(book):
    assert build.make(book, book.exercises()) == []


@pytest.mark.parametrize(
    ("old", "new", "files"),
    [
        ("Count weights", "Weigh counts", 2),  # both show the title
        ("Four questions that", "Some questions that", 1),  # the notebook
        ("has a weight for", "holds a weight for", 1),  # a hint: the data
        ("return inputs * units + units", "return units * (inputs + 1)", 1),
        ("The number of weights and", "The count of weights and", 2),
        ("each unit also has", "every unit also has", 1),  # a check
    ],
)
def test_a_change_of_the_source_is_noticed_and_made(book, old, new, files):
    path = book.root / "exercises" / "small.md"
    before = path.read_text("utf-8")
    assert old in before
    path.write_text(before.replace(old, new, 1), "utf-8")
    with pytest.raises(BookError, match="make notebooks") as caught:
        build.check(book, book.exercises())
    assert str(caught.value).count("\n") == files
    assert len(build.make(book, book.exercises())) == files
    build.check(book, book.exercises())


@pytest.mark.parametrize("suffix", ["ipynb", "json"])
def test_an_edit_of_what_is_made_is_noticed(book, suffix):
    (path,) = (p for p in book.root.rglob(f"*.{suffix}"))
    path.write_text(path.read_text("utf-8").replace("weights", "w"), "utf-8")
    with pytest.raises(BookError, match=rf"small\.{suffix}: it differs: “"):
        build.check(book, book.exercises())
    path.unlink()
    with pytest.raises(BookError, match=rf"small\.{suffix}: there is none"):
        build.check(book, book.exercises())


def test_the_commands_know_exercises(book, monkeypatch, capsys):
    monkeypatch.chdir(book.root)
    assert main(["stale", "exercises/small"]) == 0
    (book.root / "notebooks" / "exercises" / "small.ipynb").unlink()
    assert main(["stale"]) == 1
    assert main(["execute", "exercises/small"]) == 0
    assert main(["stale"]) == 0
    assert "1 exercise files written" in capsys.readouterr().out


# ---- The learner's notebook -----------------------------------------------


def test_the_learners_notebook_is_whole_and_not_executed(book):
    made = learner(book)
    assert made.cells[0].metadata.tags == [SETUP_TAG]
    assert "git+https://github.com/o/n@main" in made.cells[0].source
    code = [cell for cell in made.cells if cell.cell_type == "code"]
    assert all(c.outputs == [] and c.execution_count is None for c in code)
    tags = [cell.metadata.tags[0] for cell in code]
    assert tags[:3] == [SETUP_TAG, "setup", "load"]
    assert tags[3:] == ["answer", "check"] * 4 + ["summary"]
    ids = [
        c.metadata.flowbook.question for c in code if "flowbook" in c.metadata
    ]
    assert ids == ["weights", "total", "scores", "trace"]
    assert [c.source for c in code if "check" in c.metadata.tags] == [
        f"q{number}.check()" for number in range(1, 5)
    ]


def test_no_myst_reaches_the_learner(book):
    prose = "\n".join(
        c.source for c in learner(book).cells if c.cell_type == "markdown"
    )
    assert not re.search(r"```\{|\{[a-z:]+\}`", prose)
    data = next(book.root.rglob("small.json")).read_text("utf-8")
    hints = [
        hint
        for question in json.loads(data)["questions"]
        for hint in question["hints"]
    ]
    assert "And each unit has a bias, `b` in EQ X1." in hints


def test_the_same_source_makes_the_same_bytes(book):
    read = build.plain(
        source.read(SMALL), agreement.prose(book), "exercises/small"
    )
    first, again = (
        text(handout.learner_notebook(read, book.repository)) for _ in range(2)
    )
    assert first == again
    solved = text(handout.solution_notebook(read, book.repository))
    assert "return inputs * units + units" in solved
    assert "return inputs * units + units" not in first


def test_a_teachers_own_set_is_handed_out_without_its_checks(
    book, monkeypatch, capsys
):
    own = book.root / "elsewhere" / "midterm.md"
    own.parent.mkdir()
    shutil.copy(SMALL, own)
    monkeypatch.chdir(book.root)
    assert main(["handout", str(own), "-o", "out"]) == 0
    made = book.root / "out" / "midterm.ipynb"
    assert capsys.readouterr().out.strip() == "out/midterm.ipynb"
    content = nbformat.read(made, as_version=4)
    code = [cell for cell in content.cells if cell.cell_type == "code"]
    tags = [cell.metadata.tags[0] for cell in code]
    assert tags == [SETUP_TAG, "setup"] + ["answer"] * 4
    assert leaks([("midterm.ipynb", made.read_bytes())], SMALL) == []
    assert len(list(book.root.rglob("*.json"))) == 1  # no package data
    assert main(["handout", "none.md"]) == 1
    assert "which is no file" in capsys.readouterr().err


def test_the_page_keeps_the_order_of_its_source(tmp_path):
    setup = "```{code-cell} python\n:tags: [setup]\n"
    path = tmp_path / "small.md"
    path.write_text(
        SMALL.read_text("utf-8").replace(
            setup, f"{setup}import math\n```\n\nAnd NumPy:\n\n{setup}", 1
        ),
        "utf-8",
    )
    page = handout.page(source.read(path))
    parts = (
        "# Exercises", "Four questions that", "Answer these questions",
        "import math", "And NumPy:", "import numpy", "## Question 1",
        "Hint 1 of 2", "## Question 4", "What to remember",
    )  # fmt: skip
    places = [page.index(part) for part in parts]
    assert places == sorted(places)


# ---- Nothing leaks --------------------------------------------------------


def test_a_leak_would_be_found():
    text = "<p><span>return</span> inputs <b>*</b> units + units</p>"
    assert leaks([("a.html", text.encode())], SMALL)
    assert not leaks(
        [("a.html", handout.page(source.read(SMALL)).encode())], SMALL
    )


@each_set
def test_the_learners_notebook_holds_no_answer(path):
    made = ROOT / "notebooks" / "exercises" / f"{path.stem}.ipynb"
    made = nbformat.read(made, as_version=4)
    cells = "\n".join(cell.source for cell in made.cells)
    assert leaks([(path.stem, cells.encode())], path) == []


@each_set
def test_the_pages_hold_no_answer(path):
    folder = ROOT / "_build" / "html"
    page = folder / "exercises" / f"{path.stem}.html"
    assert page.exists(), "these tests read the built pages: run `make book`"
    words = readable(page.name, page.read_bytes())
    for question in source.read(path).exercises.questions:
        assert question.title in words
        assert f"Hint 1 of {len(question.hints)}" in words
    files = [
        (p.name, p.read_bytes()) for p in folder.rglob("*") if p.is_file()
    ]
    assert leaks(files, path) == []
    assert not (folder / "_sources").exists()
    assert f"notebooks/exercises/{path.stem}.ipynb" in page.read_text("utf-8")
