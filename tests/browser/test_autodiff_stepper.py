"""The autodiff stepper in a real browser: what it alone has to show."""

import functools
import statistics

import pytest
from alone import address_is, drawn, height, press, say, step_is, texts_outside
from measure import update_times
from playwright.sync_api import expect


@pytest.fixture
def visit(alone):
    return functools.partial(alone, "autodiff")


# ---- what it shows ---------------------------------------------------------


def test_the_default_shows_the_numbers_of_the_text(visit):
    page = visit()
    expect(say(page)).to_contain_text("dz/dx = 3 + (−0.4161) = 2.5839")
    expect(page.locator("figcaption")).to_contain_text("dz/dx = 2.5839")
    assert {"6", "0.9093", "6.9093", "2.5839", "−0.4161"} <= set(drawn(page))
    page.locator("summary").click()
    expect(page.locator("table")).to_contain_text("0.9093")


def test_two_steps_store_values_and_no_gradient(visit):
    page = visit()
    press(page, "Reset")
    expect(say(page)).to_contain_text("Press Step")
    assert "6" not in drawn(page)
    press(page, "Step")
    press(page, "Step")
    step_is(page, 2)
    expect(say(page)).to_contain_text("b = sin x = sin 2 = 0.9093")
    assert "6" in drawn(page) and "6.9093" not in drawn(page)
    page.locator("summary").click()
    cells = page.locator("tbody tr td:last-child").all_text_contents()
    assert set(cells) == {"not yet"}


def test_the_line_that_runs_is_marked(visit):
    page = visit()
    press(page, "Reset")
    now = page.locator(".fb-code .fb-now")
    lines = ["a = x * y", "b = tf.sin(x)", "z = a + b"]
    for line in lines + ["dx, dy = tape.gradient(z, [x, y])"] * 6:
        press(page, "Step")
        assert now.text_content().strip() == line


def test_pi_over_two_silences_the_sine_path(visit):
    page = visit()
    press(page, "x = π/2")
    expect(say(page)).to_contain_text("3 + 0 = 3. Here the sine path adds")
    field = page.get_by_label("x, as a number")
    expect(field).to_have_value("1.5708")


def test_an_unwatched_input_gives_none(visit):
    page = visit()
    page.get_by_label("watch x").uncheck()
    expect(say(page)).to_contain_text("dz/dx is None, not 0")
    assert drawn(page).count("None") == 2, "at x and at the sine"
    expect(page.locator(".fb-code")).to_contain_text("tape.watch(y)")
    page.get_by_label("watch y").uncheck()
    assert drawn(page).count("None") == 4, "at all but the seed"


def test_a_second_gradient_errs_unless_persistent(visit):
    page = visit("/index.html#autodiff:step=3")
    press(page, "Call gradient() again")
    step_is(page, 9)
    expect(say(page)).to_contain_text(
        "RuntimeError: A non-persistent GradientTape can only be used"
    )
    page.get_by_label("persistent").check()
    expect(page.locator(".fb-code")).to_contain_text("persistent=True")
    press(page, "Call gradient() again")
    expect(say(page)).to_contain_text("dz/dx = 2.5839, dz/dy = 2")


# ---- controls, keys, announcements ------------------------------------------


def test_dragging_a_slider_moves_every_number(visit):
    page = visit()
    slider = page.get_by_role("slider", name="x")
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 2 / 3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, middle, steps=5)
    page.mouse.up()
    x = float(slider.input_value())
    assert 4 < x < 6
    expect(page.get_by_label("x, as a number")).to_have_value(f"{x:g}")
    assert f"{x:g}" in drawn(page)
    assert f"x = tf.constant({x})" in page.locator(".fb-code").text_content()


def test_the_slider_keeps_its_own_keys(visit):
    page = visit()
    slider = page.get_by_role("slider", name="x")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("2.1")
    page.keyboard.press("Home")
    expect(slider).to_have_value("-6")
    step_is(page, 9)


def test_keys_are_not_taken_from_controls(visit):
    page = visit()
    field = page.get_by_label("y, as a number")
    field.focus()
    for key in ("Home", "End", "r", "Space"):
        page.keyboard.press(key)
        step_is(page, 9)
    page.get_by_label("watch y").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("watch y")).not_to_be_checked()


@pytest.mark.parametrize(
    ("typed", "kept", "sentence"),
    [
        ("1e9", "6", "x runs from −6 to 6: 1e9 became 6."),
        ("-7.5", "-6", "x runs from −6 to 6: −7.5 became −6."),
        ("", "2", "x was empty, so it stays at 2."),
        ("e", "2", "x needs a number, so it stays at 2."),
    ],
)
def test_bad_input_clamps_with_a_sentence(visit, typed, kept, sentence):
    page = visit()
    field = page.get_by_label("x, as a number")
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type(typed)
    page.keyboard.press("Tab")
    expect(field).to_have_value(kept)
    expect(say(page)).to_have_text(sentence)
    assert kept.replace("-", "−") in drawn(page)
    press(page, "Back")
    expect(say(page)).not_to_have_text(sentence)


def test_typing_a_number_is_left_alone(visit):
    page = visit()
    field = page.get_by_label("y, as a number")
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("-1.25")
    expect(field).to_have_value("-1.25")
    page.keyboard.press("Enter")
    expect(field).to_have_value("-1.25")
    assert "−1.25" in drawn(page)


# ---- the address ------------------------------------------------------------


def test_the_address_keeps_the_state(visit):
    page = visit()
    assert "#" not in page.url
    page.get_by_role("slider", name="x").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_label("watch y").uncheck()
    press(page, "Back")
    address_is(page, "#autodiff:x=2.1&y=3&step=8&wx=1&wy=0&p=0")
    before = drawn(page)
    page.reload()
    step_is(page, 8)
    expect(page.get_by_label("watch y")).not_to_be_checked()
    assert drawn(page) == before
    press(page, "Reset")
    expect(page.get_by_label("watch y")).to_be_checked()
    address_is(page, "#autodiff:x=2&y=3&step=0&wx=1&wy=1&p=0")


def test_a_new_address_is_followed_and_a_bad_one_mended(visit):
    page = visit("/index.html#autodiff:x=-1&y=0.5&step=4&wx=1&wy=1")
    step_is(page, 4)
    page.evaluate("location.hash = '#autodiff:x=1e9&y=no&step=7'")
    step_is(page, 7)
    expect(say(page)).to_have_text(
        "x runs from −6 to 6: 1e9 became 6. "
        "y needs a number, so it stays at 3."
    )


# ---- looks and cost ---------------------------------------------------------


def test_texts_stay_inside_the_picture(visit):
    page = visit()
    address = "#autodiff:x=-5.4321&y=-5.9876&step={}"
    for step in range(10):
        page.evaluate("(h) => (location.hash = h)", address.format(step))
        step_is(page, step)
        assert texts_outside(page) == []


def test_a_move_of_a_slider_costs_less_than_a_frame(visit):
    median = statistics.median(update_times(visit()))
    assert median <= 16, f"one update takes {median:.1f} ms"


def test_a_second_gradient_moves_nothing_below(visit):
    page = visit(viewport={"width": 390, "height": 844})
    before = height(page)
    press(page, "Call gradient() again")
    assert height(page) == before
