"""The status of every notebook: where and when it last ran, and how.

``flowbook verify --record`` and ``flowbook colab --record`` write a row a
notebook into ``book/status.json``; the page ``book/status.md`` shows it.
"""

import datetime
import json
from dataclasses import asdict, dataclass

import nbformat

from flowbook.publish import notebook
from flowbook.publish.book import BookError

__all__ = [
    "DEVICES",
    "FILE",
    "SETS",
    "Row",
    "read",
    "reason",
    "record",
    "rows",
]

SETS = {  # names of version sets, as the page writes them
    "pins": "This book’s pins",
    "colab": "Colab’s versions",
}
DEVICES = ("CPU", "GPU", "TPU")
FILE = "book/status.json"


@dataclass(frozen=True)
class Row:
    """One notebook's last run with one version set on one device."""

    notebook: str  # name of its page
    set: str  # one of SETS
    device: str  # e.g. "2-core CPU"
    date: str  # YYYY-MM-DD
    versions: dict  # of Python and the frameworks, by name
    passed: bool
    seconds: float  # wall clock, the kernel's start included


def rows(name, machine, outcomes):
    """Rows of a run that ended now.

    Args:
      name: the version set, one of SETS.
      machine: the :class:`~flowbook.publish.environment.Machine` it ran on.
      outcomes: {page name: (passed, seconds)}.
    """
    today = datetime.date.today().isoformat()
    return [
        Row(
            page,
            name,
            machine.device,
            today,
            machine.versions,
            passed,
            round(seconds, 1),
        )
        for page, (passed, seconds) in outcomes.items()
    ]


def read(book):
    """The rows that are recorded.

    Raises:
      BookError: the file is not what ``record`` writes.
    """
    path = book.root / FILE
    if not path.exists():
        return []
    try:
        return [Row(**row) for row in json.loads(path.read_text("utf-8"))]
    except (TypeError, ValueError) as error:
        raise BookError(
            f"expected in {FILE} what `make status` writes, got something "
            f"else: {error}. Take the committed file: git checkout {FILE}"
        ) from error


def record(book, new):
    """Write rows, in the place of those of the same set and device.

    A run of some notebooks replaces the rows of these alone. A row of a
    notebook that has left the book goes, too.
    """
    order = [s.name for s in book.sections() + book.exercises()]
    replaced = {(row.set, row.device, row.notebook) for row in new}
    kept = [
        row
        for row in read(book)
        if row.notebook in order
        and (row.set, row.device, row.notebook) not in replaced
    ]
    sets = list(SETS)
    lines = [
        json.dumps(asdict(row), ensure_ascii=False)
        for row in sorted(
            [*kept, *new],
            key=lambda row: (
                sets.index(row.set),
                row.device,
                order.index(row.notebook),
            ),
        )
    ]
    text = "[\n" + ",\n".join(lines) + "\n]\n"
    (book.root / FILE).write_text(text, "utf-8")


def reason(name, section):
    """Why a notebook has no row in the version set ``name``, in words."""
    if name == "pins" and section.name.startswith("exercises/"):
        return "not executed here: the tests run its answers instead"
    if name == "colab" and section.notebook.exists():
        nb = nbformat.read(section.notebook, as_version=4)
        if notebook.names_torch(nb):
            return "not run: needs PyTorch, with no small build for it"
    return "not run yet"
