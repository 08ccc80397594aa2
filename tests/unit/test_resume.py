"""A run that SIGKILL ends resumes to the weights of a run left alone.

The program is the one of "Callbacks": its JOB_ strings, and the callback by
which order and dropout follow from the number of the epoch.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from flowbook import data

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from house_rules import cells  # noqa: E402

PAGE = ROOT / "chapters" / "training" / "callbacks.md"
STEPS = 120
SEEDED = """
import sys

import job
import keras
import numpy as np
import tensorflow as tf

{seeds}

if __name__ == "__main__":
    name = sys.argv[1]
    model = seeded(name, stop=job.die if "die" in sys.argv else None)
    np.savez(job.HERE / f"{{name}}.npz", *model.get_weights())
"""


def programs():
    """job.py and seeded.py, as the page gives them."""
    job = seeds = ""
    for _, code in cells(PAGE.read_text("utf-8")):
        if code.startswith("JOB_"):
            job += ast.literal_eval(ast.parse(code).body[0].value)
        if code.startswith("class Seeds"):
            seeds = code
    assert job, f"expected JOB_ strings in {PAGE.name}"
    assert seeds, f"expected a cell with class Seeds in {PAGE.name}"
    return job, SEEDED.format(seeds=seeds)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    place = tmp_path_factory.mktemp("resume")
    job, seeded = programs()
    (place / "job.py").write_text(job, "utf-8")
    (place / "seeded.py").write_text(seeded, "utf-8")
    (x, y), _ = data.digits()
    np.savez(place / "digits.npz", x=x[:640].reshape(-1, 64), y=y[:640])

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, "seeded.py", *arguments],
            cwd=place,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
            capture_output=True,
            text=True,
            timeout=100,
        )
        steps = (place / f"{arguments[0]}.txt").read_text().split("\n")[:-1]
        return done, [int(line.split()[0]) for line in steps], place

    return run


def test_a_killed_run_resumes_to_the_weights_of_a_run_left_alone(run):
    killed, steps, place = run("broken", "die")
    assert killed.returncode == -9, killed.stderr
    assert steps == list(range(1, 74)), "expected the death at step 73"
    assert (place / "broken" / "latest.weights.h5").exists()
    assert not (place / "broken.npz").exists(), "the dead saved no weights"

    resumed, steps, _ = run("broken")
    assert resumed.returncode == 0, resumed.stderr
    assert steps[73:] == list(range(61, STEPS + 1)), (
        "expected the second process to start at epoch 3, step 61"
    )

    whole, steps, _ = run("whole")
    assert whole.returncode == 0, whole.stderr
    assert steps == list(range(1, STEPS + 1))
    with (
        np.load(place / "broken.npz") as broken,
        np.load(place / "whole.npz") as unbroken,
    ):
        assert len(broken.files) == 4
        for name in unbroken.files:
            np.testing.assert_allclose(
                broken[name], unbroken[name], rtol=0, atol=1e-6
            )
