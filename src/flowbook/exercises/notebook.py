"""What a learner types: ``book = load(…)``, then ``q1.check()`` and so on.

In a notebook the answers are rich text that takes the page's own colors;
elsewhere they are printed.
"""

import random
import sys
from pathlib import Path

from flowbook.exercises import checking, display
from flowbook.exercises.checking import (
    CORRECT,
    NOT_ATTEMPTED,
    Checks,
    Outcome,
)
from flowbook.exercises.parts import ExerciseSet

__all__ = ["Exercise", "Exercises", "load", "read"]

SETS = Path(__file__).parent / "sets"


def load(name, namespace=None):
    """The exercises of a set, ready to check a notebook's answers.

    Args:
      name: the set's name, which is its chapter's: "graph-heritage".
      namespace: the variables that hold the answers; those of the notebook
        (in plain Python, of the main program) if it is None.

    Raises:
      ValueError: there is no such set; the message lists those there are.
    """
    return Exercises(read(name), _variables(namespace))


def read(name):
    """The set ``name``, an ExerciseSet; raises as :func:`load`."""
    path = SETS / f"{name}.json"
    known = sorted(found.stem for found in SETS.glob("*.json"))
    if str(name) not in known:
        raise ValueError(
            f"load() expected the name of a set of exercises, got {name!r}. "
            f"There are: {', '.join(known) or 'none'}."
        )
    return ExerciseSet.from_json(path.read_text("utf-8"))


def _variables(namespace):
    if namespace is not None:
        return namespace
    if "IPython" in sys.modules:
        shell = sys.modules["IPython"].get_ipython()
        if shell is not None:
            return shell.user_ns
    return vars(sys.modules["__main__"])


class Exercises:
    """A set of exercises and what was earned in it so far.

    Args:
      exercise_set: an :class:`~flowbook.exercises.parts.ExerciseSet`.
      namespace: the variables that hold the answers, by name.
    """

    def __init__(self, exercise_set, namespace):
        self.title, self.namespace = exercise_set.title, namespace
        self.points = exercise_set.points
        self._checks = Checks(exercise_set)
        self._exercises = {
            question.id: Exercise(self, question, number, namespace)
            for number, question in enumerate(exercise_set.questions, start=1)
        }

    def __getitem__(self, name):
        """The exercise with this id; LookupError lists the ids there are."""
        if name not in self._exercises:
            raise LookupError(
                f"expected the id of a question, got {name!r}. There are: "
                f"{', '.join(self._exercises)}."
            )
        return self._exercises[name]

    def __iter__(self):
        return iter(self._exercises.values())

    def __len__(self):
        return len(self._exercises)

    @property
    def earned(self):
        """Points of all questions as they were last checked."""
        return sum(e.outcome.earned for e in self if e.outcome)

    def checks_of(self, name):
        """``[(points, function)]``: the checks of the question ``name``."""
        return self._checks.of(name)

    def summary(self):
        """Show each question with its outcome and points, and the sum."""
        display.show(display.summary(self))

    def __repr__(self):
        return f"<{self.title}: {self.earned} of {self.points} points>"


class Exercise:
    """One question, as a learner meets it.

    Attributes:
      id, title, number, points: what the question is called and worth.
      stub: the code that learners get.
      outcome: what the last check said, an
        :class:`~flowbook.exercises.checking.Outcome`; None before the first.
      outcomes: the same for each part of the question.
    """

    def __init__(self, exercises, question, number, namespace):
        self.id, self.title = question.id, question.title
        self.number, self.points = number, question.points
        self.stub = question.stub
        self.outcome, self.outcomes = None, []
        self._exercises = exercises
        self._question, self._namespace = question, namespace
        self._hints_shown = 0

    def check(self):
        """Judge the answer and show what came of it; never raises."""
        self.judge()
        display.show(display.outcome(self, self._exercises))

    def judge(self, ran=None):
        """Judge the answer; never raises.

        Args:
          ran: the Outcome of running its cell, if that is known; an answer
            that failed there is not asked for more.
        """
        try:
            failed = ran is not None and ran.status != CORRECT
            self.outcomes = [ran] if failed else self._judged()
        except Exception as error:
            self.outcomes = [_broken(error, self.points)]
        self.outcome = checking.combine(self.outcomes)

    def _judged(self):
        from flowbook.exercises.harness import is_untouched
        from flowbook.exercises.student import Local

        if is_untouched(self._namespace, self.stub):
            text = "The answer is still as it was handed out."
            return [Outcome(NOT_ATTEMPTED, text, possible=self.points)]
        student = Local(self._namespace)
        return [
            checking.judge(
                check, points, student, random.Random(checking.LOCAL_SEED)
            )
            for points, check in self._exercises.checks_of(self.id)
        ]

    def hint(self):
        """Show the next hint; each tells more than the one before."""
        hints = self._question.hints
        self._hints_shown = min(self._hints_shown + 1, len(hints))
        display.show(display.hint(self, hints, self._hints_shown))

    def solution(self):
        """Show an answer and why it is right."""
        display.show(
            display.solution(
                self, self._question.reference, self._question.solution
            )
        )

    def __repr__(self):
        status = self.outcome.status if self.outcome else "not checked yet"
        return f"<Question {self.number}: {self.title}, {status}>"


def _broken(error, points):
    text = (
        f"The question itself failed ({type(error).__name__}: {error}). That "
        "is its fault, not yours: please report it."
    )
    return Outcome(checking.ERROR, text, possible=points, broken_check=True)
