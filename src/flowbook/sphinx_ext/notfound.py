"""``404.html``: shown in place of a page that is not there, at any depth.

A page by itself, its style inside: links and scripts hold from any address
by one ``<base>``, and nothing is loaded before it is right. GitHub Pages
serves the book under the repository's name, which the base has; elsewhere,
such as under ``make serve``, a script sets it to the root.
"""

from urllib.parse import urlparse

from flowbook.sphinx_ext.assets import STATIC
from flowbook.sphinx_ext.chapters import number


def setup(app):
    app.connect("html-collect-pages", _page)


def _page(app):
    if app.builder.name != "html":
        return
    context = {
        "site": app.config.html_title or app.config.project,
        "root": urlparse(app.config.html_baseurl).path,
        "style": (STATIC / "flowbook.css").read_text("utf-8"),
        "found_chapters": _chapters(app.env),
    }
    yield "404", context, "404.html"


def _chapters(env):
    """(page, number, title) of each chapter, in order."""
    pages = [
        name
        for name in env.titles
        if name.startswith("chapters/") and name.endswith("/index")
    ]
    pages.sort(key=lambda name: env.toc_secnumbers[name][""])
    return [(p, number(env, p), env.titles[p].astext()) for p in pages]
