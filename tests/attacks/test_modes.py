"""The command around the sandbox: other isolations, refusals, restarts."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from notebooks import ATTACKS, HONEST, RACES, SET, texts
from processes import graders_left, marked

from flowbook.exercises.grading import command

HERE = Path(__file__).parent
KEY = "SECRET-OF-THE-KEY-1234567890abcdef"
FULL = SET.exercises.points
SPARE = 61_977  # the ordinary user
MADE = texts()
needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="a container's root is needed"
)


@pytest.fixture
def folder():
    """A private folder with a key and the set; not below pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="flowbook-modes-"))
    (path / "course.key").write_text(KEY)
    os.chmod(path / "course.key", 0o600)
    shutil.copy(HERE / "attacked.md", path)
    yield path
    shutil.rmtree(path)


def grade(
    folder,
    *more,
    wrapped=(),
    start=subprocess.run,
    of="attacked.md",
    **options,
):
    """Run ``flowbook grade`` on all notebooks of the folder."""
    papers = sorted(map(str, folder.glob("*.ipynb")))
    line = [sys.executable, "-m", "flowbook.cli", "grade"]
    line += [str(folder / of), *papers, "-o", str(folder / "out")]
    line += ["--key-file", str(folder / "course.key"), *more]
    return start(
        [*wrapped, *line],
        cwd="/",
        env=marked(folder),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def put(folder, name, made):
    (folder / f"{name}.ipynb").write_text(MADE[made], "utf-8")


def result(folder, name):
    return json.loads((folder / "out" / f"{name}.json").read_text("utf-8"))


def opened(user=0):
    """The wrapper that lets other users reach Python, below a closed home."""
    return [sys.executable, str(HERE / "ordinary.py"), str(user), "--"]


@needs_root
@pytest.mark.parametrize(
    "name",
    [
        HONEST,
        "ends-kill-all",
        "exhausts-fork-bomb",
        "outside-network",
        "outside-programs",
        "reads-memory",
    ],
)
def test_a_container_grades_one_submission(folder, name):
    put(folder, "submission", name)
    isolation = ["--isolation=container", "--gradescope", "--timeout=20"]
    done = grade(folder, *isolation, wrapped=opened())
    assert done.returncode == command.GRADED, done.stderr
    found = result(folder, "submission")
    lost = [attack for attack in ATTACKS if attack.name == name]
    assert found["earned"] == FULL - 2 * len(lost), json.dumps(found)
    for attack in lost:
        assert attack.says in found["questions"][attack.question]["message"]
    scope = json.loads((folder / "out" / "results.json").read_text("utf-8"))
    assert scope["score"] == found["earned"]
    assert len(scope["tests"]) == len(SET.exercises.questions)


@pytest.mark.parametrize("how", ["as it is", "as a user"])
def test_a_race_is_won_by_being_faster_alone(folder, how):
    shutil.copy(HERE / "raced.md", folder)
    for name in ["race-honest", *(attack.name for attack in RACES)]:
        put(folder, name, name)
    wrapped = []
    if how == "as a user" and os.geteuid() == 0:
        wrapped = opened(SPARE)
        for path in [folder, *folder.iterdir()]:
            os.chown(path, SPARE, SPARE)
    options = ["-j2", "--timeout=10"]
    done = grade(folder, *options, wrapped=wrapped, of="raced.md")
    assert done.returncode == command.GRADED, done.stderr
    assert result(folder, "race-honest")["earned"] == 2
    for attack in RACES:
        found = result(folder, attack.name)["questions"]["faster"]
        assert found["earned"] == 0, (attack.name, found)
        assert attack.says in found["message"], (attack.name, found)


@needs_root
@pytest.mark.parametrize(
    "name", ["race-honest", "race-runs-meanwhile", "race-slows-the-rival"]
)
def test_a_race_in_a_container_is_as_fair(folder, name):
    shutil.copy(HERE / "raced.md", folder)
    os.chmod(folder / "raced.md", 0o600)
    put(folder, "submission", name)
    isolation = "--isolation=container"
    done = grade(folder, isolation, wrapped=opened(), of="raced.md")
    assert done.returncode == command.GRADED, done.stderr
    found = result(folder, "submission")["questions"]["faster"]
    assert found["earned"] == 2 * (name == "race-honest"), found


@needs_root
@pytest.mark.parametrize(
    ("path", "mode", "says"),
    [
        ("course.key", 0o644, "the key can be read by every user"),
        ("attacked.md", 0o644, "the set can be read by every user"),
        ("out", 0o777, "every user can write to"),
    ],
)
def test_a_container_that_exposes_a_secret_is_refused(
    folder, path, mode, says
):
    put(folder, "submission", HONEST)
    (folder / "out").mkdir(mode=0o700)
    for other in ("course.key", "attacked.md"):
        os.chmod(folder / other, 0o600)
    os.chmod(folder, 0o755)
    os.chmod(folder / path, mode)
    done = grade(folder, "--isolation=container", wrapped=opened())
    assert done.returncode == command.WRONG_USE
    assert says in done.stderr


@needs_root
def test_a_container_needs_root(folder):
    put(folder, "submission", HONEST)
    for path in [folder, *folder.iterdir()]:
        os.chown(path, SPARE, SPARE)
    done = grade(folder, "--isolation=container", wrapped=opened(SPARE))
    assert done.returncode == command.WRONG_USE
    assert "must run as root" in done.stderr


def test_no_isolation_works_and_says_what_it_is_worth(folder):
    learners = json.loads(MADE[HONEST])
    for cell in learners["cells"]:
        question = cell["metadata"].get("flowbook", {}).get("question")
        if question == "line":
            cell["source"] = "pass"  # wrong: it is tried again alone
        elif question not in (None, "center", "half"):
            cell["source"] = SET.exercises.question(question).stub
    (folder / "ada.ipynb").write_text(json.dumps(learners))
    done = grade(folder, "--isolation=none")
    assert done.returncode == command.GRADED, done.stderr
    assert done.stderr.count("UNTRUSTED") == 2
    assert result(folder, "ada")["earned"] == 4
    (_, row) = csv.reader((folder / "out/grades.csv").open())
    assert row[-1] == "UNTRUSTED, graded"


def test_a_kernel_that_refuses_is_told_with_advice(folder):
    put(folder, "ada", HONEST)
    refusing = [sys.executable, str(HERE / "refusing.py"), "--"]
    done = grade(folder, wrapped=refusing)
    assert done.returncode == command.REFUSED, done.stderr
    assert "Traceback" not in done.stderr
    for words in ("Operation not permitted", "--isolation=container"):
        assert words in done.stderr
    assert not list((folder / "out").glob("*.json"))


def test_a_killed_command_leaves_nothing_and_goes_on(folder):
    for number in range(8):
        put(folder, f"student-{number}", HONEST)
    first = grade(folder, "-j2", start=subprocess.Popen)
    until = time.monotonic() + 120
    while len(list((folder / "out").glob("s*.json"))) < 2:
        assert time.monotonic() < until and first.poll() is None
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    kept = {p: p.stat().st_mtime_ns for p in folder.glob("out/s*.json")}
    assert 2 <= len(kept) < 8
    assert graders_left(folder) == []
    second = grade(folder, "-j2")
    assert second.returncode == command.GRADED, second.stderr
    assert f"8 graded ({len(kept)} of them before)" in second.stdout
    assert all(p.stat().st_mtime_ns == time for p, time in kept.items())
    rows = list(csv.reader((folder / "out/grades.csv").open()))
    assert [row[-3] for row in rows[1:]] == [str(FULL)] * 8


def heeds_ctrl_c():
    """As at a terminal; a shell's background jobs are born deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_stops_at_once_and_says_how_to_go_on(folder):
    for number in range(8):
        put(folder, f"student-{number}", HONEST)
    first = grade(folder, start=subprocess.Popen, preexec_fn=heeds_ctrl_c)
    until = time.monotonic() + 120
    while not list((folder / "out").glob("s*.json")):
        assert time.monotonic() < until and first.poll() is None
        time.sleep(0.05)
    first.send_signal(signal.SIGINT)
    _, said = first.communicate(timeout=20)
    assert first.returncode == command.STOPPED
    assert "goes on from here" in said and "Traceback" not in said
    assert (folder / "out" / "grades.csv").exists()
