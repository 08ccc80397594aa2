"""A judge that ends or falls silent costs one part, and no submission."""

import json
import socket
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

from flowbook.exercises.grading import batch, judge
from flowbook.exercises.grading.batch import Batch, NotGraded, Task
from flowbook.exercises.grading.judge import Judge
from flowbook.exercises.grading.launch import Refused
from flowbook.exercises.grading.wire import Wire, WireError
from flowbook.exercises.parts import Check, ExerciseSet, Question

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


class Paper:
    def __init__(self, student, data=b"{}"):
        self.student, self._data = student, data

    def read(self):
        return self._data


class Scripted:
    """Judges that do as a function says, each with a process to be killed."""

    plan = None

    def __init__(self, act):
        self.act, self.processes = act, []

    def judge(self):
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(SLEEP)
        self.processes.append(process)
        threading.Thread(
            target=self._serve, args=(Wire(theirs), process.pid), daemon=True
        ).start()
        return Wire(ours)

    def _serve(self, wire, pid):
        try:
            wire.send("ready", pid)
            wire.receive()
            while True:
                _, body = wire.receive()
                self.act(wire, body)
        except (WireError, threading.BrokenBarrierError):
            wire.close()


@pytest.fixture
def grade():
    made = []

    def run(act, *papers, jobs=1, timeout=60.0):
        made.append(Scripted(act))
        these = Batch(Task("", b"k" * 16, timeout), made[-1], jobs)
        found = list(these.results(list(papers)))
        return {paper.student: grade for paper, grade in found}, made[-1]

    yield run
    for scripted in made:
        for process in scripted.processes:
            assert process.wait(10) != 0, "the judge's process was left"


def graded(wire, body):
    wire.send("graded", {"barred": body["barred"]})


def test_every_paper_comes_back_from_several_judges(grade):
    papers = [Paper(f"s{number}") for number in range(9)]
    at_work = threading.Barrier(3, timeout=30)

    def act(wire, body):
        at_work.wait()
        graded(wire, body)

    found, launcher = grade(act, *papers, jobs=3)
    assert len(found) == 9 and len(launcher.processes) == 3
    assert all(grade["barred"] == [] for grade in found.values())


def test_a_part_that_ends_judges_is_barred_for_that_paper_alone(grade):
    def act(wire, body):
        wire.send("doing", ["first", 1])
        if body["student"] == "bomb" and ["first", 1] not in body["barred"]:
            raise WireError("this judge crashed")
        graded(wire, body)

    found, launcher = grade(act, Paper("a"), Paper("bomb"), Paper("z"))
    assert found["bomb"]["barred"] == [["first", 1]]
    assert found["a"]["barred"] == found["z"]["barred"] == []
    assert len(launcher.processes) == 2


def test_a_silent_judge_is_replaced(grade, monkeypatch):
    monkeypatch.setattr(batch, "START", 3)

    def act(wire, body):
        if not body["barred"]:
            wire.send("doing", ["first", 2])
            wire.receive()
        graded(wire, body)

    found, _ = grade(act, Paper("a"), timeout=0.1)
    assert found["a"]["barred"] == [["first", 2]]


def test_a_judge_that_always_ends_leaves_the_others_their_grades(grade):
    def act(wire, body):
        if body["student"] == "odd":
            raise WireError("ended without a word")
        graded(wire, body)

    found, _ = grade(act, Paper("a"), Paper("odd"), Paper("z"))
    assert isinstance(found["odd"], NotGraded)
    assert found["a"]["barred"] == found["z"]["barred"] == []


def test_a_judge_that_says_why_it_failed_is_not_asked_again(grade):
    def act(wire, body):
        wire.send("failed", "Refused: no process")

    found, launcher = grade(act, Paper("a"))
    assert str(found["a"]) == "Refused: no process"
    assert len(launcher.processes) == 1


def test_a_sandbox_that_fails_is_no_fault_of_the_answer(monkeypatch):
    class Refusing:
        def start(self, role):
            raise Refused("no process")

    code = "def check(student, rng): student.value('x')"
    checks = (Check(1, code),)
    question = Question("q", "Q", "", "x = ...", "x = 1", "", (), checks)
    this = Judge(
        ExerciseSet("s", "S", "", "", (question,)), Refusing(), b"k" * 16, 1.0
    )
    cell = {"cell_type": "code", "source": "x = 1"}
    with pytest.raises(Refused):
        this.grade("a", json.dumps({"cells": [cell]}).encode())


def test_a_barred_part_earns_nothing_and_the_others_are_judged(monkeypatch):
    checks = (
        Check(1, "def check(student, rng): raise SystemError"),
        Check(2, "def check(student, rng): pass"),
    )
    question = Question("q", "Q", "", "x = ...", "x = 1", "", (), checks)
    this = Judge(
        ExerciseSet("s", "S", "", "", (question,)), None, b"k" * 16, 1.0
    )
    session = SimpleNamespace(ready=lambda: None, end=lambda: None, failed={})
    monkeypatch.setattr(judge, "Session", lambda *rest: session)
    cell = {"cell_type": "code", "source": "x = 1"}
    grade = this.grade(
        "a", json.dumps({"cells": [cell]}).encode(), barred=[["q", 1]]
    )
    assert (grade["earned"], grade["possible"]) == (2, 3)
    assert "ended the grader" in grade["questions"]["q"]["message"]
