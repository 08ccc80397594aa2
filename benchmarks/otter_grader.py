"""otter-grader, in an environment that is thrown away, on the same set.

Its tests call the checks of the set itself, with as many inputs as
``flowbook grade`` gives each part, so that both graders do the same work.
"""

import json
import os
import site
import subprocess
import sys
from pathlib import Path

from flowbook.publish.kernel import environment

__all__ = ["NoOtter", "Otter"]

REQUIREMENT = "otter-grader>=7,<8"
QUESTION = """\
from otter.test_files import test_case

OK_FORMAT = False
name = {question!r}
points = None


def hold(env, number):
    from flowbook.exercises import load
    from flowbook.exercises.checking import CORRECT, judge
    from flowbook.exercises.grading.seeds import generators
    from flowbook.exercises.student import Local

    points, check = load({name!r}, env).checks_of(name)[number - 1]
    for rng in generators({key!r}, "student", name, number):
        outcome = judge(check, points, Local(env), rng)
        assert outcome.status == CORRECT, outcome.message
"""
PART = """

@test_case(points={points}, hidden=True)
def part_{number}(env):
    hold(env, {number})
"""


class NoOtter(Exception):
    """otter-grader is not to be had, or failed; the message says how."""


class Otter:
    """An installed otter-grader with an assignment.

    Args:
      folder: an empty one, for the environment and all else.
      source: where flowbook's package lies.

    Raises:
      NoOtter: it could not be installed.
    """

    def __init__(self, folder, source):
        self._folder, self._turns = folder, 0
        self._bin = folder / "env" / "bin"
        self._variables = os.environ | environment()
        del self._variables["FLOWBOOK_STRICT"]
        self._variables |= {
            "HOME": str(folder),
            "CUDA_VISIBLE_DEVICES": "-1",
            "PYTHONPATH": str(source),
        }
        self._install()
        self.version = self._python(
            "import importlib.metadata as m; print(m.version('otter-grader'))"
        )

    def _install(self):
        """A new environment that sees the packages of this one."""
        env = self._folder / "env"
        _run([sys.executable, "-m", "venv", env], "make an environment")
        library = self._python(
            "import sysconfig; print(sysconfig.get_paths()['purelib'])"
        )
        ours = "\n".join(site.getsitepackages())
        Path(library, "of-the-book.pth").write_text(ours + "\n")
        pip = [self._bin / "python", "-m", "pip", "install", "--quiet"]
        _run([*pip, REQUIREMENT], f"install {REQUIREMENT}")

    def _python(self, code):
        done = _run([self._bin / "python", "-c", code], "start its Python")
        return done.stdout.strip()

    def assign(self, exercises, key):
        """Make the assignment: a test file a question, a case a check.

        Args:
          exercises: an ``ExerciseSet`` that is part of flowbook.
          key: bytes, from which inputs are drawn.
        """
        tests = self._folder / "tests"
        tests.mkdir()
        for question in exercises.questions:
            code = QUESTION.format(
                question=question.id, name=exercises.name, key=key
            )
            for number, check in enumerate(question.checks, start=1):
                code += PART.format(number=number, points=check.points)
            (tests / f"{question.id}.py").write_text(code)
        command = [self._bin / "otter", "generate", "-t", tests]
        command += ["-o", self._folder / "set.zip", "--no-config"]
        command += ["--no-requirements", "--no-environment"]
        _run(command, "make an assignment", env=self._variables)

    def grade(self, notebooks):
        """Run ``otter run`` on all ``notebooks`` at once; points by stem.

        Raises:
          NoOtter: a run failed.
        """
        self._turns += 1
        place = self._folder / f"turn-{self._turns}"
        runs = [self._start(notebook, place) for notebook in notebooks]
        for run in runs:
            run.wait()
        return {
            notebook.stem: _points(run, place / notebook.stem)
            for notebook, run in zip(notebooks, runs, strict=True)
        }

    def _start(self, notebook, place):
        """Start ``otter run``; its results and its log go to ``place``."""
        out = place / notebook.stem
        out.mkdir(parents=True)
        command = [self._bin / "otter", "run", "--no-logo"]
        command += ["-a", self._folder / "set.zip", "-o", out, notebook]
        with open(out / "log", "w") as log:
            return subprocess.Popen(
                command,
                cwd=out,
                env=self._variables,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


def _points(run, out):
    """The sum of points of an ended ``otter run``."""
    if run.returncode:
        raise NoOtter(f"`otter run` failed: {_end((out / 'log').read_text())}")
    results = json.loads((out / "results.json").read_text())
    return sum(test.get("score") or 0 for test in results["tests"])


def _run(command, aim, env=None):
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode:
        raise NoOtter(f"could not {aim}: {_end(done.stderr or done.stdout)}")
    return done


def _end(text):
    """The last lines that say something."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n  ".join(["", *lines[-5:]]) if lines else "it said nothing."
