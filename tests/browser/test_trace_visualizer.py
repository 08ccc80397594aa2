"""The trace visualizer in a real browser: what it alone has to show."""

import functools
import json

import pytest
from alone import (
    address_is,
    drawn,
    height,
    press,
    say,
    step_is,
    texts_outside,
    texts_touching,
)
from playwright.sync_api import expect

from flowbook.instruments import bundle

# Long words everywhere: widened types, casts, errors, traces run again.
EXTREMES = [
    "#trace:q=f2,f3,f0,n2,i2,i0,w,f5&r=1",
    "#trace:q=d2,L12,v,i2,True,1.0,f0,n2&s=vector",
    "#trace:q=True,1.0,i0,f0,L34,w,d2,i2&s=scalar",
    "#trace:q=v,f2,L12,i2,f2,w,L12,i2",
    "#trace:q=1.0,1,True,3,L34,3,i0,d2",
]


@pytest.fixture
def visit(alone):
    return functools.partial(alone, "trace")


def choose(page, label, option):
    page.get_by_label(label, exact=True).select_option(label=option)


def add(page, code):
    page.get_by_role("button", name=f"adds f({code})").click()


def outcomes(page):
    """What the picture says of each call that it shows."""
    said = ("traces", "reuses", "TypeError")
    table = page.locator(".fb-live tbody tr")
    rows = [row.locator("td").all_text_contents() for row in table.all()]
    words = [
        "TypeError" if returns == "TypeError" else made.split()[0]
        for _, made, returns in rows
    ]
    return [word for word in words if word in said]


# ---- what it shows ---------------------------------------------------------


def test_the_default_teaches_on_its_own(visit):
    page = visit()
    expect(say(page)).to_contain_text("f(w) reuses trace 5: w is like v.")
    assert "cache: 5 traces, 5 prints" in drawn(page)
    assert "→ int32 2" in drawn(page)
    assert drawn(page).count("traces") == 5
    expect(page.locator(".fb-code")).to_contain_text("# fired 5×")


def test_every_preset_starts_unseen_and_runs_as_the_table_says(visit):
    page = visit()
    cases = json.loads(
        (bundle.FOLDER / "trace.cases.json").read_text(encoding="utf-8")
    )["simulate"]
    words = {"trace": "traces", "reuse": "reuses", "error": "TypeError"}
    for title, names, *signature in bundle.run_js(
        "trace", "instrument.presets"
    ):
        case = next(
            case
            for case in cases
            if case["queue"] == names.split()
            and case["signature"] == (signature or ["none"])[0]
            and not case["reduce_retracing"]
        )
        choose(page, "Queue", title)
        step_is(page, 0)
        assert outcomes(page) == []
        page.locator(".fb-stage").press("End")
        expected = [words[o.split()[0]] for o in case["outcomes"]]
        assert outcomes(page) == expected, title


def test_reduce_retracing_and_a_signature_save_traces(visit):
    page = visit()
    choose(page, "Queue", "Shapes 2, 3, 4, 5")
    stage = page.locator(".fb-stage")
    stage.press("End")
    assert outcomes(page) == ["traces"] * 4
    page.get_by_label("reduce_retracing").check()
    step_is(page, 0)
    expect(page.locator(".fb-code")).to_contain_text("reduce_retracing=True")
    stage.press("End")
    assert outcomes(page) == ["traces"] * 2 + ["reuses"] * 2
    assert "(None,)" in drawn(page)
    choose(page, "input_signature", "float32, shape [None]")
    expect(page.locator(".fb-code")).to_contain_text(
        "s = tf.TensorSpec([None], tf.float32)"
    )
    stage.press("End")
    assert outcomes(page) == ["traces"] + ["reuses"] * 3


def test_the_body_is_marked_only_while_it_is_traced(visit):
    page = visit()
    press(page, "Reset")
    now = page.locator(".fb-code [aria-current]")
    body = page.locator(".fb-code .fb-also")
    expect(now).to_have_count(0)
    for call, lines in [
        ("f(tf.zeros([2]))", 2),
        ("f(tf.zeros([3]))", 2),
        ("f(np.float32([0, 0]))", 0),
    ]:
        press(page, "Step")
        expect(now).to_have_text(call)
        expect(body).to_have_count(lines)


def test_a_wrong_dtype_is_a_type_error_and_no_trace(visit):
    page = visit()
    choose(page, "Queue", "Wrong dtype under a signature")
    press(page, "Step")
    press(page, "Step")
    expect(say(page)).to_contain_text(
        "f(tf.constant([1, 2])) raises TypeError: binding inputs failed, for "
        "int32 (2,) is no float32 (None,). Nothing is traced."
    )
    expect(page.locator(".fb-phase").first).to_have_text(
        "call 2 of 3 · 1 trace"
    )
    expect(page.locator(".fb-also")).to_contain_text("input_signature=[s]")


# ---- guesses ---------------------------------------------------------------


