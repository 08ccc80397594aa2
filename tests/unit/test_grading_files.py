"""Submissions in, grades out: what is read, written, refused and kept."""

import csv
import errno
import json
import random

import pytest

from flowbook import cli
from flowbook.exercises.grading import (
    batch,
    command,
    papers,
    report,
    run,
    seeds,
    submission,
)
from flowbook.exercises.parts import Check, ExerciseSet, Question

KEY = "0123456789abcdef0123456789abcdef"


def question(name, code):
    checks = (Check(2, ""),)
    return Question(name, name.title(), "", code, code, "", (), checks)


SET = ExerciseSet(
    "small",
    "Exercises: small",
    "",
    "",
    (question("first", "def f(): ..."), question("second", "x = 1\n_y = 2")),
)


def notebook(*cells):
    """A notebook's bytes; a cell is its code, or (code, question)."""
    made = []
    for cell in cells:
        code, name = cell if isinstance(cell, tuple) else (cell, "")
        metadata = {"flowbook": {"question": name}} if name else {}
        made.append(
            {"cell_type": "code", "metadata": metadata, "source": code}
        )
    return json.dumps({"cells": made, "nbformat": 4}).encode()


# ---- Reading --------------------------------------------------------------


def test_cells_are_found_by_their_tag_and_else_by_what_they_define():
    work = submission.read(
        notebook(("1", "first"), "def f():\n  pass", "x: int = 3", "y = x"),
        SET,
    )
    found = [(cell.name, cell.question) for cell in work.cells]
    assert found == [
        ("code cell 1", "first"),
        ("code cell 2", "first"),
        ("code cell 3", "second"),
        ("code cell 4", ""),
    ]
    assert not work.problems


@pytest.mark.parametrize("code", ["x == 1", " x = 1", "xx = 1", "_y = 2"])
def test_a_use_of_a_name_defines_nothing(code):
    (cell,) = submission.read(notebook(code), SET).cells
    assert cell.question == ""


def test_the_text_of_an_answer_is_its_last_cell():
    work = submission.read(
        notebook("def f(): 1", ("def f(): 2", "first"), "y = f()"), SET
    )
    assert work.defining("f") == "def f(): 2"
    assert work.defining("g") == ""


def test_a_cell_that_is_too_long_is_left_out_and_named():
    work = submission.read(notebook("x = 1", "#" * 300_000), SET)
    assert [cell.name for cell in work.cells] == ["code cell 1"]
    assert "code cell 2 was not read: expected 200000" in work.problems[0]


def test_damaged_bytes_never_raise():
    rng = random.Random(4)
    good = notebook(("def f():\n    return 1", "first"), "x = 1")
    for _ in range(3_000):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(len(data))
            if rng.random() < 0.5:
                data[at] = rng.randrange(256)
            else:
                del data[at : at + rng.randrange(1, 30)]
        work = submission.read(bytes(data), SET)
        assert work.readable or len(work.problems) == 1


# ---- Which paper is whose -------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    for name in ("ada", "bob"):
        (tmp_path / f"{name}.ipynb").write_bytes(notebook("x = 1"))
    (tmp_path / "course.key").write_text(KEY)
    return tmp_path


def test_ids_come_from_the_file_names_or_from_a_table(folder):
    paths = sorted(folder.glob("*.ipynb"))
    assert [p.student for p in papers.collect(paths)] == ["ada", "bob"]
    table = folder / "ids.csv"
    table.write_text("﻿ada.ipynb,s2\nbob.ipynb, s1 \n", "utf-8")
    found = [(p.student, p.path.stem) for p in papers.collect(paths, table)]
    assert found == [("s1", "bob"), ("s2", "ada")]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("ada.ipynb,s1\n", "no row for bob.ipynb"),
        ("ada.ipynb,s1\nbob.ipynb,s1\n", "have the same id 's1'"),
        ("ada.ipynb,s1\nbob.ipynb,S1\n", "have the same id"),
        ("ada.ipynb,s1\nada.ipynb,s2\n", "ada.ipynb has two ids"),
        ("ada.ipynb\n", "rows of a file's name and an id"),
        ("ada.ipynb,\n", "rows of a file's name and an id"),
        ("\0\xff", "--ids"),
    ],
)
def test_a_table_that_cannot_work_is_refused(folder, table, says):
    (folder / "ids.csv").write_text(table, "latin-1")
    with pytest.raises(papers.UsageError, match=says):
        papers.collect(sorted(folder.glob("*.ipynb")), folder / "ids.csv")


