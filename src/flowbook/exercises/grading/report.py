"""What teachers and learners get: JSON, CSV, Gradescope's results.json.

Every file is written beside its place and then moved there: a full disk or a
killed command leaves the old file or the new one, never half of one.
"""

import csv
import hashlib
import io
import json
import os
import re
import tempfile
from pathlib import Path

__all__ = [
    "UNTRUSTED",
    "clean",
    "csv_text",
    "file_name",
    "gradescope",
    "load",
    "save",
    "write",
]

UNTRUSTED = (
    "UNTRUSTED: graded with --isolation=none. The submission could read and "
    "change anything on the teacher's machine, its own grade included."
)
LONGEST = 4_000  # characters of a message
RESERVED = ("grades", "results")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


def clean(text):
    """Text that no terminal, spreadsheet or page takes for a command."""
    shown = [
        sign if sign.isprintable() or sign == "\n" else f"\\u{ord(sign):04x}"
        for sign in text[:LONGEST]
    ]
    return "".join(shown) + ("…" if len(text) > LONGEST else "")


def file_name(student):
    """The stem of a student's file: the id, made harmless."""
    name = re.sub(r"[^\w.@+-]", "_", student, flags=re.ASCII)[:80]
    if name != student or name[:1] in "._-" or name in RESERVED:
        digest = hashlib.sha256(student.encode("utf-8", "replace"))
        name = name.lstrip("._-") or "student"
        name = f"{name}-{digest.hexdigest()[:8]}"
    return name


def write(path, text):
    """Write a whole file, or nothing.

    Raises:
      OSError: it could not be written; what was there before still is.
    """
    number, beside = tempfile.mkstemp(dir=path.parent, prefix=".flowbook-")
    try:
        with open(number, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def save(path, result):
    """Write a student's grade as JSON."""
    write(path, json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def load(path):
    """A grade that :func:`save` wrote; None if there is none."""
    try:
        result = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) else None


def csv_text(questions, results):
    """``grades.csv``: a row a student, a column a question, a status.

    Args:
      questions: ids, in the set's order.
      results: of the students, in the order of the rows.
    """
    stream = io.StringIO()
    table = csv.writer(stream)
    table.writerow(["student", *questions, "total", "out of", "status"])
    for result in results:
        earned = [result["questions"][q]["earned"] for q in questions]
        student = result["student"]
        if student.startswith(FORMULA):
            student = f"'{student}"
        table.writerow(
            [
                student,
                *earned,
                result["earned"],
                result["possible"],
                result["status"],
            ]
        )
    return stream.getvalue()


def gradescope(result):
    """Gradescope's ``results.json``, as plain data."""
    notes = [*result["problems"]]
    if not result["trusted"]:
        notes.insert(0, UNTRUSTED)
    return {
        "score": result["earned"],
        "output": "\n".join(notes),
        "execution_time": round(result["seconds"]),
        "tests": [
            {
                "name": f"{question}: {outcome['title']}",
                "score": outcome["earned"],
                "max_score": outcome["possible"],
                "status": "passed"
                if outcome["earned"] == outcome["possible"]
                else "failed",
                "output": outcome_text(outcome),
                "visibility": "visible",
            }
            for question, outcome in result["questions"].items()
        ],
    }


def outcome_text(outcome):
    """An outcome's status, message and place, as a learner reads them."""
    lines = [outcome["status"].capitalize() + "."]
    if outcome["message"]:
        lines.append(outcome["message"])
    if outcome["cell"] and outcome["line"]:
        lines.append(
            f"Line {outcome['line']} of {outcome['cell']}: {outcome['source']}"
        )
    return "\n".join(lines)
