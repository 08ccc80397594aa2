"""Answers in the page: the same checks, the same words, without TensorFlow."""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from exercising import COMMITTED, SMALL, leaks

from flowbook.exercises import (
    absent,
    checking,
    handout,
    harness,
    notebook,
    source,
)
from flowbook.exercises import page as judged
from flowbook.publish import wheel
from flowbook.publish.site import node, node_package

SETS = {path.stem: source.read(path).exercises for path in COMMITTED}
QUESTIONS = [(s, q) for s in SETS.values() for q in s.questions]
FRAMEWORKS = ("keras", "tensorflow", "torch")
PROGRAM = """
import contextlib, io, json, sys
from flowbook.exercises import page

said = []
for arguments in json.load(sys.stdin):
    sys.modules.update(dict.fromkeys(sys.argv[1:]))  # as if not installed
    with contextlib.redirect_stdout(io.StringIO()):
        said.append(page.check(*arguments))
print(json.dumps(said))
"""
IN_PYODIDE = Path(__file__).with_name("in_pyodide.mjs")
COUNT = "def weights(inputs, units):\n    return inputs * units\n"


def references(exercise_set):
    return {q.id: q.reference for q in exercise_set.questions}


def answers(needs):
    """``[(set, question, kind, code)]`` of what tests know of questions."""
    return [
        (exercise_set, question, kind, code)
        for exercise_set, question in QUESTIONS
        if question.needs == needs
        for kind, code in [
            ("blank", question.stub),
            ("right", question.reference),
            *((wrong, wrong.code) for wrong in question.wrongs),
        ]
    ]


def asked(cases):
    """The arguments of page.check for these answers."""
    return [
        [s.name, question.id, references(s) | {question.id: code}]
        for s, question, _, code in cases
    ]


