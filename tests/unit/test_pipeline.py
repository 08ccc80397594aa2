"""Source, notebook and outputs stay one: a small book is built and broken."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from flowbook.publish import agreement, kernel, ledger, notebook
from flowbook.publish.book import Book, BookError
from flowbook.publish.colab import without_torch
from flowbook.publish.execute import make_notebooks
from flowbook.publish.verify import verify

ROOT = Path(__file__).parents[2]

SECTION = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

# One section

A line of prose.

```{code-cell} python
from flowbook.claims import claim

print("the answer is", 6 * 7)
claim("six sevens", 6 * 7, at_least=40)
```

```{code-cell} python
:tags: [raises-exception]
int("x")
```
"""
CONFIG = "title: t\nrepository: {url: https://github.com/o/n, branch: main}\n"


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A book of one section, executed once; its folder is copied by tests."""
    root = tmp_path_factory.mktemp("book")
    (root / "_config.yml").write_text(CONFIG)
    (root / "book").mkdir()
    (root / "book" / "references.bib").write_text("")
    (root / "chapters").mkdir()
    (root / "chapters" / "one.md").write_text(SECTION)
    (root / "src" / "flowbook").mkdir(parents=True)
    (root / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    (root / "tests").mkdir()
    sanitize = "tests/nbval-sanitize.cfg"
    (root / sanitize).write_text((ROOT / sanitize).read_text("utf-8"))
    book = Book(root)
    ran, _ = make_notebooks(book, book.sections())
    assert len(ran) == 1
    return book


@pytest.fixture
def book(executed, tmp_path):
    """A fresh copy of the executed book."""
    import shutil

    shutil.copytree(executed.root, tmp_path / "book")
    return Book(tmp_path / "book")


def one(book):
    (section,) = book.sections()
    return section


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def nbval(book):
    """nbval over the book's notebook, as `make test` runs it."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--nbval",
            "-q",
            "-p",
            "no:cacheprovider",
            str(one(book).notebook),
        ],
        cwd=book.root,
        env=os.environ | kernel.environment(),
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


def test_an_executed_book_agrees_with_itself(book):
    agreement.check(book, book.sections())
    status, report = nbval(book)
    assert status == 0, report


def test_a_changed_number_is_caught_by_nbval(book):
    edit(one(book).notebook, "the answer is 42", "the answer is 43")
    status, report = nbval(book)
    assert status == 1
    assert "the answer is 43" in report and "the answer is 42" in report


def test_a_changed_exception_type_is_caught_by_nbval(book):
    edit(one(book).notebook, '"ename": "ValueError"', '"ename": "TypeError"')
    status, report = nbval(book)
    assert status == 1
    assert "TypeError" in report


def test_a_claim_that_fails_is_caught_and_its_value_alone_is_not(book):
    edit(one(book).notebook, "six sevens: 42", "six sevens: 41")
    assert nbval(book)[0] == 0, "a measured value may vary within its bound"
    edit(one(book).notebook, "at_least=40", "at_least=50")
    status, report = nbval(book)
    assert status == 1
    assert "six sevens" in report


def test_a_changed_line_of_prose_is_caught_and_the_mend_is_named(book):
    edit(one(book).source, "A line of prose.", "Another line.")
    with pytest.raises(BookError, match="make notebooks") as caught:
        agreement.check(book, book.sections())
    assert "Another line." in str(caught.value)
    assert "prose differs" in str(caught.value)


def test_changed_code_is_caught_in_either_file(book):
    edit(one(book).notebook, "6 * 7)\\n", "7 * 6)\\n")
    with pytest.raises(BookError, match="code differs"):
        agreement.check(book, book.sections())


def test_new_prose_is_copied_in_without_executing(book):
    before = one(book).notebook.read_text("utf-8")
    edit(one(book).source, "A line of prose.", "Another line.")
    executed, refreshed = make_notebooks(book, book.sections())
    assert (len(executed), len(refreshed)) == (0, 1)
    after = one(book).notebook.read_text("utf-8")
    assert "Another line." in after
    assert "the answer is 42" in after
    assert len(after.splitlines()) == len(before.splitlines())
    agreement.check(book, book.sections())


def test_new_code_is_executed_and_nothing_is_twice(book):
    assert make_notebooks(book, book.sections()) == ([], [])
    edit(one(book).source, "6 * 7)\n", "6 * 8)\n")
    executed, _ = make_notebooks(book, book.sections())
    assert len(executed) == 1
    assert "the answer is 48" in one(book).notebook.read_text("utf-8")


def test_executing_twice_writes_the_same_file(book):
    before = one(book).notebook.read_bytes()
    make_notebooks(book, book.sections(), force=True)
    assert one(book).notebook.read_bytes() == before


