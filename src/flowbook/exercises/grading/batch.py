"""All submissions of one run: several judges at work, none of them lost.

A judge that ends or falls silent is replaced, and the part at which it did
is barred for this submission; the others never notice.
"""

import contextlib
import os
import queue
import signal
import threading
import time
from dataclasses import dataclass

from flowbook.exercises.grading.launch import Refused
from flowbook.exercises.grading.papers import digest
from flowbook.exercises.grading.wire import WireError

__all__ = ["Batch", "NotGraded", "Task"]

START = 120  # seconds until a judge must say something
SILENCE = 8  # times the timeout: longest that a judge works without a word
MOST_BARRED = 30  # parts of one submission


class NotGraded(Exception):
    """The grader failed at this submission; a rerun tries it again."""


@dataclass(frozen=True)
class Task:
    """What a judge needs to know of the set; plain data.

    Attributes:
      text: the set as JSON.
      key: bytes.
      timeout: seconds for a cell, and for all runs of a check.
    """

    text: str
    key: bytes
    timeout: float


class Batch:
    """Grades papers with ``jobs`` judges.

    Args:
      task: a :class:`Task`.
      launcher: what starts judges.
      jobs: how many.
    """

    def __init__(self, task, launcher, jobs):
        self._task, self._launcher, self._jobs = task, launcher, jobs
        self._waiting, self._done = queue.SimpleQueue(), queue.SimpleQueue()
        self._hands = []

    def results(self, papers):
        """Yield ``(paper, grade)``, as they get ready.

        A grade is what ``Judge.grade`` returns, or a NotGraded.
        """
        for paper in papers:
            self._waiting.put(paper)
        for _ in range(min(self._jobs, len(papers))):
            hand = _Hand(self._task, self._launcher)
            self._hands.append(hand)
            work = (hand, self._waiting, self._done)
            threading.Thread(target=_work, args=work, daemon=True).start()
        try:
            for _ in papers:
                yield self._done.get()
        finally:
            for hand in self._hands:
                hand.dismiss()


def _work(hand, waiting, done):
    """One thread: paper after paper to the judge of one hand."""
    while True:
        try:
            paper = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            done.put((paper, hand.grade(paper)))
        except NotGraded as error:
            done.put((paper, error))
        except (Exception, Refused) as error:
            done.put((paper, NotGraded(f"{type(error).__name__}: {error}")))


class _Hand:
    """Holds one judge, and another one when that ended."""

    def __init__(self, task, launcher):
        self._task, self._launcher = task, launcher
        self._wire = self._pid = None

    def grade(self, paper):
        """The grade of one paper.

        Raises:
          NotGraded: judges ended at it, and it is not known why.
        """
        data = paper.read()
        body = {"student": paper.student, "data": data, "barred": []}
        while True:
            place = []
            try:
                self._hire()
                grade = self._judged(body, place)
                return {**grade, "digest": digest(data)}
            except WireError as error:
                self.dismiss()
                if not place or len(body["barred"]) > MOST_BARRED:
                    raise NotGraded(f"the judge ended ({error})") from None
                body["barred"].append(place[-1])

    def dismiss(self):
        """End the judge, if there is one, with its sandboxes."""
        if self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            self._wire.close()
        self._wire = self._pid = None

    def _hire(self):
        if self._pid is None:
            self._wire = self._launcher.judge()
            _, self._pid = self._wire.receive(time.monotonic() + START)
            task = {
                "plan": self._launcher.plan,
                "set": self._task.text,
                "key": self._task.key,
                "timeout": self._task.timeout,
            }
            self._wire.send("task", task)

    def _judged(self, body, place):
        """The grade; ``place`` gets each part that the judge comes to."""
        self._wire.send("grade", body)
        patience = START + SILENCE * self._task.timeout
        while True:
            kind, said = self._wire.receive(time.monotonic() + patience)
            if kind == "graded":
                return said
            if kind == "failed":
                raise NotGraded(said)
            place.append(said)
