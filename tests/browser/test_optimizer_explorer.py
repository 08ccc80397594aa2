"""The optimizer explorer in a real browser: what it alone has to show."""

import functools
import json
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from alone import (
    address_is,
    defaults,
    drawn,
    height,
    press,
    say,
    step_is,
    texts_outside,
)
from playwright.sync_api import expect

from flowbook.instruments import OptimizerExplorer
from flowbook.instruments.optimizer import problem, simulate

# Long numbers everywhere, far and near, all outcomes.
EXTREMES = [
    "#optimizer:o=momentum&lr=0.5&n=16&z=0&seed=1&step=134",
    "#optimizer:o=momentum&lr=1&n=16&step=9",
    "#optimizer:lr=0.3&step=87",
    "#optimizer:lr=0.3&step=60",
    "#optimizer:o=adam&lr=0.001&step=4000",
    "#optimizer:o=adam&lr=1&n=1&seed=999&step=12",
    "#optimizer:lr=1&n=1&seed=7&step=2",
    "#optimizer:lr=1&n=64&z=1&step=1000",
    "#optimizer:lr=0.5&n=64&z=1&step=1",
    "#optimizer:lr=0.001&n=8&step=8000",
]


@pytest.fixture
def visit(alone):
    return functools.partial(alone, "optimizer")


def choose(page, label, option):
    page.get_by_label(label, exact=True).select_option(label=option)


def fill(page, label, value):
    field = page.get_by_label(f"{label}, as a number", exact=True)
    field.fill(str(value))
    field.blur()


def shows(page, *texts):
    for text in texts:
        expect(page.locator(".fb-stage > svg")).to_contain_text(text)


def code(page):
    return page.locator(".fb-code")


def number_of(page, name, last=False):
    """The pair (w, b) of a row of the listing."""
    rows = re.findall(
        rf"^# {re.escape(name)} +(\S+) +(\S+)$",
        "\n".join(code(page).locator("span").all_text_contents()),
        re.M,
    )
    return [float(text) for text in rows[-1 if last else 0]]


def keras_path(optimizer, rate, run):
    """(w, b) after each step of ``run``, in float64, by Keras."""
    w, b = (keras.Variable(v, dtype="float64") for v in run.problem.start)
    made = {
        "sgd": lambda: keras.optimizers.SGD(rate),
        "momentum": lambda: keras.optimizers.SGD(rate, momentum=0.9),
        "adam": lambda: keras.optimizers.Adam(rate),
    }[optimizer]()
    made.build([w, b])
    x, y = (np.array(values) for values in (run.problem.x, run.problem.y))
    for step in run.steps:
        batch = list(step.batch)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((w * x[batch] + b - y[batch]) ** 2)
        made.apply(tape.gradient(loss, [w.value, b.value]), [w, b])
        yield float(w.value), float(b.value)


# ---- what it shows ----------------------------------------------------------


def test_the_default_teaches_on_its_own(visit):
    page = visit()
    shows(page, "loss 0.133", "lowest 0.127", "κ = 18.9", "2/λmax = 0.27")
    shows(page, "within 5 % at step 83")
    expect(say(page)).to_have_text(
        "SGD at 0.1 is within 5 % of the lowest loss after step 83, in "
        "epoch 21."
    )
    expect(code(page)).to_contain_text("optimizer = SGD(0.1)")
    expect(code(page).locator(".fb-now")).to_have_text("theta -= rate * g")
    before, gradient, after = (
        number_of(page, "theta"),
        number_of(page, "g, batch"),
        number_of(page, "theta", last=True),
    )
    for old, slope, new in zip(before, gradient, after, strict=True):
        assert new == pytest.approx(old - 0.1 * slope, abs=2e-5)
    batch = page.locator(".fb-stage path[stroke-width='8']")
    assert batch.get_attribute("d").count("M") == 16


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("A tenth of the rate", "after step 822, in epoch 206"),
        ("Near SGD’s limit", "after step 32, in epoch 8"),
        ("Above SGD’s limit", "Stopped after step 87: |θ| is above 1,000,000"),
        ("Momentum at 0.05", "after step 37"),
        ("Adam at 0.001", "not within 5 % of the lowest loss after 1000"),
        ("Adam at 0.3", "after step 28"),
        ("Standardized, one step", "after step 1, in epoch 1"),
    ],
)
def test_a_preset_shows_its_whole_run(visit, title, words):
    page = visit()
    choose(page, "Try", title)
    expect(say(page)).to_contain_text(words)
    last, of = re.search(
        r"step (\d+) of (\d+)", page.locator(".fb-phase").text_content()
    ).groups()
    assert last == of
    shows(page, f"at step {last}")


