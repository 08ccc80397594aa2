"""``flowbook verify``: nbval in two lanes, beside each other and alone."""

import subprocess
import sys

import nbformat

from flowbook.publish import notebook
from flowbook.publish.book import BookError

__all__ = ["verify"]


def verify(book, sections, *, jobs=2):
    """Execute the committed notebooks again and compare every output.

    Notebooks that measure time run one after the other, alone; the others
    run ``jobs`` at a time.

    Raises:
      BookError: an output differs, a claim does not hold, or a notebook is
        missing; nbval's report, printed above, says which.
    """
    lanes = {False: [], True: []}
    for section in sections:
        if not section.notebook.exists():
            raise BookError(
                f"{section.name} has no notebook yet: run `make notebooks`."
            )
        nb = nbformat.read(section.notebook, as_version=4)
        lanes[notebook.is_timed(nb)].append(str(section.notebook))
    failed = False
    for timed, paths in lanes.items():
        if not paths:
            continue
        lane = "one at a time" if timed else f"{jobs} at a time"
        print(f"Executing {len(paths)} notebooks, {lane}:", flush=True)
        parallel = [] if timed else ["-n", str(jobs), "--dist", "loadfile"]
        command = [sys.executable, "-m", "pytest", "--nbval", *parallel]
        done = subprocess.run([*command, *paths], cwd=book.root)
        failed = failed or done.returncode != 0
    if failed:
        raise BookError(
            "a notebook no longer prints what the book shows. If the new "
            "output is right, run `make notebooks` and commit it."
        )
