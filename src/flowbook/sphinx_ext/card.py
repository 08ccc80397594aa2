"""Draws ``static/card.png``, the picture of the book where it is linked.

``python -m flowbook.sphinx_ext.card`` renders ``card.svg`` with Chromium and
keeps 64 colors: run it after a change of the drawing.
"""

import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
SIZE = {"width": 1200, "height": 630}


def draw():
    """Write the picture and return its path."""
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        page = browser.new_page(viewport=SIZE)
        page.set_content(
            "<style>body{margin:0}svg{display:block}</style>"
            + (HERE / "card.svg").read_text("utf-8")
        )
        shot = Image.open(io.BytesIO(page.screenshot()))
        browser.close()
    target = HERE / "static" / "card.png"
    shot.convert("RGB").quantize(64).save(target, optimize=True)
    return target


if __name__ == "__main__":
    print(draw())
