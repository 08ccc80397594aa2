"""What learners get of a set: their notebook, and its page in the book.

Neither holds a reference, a check or a wrong answer.
"""

import nbformat
import yaml

from flowbook.publish import notebook

__all__ = [
    "learner_notebook",
    "page",
    "solution_notebook",
    "unchecked_notebook",
]

HOW = """\
Write your answer into the cell below each question, run that cell, then run
the check under it. `q1.hint()` helps, a little more each time,
`q1.solution()` shows an answer with its reason, and `book.summary()`
lists your points.
"""
UNCHECKED_HOW = """\
Write your answer into the cell below each question and run that cell. Keep
the names that you are given: your answers are found by them when you hand in
this notebook, and are graded then.
"""
PAGE_HOW = """\
Answer these questions in the notebook: the buttons at the top of this page
open it in Colab or download it. There each answer is checked at once, with a
reason for what is not right yet.
"""


def learner_notebook(read, repository):
    """The learner's notebook: stubs to fill in, nothing executed.

    Args:
      read: a Source whose MyST became Markdown, see build.plain.
      repository: ``(url, branch)`` from which Colab installs flowbook.
    """
    return _checked(read, repository, lambda question: question.stub)


def solution_notebook(read, repository):
    """The same with every reference in its place; for tests alone."""
    return _checked(read, repository, lambda question: question.reference)


def unchecked_notebook(read, repository):
    """The learner's notebook of a set whose checks stay with the teacher."""
    cells = _lead(read, repository)
    cells.append(_prose(UNCHECKED_HOW))
    for number, question in enumerate(read.exercises.questions, start=1):
        cells += _question(number, question, question.stub)
    return _ended(read, cells)


def _checked(read, repository, answer):
    cells = _lead(read, repository)
    cells += [_prose(HOW), _code(_loading(read.exercises), "load")]
    for number, question in enumerate(read.exercises.questions, start=1):
        cells += _question(number, question, answer(question))
        cells.append(_code(f"q{number}.check()", "check"))
    cells.append(_code("book.summary()", "summary"))
    return _ended(read, cells)


def _lead(read, repository):
    """Colab's cell, the title and what stands before the first question."""
    code = "\n".join(text for kind, text in read.lead if kind != "prose")
    return [
        notebook.colab_setup(repository, code),
        _prose(f"# {read.exercises.title}"),
        *(
            _prose(text) if kind == "prose" else _code(text, "setup")
            for kind, text in read.lead
            if text.strip()
        ),
    ]


def _question(number, question, code):
    given = _code(code, "answer")
    given.metadata["flowbook"] = {"question": question.id}
    text = f"{heading(number, question)}\n\n{question.statement}"
    return [_prose(text), given]


def _ended(read, cells):
    end = [_prose(read.end)] if read.end else []
    return notebook.assemble(cells + end)


def _loading(exercises):
    """The cell that binds ``book`` and a short name for each question."""
    lines = [
        "from flowbook.exercises import load",
        "",
        f'book = load("{exercises.name}")',
    ]
    lines += [
        f'q{number} = book["{question.id}"]'
        for number, question in enumerate(exercises.questions, start=1)
    ]
    return "\n".join(lines)


def heading(number, question):
    """A question's heading with its number and points."""
    points = f"{question.points} point{'s' * (question.points != 1)}"
    return f"## Question {number}: {question.title} ({points})"


def _prose(text):
    return nbformat.v4.new_markdown_cell(text.strip())


def _code(text, tag):
    return nbformat.v4.new_code_cell(text, metadata={"tags": [tag]})


# ---- The page -------------------------------------------------------------


def page(read):
    """The page of the book as MyST: what learners may see, and no more.

    Args:
      read: a Source as :func:`flowbook.exercises.source.read` gives it.
    """
    exercises = read.exercises
    meta = {"myst": read.meta.get("myst", {})}
    lead = [
        text if kind == "prose" else _fenced(text) for kind, text in read.lead
    ]
    opening, _, rest = "\n\n".join(lead).strip().partition("\n\n")
    parts = [
        f"---\n{yaml.safe_dump(meta, allow_unicode=True)}---",
        f"# {exercises.title}",
        opening,
        PAGE_HOW,
        rest,
    ]
    for number, question in enumerate(exercises.questions, start=1):
        parts += [
            heading(number, question),
            question.statement,
            _fenced(question.stub),
            *_hints(question.hints),
        ]
    return "\n\n".join([*parts, read.end]).strip() + "\n"


def _fenced(code):
    return f"```python\n{code}\n```"


def _hints(hints):
    for number, hint in enumerate(hints, start=1):
        yield (
            f'<details class="fb-hint"><summary>Hint {number} of '
            f"{len(hints)}</summary>\n\n{hint}\n\n</details>"
        )