@pytest.mark.parametrize(
    ("optimizer", "rate"), [("sgd", 0.25), ("momentum", 0.0625), ("adam", 0.5)]
)
def test_the_page_s_numbers_are_those_of_keras(visit, optimizer, rate):
    run = simulate(optimizer, rate)
    page = visit(f"/index.html#optimizer:o={optimizer}&lr={rate}&step=1")
    step_is(page, 1)
    state = {**defaults("optimizer"), "optimizer": optimizer}
    state["learning_rate"] = rate
    computed = page.evaluate(
        """(state) => {
          const { optimizer } = flowbookInstruments;
          const run = optimizer.simulate(state);
          return [...Array(run.last).keys()].map((i) =>
            optimizer.stepOf(run, state.batch_size, i + 1).after);
        }""",
        state,
    )
    wanted = list(keras_path(optimizer, rate, run))
    assert len(computed) == len(wanted) > 25
    np.testing.assert_allclose(computed, wanted, rtol=1e-6, atol=1e-6)
    for step in (1, 2, 3, 4, 5):
        step_is(page, step)
        shown = number_of(page, "theta", last=True)
        assert shown == pytest.approx(wanted[step - 1], abs=6e-6)
        ours = run.steps[step - 1]
        slope = number_of(page, "g, batch")
        assert slope == pytest.approx(ours.gradient, abs=6e-6)
        assert number_of(page, "g, all") == pytest.approx(ours.full, abs=6e-6)
        press(page, "Step")


def test_standardizing_turns_ellipses_into_circles(visit):
    page = visit()
    radii = """() => [...document.querySelectorAll(".fb-stage ellipse")]
      .map((e) => e.ry.baseVal.value / e.rx.baseVal.value)"""
    ratio = problem().condition ** 0.5
    assert page.evaluate(radii) == pytest.approx([ratio] * 7, rel=0.05)
    page.get_by_role("checkbox").check()
    shows(page, "κ = 1", "2/λmax = 1", "at step 16")
    assert page.evaluate(radii) == pytest.approx([1] * 7, rel=0.01)
    press(page, "Reset")
    shows(page, "loss 7.3")


def test_the_batch_gradient_is_the_update_of_sgd_and_not_that_of_adam(visit):
    """On the map, the step lies along the batch's arrow, or not."""
    turn = """() => {
      const way = (path) => {
        const [a, b] = [path.getPointAtLength(0),
          path.getPointAtLength(path.getTotalLength())];
        return Math.atan2(b.y - a.y, b.x - a.x);
      };
      const step = document.querySelector(".fb-active path");
      const arrow = step.parentNode.parentNode.querySelector(
        "g ~ path[stroke='#c8661a']");
      return Math.abs(way(step) - way(arrow)) * 180 / Math.PI;
    }"""
    page = visit("/index.html#optimizer:lr=0.1&step=1")
    step_is(page, 1)
    assert page.evaluate(turn) < 1
    choose(page, "optimizer", "Adam")
    step_is(page, 1)
    assert page.evaluate(turn) > 10


def test_steps_and_epochs(visit):
    page = visit()
    press(page, "Reset")
    expect(say(page)).to_contain_text("16 of 64 points make the first batch")
    press(page, "Step")
    expect(say(page)).to_contain_text("Batch 1 of epoch 1: its gradient and")
    press(page, "Epoch")
    step_is(page, 4)
    press(page, "Epoch")
    step_is(page, 8)
    press(page, "Back")
    press(page, "Epoch")
    step_is(page, 8)
    fill(page, "batch", 24)
    step_is(page, 8)
    press(page, "Epoch")
    step_is(page, 9)
    page.locator(".fb-stage").focus()
    page.keyboard.press("End")
    press(page, "Epoch")
    expect(page.locator(".fb-phase")).to_have_text(re.compile(r"(\d+) of \1 "))


