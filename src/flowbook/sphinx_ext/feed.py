"""``feed.xml``: the page "What changed" as an Atom feed.

The page is written by hand in one form, newest entry first::

    ## 2026-11-22

    - What changed for the reader, on one line.
"""

import re
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from flowbook.publish.book import BookError

CHANGES = "book/changes"
ATOM = "http://www.w3.org/2005/Atom"
HEADING = re.compile(r"^## (.+?)\s*$", re.M)
LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


@dataclass(frozen=True)
class Entry:
    """What changed on one day: sentences without marks."""

    day: date
    changes: list[str]

    @property
    def anchor(self):
        """Where the entry stands on the page."""
        return f"on-{self.day}"


def setup(app):
    app.connect("source-read", _name_entries)
    app.connect("html-page-context", _link_feed)
    app.connect("build-finished", _write_feed)


def read(text):
    """The entries of the page, newest first.

    Raises:
      BookError: a heading is no date, an entry is empty, or an older one
        stands above a newer one.
    """
    _, *parts = HEADING.split(text)
    entries = [
        Entry(_day(heading), _changes(heading, body))
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
    ]
    days = [entry.day for entry in entries]
    if not days or days != sorted(set(days), reverse=True):
        raise BookError(
            f"{CHANGES}.md: expected entries under one date each, newest "
            f"first, got {', '.join(map(str, days)) or 'none'}"
        )
    return entries


def atom(entries, *, site, title, author):
    """The feed as XML text; ``site`` is an address with a slash at its end."""
    ElementTree.register_namespace("", ATOM)
    feed = ElementTree.Element(f"{{{ATOM}}}feed")
    page = f"{site}{CHANGES}.html"
    _add(feed, "title", title)
    _add(feed, "id", site)
    _add(feed, "updated", _midnight(entries[0]))
    _add(_add(feed, "author"), "name", author)
    _add(feed, "link", rel="self", href=f"{site}feed.xml")
    _add(feed, "link", rel="alternate", type="text/html", href=page)
    for entry in entries:
        node = _add(feed, "entry")
        address = f"{page}#{entry.anchor}"
        _add(node, "title", entry.changes[0])
        _add(node, "id", address)
        _add(node, "updated", _midnight(entry))
        _add(node, "link", rel="alternate", type="text/html", href=address)
        _add(node, "content", _list(entry.changes), type="html")
    ElementTree.indent(feed)
    xml = ElementTree.tostring(feed, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{xml}\n'


def _day(heading):
    try:
        return date.fromisoformat(heading)
    except ValueError:
        raise BookError(
            f"{CHANGES}.md: expected a date such as 2026-11-22 as heading, "
            f"got {heading!r}"
        ) from None


def _changes(heading, body):
    lines = re.findall(r"^- (.+(?:\n  \S.*)*)", body, re.M)
    if not lines:
        raise BookError(
            f"{CHANGES}.md: expected a list under {heading}, got none: write "
            "one line for each change, each after `- `"
        )
    return [re.sub(r"\s+", " ", LINK.sub(r"\1", line)) for line in lines]


def _midnight(entry):
    return f"{entry.day}T00:00:00Z"


def _list(changes):
    items = "".join(f"<li>{escape(change)}</li>" for change in changes)
    return f"<ul>{items}</ul>"


def _add(parent, tag, text=None, **attributes):
    node = ElementTree.SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
    node.text = text
    return node


def _name_entries(_app, docname, source):
    """Give each entry an address that later entries do not move."""
    if docname == CHANGES:
        source[0] = HEADING.sub(r"(on-\1)=\n\g<0>", source[0])


def _link_feed(app, _pagename, _template, context, _doctree):
    if app.builder.name != "html":
        return
    address = context["pathto"]("feed.xml", resource=True)
    context["metatags"] = context.get("metatags", "") + (
        '<link rel="alternate" type="application/atom+xml" '
        f'title="{escape(_title(app))}" href="{escape(address)}" />\n'
    )


def _title(app):
    return f"{app.config.html_title or app.config.project}: what changed"


def _write_feed(app, exception):
    if exception or app.builder.name != "html":
        return
    text = Path(app.confdir, f"{CHANGES}.md").read_text("utf-8")
    feed = atom(
        read(text),
        site=app.config.html_baseurl,
        title=_title(app),
        author=app.config.author,
    )
    Path(app.outdir, "feed.xml").write_text(feed, "utf-8")
