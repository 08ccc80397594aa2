"""Hand the committed outputs to the HTML build: nothing is executed there."""

import re

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn

from flowbook.publish import agreement, notebook

__all__ = ["fill_cache"]


def fill_cache(book, sections):
    """Fill jupyter-cache with each source plus the outputs of its notebook.

    Raises:
      BookError: a notebook has left its source, in code or in prose.
    """
    agreement.check(book, sections)
    cache = get_cache(str(book.root / "_build" / ".jupyter_cache"))
    for section in sections:
        source = notebook.read_source(section.source)
        have = nbformat.read(section.notebook, as_version=4)
        source.metadata["language_info"] = {
            "name": "python",
            "pygments_lexer": "ipython3",
        }
        pairs = zip(
            notebook.code_cells(source), notebook.code_cells(have), strict=True
        )
        for cell, executed in pairs:
            cell["outputs"] = [
                output for output in executed["outputs"] if not _blank(output)
            ]
            cell["execution_count"] = executed["execution_count"]
        cache.cache_notebook_bundle(
            CacheBundleIn(source, str(section.source)),
            check_validity=False,
            overwrite=True,
        )


def _blank(output):
    """Whether rich left an empty box behind, as in ``summary(print_fn=)``."""
    html = output.get("data", {}).get("text/html", "")
    return bool(re.fullmatch(r"\s*<pre[^>]*>\s*</pre>\s*", html))
