"""``make bench``: what the book costs its readers and its maintainers.

Prints a table: build times, nbval serial against parallel, weight and
requests of each section before any click, and one instrument update. The
weights are bytes as a server with gzip sends them.
"""

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "browser"))
from conftest import FLAGS, HTML, NAMES, ROOT, walk_down
from measure import update_times, weight
from playwright.sync_api import sync_playwright

from flowbook.publish.book import Book

BIN = Path(sys.executable).parent


def main():
    book = Book(ROOT)
    print("| What | Measured |\n|---|---|")
    shutil.rmtree(ROOT / "_build", ignore_errors=True)
    row("make book, nothing built", f"{run('make', 'book'):.1f} s")
    row("make book, nothing changed", f"{run('make', 'book'):.1f} s")
    verify = [BIN / "flowbook", "verify"]
    parallel, serial = run(*verify), run(*verify, "--jobs", "1")
    row("nbval, two lanes", f"{parallel:.1f} s")
    row("nbval, one by one / two lanes", f"{serial / parallel:.2f}")
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, NAMES)))
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for section in book.sections():
            weigh(browser, f"{section.name}.html")
        update(browser, "chapters/graph-heritage/autodiff.html")
        browser.close()


def row(what, measured):
    print(f"| {what} | {measured} |", flush=True)


def run(*command):
    """Seconds that a command takes, its output put aside."""
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def weigh(browser, name):
    """Weight of a page read down to its end, nothing clicked."""
    page = browser.new_page()
    page.requested = []
    page.on("request", lambda request: page.requested.append(request.url))
    page.goto((HTML / name).as_uri())
    walk_down(page)
    kilobytes, files = weight(page, "/")
    row(f"{name}: weight, requests", f"{kilobytes:.0f} KB, {files}")
    page.close()


def update(browser, name):
    """Median time from a moved slider to the redrawn picture."""
    page = browser.new_page()
    page.goto((HTML / name).as_uri())
    page.locator("[data-instrument]").scroll_into_view_if_needed()
    page.wait_for_selector(".fb-live input[type=range]")
    middle = statistics.median(update_times(page))
    row("autodiff stepper: one update", f"{middle:.1f} ms")
    page.close()


if __name__ == "__main__":
    main()
