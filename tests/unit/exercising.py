"""What the tests of exercises share: the sets there are, and answering."""

from pathlib import Path

from flowbook.exercises import harness, source
from flowbook.exercises.checking import StudentError
from flowbook.exercises.notebook import Exercises
from flowbook.publish.book import Book

ROOT = Path(__file__).parents[2]
SMALL = Path(__file__).parent / "data" / "small.md"
BOOK = Book(ROOT)
COMMITTED = [section.source for section in BOOK.exercises()]


def read_all():
    """``{name: Source}`` of the small set and of every committed one."""
    return {path.stem: source.read(path) for path in [SMALL, *COMMITTED]}


def answered(exercise_set, *, blank=False, **instead):
    """The exercises of a set with answers in place, none checked yet.

    Args:
      exercise_set: an ExerciseSet.
      blank: whether questions keep their stub; the reference answers, else.
      instead: code by question id (hyphens as underscores), which replaces
        that question's answer.
    """
    namespace = {"__name__": "__main__"}
    harness.run_cell(exercise_set.setup, namespace, "the setup")
    for number, question in enumerate(exercise_set.questions, start=1):
        code = question.stub if blank else question.reference
        code = instead.get(question.id.replace("-", "_"), code)
        try:
            harness.run_cell(code, namespace, f"cell [{number}]")
        except StudentError as error:
            print(f"{question.id}: {error}")
    return Exercises(exercise_set, namespace)


def lost(exercise):
    """The points that a checked exercise lost."""
    return exercise.points - exercise.outcome.earned


def said(exercise):
    """All that the parts of a checked exercise say."""
    return "\n".join(outcome.message for outcome in exercise.outcomes)
