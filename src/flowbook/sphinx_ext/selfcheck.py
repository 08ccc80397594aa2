"""``{selfcheck}``: a question that a static page can answer.

Native form controls around Markdown; the script in ``flowbook.js`` judges
and remembers. Without JavaScript the question and its explanation are there.
"""

from html import escape

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from flowbook.publish.book import BookError
from flowbook.publish.selfcheck import parse


def setup(app):
    app.add_directive("selfcheck", SelfCheckDirective)


class SelfCheckDirective(SphinxDirective):
    """The directive; its text is read by :mod:`flowbook.publish.selfcheck`."""

    required_arguments = 1
    has_content = True
    option_spec = {"id": str, "answer": str, "tolerance": str}  # noqa: RUF012

    def run(self):
        try:
            check = parse(
                self.arguments[0], self.options, "\n".join(self.content)
            )
        except BookError as error:
            raise self.error(str(error)) from error
        tolerance = f' data-tolerance="{check.tolerance}"'
        head = (
            f'<form class="fb-selfcheck" id="check-{check.id}" novalidate '
            f'data-kind="{check.kind}" data-answer="{escape(check.answer)}"'
            f"{tolerance if check.kind == 'numeric' else ''}>"
            "<fieldset><legend>Check yourself</legend>"
        )
        return [
            _html(head),
            *self._markdown(check.question),
            *self._controls(check),
            _html(
                '<div class="fb-selfcheck-act"><button type="submit">Check'
                '</button><output aria-live="polite"></output></div>'
                "</fieldset><details><summary>Answer and explanation"
                "</summary>"
            ),
            *self._markdown(f"**{check.answer_text}** {check.explanation}"),
            _html("</details></form>"),
        ]

    def _controls(self, check):
        if check.kind == "numeric":
            return [
                _html(
                    '<label class="fb-selfcheck-number">Your answer '
                    '<input type="text" inputmode="decimal" '
                    'autocomplete="off" spellcheck="false"></label>'
                )
            ]
        if check.kind == "truefalse":
            choices = [("true", "True"), ("false", "False")]
        else:
            choices = [
                (str(i), text) for i, (text, _) in enumerate(check.choices)
            ]
        built = []
        for value, text in choices:
            built += [
                _html(
                    '<label class="fb-selfcheck-choice"><input type="radio" '
                    f'name="{check.id}" value="{value}"><span>'
                ),
                *_unwrapped(self._markdown(text)),
                _html("</span></label>"),
            ]
        return built

    def _markdown(self, text):
        place = nodes.Element()
        lines = StringList(text.split("\n"), source=self.env.docname)
        self.state.nested_parse(lines, self.content_offset, place)
        return place.children


def _html(text):
    return nodes.raw("", text, format="html")


def _unwrapped(children):
    """The contents of a lone paragraph: a label may hold no block."""
    if len(children) == 1 and isinstance(children[0], nodes.paragraph):
        return [nodes.inline("", "", *children[0].children)]
    return children
