"""What a page weighs and how it behaves, measured in the browser."""

import gzip
from pathlib import Path
from urllib.parse import unquote, urlparse

PACKED = {".woff2", ".png", ".jpg", ".webp"}


def weight(page, root):
    """Bytes that the page's own files need, packed as a server sends them.

    Args:
      page: a visited page whose requests were recorded.
      root: the folder that is served.

    Returns:
      ``(kilobytes, files)``: gzip-compressed size, and how many files.
    """
    paths = {
        Path(root) / unquote(urlparse(url).path).lstrip("/")
        for url in page.requested
        if not url.startswith(("data:", "blob:"))
    }
    return sum(map(_sent, paths)) / 1024, len(paths)


def _sent(path):
    data = path.read_bytes()
    return len(data if path.suffix in PACKED else gzip.compress(data, 6))


def layout_shift(page):
    """Cumulative layout shift so far, dimensionless."""
    return page.evaluate(
        """() => new Promise((done) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) {
              if (!entry.hadRecentInput) sum += entry.value;
            }
          }).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => done(sum), 100);
        })"""
    )


def tab_stops_before_article(page, limit=60):
    """How many presses of Tab it takes to reach the article's first link."""
    for stops in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("!!document.activeElement.closest('.bd-article')"):
            return stops
    return limit


def update_times(page):
    """Milliseconds of 200 slider moves of the page's first instrument."""
    return page.evaluate(
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
