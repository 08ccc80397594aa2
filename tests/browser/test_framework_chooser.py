"""The framework chooser in a real browser: a table that stands by itself,
and filters for whoever has a script."""

import functools
import re
import statistics

import pytest
from alone import address_is, press, say, write_page
from conftest import violations
from playwright.sync_api import expect

from flowbook.instruments import bundle, chooser

ALL = list(chooser.NEEDS)
UPDATE_MS = 16


@pytest.fixture
def visit(alone):
    return functools.partial(alone, "chooser")


def box(page, need):
    return page.locator(f"input[value={need}]")


def shown(page):
    """The rows that can be seen, in their order."""
    return page.evaluate(
        """() => [...document.querySelectorAll("tbody tr")]
          .filter((row) => row.checkVisibility())
          .map((row) => row.dataset.row)"""
    )


def height(page):
    return page.evaluate("document.querySelector('figure').offsetHeight")


# ---- with and without a script -------------------------------------------


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_without_javascript_the_whole_table_stands(visit, width):
    page = visit(
        java_script_enabled=False, viewport={"width": width, "height": 844}
    )
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(len(ALL))
    for row in rows.all():
        expect(row).to_be_visible()
    expect(page.locator(".fb-choice")).to_be_hidden()
    table = page.locator("table").bounding_box()
    assert table["x"] + table["width"] <= width
    assert len(page.locator("figcaption").inner_text()) > 200


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_with_a_script_all_rows_stand_at_first(visit, scheme):
    page = visit(scheme=scheme)
    expect(page.locator("figure[data-mounted]")).to_be_visible()
    assert shown(page) == ALL
    expect(say(page)).to_have_text(chooser.describe([]))


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
    before = height(page)
    page.add_script_tag(url="chooser.js")
    expect(page.locator("figure[data-mounted]")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate("window.shift") == 0
    assert height(page) == before


# ---- filters -------------------------------------------------------------


def test_ticks_keep_the_rows_that_count(visit):
    page = visit()
    box(page, "tpu").check()
    assert shown(page) == ["tpu"]
    box(page, "phone").check()
    assert shown(page) == ["phone", "tpu"]
    expect(say(page)).to_have_text(chooser.describe(["phone", "tpu"]))
    expect(say(page)).to_contain_text(
        "TensorFlow + Keras: yes to phone; no to TPU."
    )
    box(page, "phone").uncheck()
    box(page, "tpu").uncheck()
    assert shown(page) == ALL


def test_every_choice_of_one_says_what_python_says(visit):
    page = visit()
    for need in ALL:
        box(page, need).check()
        expect(say(page)).to_have_text(chooser.describe([need]))
        assert shown(page) == [need]
        press(page, "Reset")
    assert shown(page) == ALL


def test_the_keyboard_is_enough(visit):
    page = visit()
    page.keyboard.press("Tab")
    focused = "document.activeElement.value"
    assert page.evaluate(focused) == ALL[0]
    page.keyboard.press("Space")
    assert shown(page) == [ALL[0]]
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == ALL[1]
    page.keyboard.press("Space")
    assert shown(page) == ALL[:2]
    page.keyboard.press("Control+r+ArrowLeft")
    page.keyboard.press("r")
    assert shown(page) == ALL
    assert page.evaluate(focused) == ALL[1], "the focus stays"


def test_a_finger_is_enough(visit):
    page = visit(has_touch=True, viewport={"width": 390, "height": 844})
    page.locator("label", has_text="microcontroller").tap()
    assert shown(page) == ["microcontroller"]
    sizes = page.evaluate(
        """() => [...document.querySelectorAll(
          ".fb-live :is(button, .fb-check)")].map((e) => e.offsetHeight)"""
    )
    assert min(sizes) >= 44


def test_one_polite_sentence_per_action(visit):
    page = visit()
    assert page.locator("[aria-live]").count() == 1
    expect(say(page)).to_have_attribute("aria-live", "polite")
    page.evaluate(
        """() => {
          window.said = 0;
          new MutationObserver((list) => (window.said += list.length))
            .observe(document.querySelector(".fb-say"), { childList: true });
        }"""
    )
    box(page, "hub").check()
    box(page, "server").check()
    press(page, "Reset")
    assert page.evaluate("window.said") == 3


def test_jupyterlab_leaves_every_control_its_keys(visit):
    page = visit()
    taken = page.evaluate(
        """() => [...document.querySelectorAll(".fb-live :is(input, button)")]
          .filter((e) => !e.hasAttribute("data-lm-suppress-shortcuts"))
          .length"""
    )
    assert taken == 0


def test_a_phone_shows_a_table_to_assistive_technology(visit):
    for width in (390, 1440):
        page = visit(viewport={"width": width, "height": 844})
        assert page.get_by_role("row").count() == len(ALL) + 1
        assert page.get_by_role("cell").count() == 2 * len(ALL)
        assert page.get_by_role("rowheader").count() == len(ALL)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_at_any_level(visit, width, theme):
    page = visit(viewport={"width": width, "height": 900})
    page.evaluate("(t) => (document.documentElement.dataset.theme = t)", theme)
    for needs in ([], ["tpu", "team-keras"]):
        for need in needs:
            box(page, need).check()
        assert violations(page, "figure") == []


# ---- the address ---------------------------------------------------------


def test_the_address_keeps_the_choice(visit):
    page = visit()
    assert "#" not in page.url
    box(page, "tpu").check()
    box(page, "phone").check()
    address_is(page, "#chooser:c=phone,tpu")
    page.reload()
    expect(box(page, "tpu")).to_be_checked()
    assert shown(page) == ["phone", "tpu"]
    page.evaluate("location.hash = '#chooser:c=hub'")
    expect(box(page, "hub")).to_be_checked()
    assert shown(page) == ["hub"]
    page.evaluate("location.hash = '#after'")
    assert shown(page) == ["hub"]
    assert page.url.endswith("#after")


def test_a_bad_address_is_mended_with_a_sentence(visit):
    page = visit("/index.html#chooser:c=tpu,toaster")
    expect(say(page)).to_have_text(
        "There is no constraint “toaster”: it was left out."
    )
    assert shown(page) == ["tpu"]
    box(page, "hub").check()
    expect(say(page)).not_to_contain_text("toaster")


# ---- looks ---------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_nothing_overflows_or_gets_too_small(visit, width):
    page = visit(viewport={"width": width, "height": 844})
    overflow = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(overflow) <= 0
    small = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll(
          "figure :is(p, th, label, span)")].filter((e) => e.checkVisibility())
          .map((e) => parseFloat(getComputedStyle(e).fontSize)))"""
    )
    assert small >= 12


def test_the_sentence_has_room_for_the_usual_choice(visit):
    page = visit()
    top = "document.querySelector('table').getBoundingClientRect().top"
    before = page.evaluate(top)
    for need in ("phone", "tpu", "hub"):
        box(page, need).check()
        assert page.evaluate(top) == before, need


def test_print_shows_the_table_and_no_controls(visit):
    page = visit()
    box(page, "tpu").check()
    page.emulate_media(media="print")
    expect(page.locator("[data-row=tpu]")).to_be_visible()
    expect(page.locator("figcaption")).to_be_visible()
    expect(page.locator(".fb-choice")).to_be_hidden()


def test_an_update_costs_less_than_a_frame(visit):
    page = visit()
    times = page.evaluate(
        """() => {
          const boxes = [...document.querySelectorAll(".fb-live input")];
          return [...Array(120).keys()].map((index) => {
            const start = performance.now();
            boxes[index % boxes.length].click();
            document.querySelector(".fb-live").getBoundingClientRect();
            return performance.now() - start;
          });
        }"""
    )
    assert statistics.median(times) <= UPDATE_MS


# ---- as a widget's module ------------------------------------------------


def test_the_module_follows_a_model_from_python(visit):
    page = visit("/still.html")
    followed, *rest = page.evaluate(
        """async (still) => {
          const { default: widget } = await import("/chooser.mjs");
          const calls = new Map();
          const values = { needs: ["hub"], still };
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
          values.needs = ["tpu"];
          calls.get("change:needs")();
          const followed = [...el.querySelectorAll("tbody tr")]
            .filter((row) => !row.hidden).map((row) => row.dataset.row);
          el.querySelector("input[value=phone]").click();
          const both = values.needs.join();
          el.querySelector("button").click();
          cleanup();
          return [followed, both, values.needs, model.saved, calls.size,
            location.hash];
        }""",
        chooser.still()[0],
    )
    assert followed == ["tpu"]
    assert rest == ["phone,tpu", ["hub"], 2, 0, ""]


def test_two_on_a_page_keep_their_own_choice(browser, tmp_path):
    figure = bundle.static_html("chooser", {"needs": []})
    script = f"<script>{bundle.page_script('chooser')}</script>"
    write_page(tmp_path / "two.html", figure * 2, script)
    page = browser.new_page()
    page.goto((tmp_path / "two.html").as_uri())
    page.locator("figure").nth(1).locator("input[value=tpu]").check()
    expect(page).to_have_url(re.compile("#chooser-2:c=tpu$"))
    visible = [
        figure.locator("tbody tr:visible").count()
        for figure in page.locator("figure").all()
    ]
    assert visible == [len(ALL), 1]
    page.close()


def test_a_broken_state_leaves_the_still(browser, tmp_path):
    figure = bundle.static_html("chooser", {"needs": []})
    broken = re.sub(r"data-state='[^']*'", "data-state='{'", figure)
    script = f"<script>{bundle.page_script('chooser')}</script>"
    write_page(tmp_path / "broken.html", broken, script)
    page = browser.new_page()
    page.goto((tmp_path / "broken.html").as_uri())
    expect(page.locator("tbody tr:visible")).to_have_count(len(ALL))
    page.close()
