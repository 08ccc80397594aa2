"""The zip, unpacked: pages and instruments work from ``file://``."""

import shutil
from zipfile import ZipFile

import pytest
from conftest import ROOT, walk_down
from playwright.sync_api import expect

from flowbook.publish import offline
from flowbook.publish.book import Book


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The folder that a reader of the zip opens."""
    root = tmp_path_factory.mktemp("offline")
    shutil.copy(ROOT / "_config.yml", root)
    (root / "_build").mkdir()
    (root / "_build" / "html").symlink_to(ROOT / "_build" / "html")
    with ZipFile(offline.make(Book(root))) as packed:
        packed.extractall(root / "unpacked")
    return root / "unpacked" / "tensorflow-executed" / "html"


@pytest.mark.parametrize(
    "name", ["index.html", "chapters/graph-heritage/autodiff.html"]
)
def test_a_page_of_the_zip_reads_without_server(unpacked, visit, name):
    page = visit((unpacked / name).as_uri())
    walk_down(page)
    assert page.faults == []
    assert all(url.startswith(("file:", "data:")) for url in page.requested)
    instrument = page.locator("[data-instrument]")
    if instrument.count():
        instrument.first.scroll_into_view_if_needed()
        expect(instrument.first.get_by_role("slider").first).to_be_visible()
