"""The pipeline timeline in a real browser: what it alone has to show."""

import functools

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

# Long numbers everywhere, all lanes, all words.
EXTREMES = [
    "#pipeline:r=33.3&m=49.9&t=33.3&k=16&w=8&j=1&seed=999",
    "#pipeline:r=0&m=49.9&t=1&k=16&w=8&j=0.6",
    "#pipeline:r=4&m=4&t=8&k=16&w=1&j=0.6&a=1",
    "#pipeline:r=49.9&m=0.1&t=1.1&k=0&w=1&j=1",
    "#pipeline:r=0&m=0&t=1&k=0&w=1&c=map&a=1",
    "#pipeline:r=14.3&m=12.7&t=8.9&k=3&w=4&j=0.85&c=read&a=1",
    "#pipeline:r=12.3&m=24.7&t=37.1&k=2&w=2&j=0.95",
]


@pytest.fixture
def visit(alone):
    return functools.partial(alone, "pipeline")


def choose(page, label, option):
    page.get_by_label(label, exact=True).select_option(label=option)


def fill(page, label, value):
    field = page.get_by_label(f"{label}, as a number", exact=True)
    field.fill(str(value))
    field.blur()


def bars(page, color):
    """The pieces of work in one color, as (left, right) in the picture."""
    value = bundle.run_js("pipeline", f"COLORS.{color}")
    return page.evaluate(
        """(color) => [...document.querySelectorAll(
          `.fb-stage rect[stroke="${color}"]`)]
          .map((r) => [r.x.baseVal.value,
            r.x.baseVal.value + r.width.baseVal.value])""",
        value,
    )


def shows(page, *texts):
    for text in texts:
        expect(page.locator(".fb-stage svg")).to_contain_text(text)


# ---- what it shows ----------------------------------------------------------


def test_the_default_teaches_on_its_own(visit):
    page = visit()
    shows(page, "62.5 steps/s", "50\u00a0% busy", "bottleneck", "saves 56 ms")
    expect(say(page)).to_contain_text("a deeper prefetch does not help")
    code = page.locator(".fb-code")
    expect(code).to_contain_text("ds = ds.prefetch(1)")
    expect(code).to_contain_text("t_step = max(16, 8) = 16")
    expect(code).to_contain_text("# simulated: 16")
    expect(code.locator(".fb-slow")).to_have_text("ds = ds.map(f)")
    assert len(bars(page, "blue")) == len(bars(page, "orange")) == 8
    hatched = page.locator(".fb-stage path[stroke-opacity='0.45']")
    expect(hatched).to_have_count(8)


def test_serial_then_prefetch_then_two_workers(visit):
    page = visit()
    for option, rate, busy, equation in [
        ("Nothing overlaps", "41.7", "33", "t_step = 16 + 8 = 24"),
        ("prefetch(1)", "62.5", "50", "t_step = max(16, 8) = 16"),
        (
            "prefetch(1), two map workers",
            "125",
            "100",
            "t_in   = max(4, 16/2) = 8",
        ),
    ]:
        choose(page, "Try", option)
        shows(page, f"{rate} steps/s", f"{busy}\u00a0% busy")
        expect(say(page)).to_contain_text(f"{rate} steps/s")
        expect(page.locator(".fb-code")).to_contain_text(equation)


def test_the_controls_reach_the_same_truths(visit):
    page = visit()
    fill(page, "prefetch", 0)
    shows(page, "41.7 steps/s", "no overlap", "no room")
    expect(page.get_by_label("Try")).to_have_value("0")
    fill(page, "prefetch", 1)
    fill(page, "workers", 2)
    shows(page, "125 steps/s", "map 1", "map 2", "room for 3")
    fill(page, "prefetch", 7)
    expect(page.get_by_label("Try")).to_have_value("-1")
    press(page, "Reset")
    expect(page.get_by_label("Try")).to_have_value("1")


def test_overlapping_work_is_drawn_over_one_another(visit):
    page = visit("/index.html#pipeline:k=0")
    shows(page, "no overlap")
    first_trained, second_read = bars(page, "green")[0], bars(page, "blue")[1]
    assert second_read[0] >= first_trained[1] - 0.2
    page.evaluate("location.hash = '#pipeline:k=1'")
    shows(page, "62.5 steps/s")
    first_trained, second_read = bars(page, "green")[0], bars(page, "blue")[1]
    assert second_read[0] == pytest.approx(first_trained[0], abs=0.2)


def test_depth_helps_against_jitter_and_not_against_a_slow_map(visit):
    page = visit()
    choose(page, "Try", "Slow map, jitter, prefetch(1)")
    shows(page, "62.6 steps/s")
    choose(page, "Try", "Slow map, jitter, prefetch(16)")
    shows(page, "62.7 steps/s")
    choose(page, "Try", "Balanced, jitter, prefetch(1)")
    shows(page, "86\u00a0% busy", "jitter")
    choose(page, "Try", "Balanced, jitter, prefetch(16)")
    shows(page, "99.5\u00a0% busy", "balanced")


def test_a_cache_empties_the_input_lanes_after_epoch_1(visit):
    page = visit()
    choose(page, "cache", "after map")
    shows(page, "125 steps/s")
    assert len(bars(page, "blue")) == len(bars(page, "orange")) == 4
    expect(page.locator(".fb-code")).to_contain_text("ds = ds.cache()")
    choose(page, "cache", "after read")
    assert (len(bars(page, "blue")), len(bars(page, "orange"))) == (4, 8)


