"""``make zip``: the pages as a folder that reads without network or server."""

import re

from flowbook.publish import takeaway
from flowbook.publish.book import BookError

__all__ = ["check", "make", "take_out_links"]

LEFT_OUT = re.compile(
    r"^take-along/|\.map$|(^|/)\.buildinfo$|^_static/.*\.(html|po|mo)$"
    r"|^_static/python/"
)
LOADED = (
    r'<(?:script|img|iframe|source|video|audio)\b[^>]*?\ssrc="([^"]+)"',
    r'<link\b(?=[^>]*rel="(?:stylesheet|preload|modulepreload|manifest)")'
    r'[^>]*?href="([^"]+)"',
)
ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.I)
TAKE_ALONG = re.compile(r'<div class="fb-take-along">.*?</div>', re.S)
README = """\
TensorFlow, Executed: the offline copy
======================================

Unpack this folder anywhere and open html/index.html in a browser.
No network and no server is needed: the pages, their equations and their
instruments all work from the disk. Your answers to the questions are kept
by the browser, on this machine only.

Links to Colab, to sources and to the issue tracker lead to the network.
The book itself: {site}
"""


def make(book):
    """Pack the built pages; return the path of the zip.

    Raises:
      BookError: there are no built pages, or one of them needs a network or
        a server.
    """
    html = book.root / "_build" / "html"
    if not (html / "index.html").exists():
        raise BookError(
            f"expected the built pages in {html}, found none. "
            "Run `make book` first."
        )
    entries = {"README.txt": README.format(site=book.site).encode()}
    for path in sorted(p for p in html.rglob("*") if p.is_file()):
        name = path.relative_to(html).as_posix()
        if not LEFT_OUT.search(name):
            entries[f"html/{name}"] = path.read_bytes()
    entries["html/index.html"] = take_out_links(entries["html/index.html"])
    check(entries)
    target = takeaway.folder(book) / f"{takeaway.NAME}-html.zip"
    inside = {f"{takeaway.NAME}/{name}": b for name, b in entries.items()}
    takeaway.pack(target, inside)
    return target


def take_out_links(page):
    """The cover without its links to what the zip does not hold."""
    text = page.decode("utf-8")
    return TAKE_ALONG.sub(
        '<div class="fb-take-along"><p>This is the offline copy of the '
        "book.</p></div>",
        text,
    ).encode("utf-8")


def check(entries):
    """Refuse what a browser does not load from ``file://`` without network.

    Args:
      entries: ``{name: bytes}`` of the zip.

    Raises:
      BookError: with one line for each fault found.
    """
    faults = []
    for name, content in entries.items():
        if name.endswith(".html"):
            faults += _page_faults(name, content.decode("utf-8"), entries)
        elif name.endswith(".css"):
            faults += _style_faults(name, content.decode("utf-8"))
    if faults:
        raise BookError(
            "the pages would not read from a disk without network. Expected "
            "local files and classic scripts, got:\n  " + "\n  ".join(faults)
        )


def _page_faults(name, text, entries):
    if re.search(r"""<script[^>]*\btype=["']?module""", text):
        yield f"{name}: a script of type=module"
    for pattern in LOADED:
        for address in re.findall(pattern, text):
            if address.startswith("data:"):
                continue
            if ELSEWHERE.match(address):
                yield f"{name}: loads {address}"
            elif _inside(name, address) not in entries:
                yield f"{name}: loads {address}, which is not there"


def _style_faults(name, text):
    for address in re.findall(r"url\(\s*[\"']?([^\"')]+)", text):
        if ELSEWHERE.match(address):
            yield f"{name}: loads {address}"
    for address in re.findall(r"@import\s+[\"']([^\"']+)", text):
        if ELSEWHERE.match(address):
            yield f"{name}: imports {address}"


def _inside(page, address):
    """The name in the zip that a page's relative ``address`` means."""
    parts = page.split("/")[:-1]
    for part in re.split(r"[?#]", address)[0].split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
