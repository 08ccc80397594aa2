"""No attack gains a point, costs another one, or reaches the host.

Every attack is a notebook in ``notebooks``, made from ``sources``. All are
graded by the real command in one batch, an honest neighbor before and after
each group of them: as root and as an ordinary user.
"""

import csv
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy
import pytest
from notebooks import ATTACKS, FOLDER, HONEST, SET, texts
from processes import graders_left, marked

import flowbook

HERE = Path(__file__).parent
TRACE = "flowbook-attack-was-here"
PORT = 47611  # of the host; outside-network.py tries it
SPARE = 61_977  # the ordinary user
KEY = "SECRET-OF-THE-KEY-1234567890abcdef"
FULL = SET.exercises.points
AS_ROOT = os.geteuid() == 0
USERS = ["root", "user"] if AS_ROOT else ["user"]
TOO_LARGE = "damaged-200-megabytes"
DAMAGED = {  # bytes that are no notebook
    "damaged-text": b"I did all of it, see my e-mail.",
    "damaged-picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "damaged-empty": b"",
    "damaged-no-cells": b'{"nbformat": 4}',
    "damaged-cells-of-text": b'{"cells": "def center(x): return 0"}',
    "damaged-source": b'{"cells": [{"cell_type": "code", "source": 1}]}',
    "damaged-deep": b"[" * 200_000,
    "damaged-numbers": b'{"cells": [' + b"9" * 10_000 + b"]}",
}


def submissions(folder):
    """Write all submissions; an honest one between any two groups."""
    made = texts()
    (folder / "a-honest.ipynb").write_text(made[HONEST], "utf-8")
    for attack in ATTACKS:
        group = attack.name.partition("-")[0]
        honest = folder / f"{group}-2-honest.ipynb"
        honest.write_text(made[HONEST], "utf-8")
        name = attack.name.replace("-", "-1-", 1)
        (folder / f"{name}.ipynb").write_text(made[attack.name], "utf-8")
    for name, data in DAMAGED.items():
        (folder / f"{name}.ipynb").write_bytes(data)
    half = made[HONEST].encode()[: len(made[HONEST]) // 2]
    (folder / "damaged-truncated.ipynb").write_bytes(half)
    with open(folder / f"{TOO_LARGE}.ipynb", "wb") as file:
        file.truncate(200 * 10**6)
    notebook = json.loads(made[HONEST])
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 10**7}
    notebook["cells"][-1]["outputs"] = [output]
    (folder / "honest-large-outputs.ipynb").write_text(json.dumps(notebook))
    neighbor = "SECRET-OF-THE-NEIGHBOR-0123456789abcdef"
    text = made[HONEST].replace("half = 0.5", f"half = 0.5  # {neighbor}")
    (folder / "honest-with-a-secret.ipynb").write_text(text)
    (folder / "=1+1;cmd.ipynb").write_text(made[HONEST])


class Host:
    """The machine around the grader: what it must not notice."""

    def __init__(self, folder):
        self.folder = folder
        self.stack = ExitStack()
        self.heard = [
            self._listening(socket.AF_INET, socket.SOCK_STREAM),
            self._listening(socket.AF_INET, socket.SOCK_DGRAM),
        ]

    def _listening(self, family, kind):
        sock = self.stack.enter_context(socket.socket(family, kind))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", PORT))
        if kind == socket.SOCK_STREAM:
            sock.listen()
        sock.setblocking(False)
        return sock

    def connections(self):
        """What connected to this host, or sent something."""
        found = []
        for sock in self.heard:
            try:
                stream = sock.type == socket.SOCK_STREAM
                found.append(sock.accept() if stream else sock.recv(100))
            except BlockingIOError:
                pass
        return found

    def files(self):
        """A digest of what must not change, by path."""
        watched = [
            *Path(flowbook.__file__).parent.rglob("*.py"),
            Path(numpy.__file__),
            Path(os.__file__),
            *self.folder.glob("in/*"),
        ]
        return {path: digest(path) for path in watched if path.is_file()}

    def traces(self):
        """Files that an attack left."""
        places = [Path("/tmp"), Path("/"), Path.home(), Path.cwd()]
        return [p for place in places for p in place.glob(f"*{TRACE}*")]


