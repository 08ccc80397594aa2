"""``make notebooks``: execute what changed, two at a time, and commit it."""

import os
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from tqdm import tqdm

from flowbook.publish import kernel, notebook
from flowbook.publish.agreement import expected
from flowbook.publish.book import BookError

__all__ = ["make_notebooks"]

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
LOCAL_PATH = re.compile(r"(?<![\w.:/])/(?:home|Users|tmp|root|work|opt)/\w")


def make_notebooks(book, sections, *, force=False, jobs=2):
    """Bring the notebooks of ``sections`` up to their sources.

    A change of prose is copied in; a change of code, library or pins
    executes the notebook. Notebooks that measure time run last, alone.

    Returns:
      ``(executed, refreshed)``: the two lists of sections.

    Raises:
      BookError: a cell failed; the other notebooks are written all the same.
    """
    wanted = expected(book, sections)
    to_run, refreshed = [], []
    for section, want in wanted.items():
        key = notebook.execution_key(want, book)
        want.metadata["flowbook"] = {"execution_key": key}
        have = _committed(section)
        if force or have is None or _key(have) != key:
            to_run.append(section)
        elif notebook.differences(want, have):
            _carry_outputs(have, want)
            notebook.write(want, section.notebook)
            refreshed.append(section)
    failures = _run_all({s: wanted[s] for s in to_run}, jobs)
    if failures:
        raise BookError("\n".join(failures))
    return to_run, refreshed


def _committed(section):
    if not section.notebook.exists():
        return None
    return nbformat.read(section.notebook, as_version=4)


def _key(committed):
    return committed.metadata.get("flowbook", {}).get("execution_key")


def _carry_outputs(have, want):
    pairs = zip(
        notebook.code_cells(have), notebook.code_cells(want), strict=True
    )
    for old, new in pairs:
        new["outputs"] = old["outputs"]
        new["execution_count"] = old["execution_count"]


def _run_all(wanted, jobs):
    """Run the notebooks; return a sentence for each one that failed."""
    timed = [s for s in wanted if notebook.is_timed(wanted[s])]
    together = [s for s in wanted if s not in timed]
    cells = sum(
        cell.cell_type == "code" for nb in wanted.values() for cell in nb.cells
    )
    with (
        mock.patch.dict(os.environ, kernel.environment()),
        tqdm(total=cells, unit="cell", disable=not cells) as bar,
    ):

        def run(section):
            bar.set_postfix_str(section.name.split("/")[-1])
            return _run(section, wanted[section], bar)

        with ThreadPoolExecutor(jobs) as pool:
            outcomes = list(pool.map(run, together))
        outcomes += [run(section) for section in timed]
    return [sentence for sentence in outcomes if sentence]


def _run(section, nb, bar):
    """Execute one notebook and write it; a sentence if that failed."""
    section.notebook.parent.mkdir(parents=True, exist_ok=True)
    client = NotebookClient(
        nb,
        timeout=kernel.CELL_TIMEOUT,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        resources={"metadata": {"path": str(section.notebook.parent)}},
        on_cell_executed=lambda **_: bar.update(),
    )
    with tempfile.TemporaryDirectory() as kept:
        try:
            client.execute(env=os.environ | {"FLOWBOOK_KEEP": kept})
            for number, cell in enumerate(nb.cells, start=1):
                _clean(cell, f"{section.name}, cell {number}")
        except (CellExecutionError, CellTimeoutError, BookError) as error:
            return f"{section.name} failed:\n{error}"
        nb.metadata["language_info"] = {"name": "python"}
        notebook.write(nb, section.notebook)
        _replace(section.files, kept)
    return ""


def _replace(folder, kept):
    """Make ``folder`` hold what the run kept, and nothing from earlier."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in os.listdir(kept):
        folder.mkdir(exist_ok=True)
        shutil.copyfile(os.path.join(kept, name), folder / name)


def _clean(cell, where):
    """Keep what readers and nbval need of a cell's outputs, and only that."""
    if cell.cell_type != "code":
        return
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            raise BookError(
                f"{where}: expected no log line or warning in the outputs, "
                f"got: {output.text.strip()[:200]}"
            )
        data = output.get("data", {})
        data.pop(WIDGET_VIEW, None)
        text = "\n".join(
            [
                output.get("text", ""),
                *map(str, data.values()),
                *output.get("traceback", []),
            ]
        )
        path = LOCAL_PATH.search(text)
        if path:
            raise BookError(
                f"{where}: expected no path of this machine in the outputs, "
                f"got: {text[path.start() : path.start() + 60]!r}"
            )
