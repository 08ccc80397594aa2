"""The reader's own progress: marked, counted, carried along, never sent."""

import json
import re
import time

import pytest
from conftest import HTML, ROOT, violations
from playwright.sync_api import expect
from test_pages import LOOKS

from flowbook.publish.book import Book, title

SECTIONS = [  # what a reader can complete: a chapter's opener is not
    section.name
    for section in Book(ROOT).sections()
    if not section.name.endswith("/index")
]
CHAPTERS = {  # their titles and sections, in the order of the sidebar
    title((ROOT / f"{chapter['file']}.md").read_text("utf-8")): sections
    for part in Book(ROOT).toc["parts"]
    for chapter in part["chapters"]
    if (
        sections := [
            entry["file"]
            for entry in chapter.get("sections", ())
            if entry["file"] in SECTIONS
        ]
    )
}
CHAPTER = next(iter(CHAPTERS.values()))
FIRST, SECOND = CHAPTER[:2]
TITLE = title((ROOT / f"{SECOND}.md").read_text("utf-8"))
ALL = len(CHAPTER)
AUTODIFF = "chapters/graph-heritage/autodiff"
BLOCKED = [
    "Object.defineProperty(window, 'localStorage', "
    "{get() { throw new DOMException('blocked', 'SecurityError') }})",
    "Storage.prototype.setItem = () => "
    "{ throw new DOMException('full', 'QuotaExceededError') }",
]
ANSWER = {"given": "0", "verdict": "wrong", "tries": 2}
FILE = {
    "format": "flowbook-progress",
    "version": 1,
    "complete": [SECOND],
    "checks": {"some-check": ANSWER},
}


def mark(page):
    return page.get_by_role("button", name="Mark this section complete")


def panel(page):
    return page.get_by_role("region", name="Your progress")


def act(page, name):
    return panel(page).get_by_role("button", name=name, exact=True)


def counts(page):
    return panel(page).locator("tbody td").all_inner_texts()[1:]


def said(page):
    return page.locator(".fb-your-progress output")


def open_panel(page):
    panel(page).locator("summary").click()


def stored(page):
    return page.evaluate(
        "Object.fromEntries(Object.entries(localStorage)"
        ".filter(([key]) => key.startsWith('flowbook:')))"
    )


def choose(page, text, name="progress.json"):
    """Import a file with this text."""
    with page.expect_file_chooser() as chooser:
        act(page, "Import").click()
    chooser.value.set_files(
        {
            "name": name,
            "mimeType": "application/json",
            "buffer": text.encode(),
        }
    )


def answer_right(page):
    """Answer the page's first number question; its ID."""
    form = page.locator('.fb-selfcheck[data-kind="numeric"]').first
    form.locator("input").fill(form.get_attribute("data-answer"))
    form.locator("input").press("Enter")
    return form.get_attribute("id").removeprefix("check-")


def work(page, base):
    """One right answer and one complete section; then the cover."""
    page.goto(f"{base}{FIRST}.html")
    check = answer_right(page)
    mark(page).click()
    page.goto(base + "index.html")
    open_panel(page)
    return check


@pytest.fixture(params=["http", "file"])
def base(request):
    """The book's address: served, and from the file system."""
    if request.param == "file":
        return f"{HTML.as_uri()}/"
    return request.getfixturevalue("site")


def test_a_mark_is_counted_and_outlives_a_reload(base, visit):
    page = visit(f"{base}{FIRST}.html")
    expect(mark(page)).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".bd-links .fb-badge:visible")).to_have_count(0)
    mark(page).click()
    expect(page.locator(".fb-mark output")).to_have_text(
        f"Complete. In this chapter: 1 of {ALL} sections complete."
    )
    page.reload()
    expect(mark(page)).to_have_attribute("aria-pressed", "true")
    sidebar = page.locator(".bd-links")
    assert sidebar.get_by_role("img", name="complete", exact=True).count() == 1
    expect(
        sidebar.get_by_role("img", name=f"1 of {ALL} sections complete")
    ).to_have_text(f"1/{ALL}")
    mark(page).click()
    expect(mark(page)).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".bd-links .fb-badge:visible")).to_have_count(0)
    page.reload()
    expect(mark(page)).to_have_attribute("aria-pressed", "false")
    assert page.faults == []


def test_nothing_is_marked_without_the_reader(site, visit):
    page = visit(f"{site}{FIRST}.html")
    page.mouse.wheel(0, 100000)
    page.goto(site + "index.html")
    assert stored(page) == {}
    expect(panel(page).get_by_role("link")).to_have_count(0)


