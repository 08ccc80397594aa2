"""The EPUB, the PDFs and the zip hold the book, and open anywhere."""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import cache
from zipfile import ZipFile

import pytest
from exercising import COMMITTED, leaks

from flowbook.publish import epub, offline, pdf, takeaway
from flowbook.publish.book import Book, BookError, title
from flowbook.sphinx_ext import epub as epub_pages
from flowbook.sphinx_ext import takealong

ROOT = Book.here().root
SECTION = "chapters/graph-heritage/autodiff"
SVG = "{http://www.w3.org/2000/svg}svg"
MATH = "{http://www.w3.org/1998/Math/MathML}math"


@pytest.fixture(scope="session")
def book():
    """The checkout, with its pages built."""
    assert (ROOT / "_build" / "html" / "index.html").exists(), (
        "these tests take the built pages along, and there are none: "
        "run `make book` first"
    )
    return Book(ROOT)


@pytest.fixture(scope="session")
def elsewhere(book, tmp_path_factory):
    """A copy of the checkout's files, so that nothing is written to it."""
    root = tmp_path_factory.mktemp("book")
    for name in ("book", "chapters", "exercises", "notebooks", "src"):
        if (book.root / name).exists():
            (root / name).symlink_to(book.root / name)
    for name in ("_config.yml", "_toc.yml", "index.md"):
        shutil.copy(book.root / name, root)
    shutil.copytree(
        book.root / "_build" / "html",
        root / "_build" / "html",
        ignore=shutil.ignore_patterns("*.map", "take-along"),
    )
    return Book(root)


# ---- EPUB -----------------------------------------------------------------


@pytest.fixture(scope="session")
def the_epub(elsewhere):
    """The EPUB, opened."""
    with ZipFile(epub.make(elsewhere)) as packed:
        yield packed


def page(packed, name):
    return ET.fromstring(packed.read(f"{name}.xhtml"))


def test_the_epub_is_valid_as_far_as_we_can_check(the_epub):
    assert epub.check(the_epub.filename) == []
    assert the_epub.testzip() is None


def test_the_epub_holds_every_page(the_epub, book):
    pages = {f"{name}.xhtml" for name in book.pages()}
    assert pages <= set(the_epub.namelist())


def test_the_epub_says_which_pages_hold_math_and_drawings(the_epub):
    package = the_epub.read("content.opf").decode()
    item = re.search(rf'<item [^>]*href="{SECTION}[^>]*>', package)[0]
    assert 'properties="mathml svg"' in item


def test_an_equation_is_mathml_with_its_name(the_epub):
    section = page(the_epub, SECTION)
    block = next(
        e for e in section.iter() if "EQ F2.1" in (e.findtext("*") or "")
    )
    assert block.find(f".//{MATH}") is not None
    assert "katex-html" not in the_epub.read(f"{SECTION}.xhtml").decode()


def test_an_instrument_is_its_still_with_its_numbers(the_epub):
    figure = next(
        element
        for element in page(the_epub, SECTION).iter()
        if element.get("data-instrument") == "autodiff"
    )
    assert figure.find(f".//{SVG}").get("viewBox")
    assert "2.5839" in "".join(figure.itertext())


def test_a_selfcheck_is_a_question_with_its_answer(the_epub):
    section = page(the_epub, SECTION)
    checks = [e for e in section.iter() if e.get("class") == "fb-selfcheck"]
    assert checks
    for check in checks:
        text = " ".join("".join(check.itertext()).split())
        assert text.startswith("Check yourself")
        assert "Answer and explanation" in text


def test_html_is_made_strict():
    given = '<p>a&nbsp;b<br>&amp;<img src="x" alt="y"></p>'
    tree = ET.fromstring(epub_pages.strict(given))
    assert "".join(tree.itertext()) == "a\u00a0b&"


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_the_epub_holds_exercises_without_answers(the_epub, path):
    page = the_epub.read(f"exercises/{path.stem}.xhtml")
    assert b"Question 1" in page
    files = [(name, the_epub.read(name)) for name in the_epub.namelist()]
    assert leaks(files, path) == []


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [("<p><br></p>", "mismatched"), ("<p><input/></p>", "no form")],
)
def test_a_broken_epub_is_refused(the_epub, tmp_path, broken, sentence):
    entries = {n: the_epub.read(n) for n in the_epub.namelist()}
    entries["index.xhtml"] = broken.encode()
    path = tmp_path / "broken.epub"
    takeaway.pack(path, entries, stored=["mimetype"])
    assert any(sentence in fault for fault in epub.check(path))


def test_a_file_that_is_missing_from_the_epub_is_found(the_epub, tmp_path):
    entries = {n: the_epub.read(n) for n in the_epub.namelist()}
    del entries["index.xhtml"]
    path = tmp_path / "broken.epub"
    takeaway.pack(path, entries, stored=["mimetype"])
    assert "index.xhtml" in epub.check(path)[0]


# ---- zip ------------------------------------------------------------------


@pytest.fixture(scope="session")
def the_zip(elsewhere):
    """The path of the zip."""
    return offline.make(elsewhere)


def test_the_zip_holds_every_page_and_itself_not(the_zip, book):
    with ZipFile(the_zip) as packed:
        names = packed.namelist()
        cover = packed.read("tensorflow-executed/html/index.html").decode()
    top = "tensorflow-executed/"
    assert f"{top}README.txt" in names
    assert {f"{top}html/{name}.html" for name in book.pages()} <= set(names)
    assert not [n for n in names if "take-along" in n or n.endswith(".map")]
    assert 'href="take-along/' not in cover


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_the_zip_holds_exercises_without_answers(the_zip, path):
    with ZipFile(the_zip) as packed:
        files = [(name, packed.read(name)) for name in packed.namelist()]
    assert any(
        name.endswith(f"exercises/{path.stem}.html") for name, _ in files
    )
    assert leaks(files, path) == []


