"""A page of exercises shows what learners may see, and nothing more.

The source of a set holds answers, checks and wrong answers too. Sphinx never
reads them: the page's text is replaced before it is parsed, so that no
builder, search index or copy of a source can hold them.
"""

from pathlib import Path

from flowbook.exercises import handout, source
from flowbook.publish.book import Book


def setup(app):
    app.connect("source-read", _show_learners_page)


def _show_learners_page(app, docname, text):
    for section in Book(Path(app.confdir)).exercises():
        if section.name == docname:
            text[0] = handout.page(source.read(section.source))
