"""The book's own sets, graded as a teacher grades them."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from flowbook.exercises import handout, source
from flowbook.publish.book import Book

BOOK = Book(Path(__file__).parents[2])


@pytest.mark.parametrize("section", BOOK.exercises(), ids=lambda s: s.name)
def test_the_reference_gets_all_points_and_a_blank_none(section, tmp_path):
    read = source.read(section.source)
    for student, notebook in (
        ("reference", handout.solution_notebook(read, BOOK.repository)),
        ("blank", handout.learner_notebook(read, BOOK.repository)),
    ):
        nbformat.write(notebook, tmp_path / f"{student}.ipynb")
    key = tmp_path / "course.key"
    key.write_text("a key of the right length")
    command = [sys.executable, "-m", "flowbook.cli", "grade"]
    command += [Path(section.name).name, *tmp_path.glob("*.ipynb")]
    command += ["--key-file", key, "-o", tmp_path / "grades", "-j", "2"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for student, points, status in (
        ("reference", read.exercises.points, "correct"),
        ("blank", 0, "not attempted"),
    ):
        text = (tmp_path / "grades" / f"{student}.json").read_text("utf-8")
        grade = json.loads(text)
        assert grade["earned"] == points, text
        found = {part["status"] for part in grade["questions"].values()}
        assert found == {status}
