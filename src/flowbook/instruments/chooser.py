"""The framework chooser: dated verdicts on two frameworks, need by need.

    from flowbook.instruments import chooser
    chooser.table("first")           # a table, in a page and in a notebook
    chooser.weigh(["phone", "tpu"])  # who says yes, with care, no to what

All that it says stands in ``frameworks.json`` beside this file, cell by cell
with its source and the day on which that was looked up. Standard library
only: the exercises and the build of the pages use it, too.
"""

import datetime
import html
import json
import textwrap
from pathlib import Path

__all__ = [
    "DATA",
    "MAX_AGE",
    "NEEDS",
    "Table",
    "cells",
    "describe",
    "stale",
    "still",
    "table",
    "verdicts",
    "weigh",
]

DATA = json.loads(
    (Path(__file__).parent / "frameworks.json").read_text(encoding="utf-8")
)
ROWS = {row["id"]: row for row in DATA["rows"]}
NEEDS = tuple(name for name, row in ROWS.items() if "need" in row)
MAX_AGE = 180  # days after which a cell has to be looked up again

TITLE = "Framework chooser: what your constraints leave"
COUNTS = ("none", "one", "two", "three", "four", "five", "six", "seven")
MARKS = {"yes": "✓", "care": "~", "no": "✗"}
TOLD = {"yes": "yes to", "care": "with care to", "no": "no to"}


def cells():
    """Every cell as (row id, framework, dict), in the order of the table.

    The dict has ``verdict`` ("yes", "care" or "no"), ``reason`` (a
    sentence), ``source`` (a list of dicts with ``title`` and ``url``),
    ``checked_on`` (a date, YYYY-MM-DD) and ``would_change`` (what would
    change the verdict).
    """
    for name, row in ROWS.items():
        for framework, cell in row["cells"].items():
            yield name, framework, cell


def stale(today=None):
    """The cells that were looked up more than MAX_AGE days ago.

    Args:
      today: a ``datetime.date``; the current day by default.

    Returns:
      A list of sentences, one for each such cell; empty if there is none.
    """
    today = today or datetime.date.today()
    old = []
    for name, framework, cell in cells():
        age = (today - datetime.date.fromisoformat(cell["checked_on"])).days
        if age > MAX_AGE:
            old.append(
                f"{name}, {framework}: looked up on {cell['checked_on']}, "
                f"{age} days ago. Check its source and date it anew in "
                "frameworks.json."
            )
    return old


def verdicts():
    """{need: {framework: "yes", "care" or "no"}} for every need."""
    return {
        name: {f: c["verdict"] for f, c in ROWS[name]["cells"].items()}
        for name in NEEDS
    }


def weigh(needs):
    """What each framework says to some needs; nothing is added up.

    Args:
      needs: names out of :data:`NEEDS`.

    Returns:
      {framework: {"yes": [needs], "care": [needs], "no": [needs]}}, the
      needs in the order of the table.

    Raises:
      ValueError: a need is not known.
    """
    unknown = [name for name in needs if name not in NEEDS]
    if unknown:
        raise ValueError(
            f"weigh() expected needs out of {', '.join(NEEDS)}, got "
            f"{unknown[0]!r}."
        )
    return {
        framework: {
            verdict: [
                name
                for name in NEEDS
                if name in needs
                and ROWS[name]["cells"][framework]["verdict"] == verdict
            ]
            for verdict in DATA["verdicts"]
        }
        for framework in DATA["frameworks"]
    }


def describe(needs):
    """The outcome of :func:`weigh` in sentences, as the instrument says it."""
    if not needs:
        return (
            f"All {len(NEEDS)} rows are shown. Tick what holds for you: the "
            "others disappear."
        )
    said = []
    for framework, answers in weigh(needs).items():
        parts = [
            f"{TOLD[verdict]} {', '.join(ROWS[n]['short'] for n in names)}"
            for verdict, names in answers.items()
            if names
        ]
        said.append(f"{DATA['frameworks'][framework]}: {'; '.join(parts)}.")
    return " ".join([*said, _ending(weigh(needs))])


def _ending(weighed):
    free = [f for f, answers in weighed.items() if not answers["no"]]
    clear = [f for f in free if not weighed[f]["care"]]
    if len(clear) == 2:
        return "Both say yes throughout: something else has to decide."
    if clear:
        return f"{DATA['frameworks'][clear[0]]} says yes throughout."
    if not free:
        return "Each says no to something: read these reasons first."
    if len(free) == 1:
        return f"{DATA['frameworks'][free[0]]} says no to none of them."
    return "Neither says no: read what the care is about."


# ---- as a table ----------------------------------------------------------


