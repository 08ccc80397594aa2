"""The Dense-stack counter in a real browser: what it alone has to show."""

import functools
import json
import re

import pytest
from alone import (
    address_is,
    defaults,
    drawn,
    height,
    press,
    say,
    step_is,
    texts_outside,
    texts_touching,
)
from playwright.sync_api import expect

from flowbook.instruments import DenseCounter, bundle

WIDE = ",".join(["4096"] * 8)
# Long numbers everywhere, deep and flat stacks, every policy.
EXTREMES = [
    f"#dense:i=4096&u={WIDE}&b=1&o=momentum&p=mixed_float16&n=4096",
    f"#dense:i=1&u={WIDE}&b=1&o=adamw&p=float32&n=1",
    "#dense:i=1&u=1&b=1&o=sgd&p=bfloat16&n=1",
    "#dense:i=784&u=128,128,128,128,128,128,128,10&b=0&o=rmsprop&n=4096",
    "#dense:i=4096&u=1,4096&b=1&o=adam&p=mixed_bfloat16&n=33",
    "#dense:i=999&u=999&b=1&o=adam&p=float32&n=1",
]


@pytest.fixture
def visit(alone):
    return functools.partial(alone, "dense")


def choose(page, label, option):
    page.get_by_label(label, exact=True).select_option(label=option)


def levels(page):
    """The widths on the buttons that stand for the levels."""
    texts = page.locator(".fb-levels [aria-pressed]").all_text_contents()
    return [int(text.replace(",", "")) for text in texts]


def pressed(page):
    return page.locator(".fb-levels [aria-pressed=true]")


def part(page, name):
    """Values and bytes of a part, as the table has them."""
    row = page.locator(".fb-live tbody tr", has_text=name).first
    return row.locator("td").all_text_contents()


# ---- what it shows ---------------------------------------------------------


def test_the_default_teaches_on_its_own(visit):
    page = visit()
    texts = drawn(page)
    for text in (
        "784·128 + 128 = 100,480",
        "128·10 + 10 = 1,290",
        "101,770 parameters",
        "101,770 × 4 B",
        "407,080 B",
        "814,160 B",
        "1.75 MB = 1.67 MiB",
    ):
        assert text in texts
    expect(say(page)).to_contain_text("Activations, an estimate")
    expect(page.locator(".fb-code")).to_contain_text(
        "Optimizer params: 203,542 (795.09 KB)"
    )


def test_it_counts_in_steps(visit):
    page = visit()
    press(page, "Reset")
    expect(say(page)).to_contain_text("Guess, then press Step.")
    texts = drawn(page)
    assert "784·128 = ?" in texts and "? parameters" in texts
    assert "? MB" in texts
    code = page.locator(".fb-code")
    expect(code).not_to_contain_text("100,480")
    for sentence in (
        "784·128 = 100,352. All kernels together: 101,632 weights.",
        "138 in all. Kernels and biases together are 101,770 parameters.",
        "4 B, in float32, are 0.407 MB = 0.388 MiB.",
        "another 407,080 B, from the backward pass to the update.",
        "203,542 values. So far: 16 B per parameter.",
        "32·922 values of 4 B. In all: 1.75 MB = 1.67 MiB.",
    ):
        press(page, "Step")
        expect(say(page)).to_contain_text(sentence)


def test_the_summary_counts_the_optimizer_once_it_is_built(visit):
    page = visit("/index.html#dense:step=4")
    code = page.locator(".fb-code")
    expect(code).to_contain_text("Total params: 101,770 (397.54 KB)")
    press(page, "Step")
    expect(code).to_contain_text("Total params: 305,312 (1.16 MB)")
    now = code.locator("[aria-current]")
    expect(now).to_have_text("Optimizer params: 203,542 (795.09 KB)")


@pytest.mark.parametrize(
    ("preset", "parameters"),
    [
        ("784 → 128 → 10", "101,770"),
        ("32 → 64 → 64 → 10", "6,922"),
        ("32 → 64 without bias", "2,048"),
        ("784 → 7 × 128 → 10", "200,842"),
        ("784 → 2 × 4,096 → 10", "20,037,642"),
    ],
)
def test_a_preset_is_the_stack_that_it_names(visit, preset, parameters):
    page = visit()
    choose(page, "Stack", preset)
    assert f"{parameters} parameters" in drawn(page)
    widths = preset.removesuffix(" without bias").split(" → ")
    given = [
        int(width.split(" × ")[-1].replace(",", ""))
        for width in widths
        for _ in range(int(width.split(" × ")[0]) if "×" in width else 1)
    ]
    assert levels(page) == given
    bias = page.get_by_label("use_bias")
    assert bias.is_checked() == ("without" not in preset)


