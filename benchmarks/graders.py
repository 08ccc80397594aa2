"""``make bench-graders``: what grading a submission costs, here and elsewhere.

Makes submissions to a set (reference answers, every third with one of the
set's wrong answers) and grades all of them with ``flowbook grade``, then
--jobs of them at once with ``otter run``, in turn, so that both meet the same
machine. Prints a table: imports of TensorFlow, seconds per submission
(elapsed time of a turn by the submissions in it, start-up included) and their
ratio. Needs Linux, and a package index for otter-grader, which goes to an
environment that is thrown away; nothing is written here.
"""

import argparse
import csv
import itertools
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from imports import CannotCount, counted, prove
from otter_grader import NoOtter, Otter

from flowbook.exercises import handout, source
from flowbook.publish.book import Book

ROOT = Path(__file__).parents[1]
SET = "graph-heritage"
SOURCE = ROOT / "exercises" / f"{SET}.md"
WRONG_EVERY = 3


class CannotGrade(Exception):
    """``flowbook grade`` did not grade; it has said why."""


@dataclass
class Measured:
    """What the turns of one grader gave."""

    seconds: list = field(default_factory=list)  # per submission, by turn
    imports: list = field(default_factory=list)  # of TensorFlow, by turn
    points: dict = field(default_factory=dict)  # by the notebook's stem

    def turn(self, notebooks, grade):
        """Measure ``grade(notebooks)``, which gives points by stem."""
        found, start = [], time.perf_counter()
        with counted(found):
            self.points |= grade(notebooks)
        seconds = time.perf_counter() - start
        self.seconds.append(seconds / len(notebooks))
        self.imports.append(len(found))


def main():
    options = _options()
    try:
        with tempfile.TemporaryDirectory(prefix="graders-") as folder:
            return _measure(options, Path(folder))
    except (CannotCount, CannotGrade) as error:
        print(f"graders: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ngraders: stopped; nothing was written.", file=sys.stderr)
        return 130


def _options():
    parser = argparse.ArgumentParser(
        description=__doc__.replace("``", "`"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--submissions", type=_count, default=30, help="how many (30)")
    add("--jobs", type=_count, default=2, help="at a time, for both (2)")
    add("--others", type=_count, default=3, help="turns of each grader (3)")
    return parser.parse_args()


def _count(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text}")
    return int(text)


def _measure(options, folder):
    exercises = source.read(SOURCE).exercises
    key = secrets.token_hex(32).encode()
    notebooks = write_submissions(folder / "in", options.submissions)
    _say("counting one plain import of TensorFlow, to see that it works")
    prove()
    otter = _otter(folder / "otter", exercises, key)
    grader = Grader(folder, key, options.jobs)
    ours, others = Measured(), Measured()
    some = min(options.jobs, len(notebooks))
    next_ones = itertools.cycle(notebooks)
    for number in range(1, options.others + 1):
        of = f"turn {number} of {options.others}"
        _say(f"{of}: flowbook grade, {len(notebooks)} submissions")
        ours.turn(notebooks, grader.grade)
        if otter:
            few = list(itertools.islice(next_ones, some))
            _say(f"{of}: otter run, {len(few)} submissions at once")
            try:
                others.turn(few, otter.grade)
            except NoOtter as error:
                _say(f"otter-grader is left out: {error}")
                otter = None
    _print(options, ours, others, otter)
    if set(ours.imports) != {1}:
        _say(
            "expected flowbook grade to import TensorFlow once, got "
            f"{_list(ours.imports)}. Did something else use this environment?"
        )
    return 0 if otter and set(ours.imports) == {1} else 1


def _otter(folder, exercises, key):
    """An Otter with the set, or None if there is none to be had."""
    _say("installing otter-grader into an environment to be thrown away")
    folder.mkdir()
    try:
        otter = Otter(folder, ROOT / "src")
        otter.assign(exercises, key)
    except NoOtter as error:
        _say(f"otter-grader is left out: {error}")
        return None
    return otter


def write_submissions(folder, count):
    """Write ``count`` submissions to ``folder``; their paths.

    Wrong answers are taken from all questions before one gets its second.
    """
    folder.mkdir()
    read = source.read(SOURCE)
    questions = read.exercises.questions
    rounds = itertools.zip_longest(
        *([(q.id, wrong.code) for wrong in q.wrongs] for q in questions)
    )
    wrongs = itertools.cycle(filter(None, itertools.chain(*rounds)))
    paths = []
    for number in range(1, count + 1):
        answers = {question.id: question.reference for question in questions}
        if number % WRONG_EVERY == 0:
            answers |= [next(wrongs)]
        notebook = handout.unchecked_notebook(read, Book(ROOT).repository)
        for cell in notebook.cells:
            if "flowbook" in cell.metadata:
                cell.source = answers[cell.metadata["flowbook"]["question"]]
        paths.append(folder / f"student-{number:03}.ipynb")
        nbformat.write(notebook, paths[-1])
    return paths


class Grader:
    """``flowbook grade``, as a command of its own.

    Args:
      folder: for the key and the grades.
      key: bytes.
      jobs: submissions at a time.
    """

    def __init__(self, folder, key, jobs):
        self._folder, self._jobs, self._turns = folder, jobs, 0
        self._key = folder / "key"
        self._key.write_bytes(key)

    def grade(self, notebooks):
        """Grade ``notebooks``, none graded before; points by stem.

        Raises:
          CannotGrade: the command failed.
        """
        self._turns += 1
        out = self._folder / f"grades-{self._turns}"
        command = [sys.executable, "-m", "flowbook.cli", "grade", SET]
        command += [*notebooks, "--key-file", self._key, "-o", out]
        done = subprocess.run(
            [*command, "-j", str(self._jobs)],
            stdout=sys.stderr,
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        )
        if done.returncode:
            raise CannotGrade(f"flowbook grade: exit status {done.returncode}")
        with open(out / "grades.csv", newline="") as table:
            rows = list(csv.DictReader(table))
        return {row["student"]: float(row["total"]) for row in rows}


def _print(options, ours, others, otter):
    print("| What | Measured |\n|---|---|")
    _row("submissions, at a time", f"{options.submissions}, {options.jobs}")
    _row("flowbook grade: imports of TensorFlow, by turn", _list(ours.imports))
    _row("flowbook grade: seconds per submission", _spread(ours.seconds))
    if not otter:
        _row("otter run", "left out: see above")
        return
    _row(f"otter run {otter.version}: imports, by turn", _list(others.imports))
    _row("otter run: seconds per submission", _spread(others.seconds))
    ratio = statistics.median(others.seconds) / statistics.median(ours.seconds)
    _row("otter run / flowbook grade, medians", f"{ratio:.2f}")
    differ = {
        stem: (ours.points[stem], points)
        for stem, points in others.points.items()
        if ours.points[stem] != points
    }
    agree = len(others.points) - len(differ)
    _row(
        "submissions with the same points", f"{agree} of {len(others.points)}"
    )
    for stem, (mine, theirs) in differ.items():
        _say(
            f"{stem}: {mine:g} points of flowbook, {theirs:g} of otter-grader"
        )


def _list(numbers):
    return ", ".join(map(str, numbers))


def _spread(seconds):
    middle, turns = statistics.median(seconds), len(seconds)
    return (
        f"{middle:.2f} (median of {turns}, from {min(seconds):.2f} to "
        f"{max(seconds):.2f})"
    )


def _row(what, measured):
    print(f"| {what} | {measured} |", flush=True)


def _say(sentence):
    print(f"graders: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
