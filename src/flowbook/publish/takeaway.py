"""What a reader takes along: the EPUB, the PDFs and the offline zip.

``make epub``, ``make pdf`` and ``make zip`` write them to
``_build/take-along``; the next build of the pages links them from the cover.
"""

import os
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

__all__ = [
    "NAME",
    "folder",
    "human",
    "make",
    "offered",
    "pack",
    "revision",
    "write",
]

NAME = "tensorflow-executed"
KINDS = (".epub", ".pdf", ".zip")
DATE = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is packed


def make(kind, book):
    """Make the files of a kind; return their paths.

    Args:
      kind: ``"epub"``, ``"pdf"`` or ``"zip"``.
      book: the checkout; for PDF and zip its pages have been built.

    Raises:
      BookError: what is needed is not there, or what came out is not right.
    """
    if kind == "epub":
        from flowbook.publish import epub

        return [epub.make(book)]
    if kind == "pdf":
        from flowbook.publish import pdf

        return pdf.make(book)
    from flowbook.publish import offline

    return [offline.make(book)]


def folder(book):
    """Where the files for taking along are written."""
    return book.root / "_build" / "take-along"


def offered(book):
    """The files there are: the whole book first, then its chapters."""
    found = [p for p in folder(book).glob("*") if p.suffix in KINDS]
    return sorted(
        found,
        key=lambda path: (
            not path.name.startswith(NAME),
            KINDS.index(path.suffix),
            path.name,
        ),
    )


def human(size):
    """A number of bytes as people say it: ``640 KB``, ``1.4 MB``."""
    kilobytes = size / 1000
    if kilobytes < 1000:
        return f"{max(1, round(kilobytes))} KB"
    return f"{kilobytes / 1000:.1f} MB"


def revision(book):
    """When the sources were last committed: seconds since 1970, UTC.

    ``SOURCE_DATE_EPOCH`` goes first; outside a checkout it is now.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    asked = subprocess.run(
        ["git", "log", "-1", "--format=%ct"],
        cwd=book.root,
        capture_output=True,
        text=True,
    )
    return int(asked.stdout) if asked.stdout.strip() else int(time.time())


def write(path, content):
    """Write the bytes ``content``, unless ``path`` holds just these.

    An unchanged file keeps its date, so that no page is built again for it.
    A half-written one is never seen.
    """
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)


def pack(path, entries, *, stored=()):
    """Write a zip whose bytes depend on nothing but ``entries``.

    Args:
      path: the file to write.
      entries: ``{name in the zip: bytes}``, packed in the order given.
      stored: names to keep uncompressed.
    """
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in entries.items():
                info = zipfile.ZipInfo(name, DATE)
                info.external_attr = 0o644 << 16
                info.compress_type = (
                    zipfile.ZIP_STORED
                    if name in stored
                    else zipfile.ZIP_DEFLATED
                )
                packed.writestr(info, content)
        file.seek(0)
        write(path, file.read())
