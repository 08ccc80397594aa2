"""The framework chooser: every cell has a source and a date; the verdicts are
weighed alike in Python and in JavaScript.

Cells age. One that was looked up more than 180 days ago makes these tests
warn; with FLOWBOOK_STALE=error, which is for a scheduled run, they fail.
"""

import datetime
import itertools
import json
import os
import re
import subprocess
import sys
import warnings
from xml.etree import ElementTree

import pytest
import traitlets

from flowbook.instruments import FrameworkChooser, bundle, chooser

CASES = json.loads(
    (bundle.FOLDER / "chooser.cases.json").read_text(encoding="utf-8")
)
CELLS = [
    pytest.param(cell, id=f"{name}-{framework}")
    for name, framework, cell in chooser.cells()
]
VERDICTS = ("yes", "care", "no")
TABLE = [
    {
        "name": title,
        "said": {need: said[key] for need, said in chooser.verdicts().items()},
    }
    for key, title in chooser.DATA["frameworks"].items()
]
LABELS = {name: chooser.ROWS[name]["short"] for name in chooser.NEEDS}
by_cell = pytest.mark.parametrize("cell", CELLS)
by_case = pytest.mark.parametrize(
    "case", CASES["weigh"], ids=lambda case: "+".join(case["needs"]) or "none"
)


# ---- the data ------------------------------------------------------------


@by_cell
def test_a_cell_is_whole(cell):
    assert cell.keys() == {
        "verdict",
        "reason",
        "source",
        "checked_on",
        "would_change",
    }
    assert cell["verdict"] in VERDICTS
    assert re.fullmatch(r"\S[^\n]{20,170}\.", cell["reason"])
    assert re.fullmatch(r"\S[^\n]{5,90}[^.\s]", cell["would_change"])


@by_cell
def test_a_cell_has_a_source(cell):
    assert cell["source"], "a verdict without a source is an opinion"
    for source in cell["source"]:
        assert source.keys() == {"title", "url"}
        assert len(source["title"]) > 3
        assert re.fullmatch(r"https://[\w.-]+\.\w+/?\S*", source["url"])


@by_cell
def test_a_cell_was_looked_up_on_a_day_that_has_been(cell):
    day = datetime.date.fromisoformat(cell["checked_on"])
    assert datetime.date(2026, 11, 1) <= day <= datetime.date.today()


def test_every_row_says_something_of_both():
    for row in chooser.DATA["rows"]:
        assert row["cells"].keys() == chooser.DATA["frameworks"].keys()
        assert set(row["tables"]) <= {"first", "chooser"} and row["tables"]
        assert ("chooser" in row["tables"]) == ("need" in row)


def test_there_are_seven_kinds_of_constraint():
    kinds = {chooser.ROWS[name]["need"] for name in chooser.NEEDS}
    assert len(kinds) == 7


def test_neither_wins_every_row():
    for framework in chooser.DATA["frameworks"]:
        said = {said[framework] for said in chooser.verdicts().values()}
        assert said > {"yes"}, f"{framework} has only yes"
    assert {
        need
        for need, said in chooser.verdicts().items()
        if said["tensorflow"] == "no"
    } == {"code-pytorch", "tpu", "windows"}


# ---- the age of the cells ------------------------------------------------


def judge_age(sentences):
    """Warn of stale cells; fail under FLOWBOOK_STALE=error."""
    if not sentences:
        return
    message = "\n".join(sentences)
    if os.environ.get("FLOWBOOK_STALE") == "error":
        pytest.fail(message)
    warnings.warn(message, stacklevel=2)


def test_no_cell_is_stale():
    judge_age(chooser.stale())


def test_a_cell_is_stale_after_180_days():
    name, framework, cell = next(iter(chooser.cells()))
    checked = datetime.date.fromisoformat(cell["checked_on"])
    days = datetime.timedelta(days=1)
    fresh = chooser.stale(checked + 180 * days)
    old = chooser.stale(checked + 181 * days)
    assert not any(text.startswith(f"{name}, {framework}:") for text in fresh)
    assert any(text.startswith(f"{name}, {framework}:") for text in old)
    assert "181 days ago" in old[0]


def test_a_stale_cell_warns_here_and_fails_in_the_canary(monkeypatch):
    old = chooser.stale(datetime.date(2030, 1, 1))
    assert len(old) == len(CELLS)
    monkeypatch.delenv("FLOWBOOK_STALE", raising=False)
    with pytest.warns(UserWarning, match="Check its source"):
        judge_age(old)
    monkeypatch.setenv("FLOWBOOK_STALE", "error")
    with pytest.raises(pytest.fail.Exception, match="Check its source"):
        judge_age(old)


# ---- weighing ------------------------------------------------------------


