"""Live cells: Python in the page, from the first click on, and not before.

One page, served under a sub-path by a server that sends no special header,
is shared by the tests that only need a Python.
"""

import gzip
import hashlib
import json
import re
import zipfile

import nbformat
import pytest
from conftest import AXE, HTML, ROOT, note_failure, walk_down
from playwright.sync_api import expect

from flowbook.publish import notebook
from flowbook.publish.book import Book

START = 60_000  # ms that a loaded machine may take to start Python
SECTION = "chapters/graph-heritage/autodiff.html"
HEAVY = ("/python/", "/live/python.js", "/live/worker.js", "/live/runner.py")


def live_cells(section):
    """The code cells of a committed notebook that are tagged ``live``."""
    read = nbformat.read(section.notebook, as_version=4)
    return [
        cell
        for cell in notebook.code_cells(read)
        if "live" in cell.metadata.get("tags", [])
    ]


LIVE = {f"{s.name}.html": live_cells(s) for s in Book(ROOT).sections()}
LIVE = {name: cells for name, cells in LIVE.items() if cells}


def printed(cell):
    """What a notebook's cell has printed and shown."""
    return "".join(
        output.get("text") or output["data"]["text/plain"] + "\n"
        for output in cell.outputs
    )


class Cell:
    """A live cell of a page, as its reader meets it."""

    def __init__(self, page, number):
        self.box = page.locator(".cell.tag_live").nth(number - 1)
        self.out = self.box.locator(".fb-cell-out")
        self.say = self.box.get_by_role("status")
        self.code = self.box.get_by_label("Code of this cell")

    def button(self, name):
        return self.box.get_by_role("button", name=name, exact=True)

    def run(self, code=None):
        """Press Run, with ``code`` if given, and wait for the end."""
        if code is not None:
            self.button("Edit").click()
            self.code.fill(code)
        self.button("Run").click()
        self.has_ended()

    def has_ended(self):
        ended = re.compile("^(It ran|It ended|A cell above|Stopped)")
        expect(self.say).to_have_text(ended, timeout=START)

    def printed(self):
        return "".join(self.out.locator("pre").all_text_contents())


@pytest.fixture(scope="module")
def subpath(serve, tmp_path_factory):
    """Address of the book below another folder of a server."""
    root = tmp_path_factory.mktemp("served")
    (root / "some").mkdir()
    (root / "some" / "book").symlink_to(HTML)
    return serve(root) + "some/book/"


