"""What a run hands over to its page: files, their digests, their answers."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from flowbook import data, handover
from flowbook.instruments import bundle
from flowbook.publish.book import Book

ROOT = Path(__file__).parents[2]
SCAN = ROOT / "src" / "flowbook" / "sphinx_ext" / "litert" / "scan.js"
FILES = {"reader.tflite": 1e-5, "reader-int8.tflite": 0.05}


@pytest.fixture(scope="module")
def section():
    (found,) = Book(ROOT).sections(["graph-heritage/leaving-python"])
    return found


@pytest.fixture(scope="module")
def digits(section):
    return json.loads((section.files / "digits.json").read_text("utf-8"))


def test_files_are_kept_in_the_books_own_run_alone(
    tmp_path, monkeypatch, capsys
):
    made, kept = tmp_path / "a.bin", tmp_path / "kept"
    made.write_bytes(b"abc")
    kept.mkdir()
    monkeypatch.delenv("FLOWBOOK_KEEP", raising=False)
    handover.keep(made)
    assert list(kept.iterdir()) == []
    monkeypatch.setenv("FLOWBOOK_KEEP", str(kept))
    handover.keep(made)
    assert (kept / "a.bin").read_bytes() == b"abc"
    digest = hashlib.sha256(b"abc").hexdigest()[:16]
    assert capsys.readouterr().out.count(f"3 bytes  sha256 {digest}") == 2


def test_the_still_of_the_pad_is_a_table_and_escapes_its_texts():
    still = handover.still(["digit", "a < b"], [["7", "0.9"], ["8", "0.1"]])
    assert still.count("<tr>") == 3
    assert "a &lt; b" in still


def test_the_committed_files_are_those_that_the_committed_run_names(section):
    notebook = nbformat.read(section.notebook, as_version=4)
    printed = "".join(
        output.get("text", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )
    named = dict(re.findall(r"(\S+) +[\d,]+ bytes  sha256 (\w{16})", printed))
    committed = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in section.files.iterdir()
    }
    assert committed == named
    assert set(named) == {*FILES, "digits.json"}


def test_the_100_digits_are_the_first_of_the_test_set(digits):
    _, (x_test, y_test) = data.digits()
    assert np.array_equal(digits["pixels"], 16 * x_test[:100].reshape(-1, 64))
    assert digits["labels"] == y_test[:100].tolist()


@pytest.mark.parametrize("name", FILES)
def test_litert_in_python_answers_as_keras_did(section, digits, name):
    program = (
        "import json, sys; import numpy as np\n"
        "from ai_edge_litert.interpreter import Interpreter\n"
        "run = Interpreter(model_path=sys.argv[1]).get_signature_runner()\n"
        "scans = np.array(json.load(sys.stdin), np.float32)\n"
        "print(json.dumps([run(pixels=s.reshape(1, 8, 8, 1))['output_0'][0]"
        ".tolist() for s in scans]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, section.files / name],
        input=json.dumps(digits["pixels"]),
        capture_output=True,
        text=True,
        check=True,
    )
    ours, theirs = np.array(json.loads(done.stdout)), np.array(digits["keras"])
    assert np.abs(ours - theirs).max() <= FILES[name]
    assert np.array_equal(ours.argmax(axis=1), theirs.argmax(axis=1))


def scan(strokes):
    """What scan.js makes of strokes: 64 numbers as an array (8, 8)."""
    code = (
        f"import {{ scan }} from {json.dumps(SCAN.as_uri())};"
        f"console.log(JSON.stringify(scan({json.dumps(strokes)})));"
    )
    done = subprocess.run(
        [bundle._node(), "--input-type=module", "--eval", code],
        capture_output=True,
        text=True,
        check=True,
    )
    pixels = json.loads(done.stdout)
    return pixels and np.array(pixels).reshape(8, 8)


def test_a_drawing_becomes_a_scan_wherever_and_however_large_it_is():
    corner = [[[0.1, 0.1], [0.1, 0.3], [0.25, 0.3]], [[0.2, 0.1], [0.2, 0.2]]]
    large = [[[3 * x + 0.2, 3 * y - 0.1] for x, y in s] for s in corner]
    ours = scan(corner)
    assert np.array_equal(ours, scan(large))
    assert ours.min() == 0 and ours.max() == 16
    assert (ours[0].any(), ours[-1].any()) == (True, True)
    assert ours[:, [0, 7]].max() <= 4, "a scan is narrower than its box"


def test_a_scan_has_as_much_ink_as_the_data_set_on_average():
    (x_train, _), _ = data.digits()
    seven = scan([[[0.3, 0.1], [0.7, 0.12], [0.45, 0.9]]])
    assert seven.sum() == pytest.approx(16 * x_train.sum((1, 2)).mean(), abs=2)
    line = scan([[[0.5, 0.1], [0.5, 0.9]]])
    assert np.array_equal(line, line[:, ::-1])


def test_no_stroke_is_no_scan_and_a_point_is_one():
    assert scan([]) is None
    assert scan([[[0.4, 0.6]]])[3:5, 3:5].min() == 16
