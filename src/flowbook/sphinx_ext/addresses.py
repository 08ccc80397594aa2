"""Links out of a page: Colab, the notebook, the issue tracker, the site."""

import json
import shutil
from pathlib import Path
from urllib.parse import quote

from flowbook.publish.book import Book, pages_address, published_repository

COLAB = "https://colab.research.google.com/github"


def setup(app):
    app.connect("config-inited", _set_addresses, priority=1)
    app.connect("source-read", _depend_on_notebook)
    app.connect("html-page-context", _buttons, priority=900)
    app.connect("build-finished", _copy_notebooks)


def _set_addresses(app, config):
    """Derive every address from the one in _config.yml."""
    book = Book(Path(app.confdir))
    url, branch = book.repository
    url = published_repository(url)
    config.html_theme_options["repository_url"] = url
    config.html_theme_options["repository_branch"] = branch
    config.html_baseurl = config.ogp_site_url = pages_address(url)


def _sections(app):
    book = Book(Path(app.confdir))
    return {s.name: s for s in book.sections() + book.exercises()}


def _depend_on_notebook(app, docname, _source):
    """New outputs make a page stale even where its source is unchanged."""
    section = _sections(app).get(docname)
    if section:
        app.env.note_dependency(str(section.notebook))


def in_colab(app, section):
    """The address that opens a section's notebook in Colab."""
    options = app.config.html_theme_options
    repository = options["repository_url"].removeprefix("https://github.com/")
    path = section.notebook.relative_to(app.confdir).as_posix()
    return f"{COLAB}/{repository}/blob/{options['repository_branch']}/{path}"


def _buttons(app, pagename, _template, context, _doctree):
    """Colab and download buttons; the link that reports an error."""
    if app.builder.name != "html":
        return
    section = _sections(app).get(pagename)
    if section:
        path = section.notebook.relative_to(app.confdir).as_posix()
        context["header_buttons"][:0] = [
            {
                "type": "link",
                "text": "Open in Colab",
                "tooltip": "Run this section in Colab",
                "icon": "fas fa-play",
                "url": in_colab(app, section),
                "label": "open-in-colab",
            },
            {
                "type": "link",
                "text": "Notebook",
                "tooltip": "Download this section as a Jupyter notebook",
                "icon": "fas fa-download",
                "url": context["pathto"](path, resource=True),
                "label": "download-notebook",
            },
        ]
    if context.get("body") and pagename in app.env.found_docs:
        url = app.config.html_theme_options["repository_url"]
        title = quote(f"Error in {pagename}")
        context["body"] += (
            '<p class="fb-report"><a href="'
            f'{url}/issues/new?title={title}">Report an error on this page'
            "</a></p>"
        )


def _copy_notebooks(app, exception):
    """Put the notebooks beside the pages, and what their runs have kept."""
    if exception or app.builder.name != "html":
        return
    for section in _sections(app).values():
        if section.notebook.exists():
            relative = section.notebook.relative_to(app.confdir)
            target = Path(app.outdir) / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            nb = json.loads(section.notebook.read_text("utf-8"))
            packed = json.dumps(nb, ensure_ascii=False, separators=(",", ":"))
            target.write_text(packed, "utf-8")  # a sixth less to download
            if section.files.is_dir():
                shutil.copytree(section.files, target.with_suffix(""))
