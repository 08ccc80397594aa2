"""``make pdf``: the built pages on paper, printed by Chromium.

Every page is printed once, as it stands without scripts, so that each
instrument is its still figure. The book is all of them behind a title page;
a chapter is its share of the book, with the book's page numbers.
"""

import datetime
import io
import re
import shutil
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import unquote, urldefrag

from flowbook.publish import takeaway
from flowbook.publish.book import BookError

__all__ = ["Sheet", "make", "reading_order"]

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Margins as in flowbook.css; the running foot and the first page's number.
FOOT = """
@page {{ @bottom-left {{ content: "TensorFlow, Executed · {title}";
  font: 9pt sans-serif; color: #5c6068; }} }}
html {{ counter-reset: page {start}; }}
"""
# Chromium names only those places that a link of the same page leads to.
PREPARE = """([style, anchors]) => {
  const sheet = document.createElement("style");
  sheet.textContent = style;
  document.head.append(sheet);
  document.documentElement.dataset.theme = "light";
  const list = document.createElement("div");
  list.style.cssText = "position:absolute;height:0;overflow:hidden";
  for (const anchor of anchors) {
    const link = document.createElement("a");
    link.href = "#" + anchor;
    list.append(link);
  }
  document.body.append(list);
}"""
FRONT = """<!doctype html><html lang="en"><title>{title}</title><style>
@page {{ size: A4; margin: 20mm 26mm 24mm; }}
body {{ font: 11pt/1.5 Charter, "Bitstream Charter", "Source Serif 4",
  Georgia, "Liberation Serif", serif; color: #1c1e22; margin: 0; }}
.title {{ height: 235mm; break-after: page; display: flex;
  flex-direction: column; }}
.title h1 {{ font-size: 44pt; line-height: 1.08; font-weight: 600;
  letter-spacing: -.02em; margin: 62mm 0 0; }}
.title p {{ margin: 8mm 0 0; font-size: 15pt; line-height: 1.4;
  max-width: 120mm; }}
.title i {{ display: block; width: 26mm; height: 1.2mm; margin-top: 9mm;
  background: #a0440a; }}
.title small {{ margin-top: auto; font: 9pt/1.6 sans-serif; color: #55585f; }}
h2 {{ font-size: 22pt; font-weight: 600; margin: 0 0 8mm; }}
ol {{ list-style: none; margin: 0; padding: 0; }}
li a {{ display: flex; gap: 3mm; align-items: baseline; padding: 1.1mm 0;
  color: inherit; text-decoration: none; }}
li span {{ flex: 1; border-bottom: .3mm dotted #aaa69c; }}
li.l0 {{ margin-top: 4mm; font-weight: 600; }}
li.l1 {{ padding-left: 7mm; }}
</style><div class="title"><h1>{title}</h1><i></i>
<p>A textbook in which every claim runs</p>
<small>{author}<br>{date}<br>{site}<br>Text: CC BY 4.0. Code: Apache 2.0.
</small></div><h2>Contents</h2><ol>{lines}</ol></html>"""


@dataclass
class Sheet:
    """One page of the site on its way to paper."""

    name: str  # e.g. "chapters/graph-heritage/autodiff"
    level: int  # 0 for a chapter or a page of its own, 1 for a section
    title: str = ""
    start: int = 0  # pages of the book before this one
    pdf: bytes = b""
    count: int = 0


def make(book):
    """Print the book and its chapters; return the paths of the PDFs.

    Raises:
      BookError: the pages are not built, or playwright, pypdf or Chromium is
        missing.
    """
    html = book.root / "_build" / "html"
    if not (html / "index.html").exists():
        raise BookError(
            f"expected the built pages in {html}, found none. "
            "Run `make book` first."
        )
    sheets = reading_order(book)
    front = _print(book, html, sheets)
    chapters = {}
    for sheet in sheets:
        if sheet.name.startswith(("chapters/", "exercises/")):
            chapters.setdefault(sheet.name.split("/")[1], []).append(sheet)
    made = [_bind(book, takeaway.NAME, sheets, front)]
    made += [_bind(book, name, part) for name, part in chapters.items()]
    return made


