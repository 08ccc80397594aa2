"""JupyterLab and Binder run the versions that the tests run."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAB = "requirements-lab.txt"
BINDER = "binder/requirements.txt"


def lines(name):
    """What a requirements file asks pip to install."""
    text = re.sub(r"(?m)#.*$", "", (ROOT / name).read_text("utf-8"))
    return [line for line in text.split() if line[0] != "-"]


def plain(name):
    return re.split("==", name)[0].lower().replace("_", "-")


PINNED = {plain(line) for line in lines("constraints.txt")}


def test_jupyterlab_is_pinned_beside_the_tried_set():
    wanted = [line for line in lines(LAB) if line != "constraints.txt"]
    assert {"jupyterlab", "jupyter-server"} <= {plain(line) for line in wanted}
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in wanted)
    assert not PINNED & {plain(line) for line in wanted}
    assert "-c constraints.txt" in (ROOT / LAB).read_text("utf-8")


def test_binder_asks_for_packages_of_the_tried_set_alone():
    wanted = [line for line in lines(BINDER) if "constraints" not in line]
    assert wanted[-1] == "."
    assert {plain(line) for line in wanted[:-1]} <= PINNED
    assert (ROOT / "binder/runtime.txt").read_text() == "python-3.11\n"


def test_make_lab_opens_the_notebooks_and_installs_once():
    command = ["make", "-n", "-W", LAB, "lab"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert f"install -q -r {LAB} && touch .venv/.lab" in done.stdout, done
    assert "jupyter-lab notebooks" in done.stdout