def test_slots_follow_the_optimizer(visit):
    page = visit()
    for optimizer, slots, own in [
        ("SGD", 0, "keeps nothing for a parameter, only its step"),
        ("SGD, momentum 0.9", 1, "keeps 1 slot for each parameter"),
        ("RMSprop", 1, "keeps 1 slot for each parameter"),
        ("Adam", 2, "keeps 2 slots for each parameter"),
        ("AdamW", 2, "keeps 2 slots for each parameter"),
    ]:
        choose(page, "Optimizer", optimizer)
        assert part(page, "slots") == [
            f"{slots * 101_770:,}",
            f"{slots * 407_080:,}",
        ]
        page.locator(".fb-stage").press("End")
        press(page, "Back")
        expect(say(page)).to_contain_text(f"{optimizer} {own}")
        press(page, "Step")


def test_the_policy_halves_what_it_stores_or_computes(visit):
    page = visit()
    for policy, stored, computed in [
        ("float32", 407_080, 118_016),
        ("mixed_bfloat16", 407_080, 59_008),
        ("bfloat16", 203_540, 59_008),
        ("mixed_float16", 407_080, 59_008),
    ]:
        choose(page, "Dtype policy", policy)
        assert part(page, "weights")[1] == f"{stored:,}"
        assert part(page, "slots")[1] == f"{2 * stored:,}"
        assert part(page, "activations")[1] == f"{computed:,}"


def test_the_picture_is_to_scale(visit):
    page = visit("/index.html#dense:i=1000&u=500,250&o=sgd&n=1")
    step_is(page, 6)
    stack, memory = page.evaluate(
        """() => {
          const boxes = [...document.querySelectorAll(".fb-stage rect")];
          const size = (name) => (e) => e[name].baseVal.value;
          return [
            boxes.filter((e) => size("height")(e) === 6).map(size("width")),
            boxes.filter((e) => size("height")(e) === 24).map(size("width")),
          ];
        }"""
    )
    assert stack == [140, 70, 35]
    rail, *parts = memory
    weights = 4 * (1000 * 500 + 500 + 500 * 250 + 250)
    most = 4 * weights + 4 * 1750
    expected = [rail * b / most for b in (weights, weights, 7000)]
    assert parts == pytest.approx(
        [max(1, width) for width in expected], abs=0.01
    )
    assert f"in float32 with Adam: {most / 1e6:.1f} MB" in drawn(page)


# ---- the levels -------------------------------------------------------------


def test_a_level_is_chosen_and_set(visit):
    page = visit()
    expect(pressed(page)).to_have_attribute("aria-label", "128 units, layer 1")
    page.get_by_role("button", name="784 inputs, the input").click()
    expect(say(page)).to_have_text("The input: set its width below.")
    width = page.get_by_label("width of the chosen level, as a number")
    expect(width).to_have_value("784")
    width.fill("32")
    assert levels(page) == [32, 128, 10]
    assert "32·128 + 128 = 4,224" in drawn(page)
    expect(page.get_by_label("Stack", exact=True)).to_have_value("-1")


def test_a_range_moves_in_quarters_of_an_octave(visit):
    page = visit()
    width = page.get_by_label("width of the chosen level", exact=True)
    width.focus()
    for key, value in [
        ("ArrowRight", 152),
        ("ArrowRight", 181),
        ("ArrowRight", 215),
        ("ArrowRight", 256),
        ("Home", 1),
        ("End", 4096),
    ]:
        page.keyboard.press(key)
        assert levels(page) == [784, value, 10]
        expect(width).to_have_attribute("aria-valuetext", str(value))
    step_is(page, 6)


