"""Graded questions in the page: the notebook's checks, with no server.

One page is shared by the tests that need a Python, in their order; nobody
but the site's own server is ever asked.
"""

import contextlib
import io
import json
import re

import pytest
from conftest import AXE, HTML, ROOT, note_failure, walk_down
from playwright.sync_api import expect
from test_pages import LOOKS

from flowbook.exercises import harness, load, source
from flowbook.publish.book import Book

START = 60_000  # ms that a loaded machine may take to start Python
PAGE = "exercises/keras.html"
HEAVY = ("/python/", "/live/python.js", "/live/worker.js", "/live/runner.py")
SETS = [source.read(s.source).exercises for s in Book(ROOT).exercises()]
KERAS = next(s for s in SETS if s.name == "keras")
COUNT = KERAS.question("count")
WRONG = COUNT.wrongs[0].code
FOREVER = "while True:\n    pass"


def in_notebook(code):
    """What the notebook's check() of question 1 prints, but its last line."""
    namespace = {"__name__": "__main__"}
    harness.run_cell(KERAS.setup, namespace, "the setup")
    harness.run_cell(code, namespace, "the answer")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        load("keras", namespace)["count"].check()
    return printed.getvalue().rstrip().rpartition("\n")[0]


class Answer:
    """A graded question of a page, as its reader meets it."""

    def __init__(self, page, name="keras-count"):
        self.page = page
        self.box = page.locator(f"#answer-{name}")
        number = self.box.get_attribute("data-number")
        self.code = page.get_by_label(
            f"Your answer to question {number}", exact=True
        ).and_(page.locator("textarea"))
        self.say = self.box.get_by_role("status")
        self.out = self.box.locator(".fb-cell-out")

    def button(self, name):
        return self.box.get_by_role("button", name=name, exact=True)

    def write(self, code):
        if not self.code.count():
            self.button("Answer here").click()
        self.code.fill(code)

    def check(self, code=None):
        """Press Check, wait for the verdict; its lines."""
        if code is not None:
            self.write(code)
        self.button("Check").click()
        ended = re.compile("^(On this page|Stopped|This question|The check)")
        expect(self.say).to_have_text(ended, timeout=START)
        return self.out.locator("[data-status] > div").all_inner_texts()


@pytest.fixture(scope="module")
def shared(browser, serve, tmp_path_factory):
    """The page of a set, below another folder of a plain server."""
    root = tmp_path_factory.mktemp("served")
    (root / "book").symlink_to(HTML)
    base = serve(root) + "book/"
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    page.base, page.faults, page.elsewhere = base, [], []
    page.on("pageerror", lambda e: page.faults.append(str(e)))
    page.on("requestfailed", lambda r: note_failure(page, r))
    page.on(
        "request",
        lambda r: (
            r.url.startswith((base, "blob:", "data:"))
            or page.elsewhere.append(r.url)
        ),
    )
    page.goto(base + PAGE)
    yield page
    assert page.faults == []
    assert page.elsewhere == []
    context.close()


# ---- Before a click -------------------------------------------------------


@pytest.mark.parametrize("exercises", SETS, ids=lambda s: s.name)
def test_each_question_is_offered_or_led_elsewhere(site, visit, exercises):
    page = visit(f"{site}exercises/{exercises.name}.html")
    walk_down(page)
    assert [u for u in page.requested if any(h in u for h in HEAVY)] == []
    here = [q for q in exercises.questions if q.needs != "tensorflow"]
    offered = page.locator(".fb-graded")
    expect(offered).to_have_count(len(here))
    for question in here:
        answer = Answer(page, f"{exercises.name}-{question.id}")
        for name in ("Answer here", "Check", "Hint"):
            expect(answer.button(name)).to_be_visible()
    colab = page.get_by_role("link", name="Open in Colab").get_attribute(
        "href"
    )
    led = page.get_by_role("link", name="open the notebook in Colab")
    expect(led).to_have_count(len(exercises.questions) - len(here))
    for link in led.all():
        assert link.get_attribute("href") == colab
    assert page.faults == []