def test_a_run_speeds_up(visit):
    page = visit("/index.html#optimizer:lr=0.01&step=500")
    step_is(page, 500)
    press(page, "Run")
    step_is(page, 601)
    press(page, "Pause")
    step_is(page, 601)


def test_other_settings_keep_the_step_unless_the_run_was_over(visit):
    page = visit()
    choose(page, "optimizer", "Adam")
    expect(page.locator(".fb-phase")).to_have_text(re.compile(r"(\d+) of \1 "))
    press(page, "Reset")
    press(page, "Step")
    press(page, "Step")
    choose(page, "optimizer", "SGD, momentum 0.9")
    step_is(page, 2)
    expect(code(page)).to_contain_text("SGD(0.1, momentum=0.9)")


def test_the_slider_steps_through_round_rates(visit):
    page = visit()
    slider = page.get_by_label("learning rate", exact=True)
    slider.focus()
    for key, rate in [
        ("ArrowRight", "0.12"),
        ("ArrowLeft", "0.1"),
        ("Home", "0.001"),
        ("End", "1"),
    ]:
        page.keyboard.press(key)
        field = page.get_by_label("learning rate, as a number", exact=True)
        expect(field).to_have_value(rate)
        expect(slider).to_have_attribute("aria-valuetext", rate)


def test_fingers_work_too(visit):
    page = visit(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page.get_by_role("button", name="Reset").tap()
    page.get_by_role("button", name="Epoch").tap()
    step_is(page, 4)
    page.get_by_role("checkbox").tap()
    shows(page, "κ = 1")


def test_a_setting_can_be_shared(visit):
    page = visit()
    fill(page, "seed", 3)
    fill(page, "batch", 4)
    choose(page, "optimizer", "SGD, momentum 0.9")
    fill(page, "learning rate", 0.05)
    run = simulate("momentum", 0.05, batch_size=4, seed=3)
    address_is(
        page,
        f"#optimizer:o=momentum&lr=0.05&n=4&z=0&seed=3&step={len(run.steps)}",
    )
    before = drawn(page)
    page.reload()
    step_is(page, len(run.steps))
    assert drawn(page) == before


def test_the_table_has_the_run(visit):
    page = visit()
    page.locator("summary").click()
    rows = page.locator(".fb-live tbody tr")
    assert rows.locator("th").all_text_contents() == [
        "0", "1", "2", "5", "10", "20", "50", "83",
    ]  # fmt: skip
    cells = rows.last.locator("td").all_text_contents()
    batch = simulate().steps[-1].batch_loss
    assert cells == ["1.89", "−0.891", "0.133", f"{batch:.3g}"]


# ---- bad input --------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "typed", "sentence", "kept"),
    [
        ("learning rate", "0", "rate runs from 0.001 to 1: 0 became 0.001.",
         "0.001"),
        ("learning rate", "-5", "rate runs from 0.001 to 1: −5 became 0.001.",
         "0.001"),
        ("learning rate", "1e9", "rate runs from 0.001 to 1: 1e9 became 1.",
         "1"),
        ("learning rate", "", "rate was empty, so it stays at 0.1.", "0.1"),
        ("batch", "65", "batch runs from 1 to 64: 65 became 64.", "64"),
        ("seed", "-1", "seed runs from 0 to 999: −1 became 0.", "0"),
    ],
)  # fmt: skip
def test_a_bad_number_is_mended_with_a_sentence(
    visit, label, typed, sentence, kept
):
    page = visit()
    fill(page, label, typed)
    expect(say(page)).to_have_text(sentence)
    field = page.get_by_label(f"{label}, as a number", exact=True)
    expect(field).to_have_value(kept)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("lr=fast", "rate needs a number, so it stays at 0.1."),
        ("o=rmsprop", "optimizer knows no “rmsprop”, so it is sgd."),
        ("n=99", "batch runs from 1 to 64: 99 became 64."),
        ("step=1e6", "step runs from 0 to 83: 1e6 became 83."),
        ("lr=0.25&step=80", "step runs from 0 to 32: 80 became 32."),
    ],
)
def test_a_bad_address_is_mended(visit, address, sentence):
    page = visit()
    page.evaluate("(a) => (location.hash = a)", f"#optimizer:{address}")
    expect(say(page)).to_contain_text(sentence)
    shows(page, "loss")


