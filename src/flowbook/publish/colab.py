"""``make colab``: run the notebooks as a learner's Colab would.

A throw-away environment with Colab's Python and versions, a stand-in for
``google.colab``, and each notebook from its own first cell on: that cell
installs flowbook by its published address, which git is told to answer with
a snapshot of the working tree.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from tqdm import tqdm

from flowbook.publish import kernel
from flowbook.publish.book import BookError

__all__ = ["find_python", "run", "without_torch"]

PYTHON = "3.13"
STARTUP = "import google.colab\n"
KERNEL = """\
{{"argv": ["{python}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}",
"--IPKernelApp.log_level=ERROR"], "display_name": "Colab", "language":
"python"}}
"""


def run(book, sections):
    """Run ``sections`` in Colab's environment; every claim must hold.

    Raises:
      BookError: Python 3.13 or a package is missing, or a notebook failed.
    """
    with tempfile.TemporaryDirectory(prefix="colab-") as folder:
        place = Path(folder)
        python = _environment(book, place)
        settings = _settings(book, place, python)
        failures = [
            failure
            for section in tqdm(sections, unit="notebook")
            if (failure := _run(section, settings))
        ]
    if failures:
        raise BookError("\n".join(failures))


def without_torch(sections):
    """Those of ``sections`` whose code does not name PyTorch.

    Colab has PyTorch; for Python 3.13 there is no build of it without
    gigabytes of GPU libraries, so that those sections run on Python 3.11
    alone.
    """
    return [section for section in sections if not _names_torch(section)]


def _names_torch(section):
    cells = nbformat.read(section.notebook, as_version=4).cells
    return any(
        re.search(r"\btorch\b", cell.source)
        for cell in cells
        if cell.cell_type == "code"
    )


def _environment(book, place):
    """A fresh environment with what Colab ships; the path of its Python."""
    base = find_python()
    print(f"Making a throw-away environment with Python {PYTHON} …")
    subprocess.run([base, "-m", "venv", place / "env"], check=True)
    python = place / "env" / "bin" / "python"
    print("Installing Colab's versions (about 1.5 GB) …", flush=True)
    done = subprocess.run(
        [
            python,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "install",
            "-q",
            "-r",
            book.root / "requirements-colab.txt",
        ],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["pip said nothing"]
        raise BookError(
            "expected to install requirements-colab.txt, and pip failed: "
            f"{lines[-1]}"
        )
    return python


def find_python():
    """A Python of Colab's version: from the PATH, or one that pyenv keeps.

    Raises:
      BookError: there is none.
    """
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = sorted(kept.glob(f"versions/{PYTHON}*/bin/python{PYTHON}"))
    for path in (f"python{PYTHON}", "python3", *found):
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        try:
            done = subprocess.run([path, "-c", code], capture_output=True)
        except OSError:
            continue
        if done.stdout.decode().strip() == PYTHON:
            return path
    raise BookError(
        f"expected Python {PYTHON}, which Colab runs, and found none. "
        f"Install it so that `python{PYTHON}` starts, then try again."
    )


def _settings(book, place, python):
    """Environment variables of the stand-in's kernels."""
    package = place / "stand-in" / "google" / "colab"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    startup = place / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-colab.py").write_text(STARTUP)
    spec = place / "jupyter" / "kernels" / "colab"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(KERNEL.format(python=python))
    url, branch = book.repository
    copy = _snapshot(book, place / "tree", branch)
    strict = {"FLOWBOOK_STRICT": kernel.environment()["FLOWBOOK_STRICT"]}
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not re.match(r"FLOWBOOK|TF_|KERAS|PYTHONPATH|VIRTUAL_ENV", key)
    }
    return (
        inherited
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


def _run(section, settings):
    """Run one notebook from its first cell; a sentence if it failed."""
    nb = nbformat.read(section.notebook, as_version=4)
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(settings)
    try:
        NotebookClient(
            nb, timeout=kernel.CELL_TIMEOUT, kernel_name="colab"
        ).execute()
    except (CellExecutionError, CellTimeoutError) as error:
        return f"{section.name} fails with Colab's versions:\n{error}"
    finally:
        os.environ.clear()
        os.environ.update(before)
    return ""
