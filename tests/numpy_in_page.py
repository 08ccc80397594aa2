"""Whether a live cell can use NumPy: run ``flowbook wheel numpy`` before.

No test of ``make test``, since that wheel comes from the network.
"""

import functools
import http.server
import shutil
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "browser"))
from conftest import FLAGS, HTML, NAMES, Quiet
from playwright.sync_api import expect, sync_playwright

PAGE = "chapters/graph-heritage/autodiff.html"
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
        browser.close()
    server.shutdown()
    print("a live cell computes with NumPy.")


if __name__ == "__main__":
    main()
