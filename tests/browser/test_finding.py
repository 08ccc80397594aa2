"""Finding one's way: search, numbers, definitions, and no dead end."""

import functools
import http.server
import re
import threading
from urllib.parse import urlparse
from xml.etree import ElementTree

import pytest
from conftest import HTML, ROOT, violations, walk_down
from playwright.sync_api import expect
from test_pages import LOOKS, PAGES, SECTION

from flowbook.publish.book import Book, pages_address, published_repository
from flowbook.sphinx_ext.sharing import description

SITE = pages_address(published_repository(Book(ROOT).repository[0]))
CHAPTER = "chapters/graph-heritage/index.html"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


@pytest.fixture
def search(site, visit):
    """A function that opens a page, its search dialog, and types."""

    def type_into(text, base=site, **options):
        page = visit(base + SECTION, **options)
        page.keyboard.press("Control+k")
        page.locator("#pst-search-dialog [role=combobox]").wait_for()
        page.keyboard.type(text)
        return page

    return type_into


def options_of(page):
    return page.locator("#pst-search-dialog [role=option]")


def test_nothing_of_the_search_is_loaded_before_it_is_used(site, visit):
    page = visit(site + SECTION)
    walk_down(page)
    asked = [urlparse(url).path for url in page.requested]
    assert not {"/searchindex.js", "/_static/search.js"} & set(asked)


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_search_answers_while_typing(site, search, scheme):
    base = site if scheme == "http" else f"{HTML.as_uri()}/"
    page = search("placeh", base)
    expect(options_of(page).first).to_contain_text("placeholder")
    expect(page.locator(".fb-search [role=status]")).to_contain_text("found")
    assert page.faults == []


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("derivat", "local derivative"),  # longer than its stem
        ("one function hand", "One function, by hand"),  # a heading's words
        ("DistBelief", "Describe, then run"),  # only in the text
        ("adjoint", "Glossary"),
    ],
)
def test_search_finds_the_place(search, typed, place):
    page = search(typed)
    expect(options_of(page).filter(has_text=place).first).to_be_visible()
    assert options_of(page).count() <= 8


