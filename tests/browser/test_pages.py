"""Every page: complete, quiet, on its own, and usable by everybody."""

import functools
import json
import re
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlparse
from urllib.request import urlopen

import pytest
from conftest import HTML, ROOT, turn, violations, walk_down
from playwright.sync_api import expect

from flowbook.publish.book import Book

PAGES = [f"{name}.html" for name in Book(ROOT).pages()]
SECTIONS = Book(ROOT).sections()
SECTION = "chapters/graph-heritage/autodiff.html"
# One page of each kind: the cover, a chapter, a section with each of the
# instruments, a set of exercises, and what only one page has.
KINDS = [
    "index.html",
    "chapters/graph-heritage/index.html",
    SECTION,
    "chapters/graph-heritage/eager-and-traced.html",
    "exercises/graph-heritage.html",
    "book/claims.html",
    "book/status.html",
    "book/glossary.html",
    "book/notation.html",
    "book/references.html",
    "search.html",
]
MISSING = "404.html"
WIDTHS = (1440, 390)
LOOKS = [(w, theme) for w in WIDTHS for theme in ("light", "dark")]


@pytest.fixture(scope="module")
def seen(site, opened):
    """A function from a page's name to what one visit of it showed."""

    @functools.cache
    def look(name):
        with opened(site + name) as page:
            walk_down(page)
            return SimpleNamespace(
                requested=page.requested,
                faults=page.faults,
                silent=silent_equations(page),
                colab=links(page, "a.btn-open-in-colab"),
                notebook=links(page, "a.btn-download-notebook"),
                report=links(page, ".fb-report a"),
            )

    return look


def silent_equations(page):
    return page.evaluate(
        """() => [...document.querySelectorAll("div.math")].filter(
          (e) => !e.previousElementSibling?.matches(".visually-hidden")
        ).map((e) => e.textContent.slice(0, 60))"""
    )


def links(page, selector):
    return page.locator(selector).evaluate_all(
        "(all) => all.map((a) => a.href)"
    )


@pytest.mark.parametrize("name", [*PAGES, "search.html", MISSING])
def test_a_page_asks_nobody_else_and_writes_no_fault(site, seen, name):
    host = urlparse(site).netloc
    elsewhere = [
        url
        for url in seen(name).requested
        if urlparse(url).netloc not in (host, "")
    ]
    assert elsewhere == []
    assert seen(name).faults == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(site, visit, name):
    page = visit(site + name, width=390, height=844)
    walk_down(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.fixture(scope="module")
def operated(site, opened, request):
    """A page at a width, walked down, with an answer to a self-check."""
    name, width = request.param
    with opened(site + name, width=width) as page:
        walk_down(page)
        operate(page)
        yield page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "operated",
    [(name, width) for name in KINDS for width in WIDTHS],
    ids=lambda look: f"{look[0]}-{look[1]}",
    indirect=True,
)
def test_axe_finds_nothing_at_any_level(operated, theme):
    turn(operated, theme)
    assert violations(operated) == []


ALONE = """() => {
  const alone = [];
  let marks = 0;
  for (const math of document.querySelectorAll("article .math")) {
    const after = math.nextSibling;
    const last = [...math.querySelectorAll(".base")].at(-1);
    if (!last || !/^[,.;:?!)]/.test(after?.data ?? "")) continue;
    marks += 1;
    const range = document.createRange();
    range.setStart(after, 0);
    range.setEnd(after, 1);
    const [mark, end] = [range, last].map((x) => x.getBoundingClientRect());
    if (mark.left < end.left) alone.push(math.textContent + after.data);
  }
  return [marks, alone];
}"""


def test_no_line_begins_with_the_punctuation_behind_a_formula(site, visit):
    page = visit(f"{site}chapters/tf-data/overlap.html")
    for width in range(320, 480, 8):
        page.set_viewport_size({"width": width, "height": 844})
        marks, alone = page.evaluate(ALONE)
        assert marks and not alone


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_axe_finds_nothing_on_the_404_page(site, visit, width, theme):
    """It takes its theme when it is opened, and keeps it."""
    page = visit(site + MISSING, width=width, color_scheme=theme)
    assert violations(page) == []


def operate(page):
    """Answer a self-check, so that its verdict is judged as well."""
    box = page.locator('.fb-selfcheck[data-kind="numeric"] input').first
    if box.count():
        box.fill("0")
        box.press("Enter")


def test_sections_open_from_the_file_system_too(opened):
    for section in SECTIONS:
        with opened((HTML / f"{section.name}.html").as_uri()) as page:
            walk_down(page)
            assert page.faults == []
            assert page.locator(".fb-claim").count() > 0


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_the_instrument_comes_alive_where_it_stands(site, visit, scheme):
    base = site if scheme == "http" else f"{HTML.as_uri()}/"
    page = visit(base + SECTION)
    assert not any(
        "instruments/" in url for url in page.requested if url.endswith(".js")
    )
    page.locator("[data-instrument]").scroll_into_view_if_needed()
    page.get_by_role("button", name="Reset", exact=True).click()
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.locator(".fb-phase")).to_contain_text("step 1 of 9")
    expect(page).to_have_url(re.compile("#autodiff:.*step=1"))
    page.reload()
    expect(page.locator(".fb-phase")).to_contain_text("step 1 of 9")
    assert page.faults == []


