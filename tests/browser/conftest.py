"""A real browser over the built pages; skipped, with the reason, without one.

Pages are served on the loopback; whatever they ask of anybody else, and
whatever they write to the console, is recorded.
"""

import functools
import http.server
import shutil
import sys
import threading
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from alone import write_pages
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build" / "html"
AXE = Path(sys.prefix) / "node" / "node_modules" / "axe-core" / "axe.min.js"
# The shell is Chromium without its windows: it loads a page in a third of the
# time.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests of this worker."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(
            "browser tests need Chromium, and none of "
            f"{', '.join(NAMES)} is installed: install Chromium to run them"
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that keeps its log to itself."""

    def log_message(self, *_arguments):
        pass


@pytest.fixture(scope="session")
def serve():
    """A function from a folder to the address at which it is served."""
    servers = []

    def start(folder):
        handler = functools.partial(Quiet, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="session")
def site(serve):
    """Address of the built book."""
    assert (HTML / "index.html").exists(), (
        "the browser tests read the built pages, and there are none: "
        "run `make book` first"
    )
    return serve(HTML)


@pytest.fixture(scope="session")
def opened(browser):
    """Open an address, record what goes wrong, and close it at the end of a
    ``with``."""

    @contextmanager
    def go(address, *, width=1440, height=900, **options):
        viewport = {"width": width, "height": height}
        with closing(
            browser.new_context(viewport=viewport, **options)
        ) as context:
            page = context.new_page()
            page.faults = []
            page.requested = []
            page.on("request", lambda r: page.requested.append(r.url))
            page.on(
                "console",
                lambda m: (
                    page.faults.append(m.text)
                    if m.type in ("error", "warning")
                    else None
                ),
            )
            page.on("pageerror", lambda e: page.faults.append(str(e)))
            page.on("requestfailed", lambda r: note_failure(page, r))
            page.goto(address)
            page.wait_for_load_state("load")
            yield page

    return go


@pytest.fixture
def visit(opened):
    """A function that opens an address until the test is over."""
    with ExitStack() as stack:
        yield lambda *address, **options: stack.enter_context(
            opened(*address, **options)
        )


def note_failure(page, request):
    """A request that failed; not one that a reload cut short."""
    if request.failure != "net::ERR_ABORTED":
        page.faults.append(f"{request.failure}: {request.url}")


def walk_down(page):
    """Scroll to the end, and wait for all that loads as it comes near."""
    page.evaluate(
        """async () => {
          const frame = () => new Promise(requestAnimationFrame);
          for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
            scrollTo({ top: y, behavior: "instant" });
            await frame();
          }
          await frame();
        }"""
    )
    page.wait_for_function(
        """() => [...document.images].every((image) => image.complete)
          && !document.querySelector("[data-instrument]:not([data-mounted])")
        """
    )


def turn(page, theme):
    """Let the system ask for a light or a dark page, and wait until it is.

    Colors change at once where the reader wants reduced motion.
    """
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.wait_for_function(
        "(theme) => document.documentElement.dataset.theme === theme",
        arg=theme,
    )


def violations(page, within=None):
    """What axe finds at any level: its impact, its rule and the first place.

    Only violations leave the page: what axe passes is megabytes of nodes.
    """
    if page.evaluate("typeof axe") == "undefined":
        page.add_script_tag(path=AXE)
    return page.evaluate(
        """async (within) => {
          const place = within ? document.querySelector(within) : document;
          const found = await axe.run(place, { resultTypes: ["violations"] });
          return found.violations.map(({ impact, id, nodes }) =>
            `${impact} ${id}: ${nodes[0].html.slice(0, 160)}`);
        }""",
        within,
    )


@pytest.fixture(scope="session")
def places(serve, tmp_path_factory):
    """A function from an instrument's name to its pages' addresses."""

    @functools.cache
    def lay_out(name):
        folder = tmp_path_factory.mktemp(name)
        write_pages(folder, name)
        return {"http": serve(folder).rstrip("/"), "file": folder.as_uri()}

    return lay_out


@pytest.fixture
def alone(browser, places):
    """Open an instrument's own page; afterwards: no console error, no request
    elsewhere."""
    contexts, troubles = [], []

    def open_page(name, path="/index.html", *, scheme="http", **options):
        base = places(name)[scheme]
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda m: m.type in ("error", "warning") and troubles.append(m),
        )
        page.on("pageerror", lambda error: troubles.append(error))
        page.on(
            "request",
            lambda r: (
                r.url.startswith((base, "data:")) or troubles.append(r.url)
            ),
        )
        page.goto(base + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [str(trouble) for trouble in troubles] == []
