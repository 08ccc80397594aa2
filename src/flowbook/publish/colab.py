"""``make colab``: run the notebooks as a learner's Colab would.

A throw-away environment with Colab's Python and versions, a stand-in for
``google.colab``, and each notebook from its own first cell on: that cell
installs flowbook by its published address, which git is told to answer with
a snapshot of the working tree. Exercises run twice: as learners get them, and
with every answer in its place, to full marks.
"""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from tqdm import tqdm

from flowbook.exercises import build, handout, source
from flowbook.publish import agreement, environment, kernel, notebook, status
from flowbook.publish.book import BookError

__all__ = ["PYTHON", "run", "without_torch"]

PYTHON = "3.13"
STARTUP = "import google.colab.output\n"  # as in Colab, from the start
# What JAX imports and what anywidget calls before it shows an instrument.
OUTPUT = """\
class _widgets:
    _installed_url = None


def enable_custom_widget_manager():
    _widgets._installed_url = "stand-in"
"""
FULL_MARKS = "assert book.earned == book.points, book"


def run(book, sections, *, record=False):
    """Run ``sections`` in Colab's environment; every claim must hold.

    Args:
      record: whether to write the outcome into the status page's file.

    Raises:
      BookError: Python 3.13 or a package is missing, or a notebook failed.
    """
    failures, outcomes = [], {}
    with tempfile.TemporaryDirectory(prefix="colab-") as folder:
        place = Path(folder)
        python = _environment(book, place)
        machine = environment.probe(python) if record else None
        settings = _settings(book, place, python)
        prose = agreement.prose(book)
        for section in tqdm(sections, unit="notebook"):
            start = time.perf_counter()
            failure = _run(section, _notebooks(book, section, prose), settings)
            outcomes[section.name] = (
                not failure,
                time.perf_counter() - start,
            )
            failures += [failure] if failure else []
    if record:
        status.record(book, status.rows("colab", machine, outcomes))
    if failures:
        raise BookError("\n".join(failures))


def without_torch(sections):
    """Those of ``sections`` whose code does not name PyTorch.

    Colab has PyTorch; for Python 3.13 there is no build of it without
    gigabytes of GPU libraries, so that those sections run on Python 3.11
    alone.
    """
    return [
        section
        for section in sections
        if not notebook.names_torch(
            nbformat.read(section.notebook, as_version=4)
        )
    ]


def _environment(book, place):
    """A fresh environment with what Colab ships; the path of its Python."""
    base = environment.find_python(PYTHON)
    print(f"Making a throw-away environment with Python {PYTHON} …")
    python = environment.make(base, place)
    print("Installing Colab's versions (about 1.5 GB) …", flush=True)
    pins = "requirements-colab.txt"
    environment.install(python, "-r", book.root / pins, what=pins)
    return python


def _settings(book, place, python):
    """Environment variables of the stand-in's kernels."""
    package = place / "stand-in" / "google" / "colab"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "output.py").write_text(OUTPUT)
    startup = place / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-colab.py").write_text(STARTUP)
    environment.add_kernel(place / "jupyter", python, "colab")
    url, branch = book.repository
    copy = _snapshot(book, place / "tree", branch)
    strict = {"FLOWBOOK_STRICT": kernel.environment()["FLOWBOOK_STRICT"]}
    return (
        environment.inherited()
        | strict
        | {
            "PYTHONPATH": str(place / "stand-in"),
            "IPYTHONDIR": str(place / "ipython"),
            "JUPYTER_PATH": str(place / "jupyter"),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{copy.as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": url,
        }
    )


def _snapshot(book, target, branch):
    """A git repository with the working tree, uncommitted work included."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=book.root,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source = book.root / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / name)
    who = ["-c", "user.name=colab", "-c", "user.email=colab@localhost"]
    for command in (
        ["init", "-q", "-b", branch],
        ["add", "-A"],
        [*who, "commit", "-q", "-m", "the working tree"],
    ):
        subprocess.run(["git", *command], cwd=target, check=True)
    return target


def _notebooks(book, section, prose):
    """What to run of a section: its notebook, and a set's answers."""
    made = [nbformat.read(section.notebook, as_version=4)]
    if section in book.exercises():
        read = build.plain(source.read(section.source), prose, section.name)
        solved = handout.solution_notebook(read, book.repository)
        solved.cells.append(nbformat.v4.new_code_cell(FULL_MARKS))
        made.append(solved)
    return made


def _run(section, notebooks, settings):
    """Run notebooks from their first cells; a sentence if one failed."""
    for nb in notebooks:
        try:
            with environment.client(nb, settings, "colab") as client:
                client.execute()
        except (CellExecutionError, CellTimeoutError) as error:
            return f"{section.name} fails with Colab's versions:\n{error}"
    return ""
