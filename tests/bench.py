"""``make bench``: what the book costs its readers and its maintainers.

Prints a table: build times, nbval serial against parallel, weight and
requests of each section before any click, and one instrument update. The
weights are bytes as a server with gzip sends them.
"""

import gzip
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "browser"))
from conftest import FLAGS, HTML, NAMES, ROOT
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
            weigh(browser, HTML / f"{section.name}.html")
        update(browser, HTML / "chapters/graph-heritage/autodiff.html")
        browser.close()


def row(what, measured):
    print(f"| {what} | {measured} |", flush=True)


def run(*command):
    """Seconds that a command takes, its output put aside."""
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def weigh(browser, path):
    """Bytes and requests of a page, read down to its end, nothing clicked."""
    page = browser.new_page()
    loaded = []
    page.on("requestfinished", lambda request: loaded.append(request.url))
    page.goto(path.as_uri())
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    files = {
        Path(url.partition("?")[0].removeprefix("file://"))
        for url in loaded
        if url.startswith("file:")
    }
    weight = sum(map(sent, files)) / 1024
    row(f"{path.stem}: weight, requests", f"{weight:.0f} KB, {len(files)}")
    page.close()


def sent(path):
    packed = {".woff2", ".png", ".jpg", ".webp"}
    data = path.read_bytes()
    return len(data if path.suffix in packed else gzip.compress(data, 6))


def update(browser, path):
    """Median milliseconds from a moved slider to the redrawn picture."""
    page = browser.new_page()
    page.goto(path.as_uri())
    page.locator("[data-instrument]").scroll_into_view_if_needed()
    page.wait_for_selector(".fb-live input[type=range]")
    times = page.evaluate(
        """() => {
          const slider = document.querySelector(".fb-live input[type=range]");
          return Array.from({ length: 200 }, (_, i) => {
            slider.value = -6 + (i % 120) / 10;
            const start = performance.now();
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            document.body.offsetHeight;
            return performance.now() - start;
          });
        }"""
    )
    row(
        "autodiff stepper: one update, median",
        f"{statistics.median(times):.1f} ms",
    )
    page.close()


if __name__ == "__main__":
    main()
