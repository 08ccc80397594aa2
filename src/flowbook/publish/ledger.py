"""The ledger: every claim of the book, read from the committed notebooks."""

from dataclasses import dataclass

import nbformat

from flowbook.claims import slug
from flowbook.publish.book import BookError, title

__all__ = ["Entry", "read", "records"]


@dataclass(frozen=True)
class Entry:
    """One claim as it was last measured."""

    section: str  # page name
    section_title: str
    statement: str
    value: str
    bound: str
    device: str
    versions: str

    @property
    def anchor(self):
        """The claim's id on its section's page."""
        return slug(self.statement)

    @property
    def row(self):
        """The claim's id in the ledger."""
        return f"{self.section.split('/')[-1]}-{self.anchor}"


def read(sections):
    """All claims of ``sections`` in reading order, as :class:`Entry` rows.

    Raises:
      BookError: two claims of a section share an anchor.
    """
    rows = []
    for section in sections:
        if not section.notebook.exists():
            continue
        page = title(section.source.read_text("utf-8"))
        found = [
            _entry(section.name, page, record)
            for record in records(
                nbformat.read(section.notebook, as_version=4)
            )
        ]
        anchors = [entry.anchor for entry in found]
        twice = {anchor for anchor in anchors if anchors.count(anchor) > 1}
        if twice:
            raise BookError(
                f"{section.name}: expected claims with different wording, "
                f"got {sorted(twice)} twice. Reword one of them."
            )
        rows += found
    return rows


def records(notebook):
    """What each claim of an executed notebook left in its outputs."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            record = output.get("metadata", {}).get("flowbook")
            if record:
                yield record


def _entry(section, page, record):
    versions = ", ".join(f"{k} {v}" for k, v in record["versions"].items())
    return Entry(
        section,
        page,
        record["statement"],
        record["value"],
        record["bound"],
        record["device"],
        versions,
    )
