"""The digit pad of "Leaving Python": a real model in a real page, no server
of its own, on WebAssembly and on (software) WebGPU."""

import json
import shutil
from urllib.parse import urlparse

import pytest
from conftest import AXE, FLAGS, HTML, ROOT, walk_down
from measure import weight
from playwright.sync_api import expect

from flowbook.publish.book import Book

SECTION = "chapters/graph-heritage/leaving-python"
PAGE = f"{SECTION}.html"
HEAVY = ("litert/", ".tflite", "digits.json")
MEGABYTES = 3
BOUNDS = {"float32": 1e-5, "int8": 0.05}
GPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]
# What Chromium itself says when a page asks for a GPU that is not there.
NO_GPU = "No available adapters."
SEVEN = [(0.28, 0.12), (0.72, 0.12), (0.45, 0.9)]
READ_ALL = """async (count) => {
  const figure = document.querySelector('[data-instrument="digits"]');
  const choice = figure.querySelector("select");
  const answers = [];
  for (let index = 0; index < count; index += 1) {
    const before = figure.dataset.answers;
    choice.value = index;
    choice.dispatchEvent(new Event("change"));
    while (figure.dataset.answers === before) {
      await new Promise((done) => setTimeout(done));
    }
    answers.push([...figure.querySelectorAll("data")].map((d) => +d.value));
  }
  return answers;
}"""