@pytest.fixture(scope="module")
def shared(browser, subpath):
    """The page that the tests share."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.faults, page.requested = [], []
    page.on("request", lambda r: page.requested.append(r.url))
    page.on("pageerror", lambda e: page.faults.append(str(e)))
    page.on("requestfailed", lambda r: note_failure(page, r))
    settings = (HTML / "_static" / "live" / "settings.js").read_text()
    without_numpy = re.sub(r'"placed": \[.*?\]', '"placed": []', settings)
    page.route(
        "**/live/settings.js",
        lambda route: route.fulfill(
            body=without_numpy, content_type="text/javascript"
        ),
    )
    page.goto(subpath + SECTION)
    yield page
    context.close()


@pytest.fixture
def page(shared):
    """The shared page with every cell as the book has it."""
    reset = shared.locator('.fb-cell [data-act="reset"]:visible')
    while reset.count():
        reset.first.click()
    return shared


@pytest.mark.parametrize("name", LIVE)
def test_before_a_click_a_page_asks_for_two_small_scripts(site, visit, name):
    page = visit(site + name)
    walk_down(page)
    assert [u for u in page.requested if any(h in u for h in HEAVY)] == []
    live = [u.partition("?")[0] for u in page.requested if "/live/" in u]
    names = ["panel.js", "cells.js"]
    assert live == [f"{site}_static/live/{script}" for script in names]
    scripts = [(HTML / "_static" / "live" / script) for script in names]
    packed = [len(gzip.compress(each.read_bytes(), 6)) for each in scripts]
    assert sum(packed) <= 4096


def test_a_page_without_live_cells_asks_for_nothing_of_them(site, visit):
    page = visit(site + "chapters/graph-heritage/museum.html")
    assert not any("/live/" in url for url in page.requested)


def test_the_first_run_tells_its_megabytes(page):
    page.evaluate(
        """() => {
          window.seen = [];
          const load = document.querySelector(".fb-cell-load");
          new MutationObserver(() => seen.push(load.textContent))
            .observe(load, { childList: true });
        }"""
    )
    cell = Cell(page, 1)
    cell.button("Run").click()
    expect(cell.say).to_have_text(re.compile(r"about \d\.\d MB:$"))
    cell.has_ended()
    told = "\n".join(page.evaluate("seen"))
    got = [float(n) for n in re.findall(r"([\d.]+) of [\d.]+ MB", told)]
    assert len(got) > 2 and got == sorted(got)
    assert not page.evaluate("crossOriginIsolated")
    assert page.faults == []


def test_every_live_cell_of_the_shared_page_prints_what_the_book_has(page):
    runs_like_the_book(page, LIVE[SECTION])


@pytest.mark.parametrize("name", [n for n in LIVE if n != SECTION])
def test_every_live_cell_prints_what_the_book_has(site, visit, name):
    runs_like_the_book(visit(site + name), LIVE[name])


def runs_like_the_book(page, cells):
    assert page.locator(".fb-cell").count() == len(cells)
    for number, cell in enumerate(cells, start=1):
        live = Cell(page, number)
        live.run()
        expect(live.say).to_have_text(re.compile("^It ran in"))
        assert live.printed() == printed(cell)


def test_by_keyboard_a_cell_is_edited_run_left_and_reset(page):
    cell = Cell(page, 2)
    book = cell.box.locator(".cell_output").inner_text()
    cell.button("Edit").focus()
    page.keyboard.press("Enter")
    expect(cell.code).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("for i in range(2):\nprint(i, x)")
    page.keyboard.press("Control+Enter")
    cell.has_ended()
    assert cell.printed() == "0 2.0\n1 2.0\n"
    whose = cell.box.locator(".fb-cell-whose").all_inner_texts()
    assert whose == ["Your run", "In the book"]
    page.keyboard.press("Escape")
    expect(cell.button("Edit")).to_be_focused()
    page.keyboard.press("Tab")
    expect(cell.button("Reset")).to_be_focused()
    page.keyboard.press("Enter")
    expect(cell.button("Edit")).to_be_focused()
    expect(cell.code).to_have_count(0)
    assert cell.box.locator(".cell_output").inner_text() == book
    expect(cell.out).to_be_empty()


def test_cells_share_their_variables_and_run_those_above_first(page):
    first, second = Cell(page, 1), Cell(page, 2)
    first.button("Edit").click()
    first.code.fill("import math\nx, y, a = 1.0, 5.0, 5.0")
    second.run()
    assert "y_bar = 1.0000" in second.printed()


def test_the_last_expression_is_shown_as_python_shows_it(page):
    cell = Cell(page, 1)
    cell.run("print('before')\n['a', 1.5]")
    assert cell.printed() == "before\n['a', 1.5]\n"


def test_an_error_is_shown_from_the_readers_own_line_on(page):
    cell = Cell(page, 1)
    cell.run("def half(n):\n    return n / 0\n\n\nprint('so far')\nhalf(3)")
    lines = cell.printed().splitlines()
    assert lines[:2] == ["so far", "Traceback (most recent call last):"]
    assert lines[2] == '  File "cell 1", line 6, in <module>'
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "runner" not in cell.printed()
    expect(cell.say).to_have_text("It ended with an error.")
    cell.run("if True print(1)")
    assert cell.printed().startswith('  File "cell 1", line 1\n')


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("tensorflow as tf", "TensorFlow does not run in the page."),
        ("numpy as np", "This copy of the book has no numpy."),
        ("some_package", "There is no some_package in the page"),
    ],
)
def test_a_module_that_is_not_there_gets_a_sentence(page, module, says):
    cell = Cell(page, 1)
    asked = len(page.requested)
    cell.run(f"import {module}")
    expect(cell.out.locator("p")).to_contain_text(says)
    assert "ModuleNotFoundError: No module named" in cell.printed()
    colab = cell.out.get_by_role("link", name="Open in Colab")
    assert "/notebooks/graph-heritage/autodiff.ipynb" in (
        colab.get_attribute("href")
    )
    assert page.requested[asked:] == []


def test_axe_finds_nothing_in_cells_that_were_used(page):
    Cell(page, 1).run("for i in range(200):\n    print(i)")
    Cell(page, 2).run()
    Cell(page, 3).run("1 / 0")
    Cell(page, 4).button("Edit").click()
    page.add_script_tag(path=AXE)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        expect(page.locator("html")).to_have_attribute(
            "data-theme", theme, timeout=START
        )
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(1000)  # for the theme, which waits a while
            results = page.evaluate("axe.run('.tag_live')")
            assert [
                f"{v['id']}: {v['nodes'][0]['html'][:160]}"
                for v in results["violations"]
            ] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})


def test_stop_ends_an_endless_loop_and_the_next_run_starts_anew(page):
    cell = Cell(page, 3)
    cell.button("Edit").click()
    cell.code.fill("print('it begins')\nwhile True:\n    pass")
    cell.button("Run").click()
    expect(cell.out.locator("pre")).to_have_text("it begins\n", timeout=START)
    ended = []
    page.workers[0].on("close", lambda worker: ended.append(worker))
    cell.button("Stop").focus()
    page.keyboard.press("Enter")
    expect(cell.say).to_contain_text("its variables are gone")
    expect(cell.button("Run")).to_be_focused()
    expect(cell.button("Stop")).to_be_hidden()
    last = Cell(page, 4)
    cell.button("Reset").click()
    last.run()
    assert last.printed() == printed(LIVE[SECTION][3])
    assert len(ended) == 1
    assert page.faults == []


def test_a_page_opened_as_a_file_says_what_it_needs(visit):
    page = visit((HTML / SECTION).as_uri())
    cell = Cell(page, 1)
    cell.button("Run").click()
    expect(cell.say).to_contain_text("pages that come from a server")
    assert page.faults == []


def test_without_script_and_on_paper_the_cell_is_the_books(site, visit):
    page = visit(site + SECTION, java_script_enabled=False)
    expect(page.locator(".fb-cell").first).to_be_hidden()
    page = visit(site + SECTION)
    page.emulate_media(media="print")
    expect(page.locator(".fb-cell").first).to_be_hidden()
    expect(page.locator(".tag_live .cell_output").first).to_be_visible()


def test_a_python_that_is_not_there_is_named(serve, visit, tmp_path):
    (tmp_path / "_static").mkdir()
    for path in [*HTML.iterdir(), *(HTML / "_static").iterdir()]:
        if path.name not in ("_static", "python"):
            target = tmp_path / path.relative_to(HTML)
            target.symlink_to(path)
    address = serve(tmp_path)
    page = visit(address + SECTION)
    cell = Cell(page, 1)
    cell.button("Run").click()
    expect(cell.say).to_contain_text(
        f"Python could not be loaded from {address}_static/python/"
    )
    expect(cell.button("Stop")).to_be_hidden()


def toy_wheel(folder, name, file, *, broken=False):
    """A wheel of one module, and its entry in Pyodide's lock file."""
    with zipfile.ZipFile(folder / file, "w") as packed:
        packed.writestr(f"{name}/__init__.py", "answer = 42\n")
        for part in ("METADATA", "WHEEL"):
            packed.writestr(f"{name}-1.dist-info/{part}", "Name: toy\n")
    digest = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    return {"file_name": file, "sha256": "0" * 64 if broken else digest}


