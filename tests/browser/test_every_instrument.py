"""What every drawn instrument keeps, each in a browser on its own page."""

import functools
import json
import re
import statistics

import pytest
from alone import (
    defaults,
    drawn,
    height,
    press,
    say,
    step_is,
    steps,
    texts_outside,
    write_page,
)
from conftest import violations
from playwright.sync_api import expect

from flowbook.instruments import bundle

UPDATE_MS = 16


@pytest.fixture(params=bundle.drawn())
def name(request):
    return request.param


@pytest.fixture
def last(name):
    return steps(name)


@pytest.fixture
def visit(alone, name):
    return functools.partial(alone, name)


# ---- with and without a script ----------------------------------------------


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_it_comes_alive_with_no_server_too(visit, name, last, scheme):
    page = visit(scheme=scheme)
    expect(page.locator(".fb-live")).to_be_visible()
    expect(page.locator("figcaption")).to_be_visible()
    step_is(page, last)
    still = re.findall(r"<text[^>]*>(.*?)</text>", bundle.picture(name))
    tags = re.compile(r"<[^>]+>")
    assert drawn(page) == [tags.sub("", text) for text in still]


def test_without_javascript_the_still_and_caption_teach(visit):
    page = visit(java_script_enabled=False)
    expect(page.locator("figure svg[role=img]")).to_be_visible()
    assert len(page.locator("figcaption").inner_text()) > 200
    body = page.locator(".fb-body").bounding_box()
    assert body["height"] < 600, "no room is kept for a script that is off"
    page.locator("summary").click()
    assert page.locator("tbody tr").count() >= 5


@pytest.mark.parametrize("width", [320, 390])
def test_a_table_fits_a_phone(visit, width):
    for script in (True, False):
        page = visit(
            viewport={"width": width, "height": 844},
            java_script_enabled=script,
        )
        page.locator("summary").click()
        table = page.locator("table").bounding_box()
        assert table["x"] + table["width"] <= width


# ---- controls, keys, announcements ------------------------------------------


def test_keys_step_jump_and_reset(visit, last):
    page = visit()
    page.locator(".fb-stage").focus()
    for key, step in [
        ("Home", 0),
        ("ArrowLeft", 0),
        ("ArrowRight", 1),
        ("ArrowDown", 2),
        ("ArrowUp", 1),
        ("End", last),
        ("ArrowRight", last),
        ("ArrowLeft", last - 1),
        ("r", 0),
    ]:
        page.keyboard.press(key)
        step_is(page, step)


def test_space_plays_and_pauses(visit, last):
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
    step_is(page, last)
    expect(page.get_by_role("button", name="Run")).to_be_visible()


def test_controls_keep_their_own_keys(visit, last):
    page = visit()
    page.get_by_role("button", name="Back").focus()
    page.keyboard.press("Space")
    step_is(page, last - 1)
    page.locator("summary").focus()
    page.keyboard.press("Space")
    expect(page.locator(".fb-live table")).to_be_visible()
    page.locator(".fb-stage").focus()
    page.keyboard.press("Control+ArrowLeft")
    step_is(page, last - 1)


def test_jupyterlab_leaves_every_control_its_keys(visit):
    page = visit()
    taken = page.evaluate(
        """() => [...document.querySelectorAll(
          ".fb-live :is(input, select, button, summary, [tabindex])")]
          .filter((e) => !e.hasAttribute("data-lm-suppress-shortcuts"))
          .map((e) => e.outerHTML)"""
    )
    assert taken == []


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
    press(page, "Step")
    page.get_by_role("checkbox").first.click()
    assert page.evaluate("window.said") == 4


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_at_any_level(visit, last, width, theme):
    page = visit(viewport={"width": width, "height": 900})
    page.evaluate("(t) => (document.documentElement.dataset.theme = t)", theme)
    page.locator("summary").click()
    for step in (last, last - 1, 0):
        page.locator(".fb-stage").focus()
        page.keyboard.press("Home" if step == 0 else "End")
        if step == last - 1:
            press(page, "Back")
        step_is(page, step)
        assert violations(page, "figure") == []


# ---- the address ------------------------------------------------------------


def test_the_address_keeps_the_state(visit, name, last):
    page = visit()
    assert "#" not in page.url
    press(page, "Back")
    expect(page).to_have_url(re.compile(f"#{name}:.*\\bstep={last - 1}\\b"))
    before = drawn(page)
    page.reload()
    step_is(page, last - 1)
    assert drawn(page) == before
    page.evaluate(f"location.hash = '#{name}:step=2'")
    step_is(page, 2)


def test_other_anchors_are_left_alone(visit, name, last):
    page = visit("/index.html#after")
    step_is(page, last)
    assert page.url.endswith("#after")
    press(page, "Back")
    expect(page).to_have_url(re.compile(f"#{name}:"))
    page.evaluate("location.hash = '#after'")
    step_is(page, last - 1)
    assert page.url.endswith("#after")


