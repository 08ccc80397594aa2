"""Styles and scripts of the pages, and the scripts that no page needs."""

import re
from pathlib import Path

from flowbook.instruments import bundle

STATIC = Path(__file__).parent / "static"
UNUSED = re.compile(
    r"thebe|require(\.min)?\.js|html-manager|togglebutton|design"
)


def setup(app):
    app.connect("builder-inited", _add_static)
    app.connect("html-page-context", _drop_unused, priority=900)
    app.add_css_file("flowbook.css")
    app.add_css_file("instruments.css")
    app.add_js_file("flowbook.js", loading_method="defer")


def _add_static(app):
    """The extension's own folder, and the instruments as page scripts.

    Not ``_static``: Jupyter Book would load every script in it on every page.
    """
    made = Path(app.doctreedir).parent / "instruments"
    (made / "instruments").mkdir(parents=True, exist_ok=True)
    (made / "instruments.css").write_text(bundle.css(), "utf-8")
    for name in bundle.names():
        target = made / "instruments" / f"{name}.js"
        target.write_text(bundle.page_script(name), "utf-8")
    app.config.html_static_path += [str(STATIC), str(made)]


def _drop_unused(_app, _pagename, _template, context, _doctree):
    for key in ("script_files", "css_files"):
        context[key] = [
            item
            for item in context.get(key, [])
            if not UNUSED.search(str(getattr(item, "filename", item) or ""))
            and not UNUSED.search(str(getattr(item, "attributes", "")))
        ]