def reading_order(book):
    """A :class:`Sheet` for each page of ``_toc.yml``, in its order."""
    toc = book.toc
    sheets = [Sheet(toc["root"], 0)]
    for part in toc.get("parts", [toc]):
        for chapter in part["chapters"]:
            sheets.append(Sheet(chapter["file"], 0))
            sheets += [
                Sheet(section["file"], 1)
                for section in chapter.get("sections", [])
            ]
    return sheets


def _print(book, html, sheets):
    """Fill in the sheets; return the PDF of title page and contents."""
    try:
        from playwright.sync_api import sync_playwright
        from pypdf import PdfReader
    except ImportError as error:
        raise BookError(
            f"printing needs {error.name}, which is not installed. "
            "Run `make setup` first."
        ) from error
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        raise BookError(
            "printing needs Chromium, and none of "
            f"{', '.join(CHROMIUM)} is installed. Install Chromium (or "
            "Chrome) and run `make pdf` again."
        )
    anchors = _anchors(html, sheets)
    start = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=FLAGS
        )
        page = browser.new_context(
            java_script_enabled=False, color_scheme="light"
        ).new_page()
        for number, sheet in enumerate(sheets, 1):
            print(f"[{number}/{len(sheets)}] {sheet.name}", flush=True)
            page.goto((html / f"{sheet.name}.html").as_uri())
            sheet.title = page.evaluate(
                "document.querySelector('article h1, h1').textContent"
            ).strip(" #¶\n")
            sheet.start = start
            foot = FOOT.format(title=sheet.title.replace('"', ""), start=start)
            page.evaluate(PREPARE, [foot, sorted(anchors[sheet.name])])
            sheet.pdf = _pdf(page)
            sheet.count = len(PdfReader(io.BytesIO(sheet.pdf)).pages)
            start += sheet.count
        page.goto("about:blank")
        # From a file of the site, so that its links resolve like the pages'.
        front = html / "front.html"
        front.write_text(_front(book, html, sheets), "utf-8")
        try:
            page.goto(front.as_uri())
            printed = _pdf(page)
        finally:
            front.unlink()
        browser.close()
    return printed


def _pdf(page):
    return page.pdf(
        prefer_css_page_size=True,
        print_background=True,
        outline=True,
        tagged=True,
    )


def _anchors(html, sheets):
    """``{page: places on it that other pages link to}``."""
    found = {sheet.name: set() for sheet in sheets}
    for sheet in sheets:
        path = html / f"{sheet.name}.html"
        for link in re.findall(
            r'href="([^":]+\.html#[^"]+)"', path.read_text("utf-8")
        ):
            address, anchor = urldefrag(unescape(link))
            target = (path.parent / address).resolve()
            name = target.relative_to(html.resolve()).with_suffix("")
            found.get(name.as_posix(), set()).add(anchor)
    return found


def _front(book, html, sheets):
    when = datetime.datetime.fromtimestamp(
        takeaway.revision(book), datetime.UTC
    )
    lines = "".join(
        f'<li class="l{sheet.level}"><a href="{sheet.name}.html">'
        f"{escape(sheet.title)}<span></span>{sheet.start + 1}</a></li>"
        for sheet in sheets
    )
    return FRONT.format(
        title=escape(book.config["title"]),
        author=escape(book.config["author"]),
        date=f"{when:%B} {when.day}, {when.year}",
        site=escape(book.site),
        lines=lines,
    )


