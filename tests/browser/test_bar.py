"""The bar that every page has to clear; a failure names page, figure, bar.

``make site-check`` runs this file together with ``test_pages.py``.
"""

import functools
import statistics
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlparse

import pytest
from conftest import HTML, ROOT, walk_down
from measure import (
    layout_shift,
    tab_stops_before_article,
    update_times,
    weight,
)

from flowbook.publish.book import Book

PAGES = [*(f"{name}.html" for name in Book(ROOT).pages()), "search.html"]
FIGURE_HEAVY = ()  # pages that may weigh 350 KB
SECTION = "chapters/graph-heritage/autodiff.html"
SECTIONS = [f"{section.name}.html" for section in Book(ROOT).sections()]
KILOBYTES, HEAVY_KILOBYTES, REQUESTS = 250, 350, 28
SHIFT, TAB_STOPS, UPDATE_MS = 0.01, 25, 16
PAGE_KILOBYTES, SITE_MEGABYTES = 600, 15


@pytest.fixture(scope="module")
def seen(site, opened):
    """A function from a page's name to what one visit of it showed."""

    @functools.cache
    def look(name):
        with opened(site + name) as page:
            cut, lengths = cut_code(page), line_lengths(page)
            walk_down(page)
            return SimpleNamespace(
                weight=weight(page, HTML),
                shift=layout_shift(page),
                cut=cut,
                lengths=lengths,
            )

    return look


def cut_code(page):
    return page.evaluate(
        """() => [...document.querySelectorAll(".bd-article pre")].filter(
          (e) => e.offsetParent && e.scrollWidth > e.clientWidth + 1
        ).map((e) => e.textContent.slice(0, 60))"""
    )


def line_lengths(page):
    """Characters a line, of each paragraph of more than three lines."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".bd-article section > p")]
          .filter((p) => !p.querySelector(".math"))
          .flatMap((p) => {
            const range = document.createRange();
            range.selectNodeContents(p);
            const lines = new Set([...range.getClientRects()].map(
              (r) => Math.round(r.bottom / 12)));
            return lines.size > 3
              ? [p.textContent.length / (p.offsetHeight / parseFloat(
                  getComputedStyle(p).lineHeight))] : [];
          })"""
    )


@pytest.mark.parametrize("name", PAGES)
def test_weight_requests_and_layout_shift(seen, name):
    kilobytes, files = seen(name).weight
    most = HEAVY_KILOBYTES if name in FIGURE_HEAVY else KILOBYTES
    assert kilobytes <= most, f"{name}: {kilobytes:.0f} KB, bar {most} KB"
    assert files <= REQUESTS, f"{name}: {files} requests, bar {REQUESTS}"
    shift = seen(name).shift
    assert shift <= SHIFT, f"{name}: layout shift {shift:.3f}, bar {SHIFT}"
    size = (HTML / name).stat().st_size / 1024
    assert size <= PAGE_KILOBYTES, (
        f"{name}: {size:.0f} KB of HTML, bar {PAGE_KILOBYTES} KB"
    )


@pytest.mark.parametrize("name", ["index.html", SECTION])
def test_tab_stops_before_the_article(site, visit, name):
    stops = tab_stops_before_article(visit(site + name))
    assert stops <= TAB_STOPS, f"{name}: {stops} stops, bar {TAB_STOPS}"


@pytest.mark.parametrize("name", PAGES)
def test_code_of_79_columns_is_not_cut_on_a_desktop(seen, name):
    assert seen(name).cut == [], f"{name}: code wider than its column"


@pytest.mark.parametrize("name", SECTIONS)
def test_a_line_of_prose_holds_65_to_75_characters(seen, name):
    middle = statistics.median(seen(name).lengths)
    assert 65 <= middle <= 75, f"{name}: {middle:.1f} characters a line"


def test_one_update_of_the_instrument_fits_a_frame(site, visit):
    page = visit(site + SECTION)
    page.locator("[data-instrument]").scroll_into_view_if_needed()
    page.wait_for_selector(".fb-live input[type=range]")
    middle = statistics.median(update_times(page))
    assert middle <= UPDATE_MS, f"{middle:.1f} ms, bar {UPDATE_MS} ms"


def test_the_whole_site_is_small_and_has_no_source_map():
    files = [path for path in HTML.rglob("*") if path.is_file()]
    by_click = [HTML / "_static" / name for name in ("python", "litert")]
    megabytes = (
        sum(p.stat().st_size for p in files if p.parent not in by_click) / 1e6
    )
    assert megabytes <= SITE_MEGABYTES
    assert [path for path in files if path.suffix == ".map"] == []


class Links(HTMLParser):
    """The anchors and the links of one page."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids |= {values.get("id"), values.get("name")} - {None}
        for key in ("href", "src"):
            if values.get(key) and tag != "base":
                self.links.append(values[key])


def test_every_link_and_anchor_leads_somewhere():
    pages = {
        path: Links(path.read_text("utf-8")) for path in HTML.rglob("*.html")
    }
    broken = [
        f"{path.relative_to(HTML)}: {link}"
        for path, found in pages.items()
        for link in found.links
        if path.name != "404.html" and not leads(path, link, pages)
    ]
    assert broken == []


def leads(path, link, pages):
    """Whether ``link`` on the page at ``path`` has a target."""
    parts = urlparse(link)
    if parts.scheme or parts.netloc:
        return True
    target = path
    if parts.path:
        target = Path(path.parent, unquote(parts.path)).resolve()
        if not target.exists():
            return False
    anchor = unquote(parts.fragment)
    if not anchor or target not in pages:
        return True
    return anchor in pages[target].ids or ":" in anchor