@pytest.mark.parametrize(
    ("typed", "value", "note"),
    [
        ("0", 1, "width runs from 1 to 4096: 0 became 1."),
        ("-5", 1, "width runs from 1 to 4096: −5 became 1."),
        ("1e9", 4096, "width runs from 1 to 4096: 1e9 became 4096."),
        ("", 128, "width was empty, so it stays at 128."),
        ("2.6", 3, None),
    ],
)
def test_a_bad_width_is_mended(visit, typed, value, note):
    page = visit()
    width = page.get_by_label("width of the chosen level, as a number")
    width.fill(typed)
    width.press("Enter")
    assert levels(page) == [784, value, 10]
    if note:
        expect(say(page)).to_have_text(note)


def test_layers_come_and_go_and_keep_the_focus(visit):
    page = visit()
    add = page.get_by_role("button", name="Add a layer")
    for layers in range(3, 9):
        add.press("Enter")
        assert len(levels(page)) == layers + 1
        expect(pressed(page)).to_be_focused()
        expect(pressed(page)).to_have_attribute(
            "aria-label", f"10 units, layer {layers}"
        )
    expect(add).to_have_count(0)
    remove = page.get_by_role("button", name="Remove the last layer")
    for layers in range(7, 0, -1):
        remove.press("Enter")
        assert len(levels(page)) == layers + 1
        expect(remove).to_be_focused()
    remove.press("Enter")
    expect(say(page)).to_have_text(
        "A stack needs one layer. Add another first."
    )
    assert levels(page) == [784, 128]
    expect(pressed(page)).to_have_text("128")
    press(page, "Reset")
    assert levels(page) == [784, 128, 10]


# ---- Keras, where there is a kernel -----------------------------------------


def test_a_page_without_a_kernel_has_no_dead_button(visit):
    page = visit()
    expect(page.get_by_role("button", name="Check with Keras")).to_have_count(
        0
    )
    expect(page.locator(".fb-live")).to_contain_text(
        "In Colab or JupyterLab, a button here asks Keras."
    )


def with_a_kernel(visit):
    """The module on a page, its model one that Python stands behind."""
    page = visit("/still.html")
    page.evaluate(
        """async (state) => {
          const { default: widget } = await import("/dense.mjs");
          const calls = new Map();
          const values = { ...state, live: true, asked: 0, answer: {} };
          window.kernel = {
            values, calls, saved: 0,
            answer(answer) {
              values.answer = answer;
              calls.get("change:answer")();
            },
          };
          const model = {
            get: (key) => values[key],
            set(key, value) { values[key] = value; },
            on: (event, call) => calls.set(event, call),
            off: (event) => calls.delete(event),
            save_changes() { window.kernel.saved += 1; },
          };
          const el = document.createElement("div");
          document.querySelector(".fb-body").replaceChildren(el);
          window.kernel.cleanup = widget.render({ model, el });
        }""",
        defaults("dense"),
    )
    return page


def test_keras_is_asked_and_its_answer_is_compared(visit):
    page = with_a_kernel(visit)
    press(page, "Check with Keras")
    expect(say(page)).to_have_text("Keras is building this model …")
    asked, saved = page.evaluate("[kernel.values.asked, kernel.saved]")
    assert (asked, saved) == (1, 1)
    counter = DenseCounter()
    counter.asked = asked
    page.evaluate("(answer) => kernel.answer(answer)", counter.answer)
    expect(say(page)).to_have_text(
        re.compile(
            r"Keras [\d.]+ built this model and counts the same: 101,770 "
            r"parameters in 407,080 B; 203,542 optimizer values, 203,540 of "
            r"them slots in 814,160 B\."
        )
    )
    press(page, "Check with Keras")
    wrong = {**counter.answer, "asked": 2, "parameters": 101_632}
    page.evaluate("(answer) => kernel.answer(answer)", wrong)
    expect(say(page)).to_contain_text(
        "counts 101,632 parameters, not 101,770."
    )
    page.evaluate("kernel.cleanup()")
    assert page.evaluate("kernel.calls.size") == 0


def test_an_answer_to_an_older_question_is_not_shown(visit):
    page = with_a_kernel(visit)
    page.evaluate("kernel.answer({ asked: 0, error: 'Nobody asked.' })")
    expect(say(page)).not_to_contain_text("Nobody")
    press(page, "Check with Keras")
    press(page, "Check with Keras")
    page.evaluate("kernel.answer({ asked: 1, error: 'Too late.' })")
    expect(say(page)).to_have_text("Keras is building this model …")
    page.evaluate("kernel.answer({ asked: 2, error: 'No memory.' })")
    expect(say(page)).to_have_text("No memory.")