def test_without_script_the_still_and_its_caption_are_there(site, visit):
    page = visit(site + SECTION, java_script_enabled=False)
    still = page.locator("[data-instrument] svg[role=img]").first
    assert still.is_visible()
    caption = page.locator("[data-instrument] figcaption")
    assert "2.5839" in caption.inner_text()
    assert page.locator(".katex-html").first.is_visible()


def test_the_theme_switch_goes_round_and_is_remembered(site, visit):
    page = visit(site + SECTION, color_scheme="light")
    seen = []
    for _ in range(3):
        page.locator(".theme-switch-button:visible").first.click()
        seen.append(page.evaluate("document.documentElement.dataset.theme"))
    assert set(seen) == {"light", "dark"}
    page.locator(".theme-switch-button:visible").first.click()
    mode = page.evaluate("document.documentElement.dataset.mode")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.mode") == mode


def test_dark_pages_are_dark_and_their_outputs_too(site, visit):
    page = visit(site + SECTION, color_scheme="dark")
    light = """(selector) => [...document.querySelectorAll(selector)].filter(
      (e) => {
        const c = getComputedStyle(e).backgroundColor.match(/[\\d.]+/g);
        return c.length < 4 ? c[0] > 90 : c[3] > 0.5 && c[0] > 90;
      }).length"""
    assert (
        page.evaluate(light, "body, .cell_input, .cell_output, .output") == 0
    )


def test_the_sidebar_opens_and_closes(site, visit):
    page = visit(site + SECTION)
    sidebar = page.locator("#pst-primary-sidebar, .bd-sidebar-primary").first
    toggle = page.locator("button.primary-toggle:visible").first
    assert sidebar.is_visible()
    toggle.click()
    page.wait_for_timeout(500)
    assert not sidebar.is_visible()
    toggle.click()
    page.wait_for_timeout(500)
    assert sidebar.is_visible()


def test_search_finds_a_section_by_its_words(site, visit):
    page = visit(site + "search.html?q=placeholder")
    page.wait_for_selector("#search-results li")
    text = page.locator("#search-results").inner_text()
    assert "Describe, then run" in text


def test_the_search_field_opens_from_the_keyboard(site, visit):
    page = visit(site + SECTION)
    page.keyboard.press("Control+k")
    page.wait_for_timeout(200)
    page.keyboard.type("jacobian")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=jacobian")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda s: s.name)
def test_the_buttons_point_at_the_generated_notebook(seen, section):
    page = seen(f"{section.name}.html")
    path = section.notebook.relative_to(ROOT).as_posix()
    repository = Book(ROOT).repository[0].removeprefix("https://github.com/")
    assert page.colab == [
        "https://colab.research.google.com/github/"
        f"{repository}/blob/main/{path}"
    ]
    (link,) = page.notebook
    with urlopen(link) as response:
        assert json.load(response)["nbformat"] == 4


def test_equations_are_named_and_found_by_their_name(site, visit):
    page = visit(site + "chapters/graph-heritage/autodiff.html")
    assert "(EQ F2.1)" in page.locator(".eqno").first.inner_text()
    link = page.locator('a.reference[href="#equation-f2-1"]').first
    assert link.inner_text() == "EQ F2.1"
    link.click()
    expect(page.locator(":target")).to_have_count(1)


@pytest.mark.parametrize("name", PAGES)
def test_every_equation_is_said_in_words_before_it(seen, name):
    assert seen(name).silent == [], f"{name}: an equation without :alt:"


def test_each_claim_links_to_its_line_in_the_ledger_and_back(site, visit):
    page = visit(site + SECTION)
    claim = page.locator(".fb-claim").first
    words = claim.locator("data").inner_text()
    claim.locator("a").click()
    row = page.locator("tr:target")
    expect(row).to_contain_text(words)
    row.locator("a").first.click()
    expect(page.locator(".fb-claim:target")).to_have_count(1)


def test_the_ledger_holds_every_claim_of_the_notebooks(site, visit):
    from flowbook.publish import ledger

    page = visit(site + "book/claims.html")
    entries = ledger.read(SECTIONS)
    assert page.locator(".fb-ledger tbody tr").count() == len(entries) > 40


def test_every_section_offers_to_report_an_error(seen):
    for section in SECTIONS:
        (link,) = seen(f"{section.name}.html").report
        assert link.startswith(Book(ROOT).repository[0] + "/issues/new")


def test_no_page_publishes_its_source_or_a_source_map():
    assert not (HTML / "_sources").exists() or not list(
        (HTML / "_sources").rglob("*.md*")
    )
    inner = [p for p in HTML.rglob("*.html") if "thebe" in p.read_text()]
    assert inner == []


def test_a_fork_links_to_itself(tmp_path, monkeypatch):
    from flowbook.publish.book import pages_address, published_repository

    monkeypatch.setenv("GITHUB_REPOSITORY", "Me/fork")
    url = published_repository("https://github.com/o/n")
    assert url == "https://github.com/Me/fork"
    assert pages_address(url) == "https://me.github.io/fork/"


def test_the_repository_address_stands_once():
    address = Book(ROOT).repository[0]
    files = [ROOT / name for name in ("_toc.yml", "README.md", "index.md")]
    files += [*Path(ROOT / "src").rglob("*.py"), *ROOT.glob("book/*")]
    holders = [
        p for p in files if re.search(re.escape(address), p.read_text("utf-8"))
    ]
    assert holders == []
