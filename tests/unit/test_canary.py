"""The canary says, claim by claim, what newer versions change."""

import datetime
import json

import nbformat
import pytest

from flowbook.instruments import chooser
from flowbook.publish import canary, environment
from flowbook.publish.book import Book, BookError
from flowbook.publish.environment import Machine

ROOT = Book.here().root
OLD = chooser.stale(datetime.date(2030, 1, 1))
MACHINE = Machine("2-core CPU", {"Python": "3.13.0", "TensorFlow": "9.0rc1"})
SOURCE = "---\nfile_format: mystnb\n---\n\n# A section that ages\n"
BEFORE = [
    "from flowbook.claims import claim",
    "claim('six sevens make enough', 42, at_least=40)",
    "claim('this one stays', 1, equals=1)",
    "claim('this one goes', 2.5, at_most=3)",
    "print('all is well')",
    "int('x')",
    "int('y')",
]
AFTER = [
    "from flowbook.claims import claim",
    "claim('six sevens make enough', 39, at_least=40)",
    "claim('this one stays', 1, equals=1)",
    "True",
    "raise AttributeError('module has no attribute old\\nand more')",
    "int('z')",
    "0",
]


def notebook(cells, raising=()):
    made = [
        nbformat.v4.new_code_cell(
            cell,
            metadata={"tags": ["raises-exception"]} if i in raising else {},
        )
        for i, cell in enumerate(cells)
    ]
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# A section"), *made],
        metadata={"kernelspec": {"name": "python3", "display_name": "P"}},
    )


@pytest.fixture(scope="module")
def aged(tmp_path_factory):
    """A book whose notebook was committed before its code changed."""
    root = tmp_path_factory.mktemp("book")
    (root / "_config.yml").write_text("title: t")
    for folder in ("chapters", "notebooks"):
        (root / folder).mkdir()
    (root / "src").symlink_to(ROOT / "src")
    (root / "chapters" / "aging.md").write_text(SOURCE)
    (root / "requirements.txt").write_text("tensorflow-cpu==2.21.0\n")
    nb = notebook(BEFORE, raising=(5, 6))
    with environment.client(
        nb,
        environment.inherited() | {"PYTHONPATH": str(ROOT / "src")},
        "python3",
    ) as client:
        client.execute()
    changed = notebook(AFTER)
    for new, old in zip(changed.cells, nb.cells, strict=True):
        if new.cell_type == "code":
            new.outputs = old.outputs
    nbformat.write(changed, root / "notebooks" / "aging.ipynb")
    return Book(root)


@pytest.fixture
def watched(aged, monkeypatch):
    """The canary, in this environment in place of a new one."""
    monkeypatch.setattr(canary, "KERNEL", "python3")
    monkeypatch.setattr(canary, "_environment", lambda *_: "python")
    monkeypatch.setattr(environment, "probe", lambda _: MACHINE)
    monkeypatch.setattr(canary.chooser, "stale", lambda: [])
    return aged


def test_the_report_says_what_no_longer_holds(watched, capsys):
    with pytest.raises(BookError, match=r"_build/canary\.md"):
        canary.watch(watched, watched.sections())
    text = (watched.root / "_build" / "canary.md").read_text("utf-8")
    assert text in capsys.readouterr().out
    assert "Python 3.13.0, TensorFlow 9.0rc1 on 2-core CPU" in text
    assert "1 notebooks were run" in text and "0 of them still hold" in text
    assert text.partition("## ")[2].splitlines() == [
        "A section that ages (chapters/aging)",
        "",
        "- **six sevens make enough** no longer holds: it must be at least "
        "40, and 39 was measured.",
        "- **this one goes** was no longer measured; it must be at most 3.",
        "- Cell 6 raises `AttributeError: module has no attribute old`.",
        "- Cell 8 was expected to raise `ValueError: invalid literal for "
        "int() with base 10: 'y'`, and did not.",
    ]


def test_a_book_that_holds_is_no_error(watched, monkeypatch, capsys):
    monkeypatch.setattr(canary, "compare", lambda *_: [])
    canary.watch(watched, watched.sections())
    assert "1 of them still hold." in capsys.readouterr().out


def test_a_source_that_is_too_old_fails_the_canary(
    watched, monkeypatch, capsys
):
    monkeypatch.setattr(canary, "compare", lambda *_: [])
    monkeypatch.setattr(canary.chooser, "stale", lambda: OLD)
    with pytest.raises(BookError, match="canary"):
        canary.watch(watched, watched.sections())
    told = capsys.readouterr().out.partition("## To be looked up again")[2]
    assert OLD and all(sentence in told for sentence in OLD)


def test_a_kernel_that_dies_is_a_finding(watched):
    nb = notebook(["import os", "os._exit(1)", "1"])
    path = watched.root / "notebooks" / "aging.ipynb"
    kept = path.read_text("utf-8")
    nbformat.write(nb, path)
    (section,) = watched.sections()
    found = canary.run(section, watched.root, watched)
    path.write_text(kept, "utf-8")
    assert [str(finding) for finding in found] == [
        "The run stopped: the kernel died"
    ]


def test_names_lose_their_pins_and_keep_their_markers():
    text = (ROOT / "requirements.txt").read_text("utf-8")
    found = canary.names(text)
    assert 'tensorflow-cpu; sys_platform == "linux"' in found[0]
    assert {"torch", "numpy", "ai-edge-litert"} <= set(found)
    assert not any("==2" in line or line.startswith("-") for line in found)
    assert "torch" not in canary.names(text, torch=False)
    assert canary.names("a>=1.2  # why\n\nb[x]~=3\nc") == ["a", "b[x]", "c"]


def test_the_workflow_runs_weekly_and_shows_the_report():
    text = (ROOT / ".github/workflows/canary.yml").read_text("utf-8")
    assert "cron:" in text and "workflow_dispatch:" in text
    assert "make canary" in text and "_build/canary.md" in text


def test_pip_s_own_words_follow_when_it_fails(tmp_path):
    python = tmp_path / "python"
    said = json.dumps("The conflict is caused by: a and b")
    python.write_text(f"#!/bin/sh\necho {said} >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(BookError, match="caused by: a and b"):
        environment.install(python, "x", what="x")
