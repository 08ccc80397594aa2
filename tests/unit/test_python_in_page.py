"""Live cells at build time: their buttons, Python's files, placed wheels."""

import hashlib
import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

from flowbook import cli
from flowbook.publish import pyodide
from flowbook.publish.book import Book, BookError
from flowbook.sphinx_ext import live

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build" / "html"
WHEEL = "numpy-1-toy.whl"
DATA = b"what a wheel holds"


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """A Pyodide whose lock file knows one small NumPy."""
    folder = tmp_path / "node" / "node_modules" / "pyodide"
    folder.mkdir(parents=True)
    for name in pyodide.CORE:
        (folder / name).write_bytes(b"x" * 1000)
    digest = hashlib.sha256(DATA).hexdigest()
    entry = {"file_name": WHEEL, "sha256": digest, "imports": ["numpy"]}
    packages = {"packages": {"numpy": entry}}
    (folder / "pyodide-lock.json").write_text(json.dumps(packages))
    (folder / "package.json").write_text('{"version": "9.8.7"}')
    (folder / "pyodide.mjs").write_text(
        "x=`https://files.example/v${U}/full/`;y=`https://other.example/`"
    )
    monkeypatch.setenv("FLOWBOOK_NODE", str(tmp_path / "node"))
    return folder


@pytest.fixture
def book(tmp_path):
    return Book(tmp_path)


def said(text):
    return json.loads(text.removeprefix("export default ").rstrip(";\n"))


@pytest.mark.parametrize("as_folder", [True, False])
def test_a_wheel_is_placed_from_a_file_or_its_folder(
    npm, book, tmp_path, as_folder
):
    (tmp_path / WHEEL).write_bytes(DATA)
    source = tmp_path if as_folder else tmp_path / WHEEL
    path = pyodide.place(book, "numpy", str(source))
    assert path.read_bytes() == DATA
    assert pyodide.placed(book) == {"numpy": path}


def test_the_url_is_the_one_that_pyodide_names(npm, book, monkeypatch):
    asked = []
    monkeypatch.setattr(pyodide, "_read", lambda s: asked.append(s) or DATA)
    pyodide.place(book, "numpy")
    assert asked == [f"https://files.example/v9.8.7/full/{WHEEL}"]


def test_the_installed_pyodide_names_an_address_of_its_own_version():
    version = json.loads((pyodide.core() / "package.json").read_text())
    assert re.fullmatch(
        rf"https://\S+/v{re.escape(version['version'])}/full/",
        pyodide._own_address(),
    )


def test_another_file_is_refused_and_not_placed(npm, book, tmp_path):
    (tmp_path / WHEEL).write_bytes(b"something else")
    with pytest.raises(BookError, match="expected the file with SHA-256"):
        pyodide.place(book, "numpy", str(tmp_path))
    assert pyodide.placed(book) == {}
    pyodide.wheels(book).mkdir(parents=True)
    (pyodide.wheels(book) / WHEEL).write_bytes(b"something else")
    with pytest.raises(BookError, match=WHEEL):
        pyodide.placed(book)


def test_what_cannot_be_had_is_said_in_a_sentence(npm, book, tmp_path):
    with pytest.raises(BookError, match="could not be read"):
        pyodide.place(book, "numpy", str(tmp_path / "nowhere"))
    with pytest.raises(BookError, match="name of a package"):
        pyodide.place(book, "no-such-package")
    (npm / "pyodide.asm.wasm").unlink()
    with pytest.raises(BookError, match=r"pyodide\.asm\.wasm is not there"):
        pyodide.lock()


def test_the_command_places_a_wheel(npm, tmp_path, monkeypatch, capsys):
    (tmp_path / "_config.yml").write_text("{}")
    (tmp_path / WHEEL).write_bytes(DATA)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["wheel", "numpy", "--from", str(tmp_path)]) == 0
    assert f"{WHEEL} is placed" in capsys.readouterr().out
    assert cli.main(["wheel", "numpy", "--from", "nowhere"]) == 1


@pytest.mark.parametrize(
    ("python", "packages", "expected"),
    [
        ("", "", ("../python/", None)),
        ("https://x.example/v1", "", ("https://x.example/v1/",) * 2),
        ("", "/wheels/", ("../python/", "/wheels/")),
    ],
)
def test_one_address_serves_python_and_its_packages(
    npm, python, packages, expected
):
    found = said(pyodide.settings(python, packages, ["numpy"]))
    assert (found["python"], found["packages"]) == expected
    assert found["placed"] == ["numpy"]
    whole, packed = found["sizes"]["pyodide.asm.wasm"]
    assert whole == 1000 and 0 < packed < 100


def test_the_built_site_holds_python_and_its_licenses():
    files = {path.name for path in (HTML / "_static" / "python").iterdir()}
    assert files >= {*pyodide.CORE, *(p.name for p in live.LICENSES.iterdir())}
    first = {
        path.name: " ".join(path.read_text("utf-8").split())
        for path in live.LICENSES.iterdir()
    }
    assert "Mozilla Public License Version 2.0" in first["LICENSE-pyodide.txt"]
    assert (
        "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2"
        in (first["LICENSE-python.txt"])
    )


@pytest.fixture
def runner():
    """The module that runs readers' code, here in this Python."""
    path = live.__file__.replace("live.py", "static/live/runner.py")
    spec = importlib.util.spec_from_file_location("flowbook_runner", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(runner, source, namespace="page", name="cell 1"):
    sent = []
    answer = json.loads(runner.run(source, namespace, name, sent.append))
    return answer, "".join(sent)


def test_a_cell_prints_shows_its_last_value_and_is_remembered(runner):
    assert run(runner, "x = 2\nprint('hi')\nx + 1") == ({"value": "3"}, "hi\n")
    assert run(runner, "x")[0] == {"value": "2"}
    assert run(runner, "None")[0] == {"value": None}
    assert "NameError" in run(runner, "x", namespace="other")[0]["error"]


def test_a_traceback_begins_in_the_readers_code(runner):
    answer, printed = run(runner, "def f():\n    return 1 / 0\n\n\nf()")
    lines = answer["error"].splitlines()
    assert lines[1] == '  File "cell 1", line 5, in <module>'
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "runner" not in answer["error"] and printed == ""
    assert run(runner, "f(")[0]["error"].startswith('  File "cell 1", line 1')


def test_a_missing_module_is_named(runner):
    answer, _ = run(runner, "import no_such_module.part")
    assert answer["missing"] == "no_such_module"
    source = "import json, no_such_module.part\nfrom also_missing import x"
    found = json.loads(runner.not_there(source))
    assert found == ["also_missing", "no_such_module"]
    assert runner.not_there("import (") == "[]"


def test_a_function_is_called_with_json(runner):
    answer = json.loads(runner.call("math.hypot", "[3, 4]", print))
    assert answer == {"value": 5.0}
    answer = json.loads(runner.call("math.sqrt", "[-1]", print))
    assert "ValueError" in answer["error"]


def test_a_flood_of_lines_is_cut(runner):
    sent = []
    runner.run("for i in range(60_000): print(i)", "page", "c", sent.append)
    assert len(sent) < 500
    text = "".join(sent)
    assert text.startswith("0\n1\n2\n") and len(text) < runner.LIMIT + 100
    assert text.endswith("… (the rest is not shown)\n")


def test_the_runner_needs_the_standard_library_alone(runner):
    names = {
        value.__name__
        for value in vars(runner).values()
        if isinstance(value, type(sys))
    }
    assert names <= sys.stdlib_module_names