def test_without_script_nothing_dead_is_shown(site, visit):
    page = visit(site + PAGE, java_script_enabled=False)
    expect(page.locator(".fb-graded").first).to_be_hidden()
    expect(page.get_by_text("def weights(inputs, units)")).to_be_visible()
    expect(page.get_by_text("right here, too")).to_be_hidden()
    expect(page.locator(".fb-elsewhere").first).to_be_visible()


def test_a_page_opened_as_a_file_says_what_it_needs(visit):
    page = visit((HTML / PAGE).as_uri())
    answer = Answer(page)
    answer.button("Check").click()
    expect(answer.say).to_contain_text("This one was opened as a file")
    assert page.faults == []


def test_on_paper_there_are_no_buttons(site, visit):
    page = visit(site + PAGE)
    page.emulate_media(media="print")
    expect(page.locator(".fb-graded").first).to_be_hidden()


# ---- Checked in the page --------------------------------------------------


def test_the_starter_is_not_attempted(shared):
    lines = Answer(shared).check()
    assert lines[0].startswith("○ Not attempted: question 1")


def test_a_wrong_answer_gets_the_words_of_the_notebook(shared):
    answer = Answer(shared)
    lines = answer.check(WRONG)
    assert lines == in_notebook(WRONG).replace("`", "").split("\n")
    assert COUNT.wrongs[0].says in lines[1] + lines[2]
    expect(answer.say).to_contain_text("On this page: 2 of")


def test_hints_open_one_after_the_other(shared):
    answer = Answer(shared)
    hints = shared.locator("#answer-keras-count ~ details.fb-hint")
    for number in range(len(COUNT.hints)):
        answer.button("Hint").click()
        opened = hints.evaluate_all("all => all.map(each => each.open)")
        assert opened == [at <= number for at in range(len(opened))]
        expect(hints.nth(number).locator("summary")).to_be_focused()
    answer.button("Hint").click()
    expect(answer.say).to_have_text("There is no further hint.")


def test_an_error_says_its_line(shared):
    lines = Answer(shared).check("def weights(inputs, units:\n    return 1")
    assert lines[0].startswith("! Your code stopped with an error")
    assert lines[1] == "SyntaxError: '(' was never closed"
    assert "line 1 of your answer to question 1" in lines[2]


def test_what_an_answer_prints_is_shown_as_text(shared):
    answer = Answer(shared)
    answer.check(f"{COUNT.reference}\nprint('<b>mine</b>')")
    expect(answer.out.locator("pre")).to_have_text("<b>mine</b>\n")


def test_an_endless_loop_is_stopped_and_the_next_check_works(shared):
    answer = Answer(shared)
    answer.write(FOREVER)
    answer.button("Check").click()
    expect(answer.say).to_have_text("Checking …", timeout=START)
    expect(answer.button("Check")).to_have_attribute("aria-disabled", "true")
    answer.button("Stop").click()
    expect(answer.say).to_have_text("Stopped. Nothing was judged.")
    expect(answer.button("Stop")).to_be_hidden()
    expect(answer.button("Check")).to_be_focused()
    assert answer.check(COUNT.reference)[0].startswith("✓ Correct")


def test_an_answer_and_its_points_survive_a_reload(shared):
    Answer(shared).check(COUNT.reference)
    shared.reload()
    answer = Answer(shared)
    expect(answer.code).to_have_value(COUNT.reference)
    expect(answer.say).to_have_text("Last check: correct, 3 of 3 points.")


def test_a_later_question_builds_on_the_readers_own_answer(shared):
    answer = Answer(shared, "keras-bytes")
    right = KERAS.question("bytes").reference
    assert answer.check(right)[0].startswith("✓ Correct: question 3")
    expect(answer.say).to_have_text(re.compile("^On this page: 7 of"))


def test_numpy_that_is_not_there_gets_a_sentence_and_colab(shared):
    settings = (HTML / "_static" / "live" / "settings.js").read_text("utf-8")
    bare = re.sub(r'"placed": \[.*?\]', '"placed": []', settings)
    bare = re.sub(r'"packages": [^,]*', '"packages": null', bare)
    shared.route(
        "**/live/settings.js",
        lambda route: route.fulfill(body=bare, content_type="text/javascript"),
    )
    shared.reload()
    answer = Answer(shared, "keras-forward")
    answer.check()
    expect(answer.say).to_have_text("This question needs NumPy.")
    expect(answer.out).to_contain_text("This copy of the book has no numpy")
    expect(answer.out.get_by_role("link")).to_have_attribute(
        "href", re.compile("colab.*keras.ipynb")
    )


