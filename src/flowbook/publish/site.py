"""``make book``: the HTML, from the committed notebooks, nothing executed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from flowbook.publish import outputs
from flowbook.publish.book import BookError

__all__ = ["build"]


def build(book):
    """Build the site and return the path of its first page.

    Raises:
      BookError: notebooks and sources differ, or Sphinx found a fault (every
        warning is one).
    """
    outputs.fill_cache(book, book.sections())
    html = book.root / "_build" / "html"
    shutil.rmtree(html, ignore_errors=True)
    here = Path(sys.executable).parent  # where node is too, for KaTeX
    environment = os.environ | {
        "PATH": os.pathsep.join([str(here), os.environ.get("PATH", "")])
    }
    done = subprocess.run(
        [here / "jupyter-book", "build", ".", "-W", "--keep-going"],
        env=environment,
        cwd=book.root,
    )
    if done.returncode or not (html / "index.html").exists():
        raise BookError(
            "the HTML was not built: Sphinx names the page and line of each "
            "fault above. Mend them and run `make book` again."
        )
    return html / "index.html"
