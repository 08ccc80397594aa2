"""Graded exercises: what a learner's notebook and a set's checks use.

    from flowbook.exercises import load

    book = load("graph-heritage")
    q1 = book["reverse"]
    q1.check()

Importing this imports no framework, no NumPy and no IPython: checks without
arrays run in any Python.
"""

from flowbook.exercises.checking import (
    Incorrect,
    NotAttempted,
    Outcome,
    StudentError,
)
from flowbook.exercises.comparing import close, equal
from flowbook.exercises.notebook import load
from flowbook.exercises.parts import Check, ExerciseSet, Question

__all__ = [
    "Check",
    "ExerciseSet",
    "Incorrect",
    "NotAttempted",
    "Outcome",
    "Question",
    "StudentError",
    "close",
    "equal",
    "load",
]
