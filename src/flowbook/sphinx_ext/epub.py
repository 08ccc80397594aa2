"""The pages as an e-reader shows them: no scripts, no forms, strict XML."""

import html
import re
from pathlib import Path

from sphinxcontrib import katex

STYLE = Path(__file__).parent / "epub_static"
VOID = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr"
# The standing of a form on paper: its question, its choices, its answer.
STILL = (
    (r"<script\b.*?</script>", ""),
    (r'<label class="fb-selfcheck-number">.*?</label>', ""),
    (r"<(button|output|select|textarea)\b.*?</\1>", ""),
    (r"<input\b[^>]*>", ""),
    (r'<form class="([^"]*)"[^>]*>', r'<div class="\1">'),
    (r"</form>", "</div>"),
    (r"<fieldset>", '<div class="question">'),
    (r'<div class="fb-selfcheck-act">\s*</div>', ""),
    (r"</fieldset>", "</div>"),
    (r"<legend>(.*?)</legend>", r'<p class="legend">\1</p>'),
    (r"<label\b([^>]*)>(.*?)</label>", r"<div\1>\2</div>"),
    (r" data-state='[^']*'", ""),
    (r' (?:aria-live|tabindex|onclick)="[^"]*"', ""),
)
STRICT = (
    (rf"<((?:{VOID})\b[^>]*?)\s*/?>", r"<\1/>"),
    (
        r"<(details|ol|table)\b([^>]*?)\s(open|reversed)(?=[\s>])",
        r'<\1\2 \3="\3"',
    ),
)
ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([a-zA-Z]\w*);")


def setup(app):
    app.connect("builder-inited", _prepare, priority=900)
    app.connect("html-page-context", _make_strict, priority=950)


def _prepare(app):
    if app.builder.name != "epub":
        return
    app.config.html_static_path = [str(STYLE)]
    drawn = katex.render_latex
    katex.render_latex = lambda latex, options=None: drawn(
        latex, {"output": "mathml", **(options or {})}
    )


def _make_strict(app, _pagename, _template, context, _doctree):
    if app.builder.name != "epub":
        return
    context["css_files"] = ["_static/pygments.css", "_static/book.css"]
    context["script_files"] = []
    context["metatags"] = strict(context.get("metatags", ""))
    if context.get("body"):
        context["body"] = strict(still(context["body"]))


def still(body):
    """HTML without what only a script could make use of."""
    for pattern, replacement in STILL:
        body = re.sub(pattern, replacement, body, flags=re.S)
    return body


def strict(body):
    """HTML as XML wants it: closed tags, values, no entities of its own."""
    for pattern, replacement in STRICT:
        body = re.sub(pattern, replacement, body, flags=re.S)
    return ENTITY.sub(lambda match: html.unescape(match[0]), body)
