"""Definitions where the terms are used: each page carries those it links to.

They lie in a ``<template>`` at the end of the article, once each, for the
popover in ``flowbook.js``; without it the links lead to the glossary.
"""

import re
from html import escape

from docutils import nodes
from sphinx import addnodes

from flowbook.sphinx_ext import equations

GLOSSARY = "book/glossary"
TERM = re.compile(r'href="[^"]*#(term-[^"]+)"><span class="xref std std-term')


def setup(app):
    app.connect("html-page-context", _carry_definitions, priority=800)


def _carry_definitions(app, pagename, _template, context, _doctree):
    if app.builder.name != "html":
        return
    used = sorted(set(TERM.findall(context.get("body") or "")))
    if not used or pagename == GLOSSARY:
        return
    known = definitions(app)
    parts = "".join(
        f'<div data-term="{escape(term)}">{known[term]}</div>'
        for term in used
        if term in known
    )
    context["body"] += f'<template id="fb-terms">{parts}</template>'


def definitions(app):
    """HTML of every definition by the id of its term, links as plain words."""
    if not hasattr(app.builder, "fb_definitions"):
        doctree = app.env.get_doctree(GLOSSARY)
        app.builder.fb_definitions = dict(
            pair
            for item in doctree.findall(nodes.definition_list_item)
            for pair in _entry(app, item)
        )
    return app.builder.fb_definitions


def _mathml(formula):
    """A formula as MathML alone: a tenth of what KaTeX draws."""
    html = equations.render(formula.astext(), {"output": "mathml"})
    return re.sub(r"<annotation.*?</annotation>", "", html, flags=re.S)


def _entry(app, item):
    name = " or ".join(t.astext() for t in item.findall(nodes.term))
    paragraph = next(item.findall(nodes.paragraph)).deepcopy()
    for link in list(paragraph.findall(addnodes.pending_xref)):
        link.replace_self(nodes.Text(link.astext()))
    for formula in list(paragraph.findall(nodes.math)):
        formula.replace_self(nodes.raw("", _mathml(formula), format="html"))
    text = app.builder.render_partial(paragraph)["fragment"]
    for term in item.findall(nodes.term):
        for identifier in term["ids"]:
            yield identifier, f"<b>{escape(name)}</b>{text}"