def _bind(book, name, sheets, front=None):
    """Join sheets to one PDF with bookmarks and links; return its path."""
    from pypdf import PdfWriter
    from pypdf.generic import NameObject, create_string_object

    writer = PdfWriter()
    places = {}  # (page of the site, anchor or "") to (page object, top)
    if front:
        _append(writer, front, "", places)
        writer.set_page_label(0, len(writer.pages) - 1, style="/r")
    body = len(writer.pages)
    parent = None
    for sheet in sheets:
        top = _append(writer, sheet.pdf, sheet.name, places)
        mark = writer.add_outline_item(
            title=sheet.title,
            page_number=top,
            parent=parent if sheet.level else None,
        )
        _add_outline(writer, sheet, top, mark)
        parent = parent if sheet.level else mark
    writer.set_page_label(
        body, len(writer.pages) - 1, style="/D", start=sheets[0].start + 1
    )
    _link(book, writer, places)
    title = book.config["title"]
    when = datetime.datetime.fromtimestamp(
        takeaway.revision(book), datetime.UTC
    )
    writer.metadata = {
        "/Title": title if front else f"{sheets[0].title} · {title}",
        "/Author": book.config["author"],
        "/CreationDate": f"D:{when:%Y%m%d%H%M%S}Z",
    }
    writer.root_object[NameObject("/Lang")] = create_string_object("en")
    writer.root_object[NameObject("/PageMode")] = NameObject("/UseOutlines")
    path = takeaway.folder(book) / f"{name}.pdf"
    content = io.BytesIO()
    writer.write(content)
    takeaway.write(path, content.getvalue())
    return path


def _append(writer, pdf, name, places):
    """Add the pages of ``pdf``; note where its places are. First index."""
    from pypdf import PdfReader

    first = len(writer.pages)
    reader = PdfReader(io.BytesIO(pdf))
    named = reader.named_destinations
    _resolve(reader, named)
    writer.append(reader, import_outline=False)
    places[name, ""] = (first, None)
    for anchor, place in named.items():
        number = reader.get_destination_page_number(place)
        key = name, unquote(anchor.removeprefix("/"))
        places[key] = (first + number, place.top)
    return first


def _resolve(reader, named):
    """Let links within a sheet lead to places instead of names.

    Names such as "what-to-remember" stand in more than one sheet.
    """
    from pypdf.generic import NameObject

    for page in reader.pages:
        for reference in page.get("/Annots", []):
            note = reference.get_object()
            place = named.get(str(note.get("/Dest", "")))
            if place:
                target = reader.get_destination_page_number(place)
                note[NameObject("/Dest")] = _place(
                    reader.pages[target], place.top
                )


def _place(page, top=None):
    """A destination: a page, at a height in points from its foot."""
    from pypdf.generic import ArrayObject, FloatObject, NameObject, NullObject

    return ArrayObject(
        [
            page.indirect_reference,
            NameObject("/XYZ"),
            NullObject(),
            NullObject() if top is None else FloatObject(top),
            NullObject(),
        ]
    )


def _add_outline(writer, sheet, top, mark):
    """Bookmarks of a sheet's own headings, below ``mark``."""
    from pypdf import PdfReader
    from pypdf.generic import Fit

    reader = PdfReader(io.BytesIO(sheet.pdf))

    def walk(items, parent):
        latest = parent
        for item in items:
            if isinstance(item, list):
                walk(item, latest)
                continue
            number = top + reader.get_destination_page_number(item)
            latest = writer.add_outline_item(
                title=item.title,
                page_number=number,
                parent=parent,
                fit=Fit.xyz(top=item.top),
            )

    outline = list(reader.outline)
    # The sheet's title is the mark itself: go on below it.
    below = outline[1] if len(outline) > 1 else []
    walk(below if isinstance(below, list) else outline[1:], mark)


def _link(book, writer, places):
    """Turn links between pages of the site into links within the PDF.

    What this PDF does not hold is linked at the published site.
    """
    from pypdf.generic import NameObject, TextStringObject

    base = (book.root / "_build" / "html").as_uri() + "/"
    for page in writer.pages:
        for reference in page.get("/Annots", []):
            note = reference.get_object()
            uri = str(note.get("/A", {}).get("/URI", ""))
            if not uri.startswith(base):
                continue
            address, anchor = urldefrag(uri.removeprefix(base))
            name = address.removesuffix(".html")
            place = places.get((name, unquote(anchor)))
            place = place or places.get((name, ""))
            if place is None:
                public = TextStringObject(book.site + uri.removeprefix(base))
                note["/A"][NameObject("/URI")] = public
            else:
                number, top = place
                del note["/A"]
                note[NameObject("/Dest")] = _place(writer.pages[number], top)
