"""The reader's own progress: what each page says, so that a script can count.

The pages name things by stable IDs: a section by its page's name, a
self-check by its own. ``flowbook.js`` keeps under those IDs, in the reader's
browser, what was marked and answered; ``progress.js`` shows it on the page
that has ``{progress}``. What is useless without JavaScript has the theme's
class ``pst-js-only``, which hides it there from the first paint on.
"""

import json
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from flowbook.publish.book import Book

CHECK = '<form class="fb-selfcheck" id="'
QUESTION = '<div class="fb-cell fb-graded pst-js-only" id="'
PANEL = '<div class="fb-your-progress '


class ProgressPlace(nodes.General, nodes.Element):
    """Where the progress goes; written when all sections are read."""


class Progress(SphinxDirective):
    """``{progress}``: where to continue, the counts, and the backup."""

    def run(self):
        for source in Book(Path(self.env.app.confdir)).pages().values():
            self.env.note_dependency(str(source))
        return [ProgressPlace()]


def setup(app):
    app.add_node(ProgressPlace)
    app.add_directive("progress", Progress)
    app.connect("doctree-resolved", _write_panel)
    app.connect("html-page-context", _around_a_section)
    app.connect("html-page-context", _script_of_the_panel)


def chapters(app):
    """``{chapter's page: [its sections' names]}``, in the book's order."""
    return _children(app, Book(Path(app.confdir)).sections())


def _children(app, pages):
    """``{chapter's page: [names of those pages that stand under it]}``."""
    names = {page.name for page in pages}
    children = app.env.toctree_includes
    return {
        page: found
        for page in children.get(app.config.root_doc, [])
        if (found := [n for n in children.get(page, []) if n in names])
    }


def _write_panel(app, doctree, docname):
    for place in list(doctree.findall(ProgressPlace)):
        # A printed or bound copy has nobody to count for.
        html = _panel(app, docname) if app.builder.name == "html" else ""
        place.replace_self(nodes.raw("", html, format="html"))


def _panel(app, docname):
    sets = _children(app, Book(Path(app.confdir)).exercises())
    rows = "\n".join(
        _row(app, docname, chapter, sections, sets.get(chapter, []))
        for chapter, sections in chapters(app).items()
    )
    return (
        f'{PANEL}pst-js-only" role="region" aria-label="Your progress">'
        '<p class="fb-your-progress-next">'
        "Mark sections complete as you go.</p>"
        "<details><summary>Your progress</summary>"
        '<table class="table"><thead><tr><th>Chapter</th>'
        "<th>Sections complete</th><th>Checks right</th>"
        "<th>Questions right</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        '<p class="fb-your-progress-note">It is kept in this browser and sent '
        "to nobody. A file takes it along to another one.</p>"
        '<div class="fb-your-progress-act">'
        '<button type="button" data-act="export">Export</button>'
        '<button type="button" data-act="import">Import</button>'
        '<button type="button" data-act="reset">Reset</button>'
        '<button type="button" data-act="undo" hidden>Undo</button>'
        '<input type="file" accept=".json,application/json" hidden></div>'
        '<div class="fb-your-progress-ask" role="group" '
        'aria-labelledby="fb-your-progress-question" hidden>'
        '<p id="fb-your-progress-question"></p>'
        '<button type="button" data-act="keep">Keep it</button>'
        '<button type="button" data-act="forget">Reset it</button></div>'
        '<output aria-live="polite"></output></details></div>'
    )


def _row(app, docname, chapter, sections, sets):
    """A chapter's line; what it counts stands beside it for the script."""
    described = [
        {
            "id": name,
            "title": app.env.titles[name].astext(),
            "url": app.builder.get_relative_uri(docname, name),
            "checks": _ids(app, name, CHECK),
        }
        for name in sections
    ]
    questions = [key for name in sets for key in _ids(app, name, QUESTION)]
    data = escape(json.dumps(described, ensure_ascii=False))
    keys = escape(json.dumps(questions))
    url = escape(app.builder.get_relative_uri(docname, chapter))
    title = escape(app.env.titles[chapter].astext())
    return (
        f'<tr data-sections="{data}" data-questions="{keys}">'
        f'<td><a href="{url}">{title}</a></td>'
        "<td></td><td></td><td></td></tr>"
    )


def _ids(app, name, start):
    """The IDs of what begins like this on a page, as the page has them."""
    doctree = app.env.get_doctree(name)
    texts = (node.astext() for node in doctree.findall(nodes.raw))
    return [
        text.removeprefix(start).split('"', 1)[0]
        for text in texts
        if text.startswith(start)
    ]


def _around_a_section(app, pagename, _template, context, _doctree):
    """Before a section, on phones: where you are. After it: the mark."""
    if app.builder.name != "html" or not context.get("body"):
        return
    for chapter, sections in chapters(app).items():
        if pagename in sections:
            context["body"] = (
                _here(app.env.titles[chapter], app.env.titles[pagename])
                + context["body"]
                + _mark(pagename)
            )


def _here(chapter, section):
    return (
        '<p class="fb-you-are-here"><span>'
        f'{escape(chapter.astext())} <i aria-hidden="true">›</i> '
        f"<b>{escape(section.astext())}</b></span>"
        '<span class="fb-you-are-here-part pst-js-only" aria-hidden="true">'
        "0%</span></p>"
    )


def _mark(name):
    return (
        f'<div class="fb-mark pst-js-only" data-section="{escape(name)}">'
        '<button type="button" aria-pressed="false">'
        "Mark this section complete</button>"
        '<span class="fb-mark-checks"></span>'
        '<output aria-live="polite"></output></div>'
    )


def _script_of_the_panel(app, _pagename, _template, context, _doctree):
    if PANEL in context.get("body", ""):
        app.add_js_file("progress.js", loading_method="defer")
