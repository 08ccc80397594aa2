"""The status page: made of recorded runs, with a reason for every gap."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import nbformat
import pytest

from flowbook.publish import environment, status
from flowbook.publish.book import Book, BookError
from flowbook.publish.environment import Machine
from flowbook.publish.verify import verify
from flowbook.sphinx_ext import status as page

BOOK = Book.here()
SECTIONS = BOOK.sections() + BOOK.exercises()
CPU = Machine("2-core CPU", {"Python": "3.11.7", "TensorFlow": "2.21.0"})
GPU = Machine("1 GPU (Tesla T4)", CPU.versions)
PAGE = """\
---
file_format: mystnb
kernelspec: {{name: python3}}
---

# {name}
"""


@pytest.fixture
def book(tmp_path):
    """Two notebooks: ``one`` passes, ``two`` prints another number."""
    (tmp_path / "_config.yml").write_text("title: t")
    for folder in ("book", "chapters", "notebooks", "tests"):
        (tmp_path / folder).mkdir()
    for name in ("pyproject.toml", "tests/nbval-sanitize.cfg"):
        (tmp_path / name).write_text((BOOK.root / name).read_text("utf-8"))
    for name, printed in (("one", 1), ("two", 3)):
        source = tmp_path / "chapters" / f"{name}.md"
        source.write_text(PAGE.format(name=name))
        cell = nbformat.v4.new_code_cell(f"print({printed})")
        cell.outputs = [nbformat.v4.new_output("stream", text=f"{name}\n")]
        cell.outputs[0].text = {"one": "1\n", "two": "2\n"}[name]
        cell.execution_count = 1
        nb = nbformat.v4.new_notebook(cells=[cell])
        nb.metadata["kernelspec"] = {"name": "python3", "display_name": "P"}
        nbformat.write(nb, tmp_path / "notebooks" / f"{name}.ipynb")
    return Book(tmp_path)


def seconds(book):
    return {
        (row.notebook, row.set, row.device): row.seconds
        for row in status.read(book)
    }


def row(name, machine=CPU, of="pins", took=1.0, passed=True):
    (made,) = status.rows(of, machine, {name: (passed, took)})
    return made


# ---- the file ------------------------------------------------------------


def test_a_run_replaces_the_rows_of_its_set_and_device(book):
    one, two = "chapters/one", "chapters/two"
    status.record(book, [row(one), row(two), row(one, GPU)])
    status.record(book, [row(one, took=2.0), row(one, of="colab")])
    assert seconds(book) == {
        (one, "pins", GPU.device): 1.0,
        (one, "pins", CPU.device): 2.0,
        (two, "pins", CPU.device): 1.0,
        (one, "colab", CPU.device): 1.0,
    }


def test_a_notebook_that_left_the_book_leaves_the_file(book):
    status.record(book, [row("chapters/one"), row("chapters/two")])
    (book.root / "chapters" / "two.md").unlink()
    status.record(book, [row("chapters/one")])
    assert [r.notebook for r in status.read(book)] == ["chapters/one"]


def test_the_file_has_a_line_a_row_and_equal_runs_write_equal_files(book):
    rows = [row("chapters/two"), row("chapters/one")]
    status.record(book, rows)
    text = (book.root / status.FILE).read_text("utf-8")
    assert len(text.splitlines()) == 4
    status.record(book, rows[::-1])
    assert (book.root / status.FILE).read_text("utf-8") == text


def test_a_file_that_no_run_wrote_is_refused(book):
    (book.root / status.FILE).write_text('[{"notebook": "one"}]')
    with pytest.raises(BookError, match=f"git checkout {status.FILE}"):
        status.read(book)


def test_verify_records_what_passed_what_failed_and_the_seconds(
    book, monkeypatch, capfd
):
    monkeypatch.setattr(environment, "probe", lambda: CPU)
    with pytest.raises(BookError, match="no longer prints"):
        verify(book, book.sections(), jobs=2, record=True)
    one, two = status.read(book)
    assert (one.notebook, one.passed) == ("chapters/one", True)
    assert (two.notebook, two.passed) == ("chapters/two", False)
    assert one.seconds > 0 and one.device == CPU.device
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", one.date)


def disturbed(book, times):
    """Let ``one`` measure time, and print a wrong number ``times`` times."""
    path = book.root / "notebooks" / "one.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells[0].source = (
        "import pathlib, flowbook.timing\n"
        f"tally = pathlib.Path({str(book.root / 'tally')!r})\n"
        "tally.touch()\n"
        "runs = tally.stat().st_size\n"
        "tally.write_text('x' * (runs + 1))\n"
        f"print(1 if runs >= {times} else 5)"
    )
    nbformat.write(nb, path)


def test_what_measures_time_and_was_disturbed_once_gets_a_second_look(
    book, monkeypatch, capfd
):
    monkeypatch.setattr(environment, "probe", lambda: CPU)
    disturbed(book, times=1)
    verify(book, book.sections(["one"]), record=True)
    assert "Held at the second look: chapters/one." in capfd.readouterr().out
    assert status.read(book)[0].passed


def test_what_measures_time_and_is_wrong_twice_fails(book, capfd):
    disturbed(book, times=2)
    with pytest.raises(BookError, match="no longer prints"):
        verify(book, book.sections(["one"]))
    assert (book.root / "tally").stat().st_size == 2


def test_what_does_not_measure_time_has_one_look(book, capfd):
    with pytest.raises(BookError, match="no longer prints"):
        verify(book, book.sections(["two"]))
    assert "second look" not in capfd.readouterr().out


def test_verify_records_nothing_unless_asked(book, capfd):
    verify(book, book.sections(["one"]))
    assert not (book.root / status.FILE).exists()


def test_the_probe_names_the_device_and_all_installed_frameworks():
    machine = environment.probe()
    assert re.fullmatch(r"\d+-core CPU|\d+ [GT]PUs?.*", machine.device)
    assert {"Python", "TensorFlow", "Keras"} <= machine.versions.keys()


def test_a_python_without_tensorflow_is_named(tmp_path):
    broken = tmp_path / "python"
    broken.write_text(
        "#!/bin/sh\necho 'No module named tensorflow' >&2\nexit 1\n"
    )
    broken.chmod(0o755)
    with pytest.raises(BookError, match="No module named tensorflow"):
        environment.probe(broken)


# ---- the page ------------------------------------------------------------


def cells(html):
    """{page name: [text of its cells]} of the tables."""
    found = re.findall(r'<tr><td><a href="(.*?)">.*?</a></td>(.*?)</tr>', html)
    return {
        name: [re.sub("<.*?>", "", c) for c in line.split("</td>")[:-1]]
        for name, line in found
    }


def whole(rows):
    names = [s.name for s in SECTIONS]
    openers = [n for n in names if n.endswith("/index")]
    children = {BOOK.toc["root"]: openers}
    for opener in openers:
        chapter = opener.split("/")[1]
        children[opener] = [
            n for n in names if n.split("/")[1] == chapter and n != opener
        ]
    return page.tables(page.chapters(BOOK, children), rows, str)


@pytest.mark.parametrize("rows", [[], status.read(BOOK)], ids=["no", "our"])
def test_every_notebook_has_a_row_or_a_reason_in_every_set(rows):
    html = whole(rows)
    shown = cells(html)
    assert shown.keys() == {section.name for section in SECTIONS}
    columns = len(re.findall("<th ", html.partition("</thead>")[0])) - 1
    assert columns >= len(status.SETS)
    for name, line in shown.items():
        assert len(line) == columns, name
        for cell in line:
            assert re.match(r"(✓ passed|✗ failed), \d+ s|not \w+", cell), name


def test_a_gap_has_its_reason():
    shown = cells(whole([]))
    assert shown["exercises/keras"] == [
        "not executed here: the tests run its answers instead",
        "not run yet",
    ]
    torch = shown["chapters/tensorflow-vs-pytorch/two-compilers"]
    assert torch[0] == "not run yet" and "needs PyTorch" in torch[1]


def test_a_device_without_a_record_was_not_run():
    name = "chapters/keras/index"
    assert "<li>GPU: not run</li><li>TPU: not run</li>" in whole([row(name)])
    both = whole([row(name), row(name, GPU, passed=False)])
    assert "GPU: not run" not in both and "TPU: not run" in both
    assert any("failed" in cell for cell in cells(both)[name])


def test_the_page_counts_the_runs_and_names_their_versions():
    name = "chapters/keras/index"
    html = whole([row(name), row("chapters/keras/index", of="colab")])
    assert "Colab’s versions, 2-core CPU:" in html
    assert "1 of 1 notebooks that were run passed" in html
    assert "Python 3.11.7, TensorFlow 2.21.0" in html


def test_the_records_are_of_notebooks_of_the_book_one_each():
    rows = status.read(BOOK)
    places = [(r.notebook, r.set, r.device) for r in rows]
    assert len(set(places)) == len(places)
    assert {r.notebook for r in rows} <= {s.name for s in SECTIONS}
    assert {r.set for r in rows} <= status.SETS.keys()


def test_the_built_page_is_made_of_the_file_and_every_opener_links_to_it():
    built = BOOK.root / "_build" / "html"
    html = (built / "book" / "status.html").read_text("utf-8")
    for row in status.read(BOOK):
        shown = f"{row.seconds:.0f} s <small>{row.date}</small>"
        assert shown in html, row
    for opener in (built / "chapters").glob("*/index.html"):
        assert 'href="../../book/status.html#' in opener.read_text()


def test_the_file_is_json_with_the_row_s_own_fields():
    data = json.loads((BOOK.root / status.FILE).read_text("utf-8"))
    assert [asdict(row) for row in status.read(BOOK)] == data
    assert Path(status.FILE).suffix == ".json"
