"""What a page says about itself where it is linked or searched for.

One description for search engines and previews, one picture for all pages
(``static/card.png``, drawn by ``card.py``), and ``robots.txt``.
"""

from html import escape
from pathlib import Path

from flowbook.publish.book import Book, BookError, front_matter

WITHOUT_SOURCE = {
    "search": "Search the sections, headings and glossary terms of this book.",
    "genindex": "Every term that the glossary of this book defines, A to Z.",
}
CARD_TAGS = (
    '<meta property="og:image:width" content="1200" />',
    '<meta property="og:image:height" content="630" />',
    '<meta name="twitter:card" content="summary_large_image" />',
)
CARD_TEXT = (
    "TensorFlow, Executed: a textbook in which every claim runs. Beside the "
    "title, the graph of z = x y + sin x with its values and gradients."
)


def setup(app):
    # After addresses.py, which sets the address of the site.
    app.connect("config-inited", _share_card, priority=2)
    app.connect("html-page-context", _describe, priority=100)
    app.connect("build-finished", _write_robots)


def description(path):
    """The description in the head of a MyST page.

    Raises:
      BookError: the page has none.
    """
    head = front_matter(path.read_text("utf-8"))
    text = head.get("myst", {}).get("html_meta", {}).get("description")
    if not text:
        raise BookError(
            f"expected a description in the head of {path}, got none: add "
            "myst / html_meta / description, as CONTRIBUTING.md shows"
        )
    return text


def _share_card(_app, config):
    config.ogp_image = config.html_baseurl + "_static/card.png"
    config.ogp_image_alt = CARD_TEXT
    config.ogp_custom_meta_tags = list(CARD_TAGS)


def _describe(app, pagename, _template, context, _doctree):
    if app.builder.name != "html":
        return
    pages = Book(Path(app.confdir)).pages()
    if pagename in pages:
        said = {"og:description": description(pages[pagename])}
        context["meta"] = {**(context.get("meta") or {}), **said}
    elif pagename in WITHOUT_SOURCE:
        context["metatags"] = context.get("metatags", "") + (
            '<meta name="description" '
            f'content="{escape(WITHOUT_SOURCE[pagename])}" />\n'
        )


def _write_robots(app, exception):
    if exception or app.builder.name != "html":
        return
    sitemap = app.config.html_baseurl + "sitemap.xml"
    Path(app.outdir, "robots.txt").write_text(
        f"User-agent: *\nAllow: /\nSitemap: {sitemap}\n", "utf-8"
    )
