"""Faults in the HTML that the theme and its helpers write, mended.

Each entry says what was wrong for whom. An entry that fits no page any more
is reported as a warning, and so stops the build: the fault is gone upstream
and its entry can go too.
"""

import re
from pathlib import Path

from sphinx.util import logging

LOG = logging.getLogger(__name__)

MENDS = {
    "the sidebar's link from a page to itself was one more stop for Tab": (
        r'(<a class="current reference internal" href="#")>',
        r'\1 tabindex="-1">',
    ),
    "a chapter's fold in the sidebar had no name for a screen reader": (
        r'(<a class="[^"]*reference internal" href="[^"]*"[^>]*>([^<]+)</a>'
        r"<details[^>]*><summary)>",
        r'\1 aria-label="Sections of \2" tabindex="-1">',
    ),
    "a folded cell's label hid its visible words from a screen reader": (
        r'<summary aria-label="Toggle hidden content">',
        "<summary>",
    ),
    "the color switch was named twice, differently": (
        r'(<i class="theme-switch [^>]*?) title="[^"]*"',
        r"\1",
    ),
    "the search button's name left out its visible shortcut": (
        r'(class="btn search-button-field[^"]*") title="Search" '
        r'aria-label="Search"',
        r"\1",
    ),
    "the bibliography was a list without list items": (
        r'<div role="list" class="citation-list">',
        '<div class="citation-list">',
    ),
    "each source had a role that ARIA has withdrawn": (
        r' role="doc-biblioentry"',
        "",
    ),
    "the sidebar lay outside every landmark": (
        r'<div id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar',
        '<div role="complementary" aria-label="The book" '
        'id="pst-primary-sidebar" class="bd-sidebar-primary bd-sidebar',
    ),
    "the cover's title said the book's name twice": (
        r"<title>([^<]+) &#8212; \1</title>",
        r"<title>\1</title>",
    ),
    "the viewport was declared three times": (
        r'<meta name="viewport" content="width=device-width, '
        r'initial-scale=1" ?/>',
        "",
    ),
    "a service that nobody uses was configured on every page": (
        r'<script type="text/x-thebe-config">.*?</script>',
        "",
    ),
}


def setup(app):
    app.connect("build-finished", _mend_pages)


def _mend_pages(app, exception):
    if exception or app.builder.name != "html":
        return
    unused = set(MENDS)
    for page in Path(app.outdir).rglob("*.html"):
        html = page.read_text("utf-8")
        for fault, (pattern, replacement) in MENDS.items():
            html, times = re.subn(pattern, replacement, html, flags=re.S)
            if times:
                unused.discard(fault)
        page.write_text(html, "utf-8")
    for fault in sorted(unused):
        LOG.warning(
            "flowbook.sphinx_ext.mend: no page has this any more: %s", fault
        )