def test_a_failing_cell_is_named_and_keeps_the_committed_notebook(book):
    before = one(book).notebook.read_bytes()
    edit(one(book).source, "at_least=40", "at_least=50")
    with pytest.raises(BookError, match=r"six sevens.*at least 50"):
        make_notebooks(book, book.sections())
    assert one(book).notebook.read_bytes() == before


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import sys; print('W0000 noise', file=sys.stderr)", "no log line"),
        ("print('/home/me/book')", "no path of this machine"),
    ],
)
def test_noise_and_local_paths_reach_no_output(book, code, says):
    edit(one(book).source, 'print("the answer is", 6 * 7)', code)
    with pytest.raises(BookError, match=says):
        make_notebooks(book, book.sections())


def test_the_first_cell_installs_in_colab_only(book):
    nb = nbformat.read(one(book).notebook, as_version=4)
    first = nb.cells[0]
    assert first.metadata.tags == [notebook.SETUP_TAG]
    assert 'if "google.colab" in sys.modules' in first.source
    assert "git+https://github.com/o/n@main" in first.source
    assert first.outputs == []


def test_the_first_cell_says_what_the_runtime_lacks(book):
    made = [
        notebook.colab_setup(book.repository, code).source
        for code in ("import keras", "import keras\nimport tensorflow as tf")
    ]
    assert "hardware.welcome()" in made[0]
    assert 'hardware.welcome("tensorflow")' in made[1]


def test_a_source_may_ask_colab_for_an_accelerator(book):
    source = one(book).source
    edit(source, "kernelspec:", "colab: {accelerator: TPU}\nkernelspec:")
    (sentence,) = notebook.differences(
        next(iter(agreement.expected(book, book.sections()).values())),
        nbformat.read(one(book).notebook, as_version=4),
    )
    assert "asks Colab for TPU, the notebook for none" in sentence
    make_notebooks(book, book.sections())
    metadata = nbformat.read(one(book).notebook, as_version=4).metadata
    assert metadata["accelerator"] == "TPU"
    assert metadata["colab"]["gpuType"] == "V5E1"
    edit(source, "accelerator: TPU", "accelerator: NPU")
    with pytest.raises(BookError, match="one of GPU, TPU, got 'NPU'"):
        make_notebooks(book, book.sections())


def test_colab_leaves_out_the_sections_that_need_pytorch(book):
    assert without_torch(book.sections()) == book.sections()
    nb = nbformat.read(one(book).notebook, as_version=4)
    nb.cells.append(nbformat.v4.new_code_cell("import torch"))
    nbformat.write(nb, one(book).notebook)
    assert without_torch(book.sections()) == []


def test_the_address_stands_once_and_reaches_notebooks_unexecuted(book):
    edit(book.root / "_config.yml", "github.com/o/n", "github.com/me/fork")
    moved = Book(book.root.rename(book.root.with_name("moved")))
    executed, refreshed = make_notebooks(moved, moved.sections())
    assert (len(executed), len(refreshed)) == (0, 1)
    assert "github.com/me/fork@main" in one(moved).notebook.read_text("utf-8")


def test_the_ledger_lists_each_claim_with_value_bound_and_machine(book):
    (entry,) = ledger.read(book.sections())
    assert entry.statement == "six sevens"
    assert (entry.value, entry.bound) == ("42", "at least 40")
    assert entry.section_title == "One section"
    assert entry.anchor == "claim-six-sevens"
    assert "CPU" in entry.device and "Python 3.11" in entry.versions


def test_two_claims_of_the_same_words_are_refused(book):
    edit(
        one(book).source,
        'claim("six sevens", 6 * 7, at_least=40)',
        'claim("six sevens", 42, equals=42)\n'
        'claim("Six sevens!", 42, equals=42)',
    )
    make_notebooks(book, book.sections())
    with pytest.raises(BookError, match="Reword"):
        ledger.read(book.sections())


def test_a_notebook_that_imports_timing_runs_alone():
    def cell(source):
        return nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source)]
        )

    assert notebook.is_timed(cell("from flowbook.timing import paired_ratio"))
    assert not notebook.is_timed(cell("from flowbook.claims import claim"))


def test_a_section_without_notebook_says_what_to_run(book):
    one(book).notebook.unlink()
    with pytest.raises(BookError, match="make notebooks"):
        verify(book, book.sections())


def test_an_unknown_section_lists_the_known_ones(book):
    with pytest.raises(BookError, match="chapters/one"):
        book.sections(["nonsense"])


def test_outside_a_book_the_command_says_where_to_stand(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "flowbook.cli", "stale"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "_config.yml" in done.stderr and "Traceback" not in done.stderr