def test_a_bad_address_is_mended_with_a_sentence(visit, name, last):
    page = visit(f"/index.html#{name}:step=soon")
    step_is(page, last)
    expect(say(page)).to_have_text(
        f"step needs a number, so it stays at {last}."
    )
    press(page, "Back")
    expect(say(page)).not_to_contain_text("needs a number")


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
          ".fb-live :is(button, select, input[type=range], "
          + "input[type=number], .fb-check, summary)")]
          .map((e) => e.offsetHeight)"""
    )
    assert min(heights) >= 44


@pytest.mark.parametrize("width", [320, 1440])
def test_words_fit_into_their_buttons(visit, width):
    page = visit(viewport={"width": width, "height": 844})
    tight = page.evaluate(
        """() => [...document.querySelectorAll(".fb-live button")]
          .filter((e) => e.scrollWidth > e.clientWidth
            || e.scrollHeight > e.clientHeight)
          .map((e) => e.textContent)"""
    )
    assert tight == []


def test_texts_stay_inside_the_picture(visit, last):
    page = visit()
    for _ in range(last + 1):
        assert texts_outside(page) == []
        press(page, "Back")
    step_is(page, 0)


def test_print_shows_picture_and_no_buttons(visit):
    page = visit()
    page.emulate_media(media="print")
    expect(page.locator(".fb-stage > svg")).to_be_visible()
    expect(page.locator("figcaption")).to_be_visible()
    for button in page.locator(".fb-live button").all():
        expect(button).to_be_hidden()


# ---- cost -------------------------------------------------------------------


def test_an_update_costs_less_than_a_frame(visit):
    page = visit()
    times = page.evaluate(
        """() => {
          const stage = document.querySelector(".fb-stage");
          return [...Array(200).keys()].map((index) => {
            const key = index % 16 < 8 ? "ArrowLeft" : "ArrowRight";
            const start = performance.now();
            stage.dispatchEvent(
              new KeyboardEvent("keydown", { key, bubbles: true }));
            document.querySelector(".fb-live").getBoundingClientRect();
            return performance.now() - start;
          });
        }"""
    )
    median = statistics.median(times)
    assert median <= UPDATE_MS, f"one update takes {median:.1f} ms"


@pytest.mark.parametrize("width", [320, 390, 700, 1440])
def test_coming_alive_shifts_nothing(visit, name, width):
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
    page.add_script_tag(url=f"{name}.js")
    expect(page.locator(".fb-live")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate("window.shift") == 0
    assert page.evaluate(place) == before


@pytest.mark.parametrize("width", [390, 1440])
def test_stepping_moves_nothing_below(visit, last, width):
    page = visit(viewport={"width": width, "height": 844})
    before = height(page)
    for button in ["Reset"] + ["Step"] * last:
        press(page, button)
        assert height(page) == before, button


# ---- as a widget's module ---------------------------------------------------


def test_the_module_follows_a_model_from_python(visit, name):
    page = visit("/still.html")
    followed, *rest = page.evaluate(
        """async ({ state, name }) => {
          const { default: widget } = await import(`/${name}.mjs`);
          const calls = new Map();
          const values = { ...state };
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
          cleanup();
          return [followed, values.step, model.saved, calls.size,
            location.hash];
        }""",
        {"state": defaults(name), "name": name},
    )
    assert re.search(r"\b1 of \d", followed)
    assert rest == [0, 1, 0, ""]


def test_two_on_a_page_keep_their_own_state(browser, name, last, tmp_path):
    figure = bundle.static_html(name, defaults(name))
    script = f"<script>{bundle.page_script(name)}</script>"
    write_page(tmp_path / "two.html", figure * 2, script)
    page = browser.new_page()
    page.goto((tmp_path / "two.html").as_uri())
    second = page.locator("figure").nth(1)
    second.get_by_role("button", name="Back").click()
    expect(page).to_have_url(re.compile(f"#{name}-2:.*step={last - 1}"))
    page.reload()
    shown = [
        figure.locator(".fb-phase").first.text_content()
        for figure in page.locator("figure").all()
    ]
    assert [re.search(r"(\d+) of", text)[1] for text in shown] == [
        str(last),
        str(last - 1),
    ]
    page.close()


def test_all_on_one_page_do_not_disturb_each_other(browser, tmp_path):
    names = bundle.drawn()
    figures = "".join(bundle.static_html(n, defaults(n)) for n in names)
    script = "".join(
        f"<script>{bundle.page_script(n)}</script>" for n in names
    )
    write_page(tmp_path / "all.html", figures, script)
    page = browser.new_page()
    page.goto((tmp_path / "all.html").as_uri())
    expect(page.locator(".fb-live")).to_have_count(len(names))
    for index, name in enumerate(names):
        figure = page.locator("figure").nth(index)
        figure.get_by_role("button", name="Back").click()
        expect(page).to_have_url(re.compile(f"#{name}:"))
    page.close()


def test_a_broken_state_leaves_the_still(browser, name, tmp_path):
    figure = bundle.static_html(name, defaults(name))
    broken = re.sub(r"data-state='[^']*'", "data-state='{'", figure)
    script = f"<script>{bundle.page_script(name)}</script>"
    write_page(tmp_path / "broken.html", broken, script)
    page = browser.new_page()
    page.goto((tmp_path / "broken.html").as_uri())
    expect(page.locator("figure svg[role=img]")).to_be_visible()
    names = page.evaluate("Object.keys(window.flowbookInstruments)")
    assert json.dumps(names) == f'["{name}"]'
    page.close()