def test_two_files_of_one_name_are_refused(folder):
    (folder / "late").mkdir()
    (folder / "late" / "ada.ipynb").write_bytes(b"")
    with pytest.raises(papers.UsageError, match="same id 'ada'"):
        papers.collect(sorted(folder.rglob("*.ipynb")))


@pytest.mark.parametrize(
    "student",
    [
        "../../x",
        "",
        ".",
        "a/b",
        "grades",
        "results",
        "é",
        "-rf",
        "x" * 300,
        "a\nb",
        "con:",
        "=1",
        "\udcff",
    ],
)
def test_a_file_name_is_harmless_and_nobody_elses(student):
    name = report.file_name(student)
    assert name not in ("grades", "results", student)
    assert 0 < len(name) < 100 and name[0] not in ".-"
    assert not set(name) - set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@+-"
    )


# ---- Seeds ----------------------------------------------------------------


def draws(*where, key=b"k" * 16):
    return [rng.random() for rng in seeds.generators(key, *where)]


def test_hidden_inputs_depend_on_key_student_question_and_part():
    base = draws("ada", "first", 1)
    assert base == draws("ada", "first", 1)
    assert base[0] == random.Random(0).random()
    assert len(set(base)) == 1 + seeds.HIDDEN
    for other in (
        draws("bob", "first", 1),
        draws("ada", "second", 1),
        draws("ada", "first", 2),
        draws("ada", "first", 1, key=b"l" * 16),
        draws('ada", "first', "x", 1),
    ):
        assert not set(base[1:]) & set(other[1:])


def test_the_fingerprint_tells_nothing_of_the_key():
    assert seeds.fingerprint(b"k" * 16) != seeds.fingerprint(b"l" * 16)
    assert len(seeds.fingerprint(b"k" * 16)) == 16


# ---- Writing --------------------------------------------------------------


def canned(data, status="graded", message=""):
    """What a judge says of a paper, without a judge."""
    outcome = {
        "status": "correct",
        "message": message,
        "earned": 2,
        "possible": 2,
        "cell": "",
        "line": None,
        "source": "",
        "broken_check": False,
    }
    return {
        "status": status,
        "questions": {q.id: dict(outcome) for q in SET.questions},
        "problems": [],
        "earned": 4,
        "possible": 4,
        "seconds": 0.1,
        "digest": papers.digest(data),
    }


@pytest.fixture
def graded(monkeypatch):
    """The papers that came to a judge, which is replaced."""
    came = []

    def results(self, waiting):
        for paper in waiting:
            came.append(paper.student)
            yield paper, canned(paper.read())

    monkeypatch.setattr(run.Run, "_graded", results)
    monkeypatch.setattr(run, "_set", lambda name: SET)
    return came


def grade(folder, *more, out="out"):
    paths = sorted(map(str, folder.glob("*.ipynb")))
    key = ["--key-file", str(folder / "course.key")]
    arguments = ["grade", "small", *paths, *key, "-o", str(folder / out)]
    return cli.main([*arguments, *more])


def test_every_student_gets_a_row_and_a_file(folder, graded, capsys):
    assert grade(folder) == command.GRADED
    assert capsys.readouterr().out.startswith("2 graded (0 of them before)")
    rows = list(csv.reader((folder / "out/grades.csv").open()))
    head = ["student", "first", "second", "total", "out of", "status"]
    assert rows == [
        head,
        ["ada", "2", "2", "4", "4", "graded"],
        ["bob", "2", "2", "4", "4", "graded"],
    ]
    result = json.loads((folder / "out/ada.json").read_text())
    assert result["questions"]["first"]["status"] == "correct"
    assert KEY not in json.dumps(result)


def test_a_rerun_grades_what_is_new_changed_or_was_not_written(folder, graded):
    grade(folder)
    graded.clear()
    assert grade(folder) == command.GRADED
    assert graded == []
    (folder / "ada.ipynb").write_bytes(notebook("x = 2"))
    (folder / "carl.ipynb").write_bytes(notebook("x = 3"))
    (folder / "out/bob.json").write_text('{"half of')
    grade(folder)
    assert graded == ["ada", "bob", "carl"]
    graded.clear()
    (folder / "course.key").write_text(KEY[::-1])
    grade(folder)
    assert len(graded) == 3, "another key means other inputs"


