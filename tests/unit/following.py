"""Which questions of a set an answer to another one can reach at all."""

import ast
import re

from flowbook.exercises.parts import names_of

DEFINES = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def reached(exercise_set, question, code):
    """The other questions that may be judged by what ``code`` defines.

    A check reaches a student's work by names: those in its own code and in
    the question's reference answer, and so on through the setup and the
    answers that define these. A name in a text counts too, so there may be
    too many questions in the list, but not too few. Code that does more than
    to define reaches all of them.

    Args:
      exercise_set: an ExerciseSet.
      question: the Question that ``code`` answers instead of the reference.
      code: the text of a cell.
    """
    others = [q for q in exercise_set.questions if q.id != question.id]
    if not all(isinstance(node, DEFINES) for node in ast.parse(code).body):
        return others
    parts = _statements(exercise_set.setup, exercise_set.check_setup)
    known = {*parts, *_statements(question.reference)}
    changed = set(names_of(question.reference)) | set(names_of(code))
    for statement in set(_statements(code)) - known:
        changed |= _imported(statement)
    parts += _statements(*(other.reference for other in others))
    return [q for q in others if changed & _seen(q, parts)]


def _seen(question, parts):
    """All names that judging a question may look up."""
    checks = [question.check_setup, *(c.code for c in question.checks)]
    seen = _words(question.reference, *checks)
    while True:
        more = seen.union(
            *(_words(part) for part in parts if seen & set(names_of(part)))
        )
        if more == seen:
            return seen
        seen = more


def _words(*codes):
    return {word for code in codes for word in re.findall(r"\w+", code)}


def _statements(*codes):
    """The top-level statements, each as text, layout and comments aside."""
    bodies = [ast.parse(code).body for code in codes]
    return [ast.unparse(node) for body in bodies for node in body]


def _imported(statement):
    (node,) = ast.parse(statement).body
    names = getattr(node, "names", [])
    return {(name.asname or name.name).partition(".")[0] for name in names}