def test_the_sidebar_counts_exactly_the_sections(site, visit):
    page = visit(site + "index.html")
    page.evaluate(
        "ids => ids.forEach(id => flowbook.store.set('done-' + id, true))",
        SECTIONS,
    )
    ticks = page.locator(".bd-links .toctree-l2 .fb-badge")
    expect(ticks).to_have_count(len(SECTIONS))
    for chapter in page.locator(
        ".bd-links .toctree-l1.has-children > a .fb-badge"
    ).all():
        done, of = chapter.inner_text().split("/")
        assert done == of


def test_right_answers_are_counted_as_they_come(site, visit):
    page = visit(f"{site}{FIRST}.html")
    total = page.locator(".fb-selfcheck").count()
    checks = page.locator(".fb-mark-checks")
    expect(checks).to_have_text(f"0 of {total} checks right")
    answer_right(page)
    expect(checks).to_have_text(f"1 of {total} checks right")


def test_the_cover_counts_what_the_pages_have(base, visit):
    page = visit(base + "index.html")
    rows, done = [], 1  # one section and one answer, in the first chapter
    for chapter, sections in CHAPTERS.items():
        checks = 0
        for name in sections:
            page.goto(f"{base}{name}.html")
            checks += page.locator(".fb-selfcheck").count()
        folder = sections[0].split("/")[1]
        page.goto(f"{base}exercises/{folder}.html")
        questions = page.locator(".fb-graded").count()
        rows += [chapter, f"{done} of {len(sections)}", f"{done} of {checks}"]
        rows += [f"0 of {questions}"]
        done = 0
    work(page, base)
    assert [next(iter(CHAPTERS)), *counts(page)] == rows
    assert page.faults == []


def test_continue_leads_to_the_next_unread_section(base, visit):
    page = visit(f"{base}{SECOND}.html")
    link = panel(page).get_by_role("link").first
    answer_right(page)
    page.goto(base + "index.html")
    expect(link).to_have_text(TITLE)  # begun, not complete
    page.goto(f"{base}{SECOND}.html")
    mark(page).click()
    page.goto(base + "index.html")
    rest = [name for name in SECTIONS if name not in (FIRST, SECOND)]
    open_panel(page)
    choose(page, json.dumps(FILE | {"complete": rest, "checks": {}}))
    link.click()  # the one that was left out
    page.wait_for_url(f"**/{FIRST}.html")
    mark(page).click()
    page.goto(base + "index.html")
    expect(panel(page)).to_contain_text(
        f"All {len(SECTIONS)} sections complete."
    )
    page.goto(f"{base}{FIRST}.html")
    mark(page).click()
    page.goto(base + "index.html")
    link.click()
    page.wait_for_url(f"**/{FIRST}.html")


def test_export_reset_import_restores_everything(base, visit, tmp_path):
    page = visit(base + "index.html", accept_downloads=True)
    check = work(page, base)
    before, seen = stored(page), counts(page)
    with page.expect_download() as download:
        act(page, "Export").click()
    assert download.value.suggested_filename == "flowbook-progress.json"
    download.value.save_as(tmp_path / "p.json")
    text = (tmp_path / "p.json").read_text("utf-8")
    data = json.loads(text)
    assert data["format"] == "flowbook-progress"
    assert data["version"] == 1
    assert data["complete"] == [FIRST]
    assert data["at"] == FIRST
    assert data["checks"][check]["verdict"] == "right"
    act(page, "Reset").click()
    act(page, "Reset it").click()
    assert stored(page) == {}
    page.reload()
    open_panel(page)
    assert counts(page)[0] == f"0 of {ALL}"
    choose(page, text)
    expect(said(page)).to_have_text(
        "Imported 1 section and 1 answer; what was here is kept."
    )
    assert (stored(page), counts(page)) == (before, seen)
    choose(page, text)
    expect(said(page)).to_contain_text("Nothing in this file is new")
    assert page.faults == []


def test_reset_asks_first_and_can_be_undone(site, visit):
    page = visit(site + "index.html")
    open_panel(page)
    act(page, "Reset").click()
    expect(said(page)).to_have_text("There is nothing to reset.")
    work(page, site)
    before = stored(page)
    act(page, "Reset").click()
    question = page.get_by_role(
        "group", name="Forget 1 complete section and 1 answer in this browser?"
    )
    expect(question).to_be_visible()
    act(page, "Keep it").click()
    expect(question).to_be_hidden()
    assert stored(page) == before
    act(page, "Reset").click()
    act(page, "Reset it").click()
    expect(panel(page).get_by_role("link", name=TITLE)).to_have_count(0)
    act(page, "Undo").click()
    assert stored(page) == before
    expect(act(page, "Undo")).to_be_hidden()
    expect(panel(page)).to_contain_text(f"Continue: {TITLE}")