def test_a_full_disk_loses_nothing(folder, graded, monkeypatch, capsys):
    real = report.write

    def full(path, text):
        if path.name == "bob.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, text)

    monkeypatch.setattr(report, "write", full)
    assert grade(folder) == command.NOT_GRADED
    said = capsys.readouterr().err
    assert (
        "No space left on device" in said and "run the command again" in said
    )
    assert "ada" in (folder / "out/grades.csv").read_text()
    monkeypatch.setattr(report, "write", real)
    graded.clear()
    assert grade(folder) == command.GRADED
    assert graded == ["bob"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "grade.json"
    report.write(path, "old")

    def fails(number):
        raise OSError(errno.EIO, "I/O error")

    monkeypatch.setattr(report.os, "fsync", fails)
    with pytest.raises(OSError, match="I/O error"):
        report.write(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["grade.json"]
    assert path.read_text() == "old"


def test_ctrl_c_keeps_what_was_graded(folder, graded, monkeypatch):
    def results(self, waiting):
        yield waiting[0], canned(waiting[0].read())
        raise KeyboardInterrupt

    monkeypatch.setattr(run.Run, "_graded", results)
    assert grade(folder) == command.STOPPED
    assert "ada" in (folder / "out/grades.csv").read_text()


def test_a_judge_that_failed_is_told_and_tried_again(
    folder, graded, monkeypatch, capsys
):
    def results(self, waiting):
        yield waiting[0], batch.NotGraded("the judge ended")
        yield waiting[1], canned(waiting[1].read())

    monkeypatch.setattr(run.Run, "_graded", results)
    assert grade(folder) == command.NOT_GRADED
    assert "ada: not graded: the judge ended" in capsys.readouterr().err
    assert not (folder / "out/ada.json").exists()
    assert (folder / "out/bob.json").exists()


def test_without_isolation_every_grade_says_so(folder, graded, capsys):
    grade(folder, "--isolation=none")
    assert capsys.readouterr().err.count("UNTRUSTED") == 2
    assert "UNTRUSTED, graded" in (folder / "out/grades.csv").read_text()
    result = json.loads((folder / "out/ada.json").read_text())
    assert result["trusted"] is False and "UNTRUSTED" in result["warning"]
    grade(folder)
    trusted = json.loads((folder / "out/ada.json").read_text())
    assert trusted["trusted"] is True, "an untrusted grade is not kept"


def test_gradescope_gets_points_and_messages(folder, graded):
    (folder / "bob.ipynb").unlink()
    assert grade(folder, "--gradescope") == command.GRADED
    made = json.loads((folder / "out/results.json").read_text())
    assert made["score"] == 4
    assert made["tests"][0] == {
        "name": "first: First",
        "score": 2,
        "max_score": 2,
        "status": "passed",
        "output": "Correct.",
        "visibility": "visible",
    }


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--gradescope"], "--gradescope: expected one submission, got 2"),
        (["--isolation=container"], "expected one submission, got 2"),
        (["-j", "0"], "-j: expected 1 or more"),
        (["--timeout", "0"], "--timeout"),
        (["--timeout", "nan"], "--timeout"),
        (["--key-file", "short.key"], "expected 16 bytes at least, got 5"),
        (["--key-file", "none.key"], "--key-file"),
        (["--ids", "none.csv"], "--ids"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_written(
    folder, graded, capsys, monkeypatch, more, says
):
    monkeypatch.chdir(folder)
    (folder / "short.key").write_text("short")
    assert grade(folder, *more) == command.WRONG_USE
    assert says in capsys.readouterr().err
    assert not (folder / "out").exists()


def test_an_unknown_set_and_a_missing_file_are_named(folder, capsys):
    key = ["--key-file", str(folder / "course.key"), "-o", str(folder / "o")]
    assert cli.main(["grade", "nonsense", "a.ipynb", *key]) == 2
    assert "got 'nonsense'" in capsys.readouterr().err


def test_a_key_that_sandboxes_show_is_refused(folder, graded, monkeypatch):
    from flowbook.exercises.grading import root

    monkeypatch.setattr(root, "visible", lambda: [folder])
    assert grade(folder) == command.WRONG_USE
    assert graded == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\\u001b[2Jb"),
        ("two\nlines", "two\nlines"),
        ("\u202eabc", "\\u202eabc"),
        ("\ud800", "\\ud800"),
        ("é数", "é数"),
    ],
)
def test_control_characters_are_shown_not_obeyed(text, shown):
    assert report.clean(text) == shown


def test_a_table_has_no_formula():
    result = {**canned(b""), "student": "=1+1"}
    assert "\n'=1+1," in report.csv_text(["first"], [result]).replace("\r", "")
