"""A page of exercises shows what learners may see, and nothing more.

The source of a set holds answers, checks and wrong answers too. Sphinx never
reads them: the page's text is replaced before it is parsed, so that no
builder, search index or copy of a source can hold them.

A question that needs no TensorFlow gets the buttons with which it is answered
in the page, by the checks in the wheel beside it; the others lead to Colab.
"""

import hashlib
from pathlib import Path

from flowbook.exercises import handout, source
from flowbook.publish import wheel
from flowbook.publish.book import Book
from flowbook.sphinx_ext.addresses import in_colab

BAR = """\
<div class="fb-cell fb-graded pst-js-only" id="answer-{name}-{id}" \
data-set="{name}" data-question="{id}" data-number="{number}" \
data-points="{points}" data-needs="{needs}" data-wheel="{wheel}" \
role="group" aria-label="Your answer to question {number}">
<div class="fb-cell-act">
<button type="button" data-act="edit">Answer here</button>
<button type="button" data-act="run">Check</button>
<button type="button" data-act="hint">Hint</button>
<button type="button" data-act="reset" hidden>Reset</button>
<button type="button" data-act="stop" hidden>Stop</button>
<span class="fb-cell-say" role="status"></span>
<span class="fb-cell-load"></span>
</div>
<div class="fb-cell-out" aria-live="polite"></div>
</div>"""
ELSEWHERE = """\
<p class="fb-elsewhere">This question needs TensorFlow: \
<a href="{address}">open the notebook in Colab</a>.</p>"""


def setup(app):
    app.connect("builder-inited", _write_wheel)
    app.connect("source-read", _show_learners_page)
    app.connect("html-page-context", _add_script)


def _write_wheel(app):
    if app.builder.name != "html":
        return
    made = Path(app.doctreedir).parent / "python"
    path = wheel.write(made / "python")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    app.flowbook_wheel = f"{wheel.NAME}?v={digest}"
    app.config.html_static_path.append(str(made))


def _show_learners_page(app, docname, text):
    for section in Book(Path(app.confdir)).exercises():
        if section.name == docname:
            read = source.read(section.source)
            html = app.builder.name == "html"
            controls = _controls(app, section, read) if html else None
            text[0] = handout.page(read, controls)


def _controls(app, section, read):
    """A function from a number and question to what stands under its stub."""

    def write(number, question):
        if question.needs == "tensorflow":
            return ELSEWHERE.format(address=in_colab(app, section))
        return BAR.format(
            name=read.exercises.name,
            id=question.id,
            number=number,
            points=question.points,
            needs=question.needs,
            wheel=app.flowbook_wheel,
        )

    return write


def _add_script(app, _pagename, _template, context, _doctree):
    if "fb-graded" in (context.get("body") or ""):
        app.add_js_file("live/panel.js", loading_method="defer")
        app.add_js_file("live/graded.js", loading_method="defer")