def digest(path):
    if path.stat().st_size > 10**8:
        return path.stat().st_mtime_ns
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Graded:
    """One batch: its results, and what the host saw of it."""

    def __init__(self, user):
        self.folder = Path(tempfile.mkdtemp(prefix="flowbook-attacks-"))
        papers = self.folder / "in"
        papers.mkdir()
        submissions(papers)
        (self.folder / "course.key").write_text(KEY)
        os.chmod(self.folder / "course.key", 0o600)
        start = time.perf_counter()
        host = Host(self.folder)
        with host.stack:
            before = host.files()
            self.run = self._grade(user, sorted(papers.glob("*")))
            self.connections = host.connections()
        self.seconds = time.perf_counter() - start
        self.traces, self.changed = host.traces(), host.files() != before
        self.left = graders_left(self.folder)
        out = self.folder / "out"
        self.grades = {
            path.stem: json.loads(path.read_text("utf-8"))
            for path in out.glob("*.json")
        }
        self.written = "".join(
            path.read_text("utf-8") for path in out.glob("*")
        )

    def _grade(self, user, papers):
        command = [sys.executable, "-m", "flowbook.cli", "grade"]
        command += [str(HERE / "attacked.md"), *map(str, papers)]
        command += ["--key-file", str(self.folder / "course.key")]
        command += ["-o", str(self.folder / "out")]
        command += ["-j", "2", "--timeout", "5"]
        if user == "user" and AS_ROOT:
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, SPARE, SPARE)
            helper = [sys.executable, str(HERE / "ordinary.py")]
            command = [*helper, str(SPARE), "--", *command]
        return subprocess.run(
            command,
            cwd="/",
            env=marked(self.folder),
            capture_output=True,
            text=True,
            timeout=600,
        )


@pytest.fixture(scope="module", params=USERS)
def graded(request):
    batch = Graded(request.param)
    print(f"\n{request.param}: {batch.seconds:.1f} s, {len(batch.grades)}")
    yield batch
    shutil.rmtree(batch.folder)


def test_the_committed_notebooks_are_those_of_the_sources():
    made = texts()
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(made)
    for name, text in made.items():
        committed = (FOLDER / f"{name}.ipynb").read_text("utf-8")
        assert committed == text, f"{name}: run python {HERE}/notebooks.py"


def test_the_batch_ends_with_a_grade_for_everyone(graded):
    assert graded.run.returncode == 0, graded.run.stderr[-3000:]
    assert "Traceback" not in graded.run.stderr, graded.run.stderr
    papers = list((graded.folder / "in").glob("*"))
    assert len(graded.grades) == len(papers)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_gains_nothing_and_costs_nothing_else(graded, attack):
    grade = graded.grades[attack.name.replace("-", "-1-", 1)]
    questions = grade["questions"]
    earned = {name: found["earned"] for name, found in questions.items()}
    worth = {name: found["possible"] for name, found in questions.items()}
    expected = {**worth, **({attack.question: 0} if attack.question else {})}
    assert earned == expected, json.dumps(grade, indent=1)
    told = questions.get(attack.question, {"message": "", "status": ""})
    text = "\n".join([told["message"], *grade["problems"]])
    assert attack.says in text
    assert not attack.status or told["status"] == attack.status, told


def test_the_honest_neighbors_keep_all_points(graded):
    honest = {n: g for n, g in graded.grades.items() if "honest" in n}
    assert len(honest) > 10
    for name, grade in honest.items():
        assert grade["earned"] == FULL, (name, json.dumps(grade, indent=1))


@pytest.mark.parametrize("name", [*DAMAGED, "damaged-truncated", TOO_LARGE])
def test_what_is_no_notebook_gets_a_sentence_and_no_points(graded, name):
    grade = graded.grades[name]
    assert grade["earned"] == 0
    assert grade["status"] == "unreadable"
    (sentence,) = grade["problems"]
    assert sentence.endswith(".") and "Traceback" not in sentence
    lines = [ln for ln in graded.run.stderr.splitlines() if f"{name}:" in ln]
    assert len(lines) == 1 and sentence in lines[0]


def test_the_host_is_as_it_was(graded):
    assert graded.traces == []
    assert graded.connections == []
    assert not graded.changed
    assert graded.left == []


def test_no_secret_is_in_what_is_written(graded):
    for secret in ("KEY", "REFERENCE", "NEIGHBOR"):
        assert f"SECRET-OF-THE-{secret}-" not in graded.written


def test_the_table_runs_no_formula_and_has_no_controls(graded):
    text = (graded.folder / "out" / "grades.csv").read_text("utf-8")
    rows = list(csv.reader(text.splitlines()))
    assert rows[0][:1] + rows[0][-3:] == [
        "student",
        "total",
        "out of",
        "status",
    ]
    assert len(rows) == len(graded.grades) + 1
    assert not [row for row in rows if row[0][:1] in "=+-@"]
    assert "\x1b" not in graded.written + graded.run.stderr.replace(
        "\x1b[A", ""
    )
