"""Whether the committed notebooks say what their sources say."""

import nbformat

from flowbook.publish import citations, notebook
from flowbook.publish.book import BookError
from flowbook.publish.prose import Prose

__all__ = ["check", "expected", "prose", "stale"]


def prose(book):
    """The :class:`Prose` that writes the notebooks of ``book``."""
    return Prose(
        site=book.site,
        pages={n: p.read_text("utf-8") for n, p in book.pages().items()},
        citations=citations.read(book.root / "book" / "references.bib"),
    )


def expected(book, sections):
    """The notebooks that the sources ask for, not yet run, by section."""
    plain = prose(book)
    return {s: notebook.make(s, plain, book.repository) for s in sections}


def stale(book, sections):
    """Sentences that say which committed notebook left its source, and how."""
    found = []
    for section, want in expected(book, sections).items():
        if not section.notebook.exists():
            found.append(f"{section.name}: there is no notebook yet")
            continue
        have = nbformat.read(section.notebook, as_version=4)
        found += [
            f"{section.name}: {difference}"
            for difference in notebook.differences(want, have)
        ]
    return found


def check(book, sections):
    """Raise BookError unless every notebook agrees with its source."""
    found = stale(book, sections)
    if found:
        raise BookError(
            "notebooks and sources differ; run `make notebooks` and commit "
            "the result:\n  " + "\n  ".join(found)
        )