def test_reset_leaves_what_is_not_progress(site, visit):
    page = visit(site + "index.html")
    page.evaluate("localStorage.setItem('flowbook:speech', '1')")
    work(page, site)
    act(page, "Reset").click()
    act(page, "Reset it").click()
    assert stored(page) == {"flowbook:speech": "1"}


def test_importing_merges_and_loses_nothing(site, visit):
    page = visit(site + "index.html")
    check = work(page, site)
    right = stored(page)[f"flowbook:check-{check}"]
    other = ANSWER | {"verdict": "right", "tries": 9}
    checks = {check: other, "another": ANSWER, "a third": ANSWER}
    choose(page, json.dumps(FILE | {"checks": checks}))
    expect(said(page)).to_contain_text("Imported 1 section and 2 answers")
    after = stored(page)
    assert after[f"flowbook:check-{check}"] == right
    assert json.loads(after["flowbook:check-another"]) == ANSWER
    assert {f"flowbook:done-{FIRST}", f"flowbook:done-{SECOND}"} < set(after)
    better = ANSWER | {"verdict": "right"}
    checks = {check: ANSWER, "another": better}
    choose(page, json.dumps(FILE | {"complete": [], "checks": checks}))
    expect(said(page)).to_contain_text("0 sections and 1 answer;")
    assert stored(page)[f"flowbook:check-{check}"] == right
    assert f"flowbook:done-{SECOND}" in stored(page)
    assert json.loads(stored(page)["flowbook:check-another"]) == better


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected JSON that Export has written, got nothing"),
        ("Dear diary", 'expected JSON .* got "Dear diary"'),
        ("null", 'expected "format": "flowbook-progress", got null'),
        ('{"cells": []}', 'expected "format".*, got {"cells":'),
        (json.dumps(FILE | {"version": 2}), 'expected "version": 1, got 2'),
        (json.dumps(FILE | {"complete": "all"}), 'a list .* got "all"'),
        (json.dumps(FILE | {"complete": [3]}), r"a list .* got \[3\]"),
        (json.dumps(FILE | {"checks": []}), r'in "checks" .* got \[\]'),
        (json.dumps(FILE | {"checks": {"a": 1}}), 'answer under "a", got 1'),
        (json.dumps(FILE | {"answers": []}), r'in "answers" .* got \[\]'),
        (json.dumps(FILE | {"answers": {"a": {"code": 1}}}), 'under "a"'),
        (json.dumps(FILE | {"at": 7}), 'in "at" a section, got 7'),
    ],
)
def test_a_bad_file_is_answered_and_changes_nothing(site, visit, text, words):
    page = visit(site + "index.html")
    work(page, site)
    before = stored(page)
    choose(page, text, "notes.txt")
    expect(said(page)).to_have_text(
        re.compile(
            f"^notes.txt is not a progress file: .*{words}.* "
            "Nothing was changed. Choose a file that Export has written.$"
        )
    )
    assert stored(page) == before
    assert page.faults == []


@pytest.mark.parametrize("script", BLOCKED, ids=["blocked", "full"])
def test_without_a_store_it_works_for_the_visit_and_says_so(
    site, browser, script
):
    context = browser.new_context()
    context.add_init_script(script)
    page = context.new_page()
    page.goto(f"{site}{FIRST}.html")
    mark(page).click()
    expect(mark(page)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".fb-mark output")).to_have_text(
        "This lasts until you leave the page: your browser keeps nothing "
        "for this site."
    )
    answer_right(page)
    expect(page.locator(".fb-mark-checks")).to_contain_text("1 of")
    mark(page).click()
    expect(mark(page)).to_have_attribute("aria-pressed", "false")
    page.goto(site + "index.html")
    open_panel(page)
    choose(page, json.dumps(FILE))
    expect(said(page)).to_contain_text("lasts until you leave the page")
    assert counts(page)[0] == f"1 of {ALL}"
    act(page, "Reset").click()
    act(page, "Reset it").click()
    assert counts(page)[0] == f"0 of {ALL}"
    context.close()


def test_a_store_that_something_else_wrote_does_no_harm(site, visit):
    page = visit(site + "index.html")
    page.evaluate(
        f"""() => {{
          localStorage.setItem("flowbook:done-{FIRST}", "{{");
          localStorage.setItem("flowbook:at", "17");
          localStorage.setItem("flowbook:check-old", "null");
        }}"""
    )
    page.reload()
    open_panel(page)
    assert counts(page)[0] == f"0 of {ALL}"
    assert page.faults == []


