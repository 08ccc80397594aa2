"""What a notebook hands over to its page in the book: files, and a pad.

    from flowbook import handover
    handover.keep(place / "digits.tflite", place / "digits.json")
    handover.digit_pad(("digit", "Keras"), [("7", "0.998")])

A run by ``flowbook execute`` keeps the files beside the notebook, where the
page finds them; any other run names them and keeps nothing.
"""

import hashlib
import html
import os
import shutil
from pathlib import Path

__all__ = ["digit_pad", "keep"]

WORDS = (
    "In the book's pages, with JavaScript, a pad stands here: draw a digit, "
    "and the exported files read it in your browser."
)


def keep(*paths):
    """Name files with size and digest; in the book's own run, keep them.

    Args:
      paths: files that the run has written; no two of the same name.

    ``flowbook execute`` says by ``FLOWBOOK_KEEP`` where to keep them. A
    reader's run and the test that repeats it leave the repository as it is.
    """
    folder = os.environ.get("FLOWBOOK_KEEP")
    for path in map(Path, paths):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        print(f"{path.name:<18}{len(content):>7,} bytes  sha256 {digest[:16]}")
        if folder:
            shutil.copyfile(path, Path(folder) / path.name)


def digit_pad(head, rows):
    """Show the place where the page has its pad, with a table as the still.

    Args:
      head: the titles of the table's columns.
      rows: sequences of texts, one for each column; the first names its row.
    """
    from IPython.display import display

    display({"text/plain": WORDS, "text/html": still(head, rows)}, raw=True)


def still(head, rows):
    """The figure that stands before, or without, any script: an HTML text."""
    titles = "".join(f'<th scope="col">{_text(title)}</th>' for title in head)
    lines = "".join(
        f'<tr><th scope="row">{_text(first)}</th>'
        + "".join(f"<td>{_text(text)}</td>" for text in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        '<figure class="fb-instrument" data-instrument="digits">'
        '<div class="fb-body"><table>'
        f"<thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table></div>"
        f"<figcaption>{WORDS} The table is what this run found for ten "
        "test digits.</figcaption></figure>"
    )


def _text(value):
    return html.escape(str(value), quote=False)
