"""A MyST source and its notebook: made, compared, kept in step."""

import hashlib
import re

import nbformat
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

from flowbook.publish import kernel
from flowbook.publish.book import BookError

__all__ = [
    "SETUP_TAG",
    "assemble",
    "colab_setup",
    "differences",
    "execution_key",
    "is_timed",
    "make",
    "names_torch",
    "read_source",
    "text",
    "write",
]

SETUP_TAG = "colab-setup"

SETUP = """\
# @title Run this first: in Colab it installs the book's helper library.
# On your own machine it changes nothing.
import os
import sys

if "google.colab" in sys.modules:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    %pip install --quiet "flowbook @ git+{repository}@{branch}"

    from flowbook import hardware

    hardware.welcome({needs})
"""
ACCELERATORS = {  # as Colab names them in a notebook's metadata
    "GPU": "T4",
    "TPU": "V5E1",
}


def read_source(path):
    """A MyST source as a notebook without outputs, prose still in MyST.

    Raises:
      BookError: the file cannot be read as a MyST notebook.
    """
    try:
        return read_myst_markdown_notebook(
            path.read_text("utf-8"), MdParserConfig()
        )
    except Exception as error:
        raise BookError(
            f"{path.name}: expected a MyST notebook, and reading it failed: "
            f"{error}"
        ) from error


def make(section, prose, repository):
    """The notebook of a section as outside readers meet it, not yet run.

    Args:
      section: a :class:`~flowbook.publish.book.Section`.
      prose: the :class:`~flowbook.publish.prose.Prose` to write with.
      repository: ``(url, branch)`` from which Colab installs flowbook.
    """
    source = read_source(section.source)
    code = "\n".join(c.source for c in source.cells if c.cell_type == "code")
    cells = [colab_setup(repository, code)]
    for cell in source.cells:
        if cell.cell_type == "code":
            cells.append(_code_cell(cell))
            continue
        text = prose.plain(cell.source, section.name)
        if text:
            cells.append(nbformat.v4.new_markdown_cell(text))
    made = assemble(cells)
    made.metadata |= _preselected(source.metadata.get("colab", {}), section)
    return made


def _preselected(wish, section):
    """Metadata by which Colab offers the accelerator that a source names."""
    name = wish.get("accelerator")
    if name is None:
        return {}
    if name not in ACCELERATORS:
        raise BookError(
            f"{section.name}: expected colab: accelerator: to be one of "
            f"{', '.join(ACCELERATORS)}, got {name!r}."
        )
    return {
        "accelerator": name,
        "colab": {"gpuType": ACCELERATORS[name], "provenance": []},
    }


def colab_setup(repository, code):
    """The first cell of every notebook: in Colab it installs flowbook.

    Args:
      repository: ``(url, branch)`` from which it installs.
      code: the code of the notebook's other cells; the cell says at once if
        that needs TensorFlow where Colab has none, on its TPU runtime.
    """
    url, branch = repository
    needs = re.search(r"^\s*(?:import|from) tensorflow\b", code, re.M)
    return nbformat.v4.new_code_cell(
        SETUP.format(
            repository=url,
            branch=branch,
            needs='"tensorflow"' if needs else "",
        ).rstrip(),
        metadata={
            "tags": [SETUP_TAG],
            "cellView": "form",
            "jupyter": {"source_hidden": True},
        },
    )


def assemble(cells):
    """A notebook of ``cells``, whose ids follow from their contents."""
    _name_cells(cells)
    return nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {
                "name": "python3",
                "display_name": "Python 3",
                "language": "python",
            },
            "language_info": {"name": "python"},
            "colab": {"provenance": []},
        },
    )


def _code_cell(cell):
    tags = list(cell.metadata.get("tags", []))
    metadata = {"tags": tags} if tags else {}
    if "hide-input" in tags:
        metadata |= {"cellView": "form", "jupyter": {"source_hidden": True}}
    return nbformat.v4.new_code_cell(cell.source, metadata=metadata)


def _name_cells(cells):
    """Cell ids from contents, so that an edit changes no other cell's id."""
    seen = {}
    for cell in cells:
        digest = hashlib.sha256(
            f"{cell.cell_type}\n{cell.source}".encode()
        ).hexdigest()[:8]
        seen[digest] = seen.get(digest, -1) + 1
        cell["id"] = f"{digest}-{seen[digest]}" if seen[digest] else digest


def code_cells(notebook):
    """Code cells of the section itself, without the Colab cell."""
    return [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code"
        and SETUP_TAG not in cell.metadata.get("tags", [])
    ]


def is_timed(notebook):
    """Whether the notebook measures time, and so must run alone."""
    return any("flowbook.timing" in c.source for c in code_cells(notebook))


def names_torch(notebook):
    """Whether the notebook's code names PyTorch."""
    return any(re.search(r"\btorch\b", c.source) for c in code_cells(notebook))


def differences(expected, committed):
    """Sentences that say where a committed notebook left its source.

    Code, tags, prose and the Colab cell are compared; outputs are nbval's.
    """
    found = []
    asked = [nb.metadata.get("accelerator") for nb in (expected, committed)]
    if asked[0] != asked[1]:
        found.append(
            f"the source asks Colab for {asked[0] or 'no accelerator'}, the "
            f"notebook for {asked[1] or 'none'}"
        )
    pairs = zip(expected.cells, committed.cells, strict=False)
    for number, (want, have) in enumerate(pairs, start=1):
        kind = "code" if want.cell_type == "code" else "prose"
        same = (
            want.cell_type == have.cell_type
            and want.source == have.source
            and want.metadata.get("tags") == have.metadata.get("tags")
        )
        if not same:
            line = _first_difference(want.source, have.source)
            found.append(f"cell {number}: the {kind} differs{line}")
    if len(expected.cells) != len(committed.cells):
        found.append(
            f"the source makes {len(expected.cells)} cells, the notebook has "
            f"{len(committed.cells)}"
        )
    return found


def _first_difference(want, have):
    for new, old in zip(want.split("\n"), have.split("\n"), strict=False):
        if new != old:
            return f": “{new.strip()}” in the source, “{old.strip()}” in it"
    return ""


def execution_key(notebook, book):
    """A digest of all that an output depends on.

    Code cells and tags, the kernel's environment, the pins and the part of
    flowbook that notebooks import. Prose is not in it: mending a sentence
    executes nothing.
    """
    digest = hashlib.sha256()
    for cell in code_cells(notebook):
        digest.update(repr((cell.source, cell.metadata.get("tags"))).encode())
    digest.update(repr(sorted(kernel.environment().items())).encode())
    for path in _dependencies(notebook, book.root):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _dependencies(notebook, root):
    """Pins and library files whose change asks for a new execution."""
    library = root / "src" / "flowbook"
    code = "\n".join(cell.source for cell in code_cells(notebook))
    used = set(re.findall(r"flowbook(?:\.| import )(\w+)", code))
    pins = set(root.glob("requirements*.txt"))
    pins.discard(root / "requirements-lab.txt")  # it changes no output
    paths = [*pins, *library.glob("[a-z]*.py")]
    for folder in library.iterdir():
        if folder.name in used and folder.is_dir():
            paths += [
                p
                for p in folder.rglob("*")
                if "__pycache__" not in p.parts and p.is_file()
            ]
    unused = {"bootstrap.py", "cli.py"}  # no notebook imports these
    return sorted(p for p in paths if p.name not in unused)


def text(notebook):
    """The file of a notebook: equal notebooks are equal texts."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def write(notebook, path):
    """Write a notebook so that equal notebooks are equal files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(notebook), "utf-8")