@pytest.fixture(scope="module")
def keras():
    (section,) = Book(ROOT).sections([SECTION])
    return json.loads((section.files / "digits.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def with_gpu(browser):
    """A Chromium that computes WebGPU in software."""
    flags = [flag for flag in FLAGS if flag != "--disable-gpu"]
    path = next(filter(None, map(shutil.which, ("chromium", "chrome"))), None)
    chromium = browser.browser_type.launch(
        executable_path=path, args=[*flags, *GPU]
    )
    yield chromium
    chromium.close()


def pad(page):
    figure = page.locator('[data-instrument="digits"]')
    figure.scroll_into_view_if_needed()
    expect(page.locator(".fb-digits")).to_be_visible()
    return figure


def load(page):
    pad(page).get_by_role("button", name="Load the model").click()
    page.wait_for_selector("[data-loaded]", timeout=30_000)
    expect(note(page)).to_contain_text("the median of")


def note(page):
    return page.locator(".fb-digits > .fb-note")


def say(page):
    return page.locator(".fb-digits > .fb-say")


def draw(page, points):
    box = page.locator(".fb-pad").bounding_box()
    places = [
        (box["x"] + x * box["width"], box["y"] + y * box["height"])
        for x, y in points
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def faults(page):
    return [fault for fault in page.faults if fault != NO_GPU]


def heavy(page):
    return [u for u in page.requested if any(part in u for part in HEAVY)]


def test_nothing_heavy_comes_before_the_click_and_little_after(site, visit):
    page = visit(site + PAGE)
    walk_down(page)
    pad(page)
    assert heavy(page) == []
    before, _ = weight(page, HTML)
    load(page)
    sent = (weight(page, HTML)[0] - before) * 1024 / 1e6
    assert 2 < sent <= MEGABYTES, f"{sent:.2f} MB after the click"
    assert len(heavy(page)) == 6
    host = urlparse(site).netloc
    assert {urlparse(u).netloc for u in page.requested} <= {host, ""}
    assert faults(page) == []


def check_answers(page, keras):
    for kind, bound in BOUNDS.items():
        page.get_by_label("File", exact=True).select_option(kind)
        expect(note(page)).to_contain_text(f"of the {kind} file takes")
        answers = page.evaluate(READ_ALL, 100)
        for ours, theirs in zip(answers, keras["keras"], strict=True):
            gaps = [abs(a - b) for a, b in zip(ours, theirs, strict=True)]
            assert max(gaps) <= bound, kind
            assert ours.index(max(ours)) == theirs.index(max(theirs)), kind


def test_webassembly_answers_100_digits_as_keras_does(site, visit, keras):
    page = visit(site + PAGE)
    load(page)
    expect(note(page)).to_contain_text("because this browser finds no")
    check_answers(page, keras)


def test_webgpu_answers_100_digits_as_keras_does(site, with_gpu, keras):
    page = with_gpu.new_page()
    page.goto(site + PAGE)
    load(page)
    expect(note(page)).to_contain_text("on WebGPU, the median")
    check_answers(page, keras)
    page.get_by_label("Runs on").select_option("wasm")
    expect(note(page)).to_contain_text("on WebAssembly, the median")


def test_what_is_drawn_is_read_and_said_once(site, visit):
    page = visit(site + PAGE)
    load(page)
    page.evaluate(
        """() => {
          window.said = 0;
          new MutationObserver(() => (window.said += 1))
            .observe(document.querySelector(".fb-digits > .fb-say"),
              { childList: true });
        }"""
    )
    draw(page, SEVEN)
    draw(page, [(0.38, 0.5), (0.68, 0.5)])
    expect(page.locator(".fb-bars .fb-top b")).to_have_text("7")
    expect(say(page)).to_contain_text("The model reads a 7")
    assert page.evaluate("window.said") == 1
    page.get_by_role("button", name="Clear").click()
    expect(say(page)).to_contain_text("The pad is empty")
    assert page.locator(".fb-bars .fb-top").count() == 0


def test_a_drawing_waits_for_the_model(site, visit):
    page = visit(site + PAGE)
    pad(page)
    draw(page, SEVEN)
    load(page)
    expect(say(page)).to_contain_text("The model reads a 7")


def test_the_keyboard_alone_gets_an_answer(site, visit, keras):
    page = visit(site + PAGE)
    pad(page).get_by_role("button", name="Load the model").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-loaded]")
    expect(page.get_by_label("Test digit")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(say(page)).to_contain_text(f"The model reads a {best(keras)}")
    expect(say(page)).to_contain_text("Keras’ own probabilities differ")


def best(keras):
    first = keras["keras"][0]
    return first.index(max(first))


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_and_nothing_moves(site, visit, width):
    page = visit(site + PAGE, width=width)
    figure = pad(page)
    empty = figure.bounding_box()["height"]
    load(page)
    page.get_by_label("Test digit").select_option("3")
    expect(say(page)).to_contain_text("The model reads")
    assert figure.bounding_box()["height"] == pytest.approx(empty, abs=2)
    figure.locator("summary").click()
    page.add_script_tag(path=AXE)
    for theme in ("light", "dark"):
        page.evaluate(
            "(t) => (document.documentElement.dataset.theme = t)", theme
        )
        found = page.evaluate("axe.run('[data-instrument=digits]')")
        assert [v["id"] for v in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_pad_works_below_any_address(serve, visit, tmp_path):
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "where").symlink_to(HTML)
    page = visit(f"{serve(tmp_path)}some/where/{PAGE}")
    load(page)
    assert faults(page) == []


def break_wasm(page):
    page.route("**/*.wasm.gz", lambda route: route.abort())


def break_module(page):
    page.route("**/runtime.mjs", lambda route: route.abort())


def break_model(page):
    page.route("**/*int8.tflite", lambda route: route.fulfill(status=404))


def take_webassembly(page):
    page.evaluate("delete globalThis.WebAssembly")


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (break_wasm, "litert.wasm.gz cannot be fetched"),
        (break_module, "its runtime cannot be fetched"),
        (break_model, "reader-int8.tflite cannot be fetched"),
        (take_webassembly, "this browser has no WebAssembly"),
    ],
)
def test_what_fails_is_said_in_a_sentence(site, visit, harm, says):
    page = visit(site + PAGE)
    harm(page)
    pad(page).get_by_role("button", name="Load the model").click()
    expect(say(page)).to_contain_text(
        f"The model could not be loaded: {says}. What it answered"
    )
    page.unroute_all()
    if harm is not take_webassembly and harm is not break_module:
        load(page)  # a second try


def test_from_the_disk_the_pad_says_why_it_cannot(visit):
    page = visit((HTML / PAGE).as_uri())
    pad(page).get_by_role("button", name="Load the model").click()
    expect(say(page)).to_contain_text("From the disk, browsers fetch nothing")


def test_without_javascript_and_on_paper_the_table_stands(site, visit):
    for script in (False, True):
        page = visit(site + PAGE, java_script_enabled=script)
        if script:
            pad(page)
            page.emulate_media(media="print")
        figure = page.locator('[data-instrument="digits"]')
        expect(figure.locator("tbody tr")).to_have_count(10)
        expect(figure.locator("td").first).to_be_visible()
        expect(
            figure.locator(".fb-pad, button").locator("visible=true")
        ).to_have_count(0)


def test_the_license_lies_beside_the_runtime():
    text = (HTML / "_static" / "litert" / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