def test_a_guess_comes_before_the_outcome_and_is_counted(visit):
    page = visit()
    choose(page, "Queue", "1, 1.0, True")
    guesses = page.get_by_role("group", name="Your guess")
    expect(guesses).to_contain_text("Your guess for call 1:")
    press(page, "traces")
    expect(say(page)).to_contain_text("Right. f(1) traces")
    press(page, "traces")
    expect(say(page)).to_contain_text("Not so. f(1.0) reuses trace 1: 1.0 ==")
    expect(guesses).to_contain_text("1 of 2 right")
    press(page, "Step")  # a look is no guess
    expect(guesses).to_contain_text("1 of 2 right")
    expect(guesses).to_contain_text("All shown")
    press(page, "traces")
    expect(say(page)).to_have_text(
        "Every call is shown. Press Reset to guess."
    )
    press(page, "Back")
    press(page, "Back")
    expect(guesses).to_contain_text("1 of 1 right")
    press(page, "reuses")
    expect(guesses).to_contain_text("2 of 2 right")
    press(page, "Reset")
    expect(guesses).not_to_contain_text("right")


def test_a_new_setting_forgets_the_guesses_and_the_outcomes(visit):
    page = visit()
    press(page, "Reset")
    press(page, "traces")
    page.get_by_label("reduce_retracing").check()
    step_is(page, 0)
    expect(page.get_by_text("1 of 1 right")).to_have_count(0)


# ---- the queue --------------------------------------------------------------


def test_cards_build_a_queue(visit):
    page = visit()
    choose(page, "Queue", "1, 1.0, True")
    page.locator(".fb-stage").press("End")
    add(page, "[1, 2]")
    expect(say(page)).to_have_text("f([1, 2]) is call 4 of the queue.")
    step_is(page, 3)
    assert "your guess?" in drawn(page), "the new call is not shown yet"
    expect(page.get_by_label("Queue")).to_have_value("-1")
    press(page, "Keep only last")
    step_is(page, 0)
    for code in ("[1, 2]", "tf.constant(1)"):
        add(page, code)
    press(page, "Remove last")
    address_is(page, "#trace:q=L12,L12&r=0&s=none&step=0")
    press(page, "Reset")
    expect(page.get_by_label("Queue")).to_have_value("0")


def test_a_queue_is_neither_empty_nor_endless(visit):
    page = visit()
    add(page, "v")
    expect(say(page)).to_have_text("A queue holds 8 calls. Remove one first.")
    for _ in range(8):
        press(page, "Remove last")
    expect(say(page)).to_have_text(
        "A queue needs one call. Add another first."
    )
    assert "f(tf.zeros([2]))" in drawn(page)
    press(page, "Keep only last")
    step_is(page, 1)


def test_a_list_of_choices_keeps_its_own_keys(visit):
    page = visit()
    queue = page.get_by_label("Queue")
    queue.focus()
    for key in ("ArrowLeft", "r", "Home"):
        page.keyboard.press(key)
    assert queue.evaluate("(e) => e === document.activeElement")
    step_is(page, 8)


# ---- the address ------------------------------------------------------------


def test_the_address_keeps_queue_and_options(visit):
    page = visit("/index.html#trace:q=f2,1.0,L34&r=1&s=scalar&step=2")
    step_is(page, 2)
    expect(page.get_by_label("reduce_retracing")).to_be_checked()
    expect(page.get_by_label("input_signature")).to_have_value("scalar")
    press(page, "Step")
    address_is(page, "#trace:q=f2,1.0,L34&r=1&s=scalar&step=3")
    before = drawn(page)
    page.reload()
    step_is(page, 3)
    assert drawn(page) == before


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("q=", "The queue was empty, so it is the first one again."),
        ("q=f2,f99,f3", "There is no card “f99”: it was left out."),
        ("q=" + "1," * 12, "A queue holds 8 calls: 12 became 8."),
        ("s=<b>", "input_signature knows no “<b>”, so it is none."),
        ("q=v,w&step=99", "step runs from 0 to 8: 99 became 8."),
    ],
)
def test_a_bad_address_is_mended(visit, address, sentence):
    page = visit("/index.html")
    page.evaluate("(a) => (location.hash = a)", f"#trace:{address}")
    expect(say(page)).to_have_text(sentence)
    assert any(text.startswith("f(") for text in drawn(page))


# ---- looks ------------------------------------------------------------------


@pytest.mark.parametrize("address", EXTREMES)
def test_texts_stay_inside_and_apart(visit, address):
    page = visit(f"/index.html{address}")
    step_is(page, 8)
    assert texts_outside(page) == []
    assert texts_touching(page) == []


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_no_state_moves_what_is_below(visit, width):
    page = visit(viewport={"width": width, "height": 844})
    before = height(page)
    for address in EXTREMES:
        page.evaluate("(a) => (location.hash = a)", f"{address}&step=0")
        step_is(page, 0)
        for word in ["TypeError", "traces", "reuses", "traces"] * 2:
            press(page, word)
            assert height(page) == before, say(page).text_content()
