"""What the tests of exercises share: the sets there are, and answering."""

import html
import re
from functools import cache
from pathlib import Path

from flowbook.exercises import handout, harness, source
from flowbook.exercises.checking import StudentError
from flowbook.exercises.notebook import Exercises
from flowbook.publish.book import Book

ROOT = Path(__file__).parents[2]
SMALL = Path(__file__).parent / "data" / "small.md"
BOOK = Book(ROOT)
CHAPTERS = "\n".join(
    path.read_text("utf-8") for path in (ROOT / "chapters").rglob("*.md")
)
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


def hidden_lines(path):
    """Lines of answers, checks and wrong ones that no learner gets.

    A line that a chapter or the page of any set shows as well gives nothing
    away.
    """
    questions = source.read(path).exercises.questions
    shown = CHAPTERS + shown_by_set(path)
    shown += "".join(map(shown_by_set, COMMITTED))
    hidden = [source.read(path).exercises.check_setup]
    for question in questions:
        hidden += [question.reference, question.check_setup]
        hidden += [check.code for check in question.checks]
        hidden += [wrong.code for wrong in question.wrongs]
    lines = {line.strip() for code in hidden for line in code.split("\n")}
    return {line for line in lines if len(line) >= 16 and line not in shown}


@cache
def shown_by_set(path):
    """What the page and the solutions of a set say."""
    read = source.read(path)
    solutions = (question.solution for question in read.exercises.questions)
    return "\n".join([handout.page(read), *solutions])


def readable(name, content):
    """A file's text, without the tags that colored code is full of."""
    text = content.decode("utf-8", "ignore")
    if name.endswith(("html", "xhtml")):
        text = html.unescape(re.sub(r"<[^>]*>", "", text))
    return re.sub(r"\s+", " ", text)


def leaks(files, path):
    """The files, and what of a set's secrets stands in them."""
    secrets = {re.sub(r"\s+", " ", line) for line in hidden_lines(path)}
    assert len(secrets) > 10
    found = []
    for name, content in files:
        text = readable(name, content)
        found += [(name, line) for line in secrets if line in text]
    return found
