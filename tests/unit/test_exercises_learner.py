"""What a learner sees: check(), hint(), solution(), summary(), anywhere."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import nbformat
import pytest
from exercising import BOOK, SMALL, answered, lost
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

from flowbook.exercises import (
    Incorrect,
    StudentError,
    handout,
    load,
    notebook,
    source,
)
from flowbook.exercises.checking import (
    CORRECT,
    ERROR,
    INCORRECT,
    NOT_ATTEMPTED,
)

EXERCISES = source.read(SMALL).exercises
RIGHT = EXERCISES.question("weights").reference


def weights(code):
    """The first question with ``code`` as its answer, checked."""
    exercise = answered(EXERCISES, weights=code)["weights"]
    exercise.check()
    return exercise


# ---- Outcomes -------------------------------------------------------------


def test_a_right_answer(capsys):
    exercise = weights(RIGHT)
    assert exercise.outcome.status == CORRECT
    assert capsys.readouterr().out == (
        "✓ Correct: question 1, Count weights. 2 of 2 points.\n"
        "So far: 2 of 11 points.\n"
    )


def test_a_wrong_answer_is_told_expected_got_and_why(capsys):
    exercise = weights("def weights(inputs, units):\n    return inputs*units")
    assert exercise.outcome.status == INCORRECT
    said = capsys.readouterr().out
    assert said.startswith(
        "✗ Not right yet: question 1, Count weights. 0 of 2"
    )
    assert re.search(
        r"expected 756, got 728\. 26·28 are the weights only: each unit also "
        r"has a bias\.",
        said,
    )
    assert "`q1.hint()`" in said


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("the slope in w: expected 2", "The slope in w: expected 2"),
        ("gradient(1, 2): expected 2", "gradient(1, 2): expected 2"),
        ("trace_count is wrong", "trace_count is wrong"),
        ("weights: expected 2", "weights: expected 2"),
        ("`slopes` has no path", "`slopes` has no path"),
        ("", ""),
    ],
)
def test_a_message_begins_with_a_capital_but_for_code(
    message, shown, capsys, monkeypatch
):
    def check(student, rng):
        raise Incorrect(message)

    exercise = answered(EXERCISES)["weights"]
    checks = {"weights": [(2, check)]}
    monkeypatch.setattr(exercise._exercises, "checks_of", checks.get)
    exercise.check()
    assert capsys.readouterr().out.split("\n")[1] == shown


def test_an_error_is_told_with_cell_and_line(capsys):
    exercise = weights("def weights(inputs, units):\n\n    return inputs / 0")
    assert exercise.outcome.status == ERROR
    assert exercise.outcome.line == 3
    said = capsys.readouterr().out
    assert "ZeroDivisionError: division by zero" in said
    assert "line 3 of cell [1]: `return inputs / 0`" in said


def test_a_check_may_explain_an_error_and_keep_its_place(capsys, monkeypatch):
    def check(student, rng):
        try:
            student.call("weights", 2, 3)
        except StudentError as error:
            raise error.explained("A number has no `numpy()`.") from None

    code = "def weights(inputs, units):\n    return inputs.numpy()"
    exercise = answered(EXERCISES, weights=code)["weights"]
    checks = {"weights": [(2, check)]}
    monkeypatch.setattr(exercise._exercises, "checks_of", checks.get)
    exercise.check()
    assert exercise.outcome.status == ERROR
    assert capsys.readouterr().out.split("\n")[1:4] == [
        "AttributeError: 'int' object has no attribute 'numpy'",
        "A number has no `numpy()`.",
        "It happened in line 2 of cell [1]: `return inputs.numpy()`",
    ]


def test_an_untouched_stub_is_not_attempted(capsys):
    exercise = weights(EXERCISES.question("weights").stub)
    assert exercise.outcome.status == NOT_ATTEMPTED
    assert "○ Not attempted: question 1" in capsys.readouterr().out


def test_an_answer_whose_cell_did_not_run_is_told_so(capsys):
    exercise = weights("pass")
    assert exercise.outcome.status == INCORRECT
    assert "Run the cell that defines it" in capsys.readouterr().out


def test_a_partly_right_answer_keeps_the_points_of_its_parts(capsys):
    exercises = answered(
        EXERCISES, total=EXERCISES.question("total").wrongs[1].code
    )
    exercises["total"].check()
    assert lost(exercises["total"]) == 1
    assert "1 of 2 parts is right." in capsys.readouterr().out


def test_a_broken_check_blames_the_exercise(capsys):
    exercise = answered(EXERCISES)["weights"]
    exercise._exercises.checks_of = None
    exercise.check()
    assert exercise.outcome.broken_check
    assert "This question is broken" in capsys.readouterr().out


def test_an_answer_that_fails_wherever_it_is_touched_is_only_wrong(capsys):
    exercises = answered(EXERCISES)
    exercises.namespace["weights"] = Hostile()
    exercises["weights"].check()
    assert exercises["weights"].outcome.status == INCORRECT
    assert "expected a function, got Hostile" in capsys.readouterr().out


class Hostile:
    """An answer that fails wherever it is touched."""

    def __getattribute__(self, name):
        raise RuntimeError(name)


# ---- Hints, solution, summary ---------------------------------------------


def test_hints_are_numbered_and_tell_more_each_time(capsys):
    exercise = answered(EXERCISES)["weights"]
    for _ in range(3):
        exercise.hint()
    first, second, third = capsys.readouterr().out.strip().split("\n")
    assert first == "Hint 1 of 2. Each unit has a weight for each input."
    assert second.startswith("Hint 2 of 2. And each unit has a bias")
    assert second.endswith("`q1.solution()` shows an answer.")
    assert third == second


def test_the_solution_has_code_and_reason(capsys):
    answered(EXERCISES)["weights"].solution()
    said = capsys.readouterr().out
    assert RIGHT in said
    assert "A unit computes" in said


def test_the_summary_lists_each_question_and_the_sum(capsys):
    exercises = answered(EXERCISES)
    exercises["weights"].check()
    exercises["scores"].check()
    capsys.readouterr()
    exercises.summary()
    said = capsys.readouterr().out
    assert re.search(r"1\. Count weights +✓ correct +2 of 2\n", said)
    assert re.search(r"2\. Two layers +not checked +0 of 4\n", said)
    assert re.search(r"Together +4 of 11\n", said)


def test_a_name_that_is_not_there_is_told_which_are():
    with pytest.raises(ValueError, match=r"got 'graph'\. There are: "):
        load("graph")
    with pytest.raises(ValueError, match="There are: "):
        load("../../secrets")
    with pytest.raises(LookupError, match="There are: weights, total"):
        answered(EXERCISES)["weight"]


# ---- In a notebook --------------------------------------------------------


class Well(HTMLParser):
    """Whether tags are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def shell():
    """An IPython of this process, as `load` finds it in a notebook."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


@pytest.fixture
def shown(shell, monkeypatch):
    """What was displayed: a list of bundles."""
    bundles = []
    monkeypatch.setattr(
        shell.display_pub,
        "publish",
        lambda data, *_a, **_k: bundles.append(data),
    )
    return bundles


def test_in_a_notebook_the_outcome_is_rich_and_takes_the_pages_color(shown):
    weights("def weights(inputs, units):\n    return '<b>&'")
    answered(EXERCISES).summary()
    for bundle in shown:
        assert set(bundle) == {"text/plain", "text/html"}
        Well(bundle["text/html"])
        assert "currentColor" in bundle["text/html"]
        colors = (
            r"#[0-9a-f]{3}|rgb|(?<![-\w])(?:color|background)\s*:(?!inherit)"
        )
        assert not re.search(colors, bundle["text/html"])
        assert not re.search(r"<(?:script|link|style)", bundle["text/html"])
    assert "&lt;b&gt;&amp;" in shown[0]["text/html"]


def test_in_a_notebook_hints_are_markdown(shown):
    exercise = answered(EXERCISES)["weights"]
    exercise.hint()
    exercise.solution()
    assert shown[0]["text/markdown"].startswith("**Hint 1 of 2.**")
    assert "```python\ndef weights" in shown[1]["text/markdown"]


def test_the_answers_are_those_of_the_notebooks_own_variables(
    shell, tmp_path, monkeypatch
):
    monkeypatch.setattr(notebook, "SETS", tmp_path)
    (tmp_path / "small.json").write_text(EXERCISES.to_json(), "utf-8")
    shell.run_cell("x = 1\n" + RIGHT)
    exercise = load("small")["weights"]
    exercise.check()
    assert exercise.outcome.status == CORRECT
    shell.run_cell("def weights(a, b):\n    return a / 0", store_history=True)
    exercise.check()
    assert exercise.outcome.cell == f"cell [{shell.execution_count - 1}]"
    assert exercise.outcome.line == 2


def test_a_kernel_runs_the_solution_notebook_to_full_marks(tmp_path):
    (tmp_path / "small.json").write_text(EXERCISES.to_json(), "utf-8")
    made = handout.solution_notebook(
        source.read(SMALL), ("https://x/o/n", "b")
    )
    wrong = nbformat.v4.new_code_cell("def weights(a, b):\n    return a / 0")
    again = [nbformat.v4.new_code_cell("q1.check()")]
    made.cells += [wrong, *again]
    at = nbformat.v4.new_code_cell(
        "from pathlib import Path\nfrom flowbook.exercises import notebook\n"
        f"notebook.SETS = Path({str(tmp_path)!r})"
    )
    made.cells.insert(0, at)
    NotebookClient(made, timeout=300, kernel_name="python3").execute()
    *checks, last = (
        c for c in made.cells if c.source.endswith((".check()", ".summary()"))
    )
    assert "Together" in checks[-1].outputs[0].data["text/plain"]
    assert "11 of 11" in checks[-1].outputs[0].data["text/plain"]
    for cell in checks[:-1]:
        assert 'data-status="correct"' in cell.outputs[0].data["text/html"]
    said = last.outputs[0].data["text/plain"]
    assert re.search(r"line 2 of cell \[\d+\]: `return a / 0`", said)


@pytest.mark.parametrize("section", BOOK.exercises(), ids=lambda s: s.name)
def test_each_solution_notebook_runs_to_full_marks(section):
    read = source.read(section.source)
    made = handout.solution_notebook(read, BOOK.repository)
    NotebookClient(made, timeout=300, kernel_name="python3").execute()
    (summary,) = (c for c in made.cells if c.source == "book.summary()")
    points = read.exercises.points
    shown = summary.outputs[0].data["text/plain"]
    assert f"{points} of {points}" in shown, shown


@pytest.mark.parametrize("section", BOOK.exercises(), ids=lambda s: s.name)
def test_each_learners_notebook_runs_as_it_is_handed_out(section):
    made = nbformat.read(section.notebook, as_version=4)
    NotebookClient(made, timeout=300, kernel_name="python3").execute()
    checks = [c for c in made.cells if c.source.endswith(".check()")]
    assert checks
    for cell in checks:
        shown = cell.outputs[0].data["text/html"]
        assert 'data-status="not attempted"' in shown, shown


# ---- Cost -----------------------------------------------------------------


def test_importing_costs_under_half_a_second_and_no_framework():
    code = (  # of the processor, which other work does not lengthen
        "import sys, time; start = time.process_time(); "
        "import flowbook.exercises; "
        "print(time.process_time() - start); "
        "import json; print(json.dumps(sorted(sys.modules)))"
    )
    seconds, modules = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert float(seconds) < 0.5
    heavy = {"tensorflow", "keras", "numpy", "IPython", "nbformat", "yaml"}
    assert heavy & set(json.loads(modules)) == set()


def test_checks_without_arrays_run_without_numpy():
    code = """
import sys
sys.modules["numpy"] = None
from flowbook.exercises.notebook import Exercises
from flowbook.exercises.parts import Check, ExerciseSet, Question
check = Check(1, '''def check(student, rng):
    n = rng.randrange(9)
    equal(student.call("f", [n]), [n + 1])
''')
question = Question("f", "F", "", "def f(x):\\n    raise NotImplementedError",
                    "", "", (), (check,))
book = Exercises(ExerciseSet("s", "S", "", "", (question,)), globals())
def f(x):
    return [x[0] + 1]
book["f"].check()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("✓ Correct"), done.stdout
