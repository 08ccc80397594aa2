"""The autodiff stepper in a real browser, on a page of its own."""

import json
import re
import statistics

import pytest
from playwright.sync_api import expect

from flowbook.instruments import bundle

DEFAULTS = {"x": 2, "y": 3, "step": 9, "watch_x": True, "watch_y": True}
PAGE = """<!doctype html>
<html lang="en" data-theme="light">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>The autodiff stepper</title>
<style>
html {{ color: #222832; background: #fff; font-family: system-ui; }}
html[data-theme="dark"] {{ color: #ced6dd; background: #14181e; }}
body {{ margin: 0; padding: 16px; }}
main {{ max-width: 736px; margin: auto; }}
{css}
</style>
<main><h1>Page</h1>{figure}<p id="after">After.</p></main>
{script}
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder with the page, the page without its script, and the module."""
    place = tmp_path_factory.mktemp("stepper")
    figure = bundle.static_html("autodiff", DEFAULTS)
    tag = '<script src="autodiff.js"></script>'
    for file, script in (("index.html", tag), ("still.html", "")):
        text = PAGE.format(css=bundle.css(), figure=figure, script=script)
        (place / file).write_text(text, encoding="utf-8")
    for file, text in (
        ("autodiff.js", bundle.page_script("autodiff")),
        ("autodiff.mjs", bundle.esm("autodiff")),
    ):
        (place / file).write_text(text, encoding="utf-8")
    return place


@pytest.fixture(scope="session")
def address(serve, folder):
    return serve(folder).rstrip("/")


