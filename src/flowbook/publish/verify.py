"""``flowbook verify``: nbval in two lanes, beside each other and alone."""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import nbformat

from flowbook.publish import environment, notebook, status
from flowbook.publish.book import BookError

__all__ = ["verify"]


def verify(book, sections, *, jobs=2, record=False):
    """Execute the committed notebooks again and compare every output.

    Notebooks that measure time run one after the other, alone; the others
    run ``jobs`` at a time.

    Args:
      record: whether to write the outcome into the status page's file.

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
        lanes[notebook.is_timed(nb)].append(section)
    machine = environment.probe() if record else None
    failed, outcomes = False, {}
    for timed, together in lanes.items():
        if not together:
            continue
        lane = "one at a time" if timed else f"{jobs} at a time"
        print(f"Executing {len(together)} notebooks, {lane}:", flush=True)
        parallel = [] if timed else ["-n", str(jobs), "--dist", "loadfile"]
        passed, found = _nbval(book, together, ["--nbval", *parallel])
        failed = failed or not passed
        outcomes |= found
    if record:
        status.record(book, status.rows("pins", machine, outcomes))
    if failed:
        raise BookError(
            "a notebook no longer prints what the book shows. If the new "
            "output is right, run `make notebooks` and commit it."
        )


def _nbval(book, sections, options):
    """Run nbval; ``(passed, {page name: (passed, seconds)})``."""
    paths = [str(section.notebook) for section in sections]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", f"--junitxml={report}"),
                *options,
                *paths,
            ],
            cwd=book.root,
        )
        outcomes = {}
        if report.exists():
            outcomes = _outcomes(book, sections, ET.parse(report))
    return done.returncode == 0, outcomes


def _outcomes(book, sections, report):
    """What pytest's report says of each notebook: (passed, seconds).

    A cell is a test there, named by its notebook's path with dots. A
    notebook of which the report says nothing did not pass.
    """
    found = {}
    for section in sections:
        path = section.notebook.relative_to(book.root).as_posix()
        cells = [
            case
            for case in report.iter("testcase")
            if case.get("classname") == path.replace("/", ".")
        ]
        bad = any(
            cell.find(kind) is not None
            for cell in cells
            for kind in ("failure", "error")
        )
        seconds = sum(float(cell.get("time")) for cell in cells)
        found[section.name] = (bool(cells) and not bad, seconds)
    return found