def test_the_cover_counts_it_and_a_file_takes_it_along(shared, tmp_path):
    def cover():
        shared.goto(shared.base + "index.html")
        panel = shared.get_by_role("region", name="Your progress")
        panel.locator("summary").click()
        return panel, panel.locator("tr", has_text="Keras").locator("td").last

    panel, count = cover()
    expect(count).to_have_text("2 of 3")
    with shared.expect_download() as download:
        panel.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "progress.json")
    kept = json.loads((tmp_path / "progress.json").read_text())["answers"]
    assert kept["keras-count"]["code"] == COUNT.reference
    assert kept["keras-count"]["earned"] == COUNT.points
    panel.get_by_role("button", name="Reset", exact=True).click()
    panel.get_by_role("button", name="Reset it").click()
    expect(count).to_have_text("0 of 3")
    panel, count = cover()
    expect(count).to_have_text("0 of 3")
    with shared.expect_file_chooser() as chooser:
        panel.get_by_role("button", name="Import").click()
    chooser.value.set_files(tmp_path / "progress.json")
    expect(count).to_have_text("2 of 3")
    shared.goto(shared.base + PAGE)
    expect(Answer(shared).code).to_have_value(COUNT.reference)


def test_reset_brings_the_starter_and_keeps_the_points(shared):
    answer = Answer(shared)
    answer.button("Reset").click()
    expect(answer.button("Answer here")).to_be_focused()
    expect(answer.code).to_have_count(0)
    expect(shared.get_by_text("def weights(inputs, units)")).to_be_visible()
    shared.reload()
    expect(answer.code).to_have_count(0)
    expect(answer.say).to_have_text("Last check: correct, 3 of 3 points.")
    assert answer.check()[0].startswith("○ Not attempted")


# ---- For everybody --------------------------------------------------------


def test_all_of_it_by_keyboard(shared):
    shared.reload()
    answer, keys = Answer(shared), shared.keyboard
    answer.button("Answer here").focus()
    keys.press("Enter")
    expect(answer.code).to_be_focused()
    keys.press("Control+A")
    keys.type("def weights(inputs, units):\nreturn inputs * units")
    expect(answer.code).to_have_value(
        "def weights(inputs, units):\n    return inputs * units"
    )
    keys.press("Control+Enter")
    expect(answer.out).to_contain_text("Not right yet", timeout=START)
    keys.press("Escape")
    expect(answer.button("Answer here")).to_be_focused()
    for name in ("Check", "Hint", "Reset"):
        keys.press("Tab")
        expect(answer.button(name)).to_be_focused()


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_axe_finds_nothing_after_a_check(shared, width, theme):
    shared.set_viewport_size({"width": width, "height": 900})
    shared.emulate_media(color_scheme=theme)
    html = shared.locator("html")
    expect(html).to_have_attribute("data-theme", theme, timeout=START)
    answer = Answer(shared)
    if not answer.out.locator("pre").count():
        answer.check(f"{WRONG}\nprint('a line' * 40)")
    shared.wait_for_timeout(1000)  # for the theme, which waits a while
    shared.add_script_tag(path=AXE)
    results = shared.evaluate("axe.run()")
    found = [
        f"{v['impact']} {v['id']}: {v['nodes'][0]['html'][:160]}"
        for v in results["violations"]
    ]
    assert found == []
    assert shared.evaluate("document.documentElement.scrollWidth") <= width


def test_a_browser_that_keeps_nothing_says_so(browser, site):
    context = browser.new_context()
    context.add_init_script(
        "Storage.prototype.setItem = () => "
        "{ throw new DOMException('full', 'QuotaExceededError') }"
    )
    page = context.new_page()
    page.goto(site + PAGE)
    answer = Answer(page)
    answer.check(COUNT.reference)
    expect(answer.say).to_contain_text("It lasts until you leave the page")
    context.close()
