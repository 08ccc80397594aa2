"""Whether a live cell and a graded question can use NumPy.

Run ``flowbook wheel numpy`` before. This is no test of ``make test``, since
that wheel comes from the network.
"""

import functools
import http.server
import shutil
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "browser"))
from conftest import FLAGS, HTML, NAMES, ROOT, Quiet
from playwright.sync_api import expect, sync_playwright

from flowbook.exercises import source

PAGE = "chapters/graph-heritage/autodiff.html"
EXERCISES = "exercises/keras.html"
CODE = "import numpy as np\nnp.arange(6.0).reshape(2, 3) @ np.ones(3)"


def main():
    handler = functools.partial(Quiet, directory=str(HTML))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chromium = next(filter(None, map(shutil.which, NAMES)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=FLAGS
        )
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/{PAGE}")
        cell = page.locator(".cell.tag_live").first
        cell.get_by_role("button", name="Edit").click()
        cell.get_by_label("Code of this cell").fill(CODE)
        cell.get_by_role("button", name="Run").click()
        shown = cell.locator(".fb-cell-out pre")
        expect(shown).to_have_text("array([ 3., 12.])\n", timeout=120_000)
        page.goto(f"http://127.0.0.1:{server.server_port}/{EXERCISES}")
        exercises = source.read(ROOT / EXERCISES.replace("html", "md"))
        answer = page.locator("#answer-keras-forward")
        answer.get_by_role("button", name="Answer here").click()
        page.locator("textarea").fill(
            exercises.exercises.question("forward").reference
        )
        answer.get_by_role("button", name="Check").click()
        expect(answer).to_contain_text("✓ Correct", timeout=120_000)
        browser.close()
    server.shutdown()
    print("a live cell and a graded question compute with NumPy.")


if __name__ == "__main__":
    main()