class Table:
    """Rows of the data that a notebook shows as HTML or as plain text."""

    def __init__(self, rows, caption=""):
        self.rows = list(rows)
        self.caption = caption

    def _repr_html_(self):
        caption = (
            f"<figcaption>{html.escape(self.caption)}</figcaption>"
            if self.caption
            else ""
        )
        return (
            '<figure class="fb-instrument fb-frameworks">'
            f"{_table_html(self.rows)}{caption}</figure>"
        )

    def __repr__(self):
        names = list(DATA["frameworks"].values())
        wide = max(len(ROWS[name]["title"]) for name in self.rows)
        lines = [f"{'':{wide}}  {names[0]:<20}{names[1]}"]
        for name in self.rows:
            row = ROWS[name]
            words = [
                DATA["verdicts"][cell["verdict"]]
                for cell in row["cells"].values()
            ]
            lines.append(f"{row['title']:{wide}}  {words[0]:<20}{words[1]}")
        for name in self.rows:
            lines += ["", ROWS[name]["title"]]
            for framework, cell in ROWS[name]["cells"].items():
                lines += _cell_text(DATA["frameworks"][framework], cell)
        return "\n".join(lines)


def table(which, caption=""):
    """A table of the rows that belong to ``which``.

    Args:
      which: ``"first"``, the rows of the first draft's table, or
        ``"chooser"``, the needs.
      caption: a sentence to be set below it.

    Raises:
      ValueError: there is no such table.
    """
    rows = [name for name, row in ROWS.items() if which in row["tables"]]
    if not rows:
        raise ValueError(
            f"table() expected 'first' or 'chooser', got {which!r}."
        )
    return Table(rows, caption)


def still():
    """What a page shows without a script: (HTML, caption).

    The controls are part of it, hidden until a script brings them to life.
    """
    tensorflow, pytorch = (len(said["no"]) for said in weigh(NEEDS).values())
    caption = (
        f"{len(NEEDS)} constraints, two frameworks: for each a verdict, the "
        "reason, the source with the day on which it was looked up, and what "
        "would change the verdict. TensorFlow with Keras says no to "
        f"{COUNTS[tensorflow]} of them, PyTorch to {COUNTS[pytorch]}; “with "
        "care” means that it works under a condition that the reason names. "
        "Nothing is added up: which rows count, and how much, only your "
        "project knows."
    )
    return (
        f'<div class="fb-live fb-chooser" role="group" aria-label="{TITLE}">'
        f"{_controls()}{_table_html(NEEDS)}</div>"
    ), caption


def _controls():
    groups = {}
    for name in NEEDS:
        groups.setdefault(ROWS[name]["need"], []).append(name)
    boxes = "".join(
        '<div class="fb-need" role="group" aria-label="'
        f'{_text(legend)}"><span aria-hidden="true">{_text(legend)}</span>'
        "<div>"
        + "".join(
            '<label class="fb-check"><input type="checkbox" '
            f'value="{name}" '
            f'data-said="{_text(ROWS[name]["short"])}" /> '
            f"{_text(ROWS[name]['option'])}</label>"
            for name in names
        )
        + "</div></div>"
        for legend, names in groups.items()
    )
    return (
        '<div class="fb-choice" hidden="hidden">'
        f'<div class="fb-needs">{boxes}</div>'
        '<div class="fb-row"><button type="button">Reset</button>'
        '<span class="fb-hint" aria-hidden="true">R resets. The address '
        "keeps your choice.</span></div>"
        '<p class="fb-say" role="status" aria-live="polite" '
        f'aria-atomic="true">{_text(describe([]))}</p></div>'
    )


def _table_html(rows):
    heads = "".join(
        f'<th scope="col" role="columnheader">{_text(name)}</th>'
        for name in DATA["frameworks"].values()
    )
    body = "".join(
        f'<tr role="row" data-row="{name}"><th scope="row" role="rowheader">'
        f"{_text(ROWS[name]['title'])}</th>"
        + "".join(
            _cell_html(DATA["frameworks"][framework], cell)
            for framework, cell in ROWS[name]["cells"].items()
        )
        + "</tr>"
        for name in rows
    )
    # the roles: a phone shows each row as a block, which is then no table
    return (
        '<table class="fb-verdicts" role="table"><thead role="rowgroup">'
        '<tr role="row">'
        '<th scope="col" role="columnheader">Constraint</th>'
        f'{heads}</tr></thead><tbody role="rowgroup">{body}</tbody></table>'
    )


def _cell_html(framework, cell):
    sources = "; ".join(
        f'<a href="{html.escape(source["url"])}">{_text(source["title"])}</a>'
        for source in cell["source"]
    )
    verdict = cell["verdict"]
    return (
        f'<td role="cell" data-verdict="{verdict}" '
        f'data-of="{_text(framework)}"><p class="fb-verdict">'
        f'<span aria-hidden="true">{MARKS[verdict]}</span> '
        f"<b>{_text(DATA['verdicts'][verdict])}</b></p>"
        f"<p>{_text(cell['reason'])}</p>"
        f'<p class="fb-source">{sources}, looked up '
        f"<time>{cell['checked_on']}</time></p>"
        f'<p class="fb-source">Would change it: '
        f"{_text(cell['would_change'])}.</p></td>"
    )


def _cell_text(framework, cell):
    verdict = DATA["verdicts"][cell["verdict"]]
    sources = "; ".join(
        f"{source['title']} <{source['url']}>" for source in cell["source"]
    )
    text = (
        f"{framework}: {verdict}. {cell['reason']} [{sources}, looked up "
        f"{cell['checked_on']}] Would change it: {cell['would_change']}."
    )
    return textwrap.wrap(
        text,
        76,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _text(text):
    return html.escape(text)