def test_another_tab_is_told(site, visit):
    page = visit(f"{site}{FIRST}.html")
    other = page.context.new_page()
    other.goto(site + "index.html")
    mark(page).click()
    expect(panel(other)).to_contain_text(f"Continue: {TITLE}")


def test_all_of_it_by_keyboard(site, visit):
    page = visit(f"{site}{FIRST}.html")
    mark(page).focus()
    page.keyboard.press("Space")
    expect(mark(page)).to_have_attribute("aria-pressed", "true")
    page.goto(site + "index.html")
    panel(page).get_by_role("link").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the fold
    for name in (*CHAPTERS, "Export", "Import", "Reset"):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.textContent")
        assert focused == name
    page.keyboard.press("Enter")
    expect(act(page, "Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(act(page, "Reset")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(act(page, "Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(act(page, "Reset")).to_be_focused()
    expect(panel(page)).to_contain_text(f"Continue: {TITLE}")


def test_without_script_nothing_dead_is_shown(site, visit):
    def still(name):
        return visit(
            f"{site}{name}.html", width=390, java_script_enabled=False
        )

    page = still(FIRST)
    for part in (".fb-mark", ".fb-you-are-here-part"):
        expect(page.locator(part)).to_have_count(1)
        expect(page.locator(part)).to_be_hidden()
    expect(page.locator(".fb-you-are-here b")).to_be_visible()
    page = still("index")
    expect(page.locator(".fb-your-progress")).to_have_count(1)
    expect(page.locator(".fb-your-progress")).to_be_hidden()


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_axe_finds_nothing_when_all_was_operated(site, visit, width, theme):
    page = visit(site + "index.html", width=width, color_scheme=theme)
    work(page, site)
    choose(page, "no progress")
    act(page, "Reset").click()
    assert violations(page) == []
    act(page, "Reset it").click()
    assert violations(page) == []
    page.goto(f"{site}{SECOND}.html")
    mark(page).click()
    page.evaluate("scrollTo(0, 2000)")
    assert violations(page) == []


def test_the_panel_fits_a_phone_with_fingers(site, visit):
    page = visit(site + "index.html", width=390, height=844)
    work(page, site)
    act(page, "Reset").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in panel(page).locator("button:visible, summary").all():
        assert button.bounding_box()["height"] >= 44


SHIFTS = """new Promise((done) => {
  let sum = 0;
  const seen = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.value;
  });
  seen.observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 500);
})"""


@pytest.mark.parametrize("name", [FIRST, "index"])
def test_nothing_moves_when_the_script_comes_late(site, visit, name):
    page = visit(f"{site}{FIRST}.html", width=390, height=844)
    for _ in range(2):  # as a new reader, then as one with progress
        page.route("**/flowbook.js*", after_the_first_paint)
        page.goto(f"{site}{name}.html")
        assert page.evaluate(SHIFTS) < 0.01
        page.unroute("**/flowbook.js*")
        page.goto(f"{site}{FIRST}.html")
        mark(page).click()


def after_the_first_paint(route):
    time.sleep(0.5)
    route.continue_()


def test_the_phones_line_tells_where_you_are_and_covers_nothing(site, visit):
    page = visit(f"{site}{AUTODIFF}.html", width=390, height=844)
    line = page.locator(".fb-you-are-here")
    expect(line).to_have_text(
        re.compile("The graph heritage › Autodiff\\s*0%")
    )
    box, title = line.bounding_box(), page.locator("h1:visible").bounding_box()
    assert box["y"] + box["height"] <= title["y"]
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    page.evaluate("location.hash = 'a-gradient-of-your-own'")
    page.wait_for_timeout(200)
    box = line.bounding_box()
    header = page.locator(".bd-header-article").bounding_box()
    heading = page.locator("#a-gradient-of-your-own h2").bounding_box()
    assert box["y"] == pytest.approx(header["y"] + header["height"], abs=1)
    assert box["height"] <= 40
    assert heading["y"] >= box["y"] + box["height"]
    percent = line.locator(".fb-you-are-here-part")
    assert 0 < int(percent.inner_text().rstrip("%")) < 100
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(percent).to_have_text("100%")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_wide_screen_has_the_sidebar_instead(site, visit):
    page = visit(f"{site}{AUTODIFF}.html")
    expect(page.locator(".fb-you-are-here")).to_be_hidden()


def test_nothing_about_the_reader_is_sent(site, visit):
    page = visit(site + "index.html")
    work(page, site)
    choose(page, json.dumps(FILE))
    assert all(url.startswith((site, "blob:")) for url in page.requested)