def without(modules, arguments):
    """What page.check says where these modules are not installed."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *modules],
        input=json.dumps(arguments),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout)


def in_notebook(exercise_set, question, code):
    """What check() prints in a notebook, but its last line."""
    namespace = {"__name__": "__main__"}
    harness.run_cell(exercise_set.setup, namespace, "the setup")
    exercises = notebook.Exercises(exercise_set, namespace)
    for exercise, other in zip(exercises, exercise_set.questions, strict=True):
        text = code if other is question else other.reference
        if other is question or other.needs != "tensorflow":
            cell = f"your answer to question {exercise.number}"
            harness.run_cell(text, namespace, cell)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exercises[question.id].check()
    return printed.getvalue().rstrip().rpartition("\n")[0]


def assert_judged(cases, said):
    """Points as the source says, words as the notebook says."""
    for (exercise_set, question, kind, code), got in zip(
        cases, said, strict=True
    ):
        place = f"{exercise_set.name}/{question.id}: {got['text']}"
        if kind == "blank":
            assert got["status"] == "not attempted", place
        elif kind == "right":
            assert got["earned"] == question.points, place
        else:
            assert question.points - got["earned"] == kind.loses, place
        if "tf.data" in code:  # an answer may ask for what a page has not
            assert "TensorFlow is not in this page" in got["text"]
        else:
            assert got["text"] == in_notebook(exercise_set, question, code)


# ---- Every question that is offered in the page ---------------------------


def test_in_pyodide_every_answer_gets_its_points_and_the_same_words(tmp_path):
    cases = answers("python")
    (tmp_path / "asked.json").write_text(json.dumps(asked(cases)))
    done = subprocess.run(
        [
            node() / "node",
            IN_PYODIDE,
            node_package("pyodide"),
            wheel.write(tmp_path),
            tmp_path / "asked.json",
        ],
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert_judged(cases, json.loads(done.stdout))


def test_with_numpy_alone_answers_get_their_points_and_the_same_words():
    cases = answers("numpy")
    assert_judged(cases, without(FRAMEWORKS, asked(cases)))


@pytest.mark.parametrize(
    ("missing", "enough"),
    [
        (FRAMEWORKS, {"python", "numpy"}),
        ((*FRAMEWORKS, "numpy"), {"python"}),
    ],
)
def test_a_question_says_exactly_what_it_needs(missing, enough):
    arguments = [[s.name, q.id, references(s)] for s, q in QUESTIONS]
    for (exercise_set, question), got in zip(
        QUESTIONS, without(missing, arguments), strict=True
    ):
        passes = got["earned"] == question.points
        place = f"{exercise_set.name}/{question.id}: {got['text']}"
        assert passes == (question.needs in enough), place


def test_each_chapter_has_a_question_that_needs_nothing():
    for exercise_set in SETS.values():
        assert "python" in {q.needs for q in exercise_set.questions}


# ---- What the page says ---------------------------------------------------


def test_what_an_answer_prints_is_printed_and_that_of_others_is_not(capsys):
    code = {"count": f"{COUNT}\nprint('mine')", "bytes": "print('theirs')"}
    said = judged.check("keras", "count", code)
    assert capsys.readouterr().out == "mine\n"
    assert said["status"] == "incorrect"
    assert said["earned"] == 1
    assert "`parameters` is not defined" in said["text"]
    assert 'data-status="incorrect"' in said["html"]


def test_an_answer_that_is_no_python_says_where():
    said = judged.check("keras", "count", {"count": f"{COUNT}def ("})
    assert said["status"] == "error"
    assert "line 3 of your answer to question 1: `def (`" in said["text"]


def test_a_later_question_builds_on_the_answers_that_are_given():
    sum_of_all = SETS["keras"].question("bytes").reference
    alone = judged.check("keras", "bytes", {"bytes": sum_of_all})
    assert alone["status"] == "not attempted"
    both = references(SETS["keras"])
    assert judged.check("keras", "bytes", both)["status"] == "correct"


def test_nothing_is_left_from_an_earlier_check():
    right = SETS["keras"].question("count").reference
    assert judged.check("keras", "count", {"count": right})["earned"] == 3
    assert judged.check("keras", "count", {"count": COUNT})["earned"] == 1


# ---- What stands in for a library -----------------------------------------


@pytest.fixture
def nothing(monkeypatch):
    """No library is installed."""
    for name in (*FRAMEWORKS, "numpy"):
        monkeypatch.setitem(sys.modules, name, None)
    with absent.stand_ins():
        yield


def test_a_setup_loses_what_asks_for_absent_libraries(nothing):
    code = (
        "import keras\nimport numpy as np\n\n\n@keras.saving.register\n"
        "class Model(keras.Model):\n    pass\n\n\nONE = 1\n"
        "isinstance(ONE, np.ndarray)\nPI = np.pi\n"
    )
    left = absent.without_absent(code, {}).split("\n")
    assert [line for line in left if line] == [
        "import keras",
        "import numpy as np",
        "ONE = 1",
        "isinstance(ONE, np.ndarray)",
    ]
    assert left.index("ONE = 1") == code.split("\n").index("ONE = 1")


def test_every_use_of_an_absent_library_says_so(nothing):
    import numpy as np

    with pytest.raises(absent.Absent, match="NumPy is not in this page"):
        np.zeros(3)
    with pytest.raises(absent.Absent, match=r"keras\.ops is of it"):
        from keras import ops  # noqa: F401


def test_the_stand_ins_are_gone_afterwards(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with absent.stand_ins():
        assert sys.modules["torch"] is not None
    assert "torch" not in sys.modules


# ---- The wheel ------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """What the wheel holds, by name."""
    with ZipFile(wheel.write(tmp_path_factory.mktemp("wheel"))) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_the_wheel_holds_checks_of_its_questions_and_no_answers(files):
    for name, exercise_set in SETS.items():
        text = files[f"flowbook/exercises/sets/{name}.json"].decode()
        for question in checking_set(text).questions:
            here = exercise_set.question(question.id).needs != "tensorflow"
            assert bool(question.checks) == here
            assert question.reference == question.solution == ""
            assert question.hints == ()
        for question in exercise_set.questions:
            for wrong in question.wrongs:
                assert json.dumps(wrong.code)[1:-1] not in text


def checking_set(text):
    return type(SETS["keras"]).from_json(text)


def test_the_wheel_is_a_wheel_and_always_the_same(files, tmp_path):
    again = wheel.write(tmp_path / "again").read_bytes()
    assert wheel.write(tmp_path / "once more").read_bytes() == again
    (record,) = (files[name] for name in files if name.endswith("RECORD"))
    names = [line.split(",")[0] for line in record.decode().splitlines()]
    assert names == list(files)
    for name, content in files.items():
        if name.endswith(".py"):
            module = wheel.LIBRARY / name.removeprefix("flowbook/")
            assert module.read_bytes() == content


# ---- The source and the page ----------------------------------------------


def test_the_page_offers_what_needs_no_tensorflow():
    read = source.read(SMALL)
    assert "here, too" not in handout.page(read)
    page = handout.page(read, lambda number, question: f"CONTROL {number}")
    assert page.count("CONTROL") == len(read.exercises.questions)
    assert "here, too" in page
    assert leaks([("a.html", page.encode())], SMALL) == []


def test_a_broken_check_is_told_as_such(monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("odd")

    monkeypatch.setattr(checking.Checks, "of", fail)
    said = judged.check("keras", "count", {"count": COUNT})
    assert "This question is broken" in said["text"]
