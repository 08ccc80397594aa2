"""Cells that run in the page: those tagged ``live`` get their buttons.

The buttons are in the HTML, so that nothing moves when the script comes;
Python itself lies in ``_static/python/`` and is asked for by a click.
"""

import shutil
from pathlib import Path

from docutils import nodes

from flowbook.publish import pyodide
from flowbook.publish.book import Book

LICENSES = Path(__file__).parent / "licenses"
CELL = "tag_live"
BAR = """\
<div class="fb-cell pst-js-only" data-cell="{number}" role="group" \
aria-label="Live cell {number}">
<div class="fb-cell-act">
<button type="button" data-act="run">Run</button>
<button type="button" data-act="edit">Edit</button>
<button type="button" data-act="reset" hidden>Reset</button>
<button type="button" data-act="stop" hidden>Stop</button>
<span class="fb-cell-say" role="status"></span>
<span class="fb-cell-load"></span>
</div>
<div class="fb-cell-out" aria-live="polite"></div>
</div>"""


def setup(app):
    app.add_config_value("flowbook_python_url", "", "html", [str])
    app.add_config_value("flowbook_packages_url", "", "html", [str])
    app.add_css_file("live.css")
    app.connect("doctree-resolved", _add_buttons)
    app.connect("html-page-context", _add_script)
    app.connect("build-finished", _copy_python)


def _add_buttons(app, doctree, _docname):
    if app.builder.name != "html":
        return
    containers = list(doctree.findall(nodes.container))
    cells = (each for each in containers if CELL in each["classes"])
    for number, cell in enumerate(cells, start=1):
        bar = nodes.raw("", BAR.format(number=number), format="html")
        cell.insert(1, bar)  # after the input, before the output


def _add_script(app, _pagename, _template, context, _doctree):
    if app.builder.name == "html" and CELL in (context.get("body") or ""):
        app.add_js_file("live/cells.js", loading_method="defer")


def _copy_python(app, exception):
    """Pyodide, its licenses and the placed wheels, beside the pages."""
    if exception or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    address = app.config.flowbook_python_url
    wheels = {}
    if not address:
        target = static / "python"
        target.mkdir(exist_ok=True)
        wheels = pyodide.placed(Book(Path(app.confdir)))
        files = [pyodide.core() / name for name in pyodide.CORE]
        for path in [*files, *LICENSES.iterdir(), *wheels.values()]:
            shutil.copyfile(path, target / path.name)
    (static / "live" / "settings.js").write_text(
        pyodide.settings(address, app.config.flowbook_packages_url, wheels),
        "utf-8",
    )
