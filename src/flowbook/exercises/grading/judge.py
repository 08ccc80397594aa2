"""The judge: one submission against the checks, with hidden inputs.

It never runs, imports or unpickles anything of a student's: code goes to a
worker, artifacts to a clean room, and what comes back is data. A part that
ended an earlier judge is barred, so that it costs its own points only.
"""

import dataclasses
import gc
import os
import sys
import time
import traceback

from flowbook.exercises.checking import (
    CORRECT,
    ERROR,
    NOT_ATTEMPTED,
    Checks,
    Outcome,
    StudentError,
    combine,
    judge,
)
from flowbook.exercises.grading import seeds, submission
from flowbook.exercises.grading.launch import Refused
from flowbook.exercises.grading.remote import Remote
from flowbook.exercises.grading.session import Session
from flowbook.exercises.grading.wire import WireError
from flowbook.exercises.parts import ExerciseSet

__all__ = ["MISSING", "Judge", "serve"]

MISSING = "missing"  # the status of a question whose cell is not there
SETUP = "the set's setup"


def serve(wire, launcher_of):
    """Grade what the command sends, one submission after the other.

    Args:
      wire: the Wire to the command.
      launcher_of: makes a launcher of its plan.
    """
    wire.send("ready", os.getpid())
    _, body = wire.receive()
    launcher = launcher_of(body["plan"])
    exercise_set = ExerciseSet.from_json(body["set"])
    this = Judge(exercise_set, launcher, body["key"], body["timeout"])
    while True:
        _, body = wire.receive()
        wire.send(*_graded(this, body, wire))
        _forget_models()


def _graded(this, body, wire):
    """The kind and body of the answer to a submission."""

    def tell(where):
        wire.send("doing", where)

    try:
        return "graded", this.grade(**body, tell=tell)
    except WireError:
        raise
    except (Exception, Refused) as error:
        traceback.print_exc()
        return "failed", f"{type(error).__name__}: {error}"


def _forget_models():
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()
    gc.collect()


class Judge:
    """Grades submissions to one set.

    Args:
      exercise_set: an ``ExerciseSet``.
      launcher: what starts workers and rooms.
      key: bytes, the course's.
      timeout: seconds for a cell, and for all runs of a check.
    """

    def __init__(self, exercise_set, launcher, key, timeout):
        self._set, self._launcher = exercise_set, launcher
        self._key, self._timeout = key, timeout
        self._checks = Checks(exercise_set)

    def grade(self, student, data, barred=(), tell=lambda where: None):
        """The grade of one submission, as plain data.

        Args:
          student: id.
          data: the submission's bytes.
          barred: ``[question, part]`` pairs that ended an earlier judge.
          tell: is told ``[question, part]`` before each part is judged.
        """
        start = time.monotonic()
        work = submission.read(data, self._set)
        marking = _Marking(self, student, work, barred, tell)
        outcomes = marking.all()
        return {
            "status": "graded" if work.readable else "unreadable",
            "questions": {
                question: dataclasses.asdict(outcome)
                for question, outcome in outcomes.items()
            },
            "problems": list(work.problems),
            "earned": sum(o.earned for o in outcomes.values()),
            "possible": self._set.points,
            "seconds": round(time.monotonic() - start, 3),
        }


class _Marking:
    """One submission on its way through all questions."""

    def __init__(self, judge, student, work, barred, tell):
        self._judge, self._student, self._work = judge, student, work
        self._barred = {tuple(pair) for pair in barred}
        self._tell = tell

    def all(self):
        """``{question id: Outcome}``, in the set's order.

        What fails beside the other answers is tried again alone: an answer
        that patches, slows or ends what others need costs no other's points.
        """
        questions = self._judge._set.questions
        together = self._session(self._work.cells)
        outcomes = {q.id: self._mark(q, together) for q in questions}
        together.end()
        for question in questions:
            first = outcomes[question.id]
            if first.status in (CORRECT, NOT_ATTEMPTED, MISSING):
                continue
            alone = self._session(self._cells_of(question))
            again = self._mark(question, alone)
            alone.end()
            if again.earned > first.earned:
                outcomes[question.id] = again
        return outcomes

    def _session(self, cells):
        setup = (SETUP, self._judge._set.setup)
        cells = [setup, *((cell.name, cell.code) for cell in cells)]
        return Session(self._judge._launcher, cells, self._judge._timeout)

    def _cells_of(self, question):
        return [c for c in self._work.cells if c.question == question.id]

    def _mark(self, question, session):
        own = self._cells_of(question)
        if not own:
            text = "there is no cell that answers this question."
            return Outcome(MISSING, text, possible=question.points)
        if all(question.is_untouched(cell.code) for cell in own):
            text = "the answer is still as it was handed out."
            return Outcome(NOT_ATTEMPTED, text, possible=question.points)
        outcome = combine(
            [
                self._part(question.id, number, points, check, session)
                for number, (points, check) in enumerate(
                    self._judge._checks.of(question.id), start=1
                )
            ]
        )
        if outcome.status in (CORRECT, NOT_ATTEMPTED):
            return outcome
        failed = [session.failed.get(cell.name) for cell in own]
        return _explained(outcome, [e for e in failed if e is not None])

    def _part(self, question, number, points, check, session):
        if (question, number) in self._barred:
            text = "what came back ended the grader: this part is not judged."
            return Outcome(ERROR, text, possible=points)
        self._tell([question, number])
        limit = self._judge._timeout
        try:
            session.ready()
        except StudentError as error:
            return Outcome(ERROR, str(error), possible=points)
        student = Remote(session, self._judge._launcher, self._work, limit)
        for rng in seeds.generators(
            self._judge._key, self._student, question, number
        ):
            outcome = judge(check, points, student, rng)
            if outcome.status != CORRECT:
                break
        student.close()
        return outcome


def _explained(outcome, errors):
    """An outcome, told by the error of the answer's own cell if it had one."""
    errors = [error for error in errors if isinstance(error, StudentError)]
    if not errors:
        return outcome
    return dataclasses.replace(
        outcome,
        status=ERROR,
        message=str(errors[0]),
        cell=errors[0].cell,
        line=errors[0].line,
        source=errors[0].source,
    )
