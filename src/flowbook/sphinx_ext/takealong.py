"""``{take-along}``: the EPUB, PDFs and zip that there are, on the cover."""

import shutil
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from flowbook.publish import takeaway
from flowbook.publish.book import Book, title

FOLDER = "take-along"
WHOLE = {
    ".epub": "The book as EPUB",
    ".pdf": "The book as PDF",
    ".zip": "These pages as a zip",
}
NONE = (
    "The book to take along, as EPUB, PDF or offline pages, is made by "
    "<code>make epub</code>, <code>make pdf</code> and <code>make zip</code>."
)


class TakeAlongPlace(nodes.General, nodes.Element):
    """Where the links go; written anew whenever the pages are."""


class TakeAlong(SphinxDirective):
    """The directive; it takes nothing."""

    def run(self):
        return [TakeAlongPlace()]


def setup(app):
    app.add_node(TakeAlongPlace)
    app.add_directive("take-along", TakeAlong)
    app.connect("doctree-resolved", _write_links)
    app.connect("build-finished", _copy_files)


def _book(app):
    return Book(Path(app.confdir))


def _write_links(app, doctree, docname):
    for place in list(doctree.findall(TakeAlongPlace)):
        if app.builder.name != "html":
            place.parent.remove(place)
            continue
        base = app.builder.get_relative_uri(docname, "index")
        up = base.removesuffix("index.html")
        html = links(_book(app), up)
        place.replace_self(nodes.raw("", html, format="html"))


def links(book, up=""):
    """HTML of the list of files, or of how to make them.

    Args:
      book: the checkout.
      up: relative address of the site's root, ``""`` on the cover.
    """
    files = takeaway.offered(book)
    if not files:
        return f'<div class="fb-take-along"><p>{NONE}</p></div>'
    items = "".join(
        f'<li><a href="{up}{FOLDER}/{path.name}" download>'
        f"{escape(_label(book, path))} "
        f"<small>{takeaway.human(path.stat().st_size)}</small></a></li>"
        for path in files
    )
    return (
        '<div class="fb-take-along"><p>Take it along:</p>'
        f"<ul>{items}</ul></div>"
    )


def _label(book, path):
    if path.name.startswith(takeaway.NAME):
        return WHOLE[path.suffix]
    page = book.root / "chapters" / path.stem / "index.md"
    name = title(page.read_text("utf-8")) if page.exists() else path.stem
    return f"{name} as PDF"


def _copy_files(app, exception):
    """Put the files beside the pages, where the links look for them."""
    if exception or app.builder.name != "html":
        return
    target = Path(app.outdir) / FOLDER
    for path in takeaway.offered(_book(app)):
        target.mkdir(exist_ok=True)
        shutil.copyfile(path, target / path.name)
