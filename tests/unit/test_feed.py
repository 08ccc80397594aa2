"""The feed says what the page says; a page in another form is refused."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from flowbook.publish.book import BookError
from flowbook.sphinx_ext import feed

ROOT = Path(__file__).parents[2]
PAGE = """\
# What changed

## 2026-12-01

- A new [section](../a.md) on
  graphs & more.
- A second line.

## 2026-11-22

- The book opens.
"""


def test_entries_are_read_without_marks():
    first, second = feed.read(PAGE)
    assert first.changes == [
        "A new section on graphs & more.",
        "A second line.",
    ]
    assert second.anchor == "on-2026-11-22"


def test_the_feed_is_atom_with_what_a_reader_needs():
    text = feed.atom(
        feed.read(PAGE), site="https://o.github.io/n/", title="T", author="A"
    )
    atom = {"a": feed.ATOM}
    root = ElementTree.fromstring(text.encode())
    assert root.tag == f"{{{feed.ATOM}}}feed"
    assert root.findtext("a:updated", None, atom) == "2026-12-01T00:00:00Z"
    assert root.findtext("a:author/a:name", None, atom) == "A"
    assert root.find("a:link[@rel='self']", atom) is not None
    entries = root.findall("a:entry", atom)
    ids = [entry.findtext("a:id", None, atom) for entry in entries]
    assert len(set(ids)) == len(ids) == 2
    for entry in entries:
        for part in ("title", "updated", "link", "content"):
            assert entry.find(f"a:{part}", atom) is not None
    html = entries[0].findtext("a:content", None, atom)
    assert "<li>A new section on graphs &amp; more.</li>" in html


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2026-12-01", "December", "expected a date"),
        ("2026-12-01", "2026-11-01", "newest first"),
        ("2026-12-01", "2026-11-22", "one date each"),
        ("- The book opens.", "The book opens.", "expected a list"),
        ("## ", "### ", "got none"),
    ],
)
def test_a_page_in_another_form_is_refused(old, new, message):
    assert old in PAGE
    with pytest.raises(BookError, match=message):
        feed.read(PAGE.replace(old, new))


def test_the_books_own_page_is_in_the_form():
    text = (ROOT / f"{feed.CHANGES}.md").read_text("utf-8")
    assert feed.read(text)[-1].changes[-1].startswith("The book opens")
