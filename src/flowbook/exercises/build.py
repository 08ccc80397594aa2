"""From a set's source to all that is made of it.

- ``notebooks/exercises/<set>.ipynb``: the learner's notebook, not executed;
- ``src/flowbook/exercises/sets/<set>.json``: checks, hints and reference, so
  that a notebook opened anywhere has them;
- the page of the book, with statements, stubs and hints;
- the solution notebook, which tests execute and nobody publishes.
"""

from dataclasses import replace

import nbformat
import yaml

from flowbook.exercises import source
from flowbook.publish import agreement, notebook
from flowbook.publish.book import BookError

__all__ = [
    "check",
    "learner_notebook",
    "make",
    "page",
    "plain",
    "solution_notebook",
    "stale",
]

HOW = """\
Write your answer into the cell below each question, run that cell, then run
the check under it. `{first}.hint()` helps, a little more each time,
`{first}.solution()` shows an answer with its reason, and `book.summary()`
lists your points.
"""
PAGE_HOW = """\
Answer these questions in the notebook: the buttons at the top of this page
open it in Colab or download it. There each answer is checked at once, with a
reason for what is not right yet. {count} questions, {points} points.
"""


def make(book, sets):
    """Bring notebooks and package data up to their sources.

    Args:
      book: the checkout.
      sets: some of ``book.exercises()``.

    Returns:
      The paths that were written, without those that were up to date.
    """
    written = []
    for path, text in _files(book, sets).items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            written.append(path)
    return written


def stale(book, sets):
    """Sentences that say which file left its source."""
    found = []
    for path, text in _files(book, sets).items():
        name = path.relative_to(book.root).as_posix()
        if not path.exists():
            found.append(f"{name}: there is none yet")
        elif path.read_text("utf-8") != text:
            have = path.read_text("utf-8")
            found.append(f"{name}: it differs{_difference(text, have)}")
    return found


def check(book, sets):
    """Raise BookError unless all that is made of the sources is up to date."""
    found = stale(book, sets)
    if found:
        raise BookError(
            "exercises and their sources differ; run `make notebooks` and "
            "commit the result:\n  " + "\n  ".join(found)
        )


def _difference(want, have):
    for new, old in zip(want.split("\n"), have.split("\n"), strict=False):
        if new != old:
            return f": “{new.strip()}” by its source, “{old.strip()}” in it"
    return " in its length"


def _files(book, sets):
    """``{path: text}`` of all that is committed."""
    prose = agreement.prose(book)
    data = book.root / "src" / "flowbook" / "exercises" / "sets"
    files = {}
    for section in sets:
        read = plain(source.read(section.source), prose, section.name)
        made = learner_notebook(read, book.repository)
        files[section.notebook] = notebook.text(made)
        files[data / f"{read.exercises.name}.json"] = read.exercises.to_json()
    return files


def plain(read, prose, page):
    """A source whose MyST became the Markdown that notebooks show.

    Args:
      read: a :class:`~flowbook.exercises.source.Source`.
      prose: the :class:`~flowbook.publish.prose.Prose` to write with.
      page: the set's page, e.g. "exercises/graph-heritage".
    """

    def write(text):
        return prose.plain(text, page)

    questions = tuple(
        replace(
            question,
            statement=write(question.statement),
            hints=tuple(map(write, question.hints)),
            solution=write(question.solution),
        )
        for question in read.exercises.questions
    )
    return replace(
        read,
        exercises=replace(read.exercises, questions=questions),
        lead=[
            (kind, write(text) if kind == "prose" else text)
            for kind, text in read.lead
        ],
        end=write(read.end),
    )


# ---- Notebooks ------------------------------------------------------------


def learner_notebook(read, repository):
    """The learner's notebook: stubs to fill in, nothing executed.

    Args:
      read: a Source, already :func:`plain`.
      repository: ``(url, branch)`` from which Colab installs flowbook.
    """
    return _notebook(read, repository, lambda question: question.stub)


def solution_notebook(read, repository):
    """The same with every reference in its place."""
    return _notebook(read, repository, lambda question: question.reference)


def _notebook(read, repository, answer):
    exercises = read.exercises
    cells = [
        notebook.colab_setup(repository),
        _prose(f"# {exercises.title}"),
        *(
            _prose(text) if kind == "prose" else _code(text, "setup")
            for kind, text in read.lead
            if text.strip()
        ),
        _prose(HOW.format(first="q1").replace("\n", " ").strip()),
        _code(_loading(exercises), "load"),
    ]
    for number, question in enumerate(exercises.questions, start=1):
        given = _code(answer(question), "answer")
        given.metadata["flowbook"] = {"question": question.id}
        cells += [
            _prose(f"{heading(number, question)}\n\n{question.statement}"),
            given,
            _code(f"q{number}.check()", "check"),
        ]
    cells.append(_code("book.summary()", "summary"))
    if read.end:
        cells.append(_prose(read.end))
    return notebook.assemble(cells)


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
    return nbformat.v4.new_markdown_cell(text)


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
    how = PAGE_HOW.format(
        count=len(exercises.questions), points=exercises.points
    )
    parts = [
        f"---\n{yaml.safe_dump(meta, allow_unicode=True)}---",
        f"# {exercises.title}",
        *(text for kind, text in read.lead if kind == "prose"),
        how,
        *(_fenced(text) for kind, text in read.lead if kind == "code"),
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