@pytest.fixture
def visit(browser, address):
    """Open a page; afterwards: no console error, no request elsewhere."""
    contexts, troubles = [], []

    def open_page(path="/index.html", base=address, **options):
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda m: m.type in ("error", "warning") and troubles.append(m),
        )
        page.on("pageerror", lambda error: troubles.append(error))
        page.on(
            "request",
            lambda r: (
                r.url.startswith((base, "data:")) or troubles.append(r.url)
            ),
        )
        page.goto(base + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [str(trouble) for trouble in troubles] == []


def say(page):
    return page.locator(".fb-say")


def step_is(page, step):
    expect(page.locator(".fb-phase")).to_have_text(
        re.compile(rf"step {step} of 9$")
    )


def address_is(page, ending):
    expect(page).to_have_url(re.compile(re.escape(ending) + "$"))


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def drawn(page):
    """The texts of the picture, in drawing order."""
    return page.locator(".fb-stage svg text").all_text_contents()


# ---- what it shows ---------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_it_comes_alive_with_no_server_too(visit, folder, scheme):
    page = visit() if scheme == "http" else visit(base=folder.as_uri())
    expect(page.locator(".fb-live")).to_be_visible()
    expect(say(page)).to_contain_text("dz/dx = 3 + (−0.4161) = 2.5839")
    expect(page.locator("figcaption")).to_be_visible()
    assert {"6", "0.9093", "6.9093", "2.5839", "−0.4161"} <= set(drawn(page))


def test_without_javascript_the_still_and_caption_teach(visit):
    page = visit(java_script_enabled=False)
    expect(page.locator("figure svg[role=img]")).to_be_visible()
    expect(page.locator("figcaption")).to_contain_text("dz/dx = 2.5839")
    body = page.locator(".fb-body").bounding_box()
    assert body["height"] < 600, "no room is kept for a script that is off"
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


def test_keys_step_jump_and_reset(visit):
    page = visit()
    page.locator(".fb-stage").focus()
    for key, step in [
        ("Home", 0),
        ("ArrowLeft", 0),
        ("ArrowRight", 1),
        ("ArrowDown", 2),
        ("ArrowUp", 1),
        ("End", 9),
        ("ArrowRight", 9),
        ("ArrowLeft", 8),
        ("r", 0),
    ]:
        page.keyboard.press(key)
        step_is(page, step)


def test_space_plays_and_pauses(visit):
    page = visit()
    page.locator(".fb-stage").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    step_is(page, 2)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Run")).to_be_visible()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    step_is(page, 9)
    expect(page.get_by_role("button", name="Run")).to_be_visible()


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
    page.get_by_role("button", name="Back").focus()
    page.keyboard.press("Space")
    step_is(page, 8)
    page.locator("summary").focus()
    page.keyboard.press("Space")
    expect(page.locator(".fb-live table")).to_be_visible()
    page.keyboard.press("Control+r")


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


def test_one_polite_sentence_per_action(visit):
    page = visit()
    assert page.locator(".fb-live [aria-live]").count() == 1
    expect(say(page)).to_have_attribute("aria-live", "polite")
    page.evaluate(
        """() => {
          window.said = 0;
          new MutationObserver((list) => (window.said += list.length))
            .observe(document.querySelector(".fb-say"), { childList: true });
        }"""
    )
    press(page, "Back")
    press(page, "Reset")
    page.get_by_label("watch y").uncheck()
    assert page.evaluate("window.said") == 3


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


def test_other_anchors_are_left_alone(visit):
    page = visit("/index.html#after")
    step_is(page, 9)
    assert page.url.endswith("#after")
    press(page, "Back")
    address_is(page, "#autodiff:x=2&y=3&step=8&wx=1&wy=1&p=0")
    page.evaluate("location.hash = '#after'")
    step_is(page, 8)
    assert page.url.endswith("#after")


# ---- looks ------------------------------------------------------------------


def test_dark_pages_get_light_ink(visit):
    page = visit()
    ink = "getComputedStyle(document.querySelector('.fb-stage text')).fill"
    light = page.evaluate(ink)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert light == "rgb(34, 40, 50)"
    assert page.evaluate(ink) == "rgb(206, 214, 221)"
    scheme = "getComputedStyle(document.querySelector('.fb-live')).colorScheme"
    assert page.evaluate(scheme) == "dark"


@pytest.mark.parametrize(
    ("motion", "animation"), [("reduce", "none"), ("no-preference", "fb-draw")]
)
def test_reduced_motion_means_discrete_steps(visit, motion, animation):
    page = visit(reduced_motion=motion)
    press(page, "Reset")
    press(page, "Step")
    path = page.locator("g.fb-active path").first
    name = path.evaluate("(e) => getComputedStyle(e).animationName")
    assert name == animation
    press(page, "Run")
    step_is(page, 3)


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_nothing_overflows_or_gets_too_small(visit, width):
    page = visit(viewport={"width": width, "height": 844})
    overflow = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(overflow) <= 0
    small = page.evaluate(
        """() => {
          const svg = document.querySelector(".fb-stage svg");
          const scale = svg.getScreenCTM().a;
          return Math.min(...[...svg.querySelectorAll("text")]
            .map((t) => parseFloat(getComputedStyle(t).fontSize) * scale));
        }"""
    )
    assert small >= (10 if width == 320 else 11)
    heights = page.evaluate(
        """() => [...document.querySelectorAll(
          ".fb-live :is(button, input[type=range], input[type=number], "
          + ".fb-check, summary)")].map((e) => e.offsetHeight)"""
    )
    assert min(heights) >= 44


def test_texts_stay_inside_the_picture(visit):
    page = visit()
    address = "#autodiff:x=-5.4321&y=-5.9876&step={}"
    for step in range(10):
        page.evaluate("(h) => (location.hash = h)", address.format(step))
        step_is(page, step)
        outside = page.evaluate(
            """() => [...document.querySelectorAll(".fb-stage text")]
              .filter((t) => {
                const { x, y, width, height } = t.getBBox();
                return x < 0 || y < 0 || x + width > 360 || y + height > 404;
              }).map((t) => t.textContent)"""
        )
        assert outside == []


def test_print_shows_picture_and_no_buttons(visit):
    page = visit()
    page.emulate_media(media="print")
    expect(page.locator(".fb-stage svg")).to_be_visible()
    expect(page.locator("figcaption")).to_be_visible()
    expect(page.get_by_role("button", name="Run")).to_be_hidden()


# ---- cost -------------------------------------------------------------------


def test_an_update_costs_less_than_a_frame(visit):
    page = visit()
    times = page.evaluate(
        """() => {
          const slider = document.querySelector(".fb-live input[type=range]");
          return [...Array(200).keys()].map((index) => {
            slider.value = (index % 120) / 10 - 6;
            const start = performance.now();
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            document.querySelector(".fb-live").getBoundingClientRect();
            return performance.now() - start;
          });
        }"""
    )
    median = statistics.median(times)
    assert median <= 16, f"one update takes {median:.1f} ms"


@pytest.mark.parametrize("width", [320, 390, 700, 1440])
def test_coming_alive_shifts_nothing(visit, width):
    page = visit("/still.html", viewport={"width": width, "height": 2400})
    page.evaluate(
        """() => {
          window.shift = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.shift += entry.value;
          }).observe({ type: "layout-shift" });
        }"""
    )
    place = "document.querySelector('#after').getBoundingClientRect().top"
    before = page.evaluate(place)
    page.add_script_tag(url="autodiff.js")
    expect(page.locator(".fb-live")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate("window.shift") == 0
    assert page.evaluate(place) == before


def test_stepping_moves_nothing_below(visit):
    page = visit(viewport={"width": 390, "height": 844})
    height = "document.querySelector('.fb-live').offsetHeight"
    before = page.evaluate(height)
    for name in ["Reset"] + ["Step"] * 9 + ["Call gradient() again"]:
        press(page, name)
        assert page.evaluate(height) == before, name


# ---- as a widget's module ---------------------------------------------------


def test_the_module_follows_a_model_from_python(visit):
    page = visit("/still.html")
    result = page.evaluate(
        """async (state) => {
          const { default: widget } = await import("/autodiff.mjs");
          const calls = new Map();
          const values = { ...state, persistent: false };
          const model = {
            saved: 0,
            get: (key) => values[key],
            set(key, value) { values[key] = value; },
            on: (event, call) => calls.set(event, call),
            off: (event) => calls.delete(event),
            save_changes() { this.saved += 1; },
          };
          const el = document.createElement("div");
          document.body.append(el);
          const cleanup = widget.render({ model, el });
          values.step = 1;
          calls.get("change:step")();
          const followed = el.querySelector(".fb-phase").textContent;
          el.querySelector(".fb-buttons button").click();
          const { step } = values;
          cleanup();
          return { followed, step, saved: model.saved, left: calls.size,
                   hash: location.hash };
        }""",
        DEFAULTS,
    )
    assert result == {
        "followed": "Forward · step 1 of 9",
        "step": 0,
        "saved": 1,
        "left": 0,
        "hash": "",
    }


def test_jupyterlab_leaves_every_control_its_keys(visit):
    page = visit()
    taken = page.evaluate(
        """() => [...document.querySelectorAll(
          ".fb-live :is(input, button, summary, [tabindex])")]
          .filter((e) => !e.hasAttribute("data-lm-suppress-shortcuts"))
          .map((e) => e.outerHTML)"""
    )
    assert taken == []


def test_two_on_a_page_keep_their_own_state(browser, folder, tmp_path):
    figure = bundle.static_html("autodiff", DEFAULTS)
    script = f"<script>{bundle.page_script('autodiff')}</script>"
    text = PAGE.format(css=bundle.css(), figure=figure * 2, script=script)
    file = tmp_path / "two.html"
    file.write_text(text, encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    second = page.locator("figure").nth(1)
    second.get_by_role("button", name="Back").click()
    address_is(page, "#autodiff-2:x=2&y=3&step=8&wx=1&wy=1&p=0")
    page.reload()
    phases = page.locator(".fb-phase").all_text_contents()
    assert phases == ["Backward · step 9 of 9", "Backward · step 8 of 9"]
    page.close()


def test_a_broken_state_leaves_the_still(browser, tmp_path):
    figure = bundle.static_html("autodiff", DEFAULTS)
    broken = re.sub(r"data-state='[^']*'", "data-state='{'", figure)
    script = f"<script>{bundle.page_script('autodiff')}</script>"
    text = PAGE.format(css=bundle.css(), figure=broken, script=script)
    file = tmp_path / "broken.html"
    file.write_text(text, encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    expect(page.locator("figure svg[role=img]")).to_be_visible()
    names = page.evaluate("Object.keys(window.flowbookInstruments)")
    assert json.dumps(names) == '["autodiff"]'
    page.close()
