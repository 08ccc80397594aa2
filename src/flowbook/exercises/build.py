"""What is made of a set's source and committed, brought up to date.

- ``notebooks/exercises/<set>.ipynb``: the learner's notebook, not executed;
- ``src/flowbook/exercises/sets/<set>.json``: checks, hints and reference, so
  that a notebook opened anywhere has them.
"""

from dataclasses import replace

from flowbook.exercises import handout, source
from flowbook.publish import agreement, notebook
from flowbook.publish.book import BookError

__all__ = [
    "check",
    "make",
    "plain",
    "private",
    "stale",
]


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
        made = handout.learner_notebook(read, book.repository)
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


def private(book, path, folder):
    """Make the learner's notebook of a teacher's own set.

    It has no checks: whoever can check an answer can read the reference.

    Args:
      book: the checkout, whose address the notebook installs from.
      path: the set's source, anywhere.
      folder: where the notebook goes.

    Returns:
      The notebook's path.
    """
    read = source.read(path)
    read = plain(read, agreement.prose(book), f"exercises/{path.stem}")
    made = handout.unchecked_notebook(read, book.repository)
    target = folder / f"{path.stem}.ipynb"
    notebook.write(made, target)
    return target
