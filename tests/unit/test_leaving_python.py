"""The C program of "Leaving Python" fails in one line, and says why."""

import ast
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from house_rules import cells  # noqa: E402

PAGE = ROOT / "chapters" / "graph-heritage" / "leaving-python.md"
IMAGE = "0.5 " * 64

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the page builds its program on Linux"
)


def source():
    """The program as the page gives it: its C_ strings, in order."""
    pieces = []
    for _, code in cells(PAGE.read_text("utf-8")):
        if code.startswith("C_"):
            pieces += [ast.literal_eval(ast.parse(code).body[0].value)]
    return "".join(pieces)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    place = tmp_path_factory.mktemp("c")
    (place / "digits.c").write_text(source())
    spec = importlib.util.find_spec("tensorflow")
    library = spec.submodule_search_locations[0]
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "expected a C compiler; on Debian: apt install gcc"
    subprocess.run(
        [
            compiler,
            "-std=c11",
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Werror",
            place / "digits.c",
            "-o",
            place / "digits",
            f"-I{library}/include",
            f"-L{library}",
            "-l:libtensorflow_cc.so.2",
            "-l:libtensorflow_framework.so.2",
            f"-Wl,-rpath,{library}",
        ],
        check=True,
    )
    return place / "digits"


@pytest.mark.parametrize(
    ("folders", "image", "says"),
    [
        (["."], IMAGE, "cannot load the model: Could not find SavedModel"),
        (["."], "0.5 0.25 three", "image: expected 64 numbers, separated"),
        (["."], "", "image: expected 64 numbers, separated"),
        (["."], IMAGE + "0.5", "image: expected 64 numbers, got more"),
        ([], IMAGE, "usage: digits FOLDER < IMAGE"),
    ],
    ids=["no model", "no number", "empty", "too many", "no folder"],
)
def test_a_wrong_call_ends_in_one_clear_line(
    program, tmp_path, folders, image, says
):
    done = subprocess.run(
        [program, *folders],
        input=image,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"digits: {says}")
    assert done.stderr.count("\n") == 1


def test_a_model_with_another_entrance_is_named_as_such(program, tmp_path):
    import tensorflow as tf

    model = tf.Module()
    model.double = tf.function(
        lambda numbers: 2 * numbers,
        input_signature=[tf.TensorSpec([None, 64])],
    )
    tf.saved_model.save(model, str(tmp_path), signatures=model.double)
    done = subprocess.run(
        [program, tmp_path], input=IMAGE, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "digits: no such operation in the model: serving_default_pixels"
    )