def test_the_zip_is_the_same_every_time(the_zip, elsewhere):
    before = the_zip.read_bytes()
    written = the_zip.stat().st_mtime_ns
    for path in (elsewhere.root / "_build" / "html").rglob("*.html"):
        path.touch()
    assert offline.make(elsewhere).read_bytes() == before
    assert the_zip.stat().st_mtime_ns == written


@pytest.mark.parametrize(
    "fault",
    [
        '<script type="module" src="a.js"></script>',
        '<script src="https://cdn.example/a.js"></script>',
        '<img src="//cdn.example/a.png">',
        '<link rel="stylesheet" href="missing.css">',
    ],
)
def test_a_page_that_needs_a_network_or_server_is_refused(fault):
    with pytest.raises(BookError, match=r"x\.html: "):
        offline.check({"x.html": fault.encode(), "a.js": b""})


# ---- PDF ------------------------------------------------------------------


@pytest.fixture(scope="session")
def pdfs(elsewhere):
    """``{name: reader}`` of the PDFs, printed by the command itself.

    In a process of its own: one cannot drive two browsers at a time.
    """
    if not any(map(shutil.which, pdf.CHROMIUM)):
        pytest.skip("printing needs Chromium: install it to run this test")
    from pypdf import PdfReader

    subprocess.run(
        [sys.executable, "-m", "flowbook.cli", "pdf"],
        cwd=elsewhere.root,
        check=True,
    )
    made = takeaway.folder(elsewhere).glob("*.pdf")
    return {path.stem: PdfReader(path) for path in made}


def bookmarks(items):
    for item in items:
        if isinstance(item, list):
            yield from bookmarks(item)
        else:
            yield item


def text(reader, name):
    """The page to which the bookmark ``name`` leads, as words."""
    mark = next(m for m in bookmarks(reader.outline) if m.title == name)
    page = reader.pages[reader.get_destination_page_number(mark)]
    return page.extract_text()


def test_there_is_a_pdf_of_the_book_and_one_a_chapter(pdfs, book):
    chapters = {s.name.split("/")[1] for s in book.sections()}
    assert set(pdfs) == {"tensorflow-executed", *chapters}


def test_the_pdf_holds_every_page_of_the_book_with_a_bookmark(pdfs, book):
    whole = pdfs["tensorflow-executed"]
    marks = {mark.title for mark in bookmarks(whole.outline)}
    assert {title(path.read_text()) for path in book.pages().values()} <= marks
    assert "Contents" in whole.pages[1].extract_text()
    for heading in ("Autodiff", "A tape of your own", "Glossary"):
        assert heading in text(whole, heading)


@pytest.fixture(scope="module")
def words(pdfs):
    """A function from a PDF's name to its text: reading it takes a minute."""
    return cache(
        lambda name: "\n".join(
            page.extract_text() for page in pdfs[name].pages
        )
    )


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_the_pdfs_hold_exercises_without_answers(words, path):
    for name in ("tensorflow-executed", path.stem):
        assert "Question 1" in words(name)
        assert leaks([(f"{name}.pdf", words(name).encode())], path) == []


def test_pages_are_numbered_and_a_chapter_keeps_the_books_numbers(pdfs):
    chapter = pdfs["graph-heritage"]
    assert chapter.page_labels[0] != "1"
    for reader in pdfs.values():
        last = reader.page_labels[-1]
        assert re.search(rf"\b{last}(?!\d)", reader.pages[-1].extract_text())


def test_no_link_of_a_pdf_leads_to_the_machine_it_was_made_on(pdfs):
    for reader in pdfs.values():
        inside = 0
        for sheet in reader.pages:
            for note in sheet.get("/Annots", []):
                note = note.get_object()
                uri = str(note.get("/A", {}).get("/URI", "https:"))
                assert uri.startswith(("https:", "http:", "mailto:")), uri
                inside += "/Dest" in note and not isinstance(
                    note["/Dest"], str
                )
        assert inside > 10


def test_paper_has_no_buttons(pdfs):
    words = text(pdfs["graph-heritage"], "Autodiff")
    words += pdfs["graph-heritage"].pages[-1].extract_text()
    for screen_only in ("Open in Colab", "Report an error", "Show code cell"):
        assert screen_only not in words


def test_without_chromium_one_sentence_says_so(elsewhere, monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda _name: None)
    with pytest.raises(BookError, match="Install Chromium"):
        pdf.make(elsewhere)


# ---- The cover ------------------------------------------------------------


def test_the_cover_says_how_files_are_made_while_there_are_none(tmp_path):
    assert "make epub" in takealong.links(Book(tmp_path))


def test_the_cover_links_the_files_there_are_with_their_size(tmp_path):
    folder = takeaway.folder(Book(tmp_path))
    takeaway.write(folder / f"{takeaway.NAME}.pdf", b"x" * 1_400_000)
    takeaway.write(folder / "graph-heritage.pdf", b"x" * 640_000)
    html = takealong.links(Book(tmp_path))
    assert html.index("The book as PDF") < html.index("graph-heritage.pdf")
    assert "1.4 MB" in html
    assert "640 KB" in html
