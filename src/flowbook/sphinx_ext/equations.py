"""Equations: drawn by KaTeX at build time, called by the book's own names."""

import re
import socket
from html import escape

from docutils import nodes
from sphinx.directives.patches import MathDirective
from sphinx.util import logging
from sphinxcontrib import katex

LOG = logging.getLogger(__name__)


def _start(rundir, timeout):
    """Start the render server where it waits until somebody listens.

    On a loaded machine its socket file can be there before, and the build
    then dies. Small messages are sent at once: waiting to fill a packet
    costs 40 ms a formula.
    """
    process, sock = katex.KaTeXServer.start_network_socket(rundir, timeout)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return process, sock


katex.KaTeXServer.start_server_process = staticmethod(_start)
katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0  # seconds

draw = katex.render_latex

CLOSING = re.compile(r"[,.;:?!)’”%]+")


def setup(app):
    katex.render_latex = render
    app.add_directive("math", SpokenMath, override=True)
    app.connect("doctree-read", _name_equations)
    app.connect("doctree-read", _keep_punctuation)


def render(latex, options=None):
    """HTML with MathML of a formula; a warning where KaTeX cannot read it."""
    try:
        return draw(latex, {"throwOnError": True, **(options or {})})
    except katex.KaTeXError as error:
        LOG.warning("KaTeX cannot read the formula %r: %s", latex, error)
        return escape(latex)


class SpokenMath(MathDirective):
    """``{math}`` with ``:alt:``, the equation as one would say it.

    The sentence stands before the equation for those who hear the page;
    KaTeX's MathML follows it for those who want every symbol.
    """

    option_spec = {**MathDirective.option_spec, "alt": str}  # noqa: RUF012

    def run(self):
        equation = super().run()
        if "alt" not in self.options:
            return equation
        sentence = escape(self.options["alt"])
        spoken = f'<p class="visually-hidden">{sentence}</p>'
        return [nodes.raw("", spoken, format="html"), *equation]


def _name_equations(app, doctree):
    equations = app.env.get_domain("math").data["objects"]
    for node in doctree.findall(nodes.math_block):
        label = node.get("label")
        if label:
            node["number"] = f"EQ {label}"
            equations[label] = (app.env.docname, label)


def _keep_punctuation(_app, doctree):
    """Keep a formula and the punctuation behind it on one line.

    A browser may begin a line after any formula, even with a comma.
    """
    for formula in list(doctree.findall(nodes.math)):
        after = formula.next_node(descend=False, siblings=True)
        if not isinstance(after, nodes.Text):
            continue
        mark = CLOSING.match(after)
        if mark:
            after.parent.replace(after, nodes.Text(after[mark.end() :]))
            together = nodes.inline("", "", classes=["fb-closed"])
            formula.replace_self(together)
            together += [formula, nodes.Text(mark[0])]
