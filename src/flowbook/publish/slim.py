"""The built pages made light: one style sheet, a few icons, no left-overs.

The theme sends every page its whole wardrobe: a script that draws icons,
a font of 1,400 of them, and a style sheet for components the book has not.
After the build, this keeps what the pages use:

- the style sheets become one, and lose the rules that no page can match
  (PurgeCSS, which reads the pages and their scripts);
- the icon script goes, and its font keeps the icons that are used;
- files that no page asks for are deleted.
"""

import hashlib
import json
import posixpath
import re
import shutil
import subprocess

from fontTools import subset

from flowbook.publish.book import BookError

__all__ = ["slim"]

SHEET = re.compile(r'<link[^>]*href="([^"]+\.css)[^"]*"[^>]*/>\s*')
ICON_SCRIPT = re.compile(
    r'\s*<!-- So that users can add custom icons -->\s*<script src="[^"]*'
    r'fontawesome\.js[^"]*"></script>'
)
ICON_RULE = re.compile(r'\.(fa-[\w-]+)(?:,\.fa-[\w-]+)*:+before\{content:"\\'
                       r'([0-9a-f]+)"\}')  # fmt: skip
ICON_FONT = "vendor/fontawesome/webfonts/fa-solid-900.woff2"
# What scripts put on elements in ways that PurgeCSS cannot read in them.
KEEP = ["/^modal/", "/tooltip/", "/^show$/", "/^fade$/"]
UNUSED = (
    "**/*.map",
    "**/*.LICENSE.txt",
    "**/fa-*.ttf",
    "**/fa-brands*",
    "**/fa-regular*",
    "**/fontawesome.js",
    "**/locales",
    "**/sphinx-design*",
    "**/sphinx-thebe*",
    "**/design-*",
    "**/togglebutton*",
    "**/*webpack-macros.html",
    "**/images/*",
    "jupyter_execute",
    "objects.inv",
    ".buildinfo",
)


def slim(html, node, purgecss):
    """Make the pages under ``html`` light, in place.

    Args:
      html: folder of the built site.
      node: path of Node.
      purgecss: folder of the npm package PurgeCSS.

    Raises:
      BookError: the pages do not share their style sheets, or PurgeCSS
        failed; nothing is left half-written.
    """
    _delete_unused(html)
    pages = {path: path.read_text("utf-8") for path in html.rglob("*.html")}
    sheets = _shared_sheets(html, pages)
    css = "\n".join(_text(html, sheet) for sheet in sheets)
    css = _purge(css, html, node, purgecss)
    name = f"site.{hashlib.sha256(css.encode()).hexdigest()[:8]}.css"
    (html / "_static" / name).write_text(css, "utf-8")
    for path, text in pages.items():
        path.write_text(_one_sheet(text, path, html, name), "utf-8")
    _keep_used_icons(html / "_static" / ICON_FONT, css)
    for sheet in sheets:
        (html / sheet).unlink()


def _shared_sheets(html, pages):
    """The style sheets of all pages, in the order they all have."""
    orders = {}
    for path, text in pages.items():
        depth = len(path.relative_to(html).parts) - 1
        order = tuple(
            posixpath.normpath(href.removeprefix("../" * depth)).lstrip("/")
            for href in SHEET.findall(text)
        )
        orders.setdefault(order, path)
    longest = max(orders, key=len)
    for order, path in orders.items():
        if [sheet for sheet in longest if sheet in order] != list(order):
            raise BookError(
                f"{path.name}: expected the style sheets that every page "
                f"has, in the same order, got {', '.join(order)}."
            )
    return longest


def _text(html, sheet):
    """A sheet with what it imports, its addresses seen from ``_static``."""
    folder = posixpath.dirname(sheet).removeprefix("_static").lstrip("/")

    def move(match):
        address = match[1].strip("\"'")
        if address.startswith(("data:", "#")):
            return match[0]
        return f'url("{posixpath.normpath(posixpath.join(folder, address))}")'

    def insert(match):
        imported = posixpath.join(posixpath.dirname(sheet), match[1])
        return _text(html, posixpath.normpath(imported))

    text = (html / sheet).read_text("utf-8")
    text = re.sub(r'@import (?:url\()?"([^"]+)"\)?;', insert, text)
    return re.sub(r"url\(([^)]+)\)", move, text)


def _purge(css, html, node, purgecss):
    """``css`` without the rules that match nothing in pages and scripts."""
    whole = html / "_static" / "whole.css"
    whole.write_text(css, "utf-8")
    program = f"""
      const {{ PurgeCSS }} = require({json.dumps(str(purgecss))});
      new PurgeCSS().purge({{
        content: ["{html}/**/*.html", "{html}/_static/**/*.js"],
        css: ["{whole}"],
        safelist: {{ greedy: [{", ".join(KEEP)}] }},
        dynamicAttributes: ["data-theme", "data-mode", "data-state"],
      }}).then((found) => process.stdout.write(found[0].css));
    """
    done = subprocess.run(
        [node, "-"], input=program, capture_output=True, encoding="utf-8"
    )
    whole.unlink()
    if done.returncode or len(done.stdout) < 1000:
        raise BookError(
            "PurgeCSS could not read the pages: "
            f"{done.stderr.strip() or 'it kept next to nothing'}"
        )
    return done.stdout


def _one_sheet(text, path, html, name):
    depth = len(path.relative_to(html).parts) - 1
    link = f'<link rel="stylesheet" href="{"../" * depth}_static/{name}" />\n'
    first = SHEET.search(text)
    if not first:
        return text
    text = text[: first.start()] + link + SHEET.sub("", text[first.start() :])
    return ICON_SCRIPT.sub("", text)


def _keep_used_icons(font, css):
    """Subset the icon font to the icons whose rules were kept."""
    codes = {int(code, 16) for _, code in ICON_RULE.findall(css)}
    options = subset.Options(flavor="woff2", layout_features=[])
    loaded = subset.load_font(font, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(loaded)
    subset.save_font(loaded, font, options)


def _delete_unused(html):
    for pattern in UNUSED:
        for path in sorted(html.glob(pattern), reverse=True):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
