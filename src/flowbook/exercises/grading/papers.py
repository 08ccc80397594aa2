"""Which file is whose: submissions with their students' ids."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

from flowbook.exercises.grading.report import clean, file_name
from flowbook.exercises.grading.submission import LARGEST

__all__ = ["Paper", "UsageError", "collect", "digest"]


class UsageError(Exception):
    """The command was called in a way that cannot work; says what to do."""


@dataclass(frozen=True)
class Paper:
    """One submission: a student's id and a file."""

    student: str
    path: Path

    @property
    def name(self):
        """The stem of the file that gets the grade."""
        return file_name(self.student)

    def read(self):
        """The file's bytes, at most one more than ``LARGEST``; b"" of what
        cannot be read."""
        try:
            if not self.path.is_file():
                return b""
            with open(self.path, "rb") as file:
                return file.read(LARGEST + 1)
        except OSError:
            return b""


def digest(data):
    """SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def collect(paths, ids_file=None):
    """A :class:`Paper` for each path, in the order of the ids.

    Args:
      paths: of submissions.
      ids_file: path of a CSV with rows ``file,id``; ids are the files' stems
        if it is None.

    Raises:
      UsageError: a file or its id is missing, or an id occurs twice.
    """
    missing = [str(path) for path in paths if not Path(path).exists()]
    if missing:
        raise UsageError(f"there is no file {_listed(missing)}.")
    folders = [str(path) for path in paths if Path(path).is_dir()]
    if folders:
        raise UsageError(
            f"expected notebooks, got the folder {_listed(folders)}. Name "
            f"its files: {folders[0].rstrip('/')}/*.ipynb"
        )
    ids = _ids(ids_file) if ids_file else {}
    papers = [Paper(_id_of(Path(p), ids, ids_file), Path(p)) for p in paths]
    _refuse_doubles(papers)
    return sorted(papers, key=lambda paper: paper.student)


def _id_of(path, ids, ids_file):
    if ids_file is None:
        return clean(path.stem)
    if path.name not in ids:
        raise UsageError(
            f"{ids_file} has no row for {path.name}. Add one: "
            f"{path.name},<the student's id>"
        )
    return clean(ids[path.name])


def _ids(ids_file):
    try:
        with open(ids_file, encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if any(row)]
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(f"--ids: {error}.") from None
    wrong = [row for row in rows if len(row) != 2 or not all(row)]
    if wrong:
        raise UsageError(
            f"--ids: expected rows of a file's name and an id, got {wrong[0]}."
        )
    found = {}
    for name, student in rows:
        if found.setdefault(name.strip(), student.strip()) != student.strip():
            raise UsageError(f"--ids: {name} has two ids in {ids_file}.")
    return found


def _refuse_doubles(papers):
    seen = {}
    for paper in papers:
        # Two ids that differ in case only would share a file on some disks.
        other = seen.setdefault(paper.name.casefold(), paper)
        if other is not paper:
            raise UsageError(
                f"{other.path} and {paper.path} have the same id "
                f"{paper.student!r}. Rename one, or give each file its id "
                "with --ids."
            )


def _listed(paths):
    more = len(paths) - 3
    return ", ".join(paths[:3]) + (f" and {more} more" if more > 0 else "")
