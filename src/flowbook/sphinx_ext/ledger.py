"""The ledger page, and the link from each claim to its line there."""

from html import escape
from itertools import groupby
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from flowbook.publish import ledger
from flowbook.publish.book import Book

LEDGER = "book/claims"
CLAIM = '<div class="fb-claim" id="'


class LedgerPlace(nodes.General, nodes.Element):
    """Where the ledger goes; written when all addresses are known."""


class ClaimsLedger(SphinxDirective):
    """``{claims-ledger}``: every claim of the committed notebooks."""

    def run(self):
        for section in _book(self.env.app).sections():
            self.env.note_dependency(str(section.notebook))
        return [LedgerPlace()]


def setup(app):
    app.add_node(LedgerPlace)
    app.add_directive("claims-ledger", ClaimsLedger)
    app.connect("doctree-resolved", _write_ledger)
    app.connect("doctree-resolved", _link_claims)


def _book(app):
    return Book(Path(app.confdir))


def _write_ledger(app, doctree, docname):
    for place in list(doctree.findall(LedgerPlace)):
        entries = ledger.read(_book(app).sections())
        parts = [
            _table(app, docname, list(rows))
            for _, rows in groupby(entries, key=lambda e: e.section)
        ]
        place.replace_self(nodes.raw("", "\n".join(parts), format="html"))


def _table(app, docname, rows):
    """One section's claims, with the machine they were measured on."""
    first = rows[0]
    page = escape(app.builder.get_relative_uri(docname, first.section))
    lines = "\n".join(
        f'<tr id="{escape(row.row)}"><td><a href="{page}#{row.anchor}">'
        f"{escape(row.statement)}</a></td><td>{escape(row.value)}</td>"
        f"<td>{escape(row.bound)}</td></tr>"
        for row in rows
    )
    caption = (
        f'<a href="{page}">{escape(first.section_title)}</a> '
        f"<small>{escape(first.device)}, {escape(first.versions)}</small>"
    )
    return (
        '<div class="fb-ledger" role="region" aria-label="'
        f'Claims of {escape(first.section_title)}"><table class="table">'
        f"<caption>{caption}</caption><thead><tr><th>Claim</th>"
        "<th>Measured</th><th>Must be</th></tr></thead>"
        f"<tbody>{lines}</tbody></table></div>"
    )


def _link_claims(app, doctree, docname):
    """Append to each claim the link to its line in the ledger."""
    page = app.builder.get_relative_uri(docname, LEDGER)
    section = docname.split("/")[-1]
    for node in doctree.findall(nodes.raw):
        text = node.astext()
        if not text.startswith(CLAIM):
            continue
        anchor = text.removeprefix(CLAIM).split('"', 1)[0]
        link = (
            f' <a href="{page}#{section}-{anchor}" '
            'aria-label="This claim in the ledger">ledger</a></div>'
        )
        linked = text.removesuffix("</div>") + link
        node.replace_self(nodes.raw("", linked, format="html"))