def test_a_cache_after_a_random_map_freezes_it(visit):
    page = visit()
    page.get_by_label("map draws a random view").check()
    fill(page, "train, ms", 20)  # wide enough for a mark
    assert "1′" in drawn(page), "epoch 2 has views of its own"
    choose(page, "cache", "after read")
    assert "1′" in drawn(page)
    choose(page, "cache", "after map")
    assert "1′" not in drawn(page)
    for _ in range(3):
        press(page, "Back")
    expect(say(page)).to_contain_text("with its first random view, frozen")
    page.locator("summary").click()
    expect(page.locator(".fb-live tbody")).not_to_contain_text("view 2")


def test_steps_tell_the_way_of_each_batch(visit):
    page = visit()
    press(page, "Reset")
    assert bars(page, "blue") == []
    press(page, "Step")
    press(page, "Step")
    expect(say(page)).to_have_text(
        "Batch 2 is read from 16 to 20, mapped until 32 ms. The accelerator "
        "trains from 32 to 40 ms, after waiting 8 ms for it."
    )
    expect(page.locator(".fb-phase").first).to_have_text("step 2 of 8 · 40 ms")
    cells = page.locator(".fb-live tbody tr").nth(1).locator("td")
    assert cells.all_text_contents() == ["2", "16–20", "20–32", "32–40", "8"]
    later = page.locator(".fb-live tbody tr").nth(2)
    expect(later).to_contain_text("not yet")


def test_a_seed_changes_the_jitter_and_can_be_shared(visit):
    page = visit("/index.html#pipeline:j=0.6&seed=3")
    step_is(page, 8)
    before = drawn(page)
    fill(page, "seed", 4)
    assert drawn(page) != before
    fill(page, "seed", 3)
    assert drawn(page) == before
    address_is(
        page, "#pipeline:r=4&m=12&t=8&k=1&w=1&j=0.6&c=none&a=0&seed=3&step=8"
    )
    page.reload()
    step_is(page, 8)
    assert drawn(page) == before


# ---- bad input --------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "typed", "sentence", "kept"),
    [
        ("train, ms", "0", "train runs from 1 to 50: 0 became 1.", "1"),
        ("map, ms", "1e9", "map runs from 0 to 50: 1e9 became 50.", "50"),
        ("read, ms", "", "read was empty, so it stays at 4.", "4"),
        ("prefetch", "-2", "prefetch runs from 0 to 16: −2 became 0.", "0"),
        ("workers", "99", "workers runs from 1 to 8: 99 became 8.", "8"),
    ],
)
def test_a_bad_number_is_mended_with_a_sentence(
    visit, label, typed, sentence, kept
):
    page = visit()
    fill(page, label, typed)
    expect(say(page)).to_have_text(sentence)
    field = page.get_by_label(f"{label}, as a number", exact=True)
    expect(field).to_have_value(kept)


def test_what_counts_stays_whole(visit):
    page = visit()
    fill(page, "workers", 2.6)
    field = page.get_by_label("workers, as a number", exact=True)
    expect(field).to_have_value("3")
    shows(page, "map 3", "room for 4")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("m=slow", "map needs a number, so it stays at 12."),
        ("c=disk", "cache knows no “disk”, so it is none."),
        ("k=99", "prefetch runs from 0 to 16: 99 became 16."),
        ("t=-1", "train runs from 1 to 50: −1 became 1."),
    ],
)
def test_a_bad_address_is_mended(visit, address, sentence):
    page = visit()
    page.evaluate("(a) => (location.hash = a)", f"#pipeline:{address}")
    expect(say(page)).to_have_text(sentence)
    shows(page, "steps/s")


# ---- looks ------------------------------------------------------------------


@pytest.mark.parametrize("address", EXTREMES)
def test_texts_stay_inside_and_apart(visit, address):
    page = visit(f"/index.html{address}")
    for step in (8, 7):
        step_is(page, step)
        assert texts_outside(page) == []
        assert texts_touching(page) == []
        press(page, "Back")


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_no_state_moves_what_is_below(visit, width):
    page = visit(viewport={"width": width, "height": 844})
    before = height(page)
    for address in EXTREMES:
        page.evaluate("(a) => (location.hash = a)", address)
        for step in (8, 7, 6):
            step_is(page, step)
            assert height(page) == before, say(page).text_content()
            press(page, "Back")


def test_the_model_s_limits_are_said_once(visit):
    page = visit()
    limit = page.get_by_text("no two stages compete for a core")
    assert [text.is_visible() for text in limit.all()].count(True) == 1


# ---- cost -------------------------------------------------------------------


def test_moving_a_slider_costs_less_than_a_frame(visit):
    page = visit("/index.html#pipeline:w=8&j=1&k=16")
    step_is(page, 8)
    median = page.evaluate(
        """() => {
          const slider = document.querySelector("input[type=range]");
          const times = [...Array(100).keys()].map((index) => {
            slider.value = index % 40;
            const start = performance.now();
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            document.querySelector(".fb-live").getBoundingClientRect();
            return performance.now() - start;
          });
          return times.sort((a, b) => a - b)[50];
        }"""
    )
    assert median <= 16, f"one move takes {median:.1f} ms"
