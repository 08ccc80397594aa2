"""On a GPU the notebooks run alone, held by claims and not by outputs."""

import subprocess
from pathlib import Path

import nbformat
import pytest

from flowbook import cli
from flowbook.publish import environment, status
from flowbook.publish.book import Book, BookError
from flowbook.publish.environment import Machine
from flowbook.publish.verify import verify_on_gpu

ROOT = Path(__file__).parents[2]
CPU = Machine("2-core CPU", {"Python": "3.11.7", "TensorFlow": "2.21.0"})
GPU = Machine("1 GPU (Tesla T4)", CPU.versions)
SOURCE = "---\nfile_format: mystnb\n---\n\n# {}\n"
CELLS = {
    "other-digits": "print(0.30000000000000004)",
    "shares-memory": "import os\n"
    "assert os.environ['TF_FORCE_GPU_ALLOW_GROWTH'] == 'true'\n"
    "assert os.environ['XLA_PYTHON_CLIENT_PREALLOCATE'] == 'false'",
    "no-longer-true": "from flowbook.claims import claim\n"
    "claim('one is two', 1, equals=2)",
}


@pytest.fixture
def book(tmp_path):
    """Three notebooks whose committed output is 0.3."""
    (tmp_path / "_config.yml").write_text("title: t")
    for folder in ("book", "chapters", "notebooks", "tests"):
        (tmp_path / folder).mkdir()
    for name in ("pyproject.toml", "conftest.py", "tests/nbval-sanitize.cfg"):
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"))
    for name, code in CELLS.items():
        source = tmp_path / "chapters" / f"{name}.md"
        source.write_text(SOURCE.format(name))
        cell = nbformat.v4.new_code_cell(code, execution_count=1)
        cell.outputs = [nbformat.v4.new_output("stream", text="0.3\n")]
        nb = nbformat.v4.new_notebook(cells=[cell])
        nb.metadata["kernelspec"] = {"name": "python3", "display_name": "P"}
        nbformat.write(nb, tmp_path / "notebooks" / f"{name}.ipynb")
    return Book(tmp_path)


def test_digits_may_differ_and_memory_is_shared(book, monkeypatch, capfd):
    monkeypatch.setattr(environment, "probe", lambda: GPU)
    verify_on_gpu(book, book.sections(["digits", "memory"]), record=True)
    rows = status.read(book)
    assert [(row.device, row.passed) for row in rows] == 2 * [
        (GPU.device, True)
    ]
    assert "on 1 GPU (Tesla T4)" in capfd.readouterr().out


def test_a_claim_that_does_not_hold_fails_the_run(book, monkeypatch, capfd):
    monkeypatch.setattr(environment, "probe", lambda: GPU)
    with pytest.raises(BookError, match="does not hold on this GPU"):
        verify_on_gpu(book, book.sections(["true"]))
    assert "one is two" in capfd.readouterr().out


def test_without_a_gpu_one_sentence_says_what_to_do(book, monkeypatch, capsys):
    monkeypatch.chdir(book.root)
    monkeypatch.setattr(environment, "probe", lambda: CPU)
    assert cli.main(["verify", "--device", "gpu"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    assert "expected a GPU that TensorFlow can use, got 2-core" in said.err
    assert "tensorflow[and-cuda]==2.21.0" in said.err


@pytest.mark.parametrize("device", ["cpu", "gpu"])
def test_make_test_runs_on_the_device_that_is_asked_for(device):
    command = ["make", "-n", "test", f"DEVICE={device}", "HTML=README.md"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    on_gpu = "flowbook verify --device gpu" in done.stdout
    assert on_gpu == (device == "gpu"), done
    assert ("-m pytest tests" in done.stdout) == (device == "cpu")