def test_a_result_is_chosen_and_opened_from_the_keyboard(search):
    page = search("one function by")
    field = page.locator("#pst-search-dialog input")
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_count(1)
    identifier = chosen.get_attribute("id")
    expect(field).to_have_attribute("aria-activedescendant", identifier)
    page.keyboard.press("ArrowUp")
    expect(chosen).to_have_count(0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#one-function-by-hand$"))
    expect(page.locator("#pst-search-dialog")).not_to_be_visible()


def test_enter_without_a_choice_searches_the_full_text(search):
    page = search("jacobian")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=jacobian")
    assert page.faults == []


def test_escape_closes_the_search(search):
    page = search("tape")
    page.keyboard.press("Escape")
    expect(page.locator("#pst-search-dialog")).not_to_be_visible()


def test_search_says_when_there_is_nothing(search):
    page = search("zyzzyva")
    status = page.locator(".fb-search [role=status]")
    expect(status).to_contain_text("Nothing in the book matches “zyzzyva”")
    page.locator("#pst-search-dialog input").fill("")
    expect(status).to_contain_text("answer as you type")


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_axe_finds_nothing_in_search_and_definition(
    site, visit, search, width, theme
):
    page = search("gradient", width=width, color_scheme=theme)
    page.keyboard.press("ArrowDown")
    assert violations(page) == []
    page = visit(site + SECTION, width=width, color_scheme=theme)
    page.locator('a[href*="#term-"]').first.hover()
    page.locator("#fb-term").wait_for()
    assert violations(page) == []


def test_results_are_large_enough_for_a_finger(search):
    page = search("gradient", width=390, height=844)
    heights = options_of(page).evaluate_all(
        "(all) => all.map((one) => one.offsetHeight)"
    )
    assert min(heights) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_magnifying_glass_does_not_lie_on_the_words(search):
    page = search("gradient")
    icon = page.locator("#pst-search-dialog .fa-magnifying-glass")
    field = page.locator("#pst-search-dialog input").bounding_box()
    box = icon.bounding_box()
    assert box["x"] + box["width"] <= field["x"] + 12


def test_chapters_are_numbered_where_one_looks(site, visit):
    page = visit(site + SECTION)
    sidebar = page.locator(".bd-docs-nav")
    expect(sidebar).to_contain_text("1. The graph heritage")
    line = page.locator(".fb-chapter a")
    expect(line).to_have_text("Chapter 1 · The graph heritage")
    line.click()
    page.wait_for_url(f"**/{CHAPTER}")
    expect(page.locator(".fb-chapter")).to_have_text("Chapter 1")
    expect(page.locator("h1:visible")).to_have_text(
        re.compile("^The graph heritage")
    )


def test_the_back_matter_has_no_numbers(site, visit):
    page = visit(site + "book/glossary.html")
    assert page.locator(".fb-chapter, .section-number").count() == 0


def test_previous_and_next_are_named(site, visit):
    page = visit(site + "chapters/graph-heritage/describe-then-run.html")
    expect(page.locator(".left-prev")).to_contain_text("1. The graph heritage")
    expect(page.locator(".right-next")).to_contain_text("Eager and traced")
    page.locator(".right-next").click()
    page.wait_for_url("**/eager-and-traced.html")


# ---- Definitions -----------------------------------------------------------


def test_pointing_at_a_term_shows_its_definition(site, visit):
    page = visit(site + SECTION)
    link = page.locator('a[href*="#term-reverse-mode"]').first
    link.hover()
    definition = page.locator("#fb-term[role=tooltip]")
    expect(definition).to_contain_text("walks the operations backward")
    expect(link).to_have_attribute("aria-describedby", "fb-term")
    definition.hover()  # the pointer can go there
    page.wait_for_timeout(400)
    expect(definition).to_be_visible()
    page.mouse.move(5, 5)
    expect(definition).to_have_count(0)


def test_a_definition_shows_on_focus_and_escape_closes_it(site, visit):
    page = visit(site + SECTION)
    page.locator(".fb-chapter a").focus()
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement.matches('article p a')"):
        page.keyboard.press("Tab")
    expect(page.locator("#fb-term")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#fb-term")).to_have_count(0)


@pytest.fixture(scope="module")
def written(site, opened):
    """``{name: what its HTML says}`` of all pages, none with its scripts."""
    found = {}
    with opened("about:blank", java_script_enabled=False) as page:
        for name in PAGES:
            page.goto(site + name, wait_until="domcontentloaded")
            found[name] = page.evaluate(
                """() => {
                  const all = (selector) =>
                    [...document.querySelectorAll(selector)];
                  const terms = document.getElementById("fb-terms");
                  return {
                    title: document.title,
                    meta: all("meta").map((e) => [
                      e.getAttribute("name") ?? e.getAttribute("property"),
                      e.content]),
                    feeds: all('link[type="application/atom+xml"]')
                      .map((e) => e.href),
                    terms: all("a:has(> .std-term)")
                      .filter((a) => !a.getAttribute("href").startsWith("#"))
                      .map((a) => a.hash),
                    defined: [...terms?.content.children ?? []]
                      .map((e) => `#${e.dataset.term}`),
                  };
                }"""
            )
    return found


def test_every_term_that_a_page_links_to_has_its_definition(written):
    assert any(page["terms"] for page in written.values())
    for name, page in written.items():
        assert set(page["terms"]) <= set(page["defined"]), name


def test_a_definition_stays_on_a_phone(site, visit):
    page = visit(site + SECTION, width=390, height=844)
    for link in page.locator('a[href*="#term-"]').all()[:6]:
        page.mouse.move(0, 0)
        link.evaluate(
            "(a) => a.scrollIntoView({ block: 'center', behavior: 'instant' })"
        )
        link.hover()
        expect(link).to_have_attribute("aria-describedby", "fb-term")
        box = page.locator("#fb-term").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


# ---- A page that is not there ----------------------------------------------


@pytest.fixture(scope="module")
def published():
    """The book as GitHub Pages serves it: under a name, with its 404 page."""
    prefix = urlparse(SITE).path

    class Pages(http.server.SimpleHTTPRequestHandler):
        def send_head(self):
            inside = self.path.startswith(prefix)
            self.path = self.path.removeprefix(prefix.rstrip("/"))
            if inside and (HTML / self.path[1:].partition("?")[0]).is_file():
                return super().send_head()
            body = (HTML / "404.html").open("rb")
            self.send_response(404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            return body

        def log_message(self, *_arguments):
            pass

    handler = functools.partial(Pages, directory=str(HTML))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{prefix}"
    server.shutdown()


@pytest.mark.parametrize("address", ["gone", "chapters/old/gone.html"])
@pytest.mark.parametrize("scripted", [True, False])
def test_a_missing_page_leads_on_from_any_depth(
    published, visit, address, scripted
):
    page = visit(published + address, java_script_enabled=scripted)
    expect(page.locator("h1")).to_have_text("Page not found")
    # Only the missing page itself was missing.
    assert len(page.faults) == 1
    page.get_by_role("link", name="Chapter 1 · The graph heritage").click()
    page.wait_for_url(published + CHAPTER)


def test_a_missing_page_can_be_searched_for(published, visit):
    page = visit(published + "chapters/old/gone.html")
    page.get_by_label("Search the book").fill("autodiff")
    option = page.get_by_role("option", name=re.compile("^Autodiff"))
    option.first.click()
    page.wait_for_url(published + SECTION + "*")


@pytest.mark.parametrize("base", ["http", "file"])
def test_the_404_page_leads_on_where_it_is_opened_itself(site, visit, base):
    start = site if base == "http" else f"{HTML.as_uri()}/"
    page = visit(start + "404.html", width=390)
    page.get_by_role("link", name="The cover").click()
    page.wait_for_url(start + "index.html")
    assert page.faults == []


# ---- Found from elsewhere ---------------------------------------------------


def content(page, wanted):
    (found,) = [text for name, text in page["meta"] if name == wanted]
    return found


def test_each_page_has_one_description_of_its_own(written):
    seen = {}
    for name, path in Book(ROOT).pages().items():
        page = written[f"{name}.html"]
        said = content(page, "description")
        assert said == description(path)
        assert content(page, "og:description") == said
        assert 100 <= len(said) <= 165, name
        assert said not in seen, f"{name} and {seen[said]} say the same"
        seen[said] = name


def test_each_page_has_a_card(written):
    image = (HTML / "_static" / "card.png").read_bytes()
    assert len(image) < 60_000
    width, height = (int.from_bytes(image[at : at + 4]) for at in (16, 20))
    assert (width, height) == (1200, 630)
    for name, page in written.items():
        assert content(page, "og:image") == f"{SITE}_static/card.png"
        assert content(page, "og:url") == SITE + name
        assert content(page, "og:title") in page["title"]
        assert content(page, "og:image:alt")
        assert content(page, "twitter:card") == "summary_large_image"


def test_the_sitemap_lists_the_pages_and_nothing_else():
    found = ElementTree.parse(HTML / "sitemap.xml").iter(SITEMAP)
    assert {place.text for place in found} == {SITE + page for page in PAGES}
    robots = (HTML / "robots.txt").read_text("utf-8")
    assert f"Sitemap: {SITE}sitemap.xml" in robots


def test_each_page_links_to_the_feed_and_each_entry_to_its_place(
    site, visit, written
):
    for name, page in written.items():
        assert page["feeds"] == [f"{site}feed.xml"], name
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.parse(HTML / "feed.xml").getroot()
    page = visit(f"{site}book/changes.html")
    for entry in feed.iter(f"{atom}entry"):
        address = entry.find(f"{atom}link").get("href")
        assert address.startswith(f"{SITE}book/changes.html#")
        anchor = address.partition("#")[2]
        assert page.locator(f'[id="{anchor}"]').count() == 1