def in_javascript(expression):
    given = f"const table = {json.dumps(TABLE)}; const labels = "
    return bundle.run_js(
        "chooser",
        f"(() => {{ {given}{json.dumps(LABELS)}; return {expression}; }})()",
    )


@by_case
def test_python_matches_the_cases(case):
    weighed = chooser.weigh(case["needs"])
    for framework, answers in weighed.items():
        assert [" ".join(answers[v]) for v in VERDICTS] == case[framework]


def test_javascript_matches_the_cases():
    needs = json.dumps([case["needs"] for case in CASES["weigh"]])
    found = in_javascript(f"{needs}.map((n) => instrument.weigh(n, table))")
    for case, answers in zip(CASES["weigh"], found, strict=True):
        for framework, answer in zip(
            ("tensorflow", "pytorch"), answers, strict=True
        ):
            said = [" ".join(answer[v]) for v in VERDICTS]
            assert said == case[framework], case["needs"]


def test_both_languages_say_the_same_of_every_choice_of_up_to_three():
    choices = [
        list(chosen)
        for size in (0, 1, 2, 3)
        for chosen in itertools.combinations(chooser.NEEDS, size)
    ]
    said = in_javascript(
        f"{json.dumps(choices)}.map((n) => "
        "instrument.sentence(n, table, labels))"
    )
    endings = set()
    for needs, sentence in zip(choices, said, strict=True):
        assert sentence == chooser.describe(needs)
        assert not re.search("undefined|null|NaN|  ", sentence)
        assert not re.search(r"\d+ (of|out of) \d+|score|points", sentence)
        endings.add(sentence.split(". ")[-1])
    assert len(endings) >= 6


def test_bad_input_is_mended_with_a_sentence():
    raws = json.dumps([case["raw"] for case in CASES["normalize"]])
    found = bundle.run_js("chooser", f"{raws}.map(instrument.normalize)")
    for case, result in zip(CASES["normalize"], found, strict=True):
        assert result["state"] == {"needs": case["needs"]}, case["raw"]
        assert result["notes"] == case["notes"], case["raw"]


def test_both_languages_know_the_same_needs():
    assert bundle.run_js("chooser", "instrument.needs") == list(chooser.NEEDS)


def test_an_unknown_need_is_named():
    with pytest.raises(ValueError, match=r"out of code-tensorflow.*'toaster'"):
        chooser.weigh(["toaster"])
    with pytest.raises(traitlets.TraitError, match="'toaster'"):
        FrameworkChooser(needs=["toaster"])


# ---- the table -----------------------------------------------------------


def test_the_static_table_holds_every_cell():
    page = bundle.static_html("chooser", {"needs": []})
    assert page.count('data-row="') == len(chooser.NEEDS)
    for name, _, cell in chooser.cells():
        if name not in chooser.NEEDS:
            continue
        for text in (cell["reason"], cell["would_change"]):
            assert text.replace("'", "&#x27;") in page
        for source in cell["source"]:
            assert f'href="{source["url"]}"' in page
        assert f"<time>{cell['checked_on']}</time>" in page
    assert "says no to three of them, PyTorch to none" in page
    assert '<div class="fb-choice" hidden="hidden">' in page
    ElementTree.fromstring(page)  # an e-book takes nothing but XHTML


@pytest.mark.parametrize("which", ["first", "chooser"])
def test_a_table_is_also_plain_text(which):
    shown = chooser.table(which, "A caption & more.")
    assert "<figcaption>A caption &amp; more.</figcaption>" in (
        shown._repr_html_()
    )
    plain = repr(shown)
    for name, _, cell in chooser.cells():
        inside = name in shown.rows
        assert (chooser.ROWS[name]["title"] in plain) == inside
        if inside:
            joined = re.sub(r"\s+", " ", plain)
            assert cell["reason"] in joined
            assert all(s["url"] in joined for s in cell["source"])
    assert " at 0x" not in plain


def test_an_unknown_table_is_named():
    with pytest.raises(ValueError, match="'last'"):
        chooser.table("last")


def test_the_widget_shows_its_table_as_text_too():
    data, _ = FrameworkChooser(needs=["tpu"])._repr_mimebundle_()
    assert "Training on a TPU" in data["text/plain"]
    assert "on a phone" not in data["text/plain"]
    assert FrameworkChooser().still == chooser.still()[0]


def test_the_chooser_needs_only_the_standard_library():
    program = (
        "import sys; from flowbook.instruments import bundle; "
        "bundle.static_html('chooser', {}); "
        "sys.exit(bool({'traitlets', 'numpy'} & set(sys.modules)))"
    )
    assert not subprocess.run([sys.executable, "-c", program]).returncode
