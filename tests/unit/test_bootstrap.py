"""What stops a newcomer is said in one sentence, never in a traceback."""

import json
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from flowbook import bootstrap

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder that looks like a fresh checkout."""
    for name in (
        "requirements.txt",
        "requirements-html.txt",
        "constraints.txt",
        "pyproject.toml",
        *bootstrap.NODE_PINS,
    ):
        (tmp_path / name).write_text("")
    monkeypatch.setattr(bootstrap, "ROOT", str(tmp_path))
    monkeypatch.setattr(bootstrap, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(bootstrap, "BIN", str(tmp_path / ".venv" / "bin"))
    log = tmp_path / "_build" / "setup.log"
    monkeypatch.setattr(bootstrap, "LOG", str(log))
    return tmp_path


def sentence(capsys):
    error = capsys.readouterr().err
    assert error.startswith("setup: ") and error.count("\n") == 1
    return error


@pytest.mark.parametrize(
    ("kind", "version", "names"),
    [
        ("html", (3, 10, 2), "`make book` needs Python 3.11 or 3.12 or 3.13"),
        ("html", (3, 14, 0), "`make book` needs Python 3.11 or 3.12 or 3.13"),
        ("test", (3, 13, 0), "`make test` needs Python 3.11"),
    ],
)
def test_a_wrong_python(checkout, monkeypatch, capsys, kind, version, names):
    monkeypatch.setattr(sys, "version_info", version)
    assert bootstrap.main(kind) == 1
    said = sentence(capsys)
    assert names in said and "PYTHON=" in said


def test_a_full_disk_before_anything_is_installed(
    checkout, monkeypatch, capsys
):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(
        bootstrap.shutil, "disk_usage", lambda _: usage(1, 1, 2e8)
    )
    assert bootstrap.main("html") == 1
    assert "0.2 GB are free" in sentence(capsys)


@pytest.mark.parametrize(
    ("printed", "says"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("Temporary failure in name resolution", "cannot be reached"),
        ("npm error code EAI_AGAIN", "cannot be reached"),
        ("error: something unheard of", "something unheard of"),
    ],
)
def test_a_failed_installation_names_its_cause(
    checkout, monkeypatch, capsys, printed, says
):
    def broken(_requirements, _kind):
        code = f"import sys; print({printed!r}); sys.exit(1)"
        bootstrap.follow([sys.executable, "-c", code], "installing pins")

    monkeypatch.setattr(bootstrap, "make_venv", lambda kind: None)
    monkeypatch.setattr(bootstrap, "install", broken)
    assert bootstrap.main("html") == 1
    assert says in sentence(capsys)
    assert not (checkout / ".venv" / ".html").exists()
    assert printed in (checkout / "_build" / "setup.log").read_text()


@pytest.mark.parametrize("pins", ["constraints.txt", "package-lock.json"])
def test_what_is_installed_is_not_installed_again(checkout, monkeypatch, pins):
    installed = []
    (checkout / ".venv").mkdir()
    monkeypatch.setattr(bootstrap, "make_venv", lambda kind: None)
    monkeypatch.setattr(
        bootstrap, "install", lambda *pins: installed.append(pins)
    )
    assert bootstrap.main("html") == bootstrap.main("html") == 0
    assert len(installed) == 1
    (checkout / pins).write_text("sphinx==7.4.7")
    bootstrap.main("html")
    assert len(installed) == 2


def test_npm_installs_what_the_lock_names(checkout, monkeypatch):
    ran = []
    monkeypatch.setattr(bootstrap, "follow", lambda c, what: ran.append(c))
    (checkout / "package-lock.json").write_text("the lock")
    bootstrap.install_node_packages()
    folder = checkout / ".venv" / "node"
    assert ran[0][1:4] == ["ci", "--prefix", str(folder)]
    assert (folder / "package-lock.json").read_text() == "the lock"
    assert (folder / "package.json").exists()


def test_the_lock_has_a_digest_of_every_package_and_no_address():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    named = json.loads((ROOT / "package.json").read_text())["dependencies"]
    packages = {k: v for k, v in lock["packages"].items() if k}
    assert lock["packages"][""]["dependencies"] == named
    assert all(p["integrity"].startswith("sha512-") for p in packages.values())
    assert not any("resolved" in p for p in packages.values())


def test_a_missing_program_is_installed_by_apt(monkeypatch):
    ran = []
    present = {"apt-get": "/usr/bin/apt-get", "clang": "/usr/bin/clang"}
    monkeypatch.setattr(bootstrap.shutil, "which", present.get)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0)
    monkeypatch.setattr(bootstrap, "follow", lambda c, what: ran.append(c))
    assert bootstrap.find_program("a C compiler") == "/usr/bin/clang"
    assert not bootstrap.find_program("Chromium")
    bootstrap.install_programs(["Chromium", "a C compiler"])
    assert ran == [
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "chromium"],
        ["apt-get", "install", "-y", "gcc", "libc6-dev"],
    ]


def test_a_program_that_apt_has_not_takes_no_other_one_away(
    monkeypatch, capsys
):
    ran = []

    def follow(command, what):
        ran.append(command[-1])
        if command[-1] == "chromium-headless-shell":
            raise bootstrap.SetupError("Unable to locate package.")

    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: name)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0)
    monkeypatch.setattr(bootstrap, "follow", follow)
    bootstrap.install_programs(list(reversed(bootstrap.PROGRAMS)))
    assert {"chromium", "chromium-headless-shell", "libc6-dev"} < set(ran)
    said = capsys.readouterr().out
    assert "Unable to locate package. The browser tests will take" in said


def test_what_only_some_apts_have_is_asked_for_once(checkout, monkeypatch):
    asked = []
    monkeypatch.setattr(bootstrap, "make_venv", lambda kind: None)
    monkeypatch.setattr(bootstrap, "install", lambda *pins: None)
    monkeypatch.setattr(bootstrap, "check_python", lambda *versions: None)
    monkeypatch.setattr(bootstrap, "check_disk", lambda gigabytes: None)
    monkeypatch.setattr(bootstrap, "find_program", lambda name: None)
    monkeypatch.setattr(bootstrap, "install_programs", asked.append)
    (checkout / ".venv").mkdir()
    assert bootstrap.main("test") == bootstrap.main("test") == 0
    assert asked[0] == list(bootstrap.PROGRAMS)
    assert set(asked[0]) - set(asked[1]) == {"Chromium's headless shell"}


def test_without_apt_it_says_what_is_lost(monkeypatch, capsys):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    bootstrap.install_programs(["a C compiler"])
    said = capsys.readouterr().out
    assert "a C compiler" in said
    assert "Leaving Python" in said


def test_without_any_python_make_says_so():
    done = subprocess.run(
        ["make", "python", "PYTHON="], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "no Python was found" in done.stderr


def test_make_help_lists_every_target():
    done = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True
    )
    makefile = (ROOT / "Makefile").read_text()
    listed = makefile.partition(".PHONY: help")[2].partition(" python\n")[0]
    listed = listed.replace("\\\n", " ")
    assert "book" in listed.split()
    for target in listed.split():
        assert f"make {target} " in done.stdout