def test_a_kernel_that_is_gone_is_named(visit):
    page = with_a_kernel(visit)
    page.clock.install()
    press(page, "Check with Keras")
    page.clock.fast_forward(31_000)
    expect(say(page)).to_have_text(
        "Python has not answered yet. Is the notebook's kernel running?"
    )


# ---- the address ------------------------------------------------------------


def test_the_address_keeps_every_setting(visit):
    page = visit(
        "/index.html#dense:i=32&u=64,10&b=0&o=rmsprop&p=bfloat16&n=8&step=5"
    )
    step_is(page, 5)
    assert levels(page) == [32, 64, 10]
    expect(page.get_by_label("use_bias")).not_to_be_checked()
    expect(page.get_by_label("Optimizer")).to_have_value("rmsprop")
    expect(page.get_by_label("Dtype policy")).to_have_value("bfloat16")
    expect(page.get_by_label("batch, as a number")).to_have_value("8")
    press(page, "Step")
    address_is(page, "#dense:i=32&u=64,10&b=0&o=rmsprop&p=bfloat16&n=8&step=6")
    before = drawn(page)
    page.reload()
    step_is(page, 6)
    assert drawn(page) == before


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("u=", "The stack had no layers, so it is the first one again."),
        ("u=5,x", "layer 2 needs a number, so it stays at 10."),
        ("u=" + "9," * 12, "A stack holds 8 layers: 12 became 8."),
        ("i=99999", "inputs runs from 1 to 4096: 99999 became 4096."),
        ("p=<b>", "policy knows no “<b>”, so it is float32."),
        ("o=Lion", "optimizer knows no “Lion”, so it is adam."),
    ],
)
def test_a_bad_address_is_mended(visit, address, sentence):
    page = visit("/index.html")
    page.evaluate("(a) => (location.hash = a)", f"#dense:{address}")
    expect(say(page)).to_have_text(sentence)
    assert any(text.endswith("parameters") for text in drawn(page))


# ---- looks ------------------------------------------------------------------


@pytest.mark.parametrize("address", EXTREMES)
def test_texts_stay_inside_and_apart(visit, address):
    page = visit(f"/index.html{address}")
    for step in (6, 2, 1, 0):
        page.evaluate("(a) => (location.hash = a)", f"{address}&step={step}")
        step_is(page, step)
        assert texts_outside(page) == []
        assert texts_touching(page) == []
        crossing = page.evaluate(
            """() => {
              const across = (name) =>
                [...document.querySelectorAll(`.fb-stage ${name}`)]
                  .map((e) => e.getBBox());
              const stack = across("g path");
              const right = Math.max(...stack.map((b) => b.x + b.width));
              return across("text").filter((b) =>
                b.y > 20 && b.y < 260 && b.x > 60 && b.x < right).length;
            }"""
        )
        assert crossing == 0, "a count lies across the stack"


@pytest.mark.parametrize("width", [320, 390, 700, 1440])
def test_no_state_moves_what_is_below(visit, width):
    page = visit(viewport={"width": width, "height": 844})
    before = height(page)
    for address in EXTREMES:
        for step in range(7):
            hash_ = f"{address}&step={step}"
            page.evaluate("(a) => (location.hash = a)", hash_)
            step_is(page, step)
            assert height(page) == before, (hash_, say(page).text_content())


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_what_keras_says_moves_nothing_either(visit, width):
    page = with_a_kernel(
        functools.partial(visit, viewport={"width": width, "height": 844})
    )
    before = height(page)
    counter = DenseCounter(units=[4096] * 8)
    counter.asked = 1
    long = {"asked": 2, "error": "Keras did not build it: " + "word " * 28}
    for answer in (counter.answer, long):
        press(page, "Check with Keras")
        page.evaluate("(answer) => kernel.answer(answer)", answer)
        expect(say(page)).to_have_text(answer["error"])
        assert height(page) == before


def test_the_still_holds_the_numbers_of_the_text():
    still = bundle.static_html("dense", json.loads("{}"))
    assert "784·128 + 128" in still and "101,770" in still
