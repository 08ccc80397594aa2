"""``{cover}``: the first screen of the book, with its own measured numbers."""

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from flowbook.instruments import bundle
from flowbook.publish import ledger
from flowbook.publish.book import Book


class Cover(SphinxDirective):
    """Lead, links and numbers beside the still of an instrument.

    Options:
      instrument: whose still is shown.
      read: page name that the first link opens.
    """

    has_content = True
    option_spec = {"instrument": str, "read": str}  # noqa: RUF012

    def run(self):
        book = Book(Path(self.env.app.confdir))
        sections = book.sections()
        for section in sections:
            self.env.note_dependency(str(section.notebook))
        read = f"{self.options['read']}.html"
        svg = bundle.picture(self.options["instrument"])
        return [
            _html('<div class="fb-cover"><div class="fb-cover-words">'),
            *self._lead(),
            _html(
                f'<p class="fb-cover-links"><a href="{read}">Start reading'
                '</a> <a href="#run-it">Run it</a></p>'
                f'<p class="fb-cover-numbers">{_numbers(sections)}</p></div>'
                f'<div class="fb-cover-picture">{svg}</div></div>'
            ),
        ]

    def _lead(self):
        place = nodes.Element()
        lines = StringList(list(self.content), source=self.env.docname)
        self.state.nested_parse(lines, self.content_offset, place)
        return place.children


def setup(app):
    app.add_directive("cover", Cover)


def _numbers(sections):
    """What the ledger holds today, in one line."""
    entries = ledger.read(sections)
    versions = entries[-1].versions.partition("TensorFlow ")[2]
    return (
        f'<a href="book/claims.html">{len(entries)} claims</a> in '
        f"{len(sections)} sections hold on TensorFlow "
        f"{versions.partition(',')[0]}"
    )


def _html(text):
    return nodes.raw("", text, format="html")
