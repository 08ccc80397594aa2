"""A source that cannot work is refused; stubs are derived from answers."""

import pytest
from exercising import SMALL

from flowbook.exercises import source
from flowbook.exercises.parts import ExerciseSet
from flowbook.exercises.stub import stub_of
from flowbook.publish.book import BookError

TEXT = SMALL.read_text("utf-8")
STUB = '''\
import math


LIMIT = ...
low, high = ..., ...


@cached
def area(
    radius,
    unit="m",  # of length
):
    """The area of a disc."""
    raise NotImplementedError


class Tape:
    """Remembers."""

    rows: list = ...

    def __init__(self, size):
        raise NotImplementedError

    @property
    def length(self) -> int:
        """How many."""
        raise NotImplementedError
'''
ANSWER = '''\
import math

# what nobody should see
LIMIT = 3
low, high = 1, 2
_secret = 5


@cached
def area(
    radius,
    unit="m",  # of length
):
    """The area of a disc."""
    # π r²
    return _square(radius) * math.pi


def _square(x):
    return x * x


class Tape:
    """Remembers."""

    rows: list = []

    def __init__(self, size):
        self.size = size

    @property
    def length(self) -> int:
        """How many."""
        return len(self.rows)
'''


def test_a_set_is_read_whole():
    read = source.read(SMALL)
    first, second, _, last = read.exercises.questions
    assert read.exercises.name == "small"
    assert read.exercises.points == 11
    assert (first.id, first.title, first.points) == (
        "weights",
        "Count weights",
        2,
    )
    assert first.statement.startswith("How many numbers")
    assert "```{math}" in first.statement
    assert len(first.hints) == 2 and len(first.wrongs) == 3
    assert first.solution.startswith("A unit computes")
    assert [check.points for check in second.checks] == [3, 1]
    assert second.names == ("total", "layers")
    assert second.check_setup.startswith("def own_weights")
    assert "own_weights" not in read.exercises.check_setup
    assert last.stub != last.reference and "return 2.0 * x" in last.stub
    assert read.lead[-1] == ("code", "import numpy as np")
    assert read.end.startswith("## What to remember")


def test_package_data_reads_back_and_holds_no_wrong_answer():
    exercises = source.read(SMALL).exercises
    text = exercises.to_json()
    assert ExerciseSet.from_json(text) == exercises
    assert "loses" not in text
    assert "You did not divide" in text  # a check's message
    assert "x - np.mean(x)\n" not in text


def test_a_stub_keeps_signatures_and_shows_no_answer():
    assert stub_of(ANSWER).replace("(low, high)", "low, high") + "\n" == (
        STUB.replace("import math\n\n\n", "import math\n")
    )


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("print(1)", "functions, classes, values and imports"),
        ("import math", "defines a name"),
        ("def f(x): return x", "on a line of its own"),
    ],
)
def test_what_has_no_stub_is_refused(code, says):
    with pytest.raises(ValueError, match=says):
        stub_of(code)


def test_an_untouched_answer_is_known_by_its_code():
    first = source.read(SMALL).exercises.questions[0]
    assert first.is_untouched("# mine\n\n" + first.stub)
    assert not first.is_untouched(first.reference)
    assert not first.is_untouched("def (")


def edited(tmp_path, old, new):
    assert old in TEXT
    path = tmp_path / "broken.md"
    path.write_text(TEXT.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("# Exercises: a small set", "A small set", "expected a title"),
        ("```{question} weights", "```{question} Weights", "an id of lower"),
        ("```{question} total", "```{question} weights", "weights twice"),
        ("## Two layers\n", "", "right after a heading"),
        ("How many do two such layers hold?\nUse your own `weights`.", "",
         "question total: expected a statement"),
        ("[answer]", "[anwser]", "one of the tags"),
        ("[answer]", "[answer, check]", "one of the tags"),
        (":tags: [answer]\n", "", "one of the tags"),
        ("# points: 2", "# point: 2", "begin with '# points: 2'"),
        ("# points: 2", "# points: 0", "begin with '# points: 2'"),
        ("check(student, rng)", "check(student)", "check(student, rng)"),
        ("# loses: 2", "# loses: 3", "lose 1 to 2 points, got 3"),
        ("# says: each", "# say: each", "'# says: a part"),
        ("# every unit has one bias", "x\n    return (", "expected Python in"),
        ("Each unit has a weight for each input.", "", "inside of {hint}"),
        ("```{solution}\nA u", "```{solution}\nB\n```\n```{solution}\nA u",
         "expected one {solution}"),
        ("```{solution}\nA unit", "Loose prose.\n\n```{solution}\nA unit",
         "prose before the answer"),
        ("## Count weights", "```{hint}\nToo early.\n```\n\n## Count weights",
         "expected {hint} inside of a question"),
        ("[answer]", "[setup]", "tagged setup before the first question"),
        ("{question} weights\n", "{question} weights\n:needs: gold\n",
         "expected nothing in {question}"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_work_is_refused(tmp_path, old, new, says):
    with pytest.raises(BookError) as caught:
        source.read(edited(tmp_path, old, new))
    assert says in str(caught.value)
    assert "exercises/broken.md" in str(caught.value)


@pytest.mark.parametrize("tag", ["answer", "check"])
def test_a_question_without_its_cells_is_refused(tmp_path, tag):
    head, _, rest = TEXT.partition(f":tags: [{tag}]")
    body = rest.partition("```\n")
    path = tmp_path / "broken.md"
    fence = "```{code-cell} python\n"
    assert head.endswith(fence)
    path.write_text(head.removesuffix(fence) + body[2], "utf-8")
    with pytest.raises(BookError, match=f"a cell tagged {tag}"):
        source.read(path)
