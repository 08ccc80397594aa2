"""``make canary``: which sentences of the book the newest releases end.

A throw-away environment with the newest release, pre-releases too, of every
package that requirements.txt names. Each notebook is run to its end, claims
that fail and cells that raise included, and compared with the committed one,
claim by claim.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from flowbook.instruments import chooser
from flowbook.publish import environment, kernel, ledger, notebook
from flowbook.publish.book import BookError, title

__all__ = ["Finding", "compare", "names", "report", "run", "watch"]

PYTHON = "3.13"  # the newest that has a TensorFlow
KERNEL = "canary"
COLORS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Finding:
    """One thing that the newest versions changed in one section."""

    kind: str  # one of KINDS
    what: str  # the claim's statement, or where the cell is
    expected: str = ""
    got: str = ""

    def __str__(self):
        return KINDS[self.kind].format(**vars(self))


KINDS = {
    "claim": (
        "**{what}** no longer holds: it must be {expected}, and {got} was "
        "measured."
    ),
    "gone": ("**{what}** was no longer measured; it must be {expected}."),
    "error": "{what} raises `{got}`.",
    "quiet": "{what} was expected to raise `{expected}`, and did not.",
    "stopped": "{what}: {got}",
}


def watch(book, sections, python=None):
    """Run ``sections`` with the newest releases; print what changed.

    The report is written to ``_build/canary.md``, too.

    Raises:
      BookError: a claim or a cell no longer holds, a cell of the framework
        chooser is too old, or the environment cannot be made.
    """
    with tempfile.TemporaryDirectory(prefix="canary-") as folder:
        place = Path(folder)
        wanted = names(
            (book.root / "requirements.txt").read_text("utf-8"),
            torch=any(
                notebook.names_torch(nbformat.read(s.notebook, as_version=4))
                for s in sections
            ),
        )
        python = _environment(place, python, wanted)
        machine = environment.probe(python)
        found = {}
        for number, section in enumerate(sections, start=1):
            print(f"[{number}/{len(sections)}] {section.name}", flush=True)
            found[section] = run(section, place, book)
    old = chooser.stale()
    text = report(found, machine, old)
    target = book.root / "_build" / "canary.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text, "utf-8")
    print(f"\n{text}")
    if old or any(found.values()):
        raise BookError(
            "the newest versions change what the book says; the report "
            f"above, also in {target.relative_to(book.root)}, says what."
        )


def names(requirements, *, torch=True):
    """The packages of a requirements file without pins, markers kept.

    Args:
      requirements: the file's text; what it includes is left out.
      torch: whether PyTorch is wanted, which brings gigabytes along.
    """
    lines = re.sub(r"(?m)#.*$", "", requirements).splitlines()
    found = [
        re.sub(r"[=<>!~]=?[^;\s]+", "", line, count=1).strip()
        for line in lines
        if line.strip() and not line.startswith("-")
    ]
    return [line for line in found if torch or line != "torch"]


def _environment(place, python, wanted):
    """The newest of everything, with a kernel; the path of its Python."""
    base = python or environment.find_python(PYTHON)
    print("Making a throw-away environment with the newest releases …")
    python = environment.make(base, place)
    print("Installing them (about 4 GB) …", flush=True)
    environment.install(
        python,
        *("--pre", "--upgrade", *wanted, "ipykernel"),
        what="the newest releases of what requirements.txt names",
    )
    environment.add_kernel(place / "jupyter", python, KERNEL)
    return python


def run(section, place, book):
    """Run a section's notebook to its end; a list of findings.

    Args:
      place: a folder with ``jupyter``, which has the kernel KERNEL.
    """
    committed = nbformat.read(section.notebook, as_version=4)
    measured = nbformat.read(section.notebook, as_version=4)
    for cell in notebook.code_cells(measured):
        cell.outputs = []
    settings = (
        environment.inherited()
        | kernel.environment()
        | {
            "FLOWBOOK_STRICT": "0",  # measure all claims
            "JUPYTER_PATH": str(place / "jupyter"),
            "PYTHONPATH": str(book.root / "src"),
        }
    )
    stopped = []
    with environment.client(
        measured,
        settings,
        KERNEL,
        allow_errors=True,
        resources={"metadata": {"path": str(place)}},
    ) as client:
        try:
            client.execute()
        except CellTimeoutError:
            text = f"a cell took more than {kernel.CELL_TIMEOUT} s"
            stopped = [Finding("stopped", "The run stopped", got=text)]
        except DeadKernelError:
            text = "the kernel died"
            stopped = [Finding("stopped", "The run stopped", got=text)]
    return stopped + compare(committed, measured)


def compare(committed, measured):
    """What changed from the committed notebook to a new run of it."""
    before, after = (
        {record["statement"]: record for record in ledger.records(nb)}
        for nb in (committed, measured)
    )
    findings = [
        Finding("claim", name, record["bound"], record["value"])
        for name, record in after.items()
        if not record["holds"]
    ]
    findings += [
        Finding("gone", name, record["bound"])
        for name, record in before.items()
        if name not in after
    ]
    raised, raises = _errors(committed), _errors(measured)
    findings += [
        Finding("error", f"Cell {number}", got=text)
        for number, text in raises.items()
        if _kind(raised.get(number, "")) != _kind(text)
    ]
    return findings + [
        Finding("quiet", f"Cell {number}", text)
        for number, text in raised.items()
        if number not in raises
    ]


def _kind(error):
    return error.partition(":")[0]


def _errors(nb):
    """{number of a cell: first line of the error that it raised}."""
    return {
        number: COLORS.sub("", f"{output.ename}: {output.evalue}")
        .strip()
        .splitlines()[0]
        for number, cell in enumerate(nb.cells, start=1)
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    }


def report(found, machine, old):
    """The report as Markdown.

    Args:
      found: {section: list of findings}, sections in the book's order.
      machine: what it ran on, an ``environment.Machine``.
      old: sentences that name what has to be looked up again.
    """
    changed = {s: findings for s, findings in found.items() if findings}
    versions = ", ".join(f"{k} {v}" for k, v in machine.versions.items())
    lines = [
        "# Canary",
        "",
        f"{len(found)} notebooks were run with {versions} on "
        f"{machine.device}; {len(found) - len(changed)} of them still hold.",
    ]
    for section, findings in changed.items():
        name = title(section.source.read_text("utf-8"))
        lines += ["", f"## {name} ({section.name})", ""]
        lines += [f"- {finding}" for finding in findings]
    if old:
        lines += ["", "## To be looked up again", ""]
        lines += [f"- {sentence}" for sentence in old]
    return "\n".join(lines) + "\n"
