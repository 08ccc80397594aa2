"""What check(), hint(), solution() and summary() show, rich and plain.

Rich text uses the page's own color for everything, so that it reads in light
and in dark, in Jupyter and in Colab, without a style sheet.
"""

import html
import re
import sys

from flowbook.exercises.checking import (
    CORRECT,
    ERROR,
    INCORRECT,
    NOT_ATTEMPTED,
)

__all__ = ["hint", "outcome", "show", "solution", "summary"]

MARKS = {CORRECT: "✓", INCORRECT: "✗", ERROR: "!", NOT_ATTEMPTED: "○"}
WORDS = {
    CORRECT: "Correct",
    INCORRECT: "Not right yet",
    ERROR: "Your code stopped with an error",
    NOT_ATTEMPTED: "Not attempted",
}
BOX = (
    "border:1px solid currentColor;border-left-width:.35em;"
    "border-radius:.3em;padding:.5em .9em;margin:.3em 0;max-width:46em;"
    "line-height:1.5"
)
TABLE = "border-collapse:collapse;color:inherit"
PLAIN_WORD = re.compile(r"[a-z]+(?= )")  # no name, bracket or backtick
CELL = "padding:.15em .9em .15em 0;text-align:left"


def show(bundle):
    """Display a bundle in a notebook; print its plain text elsewhere.

    Args:
      bundle: ``{MIME type: text}`` with "text/plain" among them.
    """
    if "IPython" in sys.modules:
        from IPython import get_ipython
        from IPython.display import display

        if get_ipython() is not None:
            display(bundle, raw=True)
            return
    print(bundle["text/plain"])


def outcome(exercise, exercises=None):
    """The bundle of a check's outcome.

    Args:
      exercise: the question that was judged.
      exercises: its set, for a last line that says what can be typed next
        and what was earned so far; without it there is no such line.
    """
    result = exercise.outcome
    words = WORDS[result.status]
    if result.broken_check:
        words = "This question is broken"
    head = (
        f"{MARKS[result.status]} {words}: question "
        f"{exercise.number}, {exercise.title}. "
        f"{result.earned} of {_points(result.possible)}."
    )
    lines = [head, *_messages(exercise)]
    if exercises is not None:
        lines.append(_foot(exercise, exercises))
    rich = "".join(f"<div>{_inline(line)}</div>" for line in lines[1:])
    return {
        "text/plain": "\n".join(lines),
        "text/html": (
            f'<div style="{BOX}" data-status="{result.status}">'
            f"<div><strong>{_inline(head)}</strong></div>{rich}</div>"
        ),
    }


def _messages(exercise):
    """What each part that failed says; a message is said once."""
    parts = exercise.outcomes
    said = []
    for part in parts:
        text = _sentence(part.message)
        if part.where:
            text += f"\nIt happened in {_code(part.where)}"
        if part.status != CORRECT and text not in said:
            said.append(text)
    right = sum(part.status == CORRECT for part in parts)
    if 0 < right < len(parts):
        verb = "is" if right == 1 else "are"
        said.insert(0, f"{right} of {len(parts)} parts {verb} right.")
    return [line for text in said for line in text.split("\n")]


def _sentence(text):
    """``text`` with a capital, unless it begins with code."""
    return text[0].upper() + text[1:] if PLAIN_WORD.match(text) else text


def _code(where):
    """``line 3 of cell [5]: `x / 0``` from the same without ticks."""
    place, colon, source = where.partition(": ")
    return f"{place}: `{source}`" if colon else place


def _foot(exercise, exercises):
    total = f"So far: {exercises.earned} of {_points(exercises.points)}."
    if exercise.outcome.status == CORRECT:
        return total
    if exercise.outcome.status == NOT_ATTEMPTED:
        return f"Run the cell with your answer first. {total}"
    return f"Stuck? `q{exercise.number}.hint()` helps. {total}"


def hint(exercise, hints, number):
    """The bundle of hint ``number``, counted from 1."""
    if not hints:
        text = "There is no hint for this question."
    else:
        last = number == len(hints)
        more = f" `q{exercise.number}.solution()` shows an answer."
        text = (
            f"**Hint {number} of {len(hints)}.** {hints[number - 1]}"
            f"{more if last else ''}"
        )
    return _markdown(text)


def solution(exercise, code, why):
    """The bundle of a reference answer and its reason."""
    head = f"**An answer to question {exercise.number}, {exercise.title}.**"
    return _markdown(f"{head}\n\n```python\n{code}\n```\n\n{why}".rstrip())


def summary(exercises):
    """The bundle of a set's table of outcomes."""
    rows = [
        (
            f"{e.number}. {e.title}",
            f"{MARKS[e.outcome.status]} {e.outcome.status}"
            if e.outcome
            else "not checked",
            f"{e.outcome.earned if e.outcome else 0} of {e.points}",
        )
        for e in exercises
    ]
    rows.append(("Together", "", f"{exercises.earned} of {exercises.points}"))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    plain = "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True))
        for row in rows
    )
    body = "".join(map(_row, rows[:-1]))
    head = "".join(
        f'<th scope="col" style="{CELL}">{name}</th>'
        for name in ("Question", "Outcome", "Points")
    )
    return {
        "text/plain": "\n".join(line.rstrip() for line in plain.split("\n")),
        "text/html": (
            f'<div style="{BOX}"><table style="{TABLE}">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
            f'<tfoot style="font-weight:bold">{_row(rows[-1])}</tfoot></table>'
            "</div>"
        ),
    }


def _row(row):
    cells = (f'<td style="{CELL}">{html.escape(cell)}</td>' for cell in row)
    return f"<tr>{''.join(cells)}</tr>"


def _markdown(text):
    plain = text.replace("**", "")
    return {"text/plain": plain, "text/markdown": text}


def _inline(text):
    """Text as HTML, with what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def _points(number):
    return f"{number} point{'s' * (number != 1)}"
