"""What a page of the book asks for: check an answer in the reader's browser.

The page's Worker imports this from the wheel beside the pages, see
:mod:`flowbook.publish.wheel`. An answer is judged as in a notebook that was
just run from top to bottom: the setup, the stubs, the reader's answers to
other questions, then this one. Nothing is left from earlier checks.
"""

import contextlib
import io
from dataclasses import replace

from flowbook.exercises import absent, checking, display, harness, notebook

__all__ = ["check"]


def check(name, question, answers):
    """Judge one answer; what check() shows in a notebook, as plain data.

    What the answer prints goes to the standard output.

    Args:
      name: the set's name.
      question: the id of the question to judge.
      answers: ``{question's id: code}``: the answer to this question, and
        those to others that it may build on.
    """
    with absent.stand_ins():
        exercises = _set_up(name)
        exercise = exercises[question]
        with contextlib.redirect_stdout(io.StringIO()):
            for other in exercises:
                if other is not exercise:
                    _run(answers.get(other.id, other.stub), other, exercises)
        exercise.judge(_run(answers[question], exercise, exercises))
    shown = display.outcome(exercise)
    return {
        "status": exercise.outcome.status,
        "earned": exercise.outcome.earned,
        "text": shown["text/plain"],
        "html": shown["text/html"],
    }


def _set_up(name):
    """The exercises of a set in a fresh world, in which its setup has run.

    What the setup has for questions that cannot run here is left out of it.
    """
    exercise_set, namespace = notebook.read(name), {"__name__": "__main__"}
    setup = absent.without_absent(exercise_set.setup, dict(namespace))
    checking.execute(setup, f"<setup of {name}>", namespace)
    runnable = replace(exercise_set, setup=setup)
    return notebook.Exercises(runnable, namespace)


def _run(code, exercise, exercises):
    """Run an answer's cell; the Outcome of that alone."""
    cell = f"your answer to question {exercise.number}"
    return checking.judge(
        lambda *_: harness.run_cell(code, exercises.namespace, cell),
        exercise.points,
        None,
        None,
    )