# ---- looks ------------------------------------------------------------------


@pytest.mark.parametrize("address", EXTREMES)
def test_texts_stay_inside_and_apart(visit, address):
    page = visit(f"/index.html{address}")
    step = int(address.rpartition("=")[2])
    for shown in (step, step - 1):
        step_is(page, shown)
        assert texts_outside(page) == []
        touching = page.evaluate(
            """() => {
              const texts = [...document.querySelectorAll(".fb-stage text")];
              const boxes = texts.map((text) => text.getBBox());
              return texts.flatMap((text, i) => texts.slice(i + 1)
                .filter((_, k) => {
                  const [a, b] = [boxes[i], boxes[i + 1 + k]];
                  return a.x < b.x + b.width && b.x < a.x + a.width
                    && a.y + 4 < b.y + b.height && b.y + 4 < a.y + a.height;
                }).map((other) => [text.textContent, other.textContent]));
            }"""
        )
        assert touching == []
        press(page, "Back")


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_no_state_moves_what_is_below(visit, width):
    page = visit(viewport={"width": width, "height": 844})
    before = height(page)
    for address in EXTREMES:
        page.evaluate("(a) => (location.hash = a)", address)
        step = int(address.rpartition("=")[2])
        for shown in (step, step - 1):
            step_is(page, shown)
            assert height(page) == before, say(page).text_content()
            press(page, "Back")


def test_what_python_sets_is_drawn(visit):
    """A step of another run, as a kernel may set it, is cut to this one's."""
    page = visit("/still.html")
    phase = page.evaluate(
        """async (state) => {
          const { default: widget } = await import("/optimizer.mjs");
          const values = { ...state, learning_rate: 0.25, step: 83 };
          const model = { get: (key) => values[key], set() {}, on() {},
            off() {}, save_changes() {} };
          const el = document.createElement("div");
          widget.render({ model, el });
          return el.querySelector(".fb-phase").textContent;
        }""",
        OptimizerExplorer().state(),
    )
    assert phase.startswith("step 32 of 32")


# ---- cost -------------------------------------------------------------------


def test_moving_a_slider_costs_less_than_a_frame(visit):
    """Long runs all: Adam needs thousands of steps at these rates. A move
    takes 4 ms; the lower quartile counts, as a busy machine adds to it."""
    page = visit("/index.html#optimizer:o=adam&lr=0.001&n=16&step=4000")
    step_is(page, 4000)
    quartile = page.evaluate(
        """() => {
          const slider = document.querySelector("input[type=range]");
          const times = [...Array(60).keys()].map((index) => {
            slider.value = -3 + (index % 8) / 10;
            const start = performance.now();
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            document.querySelector(".fb-live").getBoundingClientRect();
            return performance.now() - start;
          });
          return times.sort((a, b) => a - b)[15];
        }"""
    )
    assert quartile <= 16, f"one move takes {quartile:.1f} ms"


def test_even_sixty_four_thousand_steps_come_at_once(visit):
    page = visit()
    state = {**defaults("optimizer"), "learning_rate": 0.001, "batch_size": 1}
    took = page.evaluate(
        f"""() => {{
          const state = {json.dumps(state)};
          const start = performance.now();
          const run = flowbookInstruments.optimizer.simulate(
            {{ ...state, optimizer: "adam" }});
          return [run.last, performance.now() - start];
        }}"""
    )
    assert took[0] > 16_000
    assert took[1] < 200, f"{took[0]} steps take {took[1]:.0f} ms"
