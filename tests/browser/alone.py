"""An instrument on a page of its own, and what its tests do there."""

import copy
import functools
import re

from playwright.sync_api import expect

from flowbook.instruments import bundle

PAGE = """<!doctype html>
<html lang="en" data-theme="light">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>An instrument</title>
<style>
html {{ color: #222832; background: #fff; font-family: system-ui; }}
html[data-theme="dark"] {{ color: #ced6dd; background: #14181e; }}
body {{ margin: 0; padding: 16px; }}
[hidden] {{ display: none !important; }}
main {{ max-width: 736px; margin: auto; }}
{css}
</style>
<main><h1>Page</h1>{figure}<p id="after">After.</p></main>
{script}
"""


def defaults(name):
    return copy.deepcopy(_defaults(name))


@functools.cache
def _defaults(name):
    return bundle.run_js(name, "instrument.defaults")


@functools.cache
def steps(name):
    """How many steps the default state of an instrument has."""
    return bundle.run_js(name, "instrument.steps")


def write_page(file, figure, script=""):
    """A page with a figure and, if given, the script tag at its end."""
    text = PAGE.format(css=bundle.css(), figure=figure, script=script)
    file.write_text(text, encoding="utf-8")


def write_pages(folder, name):
    """The page, the page without its script, and the module."""
    figure = bundle.static_html(name, defaults(name))
    tag = f'<script src="{name}.js"></script>'
    write_page(folder / "index.html", figure, tag)
    write_page(folder / "still.html", figure)
    for file, text in (
        (f"{name}.js", bundle.page_script(name)),
        (f"{name}.mjs", bundle.esm(name)),
    ):
        (folder / file).write_text(text, encoding="utf-8")


def say(page):
    return page.locator(".fb-say")


def step_is(page, step):
    expect(page.locator(".fb-phase").first).to_have_text(
        re.compile(rf"\b{step} of \d+\b")
    )


def address_is(page, ending):
    expect(page).to_have_url(re.compile(re.escape(ending) + "$"))


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def drawn(page):
    """The texts of the picture, in drawing order."""
    return page.locator(".fb-stage svg text").all_text_contents()


def height(page):
    return page.locator(".fb-live").evaluate("(e) => e.offsetHeight")


def texts_outside(page):
    """The texts that reach out of the picture."""
    return page.evaluate(
        """() => {
          const svg = document.querySelector(".fb-stage svg");
          const { width: right, height: bottom } = svg.viewBox.baseVal;
          return [...svg.querySelectorAll("text")].filter((text) => {
            const { x, y, width, height } = text.getBBox();
            return x < 0 || y < 0 || x + width > right || y + height > bottom;
          }).map((text) => text.textContent);
        }"""
    )


def texts_touching(page):
    """The pairs of texts in the picture that lie on each other."""
    return page.evaluate(
        """() => {
          const texts = [...document.querySelectorAll(".fb-stage text")];
          const boxes = texts.map((text) => text.getBBox());
          return texts.flatMap((text, i) => texts.slice(i + 1)
            .filter((_, k) => {
              const [a, b] = [boxes[i], boxes[i + 1 + k]];
              return a.x < b.x + b.width && b.x < a.x + a.width
                && a.y + 4 < b.y + b.height && b.y + 4 < a.y + a.height;
            }).map((other) => [text.textContent, other.textContent]));
        }"""
    )
