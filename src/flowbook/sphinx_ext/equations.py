"""Equations carry the book's own names: EQ F2.1, not (1)."""

from docutils import nodes


def setup(app):
    app.connect("doctree-read", _name_equations)


def _name_equations(app, doctree):
    equations = app.env.get_domain("math").data["objects"]
    for node in doctree.findall(nodes.math_block):
        label = node.get("label")
        if label:
            node["number"] = f"EQ {label}"
            equations[label] = (app.env.docname, label)
