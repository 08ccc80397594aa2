"""Reads ``exercises/<set>.md``: the one source of a set of exercises.

After the front matter and the title comes prose and, before the first
question, code cells tagged ``setup`` (for learners and checks) and
``check-setup`` (for the checks of all questions). A question is a heading of
level two followed at once by its directive::

    ## Reverse mode by hand

    ```{question} reverse
    ```

    The statement, in prose.

``:needs: python`` in the directive says that neither statement, answer nor
check needs a library, ``:needs: numpy`` that they need NumPy alone: such a
question can be answered in the page of the book, too. And then, in any number
and this order where it matters:

- a cell tagged ``starter``, if learners get code that is more than a stub;
- the cell tagged ``answer``: the reference;
- ``{hint}`` directives, each more telling than the one before;
- cells tagged ``check-setup``, which the question's checks share;
- cells tagged ``check``, with ``# points: 2`` as first line and one function
  ``check(student, rng)``;
- cells tagged ``wrong``, which begin with ``# loses: 2`` and ``# says: …``;
- at most one ``{solution}`` directive: why the answer is right.
"""

from dataclasses import dataclass

from flowbook.exercises.parts import ExerciseSet, Question
from flowbook.exercises.reading import Reader
from flowbook.exercises.stub import stub_of
from flowbook.publish.book import front_matter, title
from flowbook.publish.notebook import read_source

__all__ = ["Source", "read"]


@dataclass
class Source:
    """A set as its source has it.

    Attributes:
      exercises: the :class:`~flowbook.exercises.parts.ExerciseSet`.
      lead: what stands before the first question: ``("prose", MyST)`` and
        ``("code", Python)`` in order.
      end: MyST after the last question, such as a closing section.
      meta: the front matter.
    """

    exercises: ExerciseSet
    lead: list
    end: str
    meta: dict


def read(path):
    """Read the source of a set; its name is the file's stem.

    Raises:
      BookError: a part is missing, stands at a wrong place or cannot work;
        the message names the question and says what was expected.
    """
    text = path.read_text("utf-8")
    reader = Reader(path.stem)
    for cell in read_source(path).cells:
        if cell.cell_type == "code":
            reader.code(cell.source, cell.metadata.get("tags", []))
        else:
            reader.prose(cell.source)
    return _source(reader, front_matter(text))


def _source(reader, meta):
    """What was read, if it is a set."""
    first = next((text for kind, text in reader.lead if kind == "prose"), "")
    name = title(first)
    if not name:
        raise reader.fault("expected a title, '# Exercises: …'")
    if not reader.drafts:
        raise reader.fault("expected at least one {question}, got none")
    exercises = ExerciseSet(
        name=reader.name,
        title=name,
        setup="\n\n".join(reader.setup),
        check_setup="\n\n".join(reader.check_setup),
        questions=tuple(_question(reader, d) for d in reader.drafts),
    )
    lead = [
        (kind, text.partition(f"# {name}\n")[2] if not at else text)
        for at, (kind, text) in enumerate(reader.lead)
    ]
    return Source(exercises, lead, "\n".join(reader.end).strip(), meta)


def _question(reader, draft):
    for part, what in (
        ("reference", "a cell tagged answer"),
        ("checks", "a cell tagged check"),
        ("statement", "a statement"),
    ):
        if not getattr(draft, part):
            raise reader.fault(f"expected {what}, got none", draft)
    if not draft.starter:
        try:
            draft.starter = stub_of(draft.reference)
        except ValueError as error:
            raise reader.fault(str(error), draft) from error
    question = Question(
        id=draft.id,
        title=draft.title,
        statement="\n".join(draft.statement).strip(),
        stub=draft.starter,
        reference=draft.reference,
        solution=draft.solution,
        hints=tuple(draft.hints),
        check_setup="\n\n\n".join(draft.check_setup),
        checks=tuple(draft.checks),
        wrongs=tuple(draft.wrongs),
        needs=draft.needs,
    )
    for wrong in question.wrongs:
        if not 0 < wrong.loses <= question.points:
            raise reader.fault(
                f"expected a wrong answer to lose 1 to {question.points} "
                f"points, got {wrong.loses}",
                draft,
            )
    return question
