"""A set of exercises as data: what its source says, ready to be judged."""

import ast
import json
from dataclasses import asdict, dataclass, field, replace

__all__ = ["Check", "ExerciseSet", "Question", "Wrong", "names_of"]


@dataclass(frozen=True)
class Check:
    """One all-or-nothing part of a question.

    ``code`` defines one function ``check(student, rng)``.
    """

    points: int
    code: str


@dataclass(frozen=True)
class Wrong:
    """A typical wrong answer; it stays in the source, for the tests."""

    loses: int  # points of its question, exactly
    says: str  # a fragment of the message it must get
    code: str


@dataclass(frozen=True)
class Question:
    """One question with all that judging and helping need."""

    id: str
    title: str
    statement: str  # MyST, as in the source
    stub: str  # the code that learners get
    reference: str  # the code of a right answer
    solution: str  # why it is right, in MyST; may be empty
    hints: tuple = ()  # of str in MyST, each more telling
    checks: tuple = ()  # of Check
    wrongs: tuple = field(default=(), compare=False)  # of Wrong
    check_setup: str = ""  # code that its checks share, after the set's
    needs: str = "tensorflow"  # or "numpy", or "python": nothing beside it

    @property
    def points(self):
        """What the question is worth."""
        return sum(check.points for check in self.checks)

    @property
    def names(self):
        """The top-level names that an answer has to define, in order."""
        return names_of(self.stub)

    def is_untouched(self, code):
        """Whether an answer cell's code is the stub, layout aside."""
        try:
            return _tree(code) == _tree(self.stub)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False


@dataclass(frozen=True)
class ExerciseSet:
    """A whole set; ``name`` is its chapter's folder."""

    name: str
    title: str
    setup: str  # code given to the learner, run before any answer
    check_setup: str  # code that the checks share and learners never see
    questions: tuple  # of Question

    @property
    def points(self):
        """What the set is worth."""
        return sum(question.points for question in self.questions)

    def question(self, name):
        """The question with this id.

        Raises:
          LookupError: there is none; the message lists those there are.
        """
        for question in self.questions:
            if question.id == name:
                return question
        known = ", ".join(question.id for question in self.questions)
        raise LookupError(
            f"{self.name}: expected a question's id, got {name!r}. "
            f"There are: {known}."
        )

    def to_json(self):
        """The set as JSON text; texts as lists of lines, for clean diffs.

        Wrong answers stay out of it.
        """
        data = asdict(self)
        for question in data["questions"]:
            del question["wrongs"]
        return json.dumps(_lines(data), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text):
        """The set that :meth:`to_json` wrote."""
        data = _joined(json.loads(text))
        questions = tuple(
            replace(
                Question(**question),
                hints=tuple(question["hints"]),
                checks=tuple(Check(**check) for check in question["checks"]),
            )
            for question in data.pop("questions")
        )
        return cls(**data, questions=questions)


def names_of(code):
    """Top-level names that ``code`` defines or assigns, in order.

    Raises:
      SyntaxError: ``code`` is no Python.
    """
    found = []
    for node in ast.parse(code).body:
        if isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ):
            found.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = getattr(node, "targets", None) or [node.target]
            found += [
                name.id
                for target in targets
                for name in ast.walk(target)
                if isinstance(name, ast.Name)
                and isinstance(name.ctx, ast.Store)
            ]
    return tuple(dict.fromkeys(found))


def _tree(code):
    return ast.dump(ast.parse(code))


def _lines(value):
    """Texts of several lines as ``{"lines": […]}``, everything else as is."""
    if isinstance(value, str) and "\n" in value:
        return {"lines": value.split("\n")}
    if isinstance(value, dict):
        return {key: _lines(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_lines(entry) for entry in value]
    return value


def _joined(value):
    if isinstance(value, dict):
        if set(value) == {"lines"}:
            return "\n".join(value["lines"])
        return {key: _joined(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_joined(entry) for entry in value]
    return value
