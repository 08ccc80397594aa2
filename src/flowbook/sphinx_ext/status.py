"""``{status}``: where and when each notebook ran; each opener's link to it."""

from html import escape
from itertools import groupby
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from flowbook.publish import status
from flowbook.publish.book import Book, title
from flowbook.sphinx_ext import progress

PAGE = "book/status"


class StatusPlace(nodes.General, nodes.Element):
    """Where the tables go; written when all addresses are known."""


class Status(SphinxDirective):
    """The directive; it takes nothing."""

    def run(self):
        book = _book(self.env.app)
        self.env.note_dependency(str(book.root / status.FILE))
        for section in book.sections() + book.exercises():
            self.env.note_dependency(str(section.notebook))
        return [StatusPlace()]


def setup(app):
    app.add_node(StatusPlace)
    app.add_directive("status", Status)
    app.connect("doctree-resolved", _write_status)
    app.connect("html-page-context", _link_from_opener)


def _book(app):
    return Book(Path(app.confdir))


def _write_status(app, doctree, docname):
    for place in list(doctree.findall(StatusPlace)):
        book = _book(app)
        html = tables(
            chapters(book, app.env.toctree_includes),
            status.read(book),
            lambda name: app.builder.get_relative_uri(docname, name),
        )
        place.replace_self(nodes.raw("", html, format="html"))


def chapters(book, children):
    """``[[the chapter's notebooks], …]``, in the book's order.

    Args:
      children: ``{page name: [names of the pages below it]}``.
    """
    found = {s.name: s for s in book.sections() + book.exercises()}
    root = book.toc["root"]
    return [
        [found[name] for name in (top, *children.get(top, []))]
        for top in children[root]
        if top in found
    ]


def tables(chapters, rows, address):
    """The page's HTML: the runs, what never ran, and a table a chapter.

    Args:
      chapters: what :func:`chapters` gives.
      rows: :class:`~flowbook.publish.status.Row` objects.
      address: a function from a page's name to its address.
    """
    columns = _columns(rows)
    parts = [f"<ul>{_runs(rows)}{_never(rows)}</ul>"]
    parts += [_table(chapter, columns, rows, address) for chapter in chapters]
    return "\n".join(parts)


def _columns(rows):
    """(set, device) pairs; a set without a run has one, without device."""
    return [
        (name, device)
        for name in status.SETS
        for device in sorted({r.device for r in rows if r.set == name}) or [""]
    ]


def _runs(rows):
    """One line for each set, device and versions: when, and how many."""

    def key(row):
        return (
            list(status.SETS).index(row.set),
            row.device,
            ", ".join(f"{k} {v}" for k, v in row.versions.items()),
        )

    lines = []
    for (_, device, versions), group in groupby(sorted(rows, key=key), key):
        run = list(group)
        days = sorted({row.date for row in run})
        when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
        passed = sum(row.passed for row in run)
        lines.append(
            f"<li><strong>{status.SETS[run[0].set]}, {escape(device)}:"
            f"</strong> {passed} of {len(run)} notebooks that were run "
            f"passed ({when}; {escape(versions)}).</li>"
        )
    return "".join(lines)


def _never(rows):
    """What kind of device has no record: said plainly."""
    missing = [
        kind
        for kind in status.DEVICES
        if not any(kind in row.device for row in rows)
    ]
    return "".join(f"<li>{kind}: not run</li>" for kind in missing)


def _table(chapter, columns, rows, address):
    heads = "".join(
        f'<th scope="col">{status.SETS[name]}'
        + (f"<small>{escape(device)}</small>" if device else "")
        + "</th>"
        for name, device in columns
    )
    by_place = {(r.notebook, r.set, r.device): r for r in rows}
    lines = "\n".join(
        f'<tr><td><a href="{escape(address(section.name))}">'
        f"{escape(_title(section))}</a></td>"
        + "".join(
            _cell(by_place.get((section.name, *column)), column[0], section)
            for column in columns
        )
        + "</tr>"
        for section in chapter
    )
    name = escape(_title(chapter[0]))
    return (
        f'<div class="fb-ledger fb-status" id="{_anchor(chapter[0].name)}" '
        f'role="region" aria-label="{name}">'
        f'<table class="table"><caption>{name}</caption><thead><tr>'
        f'<th scope="col">Notebook</th>{heads}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _cell(row, name, section):
    if row is None:
        return f"<td>{status.reason(name, section)}</td>"
    outcome = "✓ passed" if row.passed else "✗ failed"
    return f"<td>{outcome}, {row.seconds:.0f} s <small>{row.date}</small></td>"


def _anchor(opener):
    """The id of a chapter's table: the name of its folder."""
    return opener.split("/")[1]


def _title(section):
    return title(section.source.read_text("utf-8"))


def _link_from_opener(app, pagename, _template, context, _doctree):
    """After a chapter's opener, one line that leads to the status page."""
    if app.builder.name != "html" or not context.get("body"):
        return
    if pagename in progress.chapters(app):
        page = escape(context["pathto"](PAGE))
        context["body"] += (
            f'<p class="fb-status-link"><a href="{page}#'
            f'{_anchor(pagename)}">Where and when this '
            "chapter’s notebooks last ran</a></p>"
        )
