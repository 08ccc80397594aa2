"""From a check to an outcome: the same in the notebook and in the grader."""

import linecache
from dataclasses import dataclass

__all__ = [
    "CORRECT",
    "ERROR",
    "INCORRECT",
    "LOCAL_SEED",
    "NOT_ATTEMPTED",
    "Checks",
    "Incorrect",
    "NotAttempted",
    "Outcome",
    "StudentError",
    "combine",
    "execute",
    "judge",
]

CORRECT, INCORRECT = "correct", "incorrect"
ERROR, NOT_ATTEMPTED = "error", "not attempted"
LOCAL_SEED = 0  # of the inputs that the notebook's own checks draw


class Incorrect(Exception):
    """The answer is not right; the message says why, to the learner."""


class NotAttempted(Exception):
    """What a check asked for is still the stub.

    Args:
      name: the function or value that was asked for.
    """

    def __init__(self, name):
        self.name = name
        super().__init__(f"`{name}` is still as it was handed out.")


class StudentError(Exception):
    """The student's code raised.

    Args:
      kind: the exception's type, e.g. ``"ZeroDivisionError"``.
      message: its text.
      cell: what to call the cell, e.g. ``"cell In[3]"``; "" if unknown.
      line: number of the line in that cell, from 1; None if unknown.
      source: that line's text; "" if unknown.
    """

    def __init__(self, kind, message, cell="", line=None, source=""):
        self.kind, self.message = kind, message
        self.cell, self.line, self.source = cell, line, source
        super().__init__(f"{kind}: {message}" if message else kind)

    def explained(self, text):
        """The same error with ``text`` after its message: raise that."""
        message = f"{self.message}\n{text}"
        place = self.cell, self.line, self.source
        return StudentError(self.kind, message, *place)

    @property
    def where(self):
        """``line 3 of cell In[5]: return x / 0``, as far as it is known."""
        if not self.cell or self.line is None:
            return ""
        place = f"line {self.line} of {self.cell}"
        return f"{place}: {self.source}" if self.source else place


@dataclass(frozen=True)
class Outcome:
    """What came of a check, or of all checks of a question."""

    status: str  # CORRECT, INCORRECT, ERROR or NOT_ATTEMPTED
    message: str = ""
    earned: int = 0  # points
    possible: int = 0  # points
    cell: str = ""  # of an error
    line: int | None = None
    source: str = ""
    broken_check: bool = False  # the check failed, not the student

    @property
    def where(self):
        """Cell and line of an error, as words; "" without one."""
        return StudentError("", "", self.cell, self.line, self.source).where


def judge(check, points, student, rng):
    """Run one check; never raises but for KeyboardInterrupt.

    Args:
      check: a function of ``(student, rng)`` that returns nothing, or raises.
      points: what it is worth.
      student: a :class:`~flowbook.exercises.student.Student`.
      rng: a ``random.Random``, from which the check draws its inputs.
    """
    try:
        check(student, rng)
    except Incorrect as error:
        return Outcome(INCORRECT, str(error), possible=points)
    except NotAttempted as error:
        return Outcome(NOT_ATTEMPTED, str(error), possible=points)
    except StudentError as error:
        return Outcome(
            ERROR,
            str(error),
            possible=points,
            cell=error.cell,
            line=error.line,
            source=error.source,
        )
    except Exception as error:
        text = (
            f"The check itself failed ({type(error).__name__}: {error}). "
            "That is the exercise's fault, not yours: please report it."
        )
        return Outcome(ERROR, text, possible=points, broken_check=True)
    return Outcome(CORRECT, earned=points, possible=points)


def combine(outcomes):
    """One outcome of several: points add up, the first failure speaks.

    A question is not attempted if all its parts are not.
    """
    earned = sum(outcome.earned for outcome in outcomes)
    possible = sum(outcome.possible for outcome in outcomes)
    failed = [o for o in outcomes if o.status != CORRECT]
    if not failed:
        return Outcome(CORRECT, "", earned, possible)
    tried = [o for o in failed if o.status != NOT_ATTEMPTED]
    first = (tried or failed)[0]
    partly = not tried and len(failed) < len(outcomes)
    return Outcome(
        INCORRECT if partly else first.status,
        first.message,
        earned,
        possible,
        first.cell,
        first.line,
        first.source,
        any(outcome.broken_check for outcome in outcomes),
    )


class Checks:
    """The checks of a set as functions.

    They live in a world of their own: names for judging (``close``,
    ``equal``, ``Incorrect``), then the set's setup, then what its checks
    share, then ``handed_out``, the code that learners get for the question,
    and what its checks share. It is made when a check is asked for.

    Args:
      exercise_set: an :class:`~flowbook.exercises.parts.ExerciseSet`.
    """

    def __init__(self, exercise_set):
        self._set = exercise_set
        self._world = None
        self._made = {}

    def of(self, question):
        """``[(points, function)]`` of the question with this id."""
        if question not in self._made:
            self._made[question] = self._functions(
                self._set.question(question)
            )
        return self._made[question]

    def _functions(self, question):
        shared = dict(self._shared())
        shared["handed_out"] = f"{self._set.setup}\n\n\n{question.stub}"
        place = f"{self._set.name}/{question.id}"
        execute(question.check_setup, f"<check_setup of {place}>", shared)
        made = []
        for number, check in enumerate(question.checks, start=1):
            world = dict(shared)
            execute(check.code, f"<check {number} of {place}>", world)
            made.append((check.points, world["check"]))
        return made

    def _shared(self):
        if self._world is None:
            from flowbook.exercises import comparing, static

            world = {
                "__name__": f"checks of {self._set.name}",
                "Incorrect": Incorrect,
                "close": comparing.close,
                "equal": comparing.equal,
                "uses_only": static.uses_only,
            }
            for part in ("setup", "check_setup"):
                name = f"<{part} of {self._set.name}>"
                execute(getattr(self._set, part), name, world)
            self._world = world
        return self._world


def execute(code, name, namespace):
    """Run ``code`` as a file called ``name``, whose lines can be looked up.

    AutoGraph and tracebacks read the source of a function by that name.

    Raises:
      Exception: whatever the code raises, SyntaxError included.
    """
    lines = code.splitlines(keepends=True)
    linecache.cache[name] = (len(code), None, lines, name)
    exec(compile(code, name, "exec"), namespace)
