"""``flowbook verify``: nbval in two lanes, beside each other and alone.

On a GPU there is one lane, and claims are held instead of outputs.
"""

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import nbformat

from flowbook.publish import environment, notebook, status
from flowbook.publish.book import BookError

__all__ = ["verify", "verify_on_gpu"]

GPU = {  # frameworks share the device: none takes all of its memory
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}


def verify(book, sections, *, jobs=2, record=False):
    """Execute the committed notebooks again and compare every output.

    Notebooks that measure time run one after the other, alone; the others
    run ``jobs`` at a time. One that measures time and does not hold gets a
    second look, which decides: what was measured while the machine was busy
    elsewhere says nothing about the book, and what is wrong fails twice.

    Args:
      record: whether to write the outcome into the status page's file.

    Raises:
      BookError: an output differs, a claim does not hold, or a notebook is
        missing; nbval's report, printed above, says which.
    """
    lanes = _lanes(sections)
    machine = environment.probe() if record else None
    passed, outcomes = True, {}
    for timed, together in lanes.items():
        if not together:
            continue
        lane = "one at a time" if timed else f"{jobs} at a time"
        print(f"Executing {len(together)} notebooks, {lane}:", flush=True)
        parallel = [] if timed else ["-n", str(jobs), "--dist", "loadfile"]
        well, found = _nbval(book, together, ["--nbval", *parallel])
        if timed and not well:
            well, again = _second_look(book, together, found)
            found |= again
        passed = passed and well
        outcomes |= found
    if record:
        status.record(book, status.rows("pins", machine, outcomes))
    if not passed:
        raise BookError(
            "a notebook no longer prints what the book shows. If the new "
            "output is right, run `make notebooks` and commit it."
        )


def _second_look(book, sections, found):
    """Run nbval once more on the sections that did not pass; as _nbval()."""
    failed = [s for s in sections if not found.get(s.name, (False,))[0]]
    again = failed or sections
    names = ", ".join(section.name for section in again)
    print(f"Not as the book says, and it measures time: {names}.")
    print("A second look decides:", flush=True)
    well, found = _nbval(book, again, ["--nbval"])
    if well:
        print(
            f"Held at the second look: {names}. Where this comes again, "
            "measure longer or give the bound more room."
        )
    return well, found


def verify_on_gpu(book, sections, *, record=False):
    """Execute the notebooks on the GPU: cells run and claims hold.

    One after the other, with memory taken as needed. Outputs are not
    compared: their last digits are the device's.

    Raises:
      BookError: there is no GPU for TensorFlow, a cell raises, or a claim
        does not hold.
    """
    lanes = _lanes(sections)
    machine = environment.probe()
    if "GPU" not in machine.device:
        raise BookError(
            "expected a GPU that TensorFlow can use, got "
            f"{machine.device}. On a machine with an NVIDIA GPU install the "
            "build for it, once: .venv/bin/pip uninstall -y tensorflow-cpu; "
            ".venv/bin/pip install 'tensorflow[and-cuda]=="
            f"{machine.versions['TensorFlow']}'"
        )
    print(f"Executing {len(sections)} notebooks on {machine.device}:")
    passed, outcomes = _nbval(
        book, lanes[False] + lanes[True], ["--nbval-lax"], GPU
    )
    if record:
        status.record(book, status.rows("pins", machine, outcomes))
    if not passed:
        raise BookError(
            "a notebook does not hold on this GPU; nbval's report, printed "
            "above, names the cell and the claim."
        )


def _lanes(sections):
    """{whether they measure time: [sections]}."""
    lanes = {False: [], True: []}
    for section in sections:
        if not section.notebook.exists():
            raise BookError(
                f"{section.name} has no notebook yet: run `make notebooks`."
            )
        nb = nbformat.read(section.notebook, as_version=4)
        lanes[notebook.is_timed(nb)].append(section)
    return lanes


def _nbval(book, sections, options, settings=None):
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
            env=os.environ | (settings or {}),
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