def test_a_placed_wheel_is_imported_if_its_digest_is_right(
    serve, visit, tmp_path
):
    """What the deploy job does with NumPy's wheel, with a toy one."""
    python, static = tmp_path / "python", HTML / "_static"
    python.mkdir()
    for path in (static / "python").iterdir():
        (python / path.name).symlink_to(path)
    (tmp_path / "live").mkdir()
    for path in (static / "live").iterdir():
        (tmp_path / "live" / path.name).symlink_to(path)
    lock = json.loads((python / "pyodide-lock.json").read_text())
    for name in ("numpy", "scipy"):
        lock["packages"][name] |= {"depends": []} | toy_wheel(
            python, name, f"{name}-1-py3-none-any.whl", broken=name == "scipy"
        )
    (python / "pyodide-lock.json").unlink()
    (python / "pyodide-lock.json").write_text(json.dumps(lock))
    settings = {"python": "../python/", "packages": None, "sizes": {}}
    settings |= {"placed": ["numpy", "scipy"]}
    (tmp_path / "live" / "settings.js").unlink()
    (tmp_path / "live" / "settings.js").write_text(
        f"export default {json.dumps(settings)};"
    )
    (tmp_path / "index.html").write_text("<!doctype html><title>Toy</title>")
    address = serve(tmp_path)
    page = visit(address)
    good, bad = page.evaluate(
        """async () => {
          const { run } = await import("/live/python.js");
          return [await run("import numpy\\nnumpy.answer"),
                  await run("import scipy")];
        }"""
    )
    assert (good["value"], good["error"]) == ("42", None)
    assert bad["hint"] == (
        "scipy could not be fetched from "
        f"{address}python/scipy-1-py3-none-any.whl."
    )
