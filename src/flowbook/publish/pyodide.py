"""Pyodide, the Python of the pages: its files, and wheels placed beside it."""

import gzip
import hashlib
import json
import re
import urllib.request
from pathlib import Path

from flowbook.publish.book import BookError
from flowbook.publish.site import node_package

__all__ = ["CORE", "lock", "place", "placed", "settings"]

CORE = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
)


def core():
    """The folder of the npm package.

    Raises:
      BookError: it is not installed.
    """
    folder = node_package("pyodide")
    missing = [name for name in CORE if not (folder / name).exists()]
    if missing:
        raise BookError(
            f"expected Pyodide in {folder}, and {', '.join(missing)} is not "
            "there: `make setup` or `make book` installs it."
        )
    return folder


def lock():
    """The packages that Pyodide knows, by name, with digests."""
    text = (core() / "pyodide-lock.json").read_text("utf-8")
    return json.loads(text)["packages"]


def wheels(book):
    """The folder of the wheels that are published beside Pyodide."""
    return book.root / "_build" / "wheels"


def placed(book):
    """The wheels beside Pyodide, by the name of their package.

    Raises:
      BookError: one of them is not the file that the lock file means.
    """
    found = {}
    for name, entry in lock().items():
        path = wheels(book) / entry["file_name"].rpartition("/")[2]
        if path.exists():
            _check(path.name, path.read_bytes(), entry)
            found[name] = path
    return found


def place(book, name, source=None):
    """Bring a package's wheel to where the next build of the pages takes it.

    Args:
      book: the checkout.
      name: of the package in Pyodide's lock file.
      source: path or URL of the wheel, or of the folder that holds it; by
        default the address that Pyodide itself names.

    Raises:
      BookError: there is no such package or file, or its digest is another.
    """
    entry = lock().get(name)
    if entry is None:
        raise BookError(
            f"expected the name of a package that this Pyodide knows, got "
            f"{name!r}; `numpy` is one."
        )
    file = entry["file_name"]
    source = source or _own_address()
    if not source.endswith(".whl"):
        source = f"{source.rstrip('/')}/{file}"
    data = _read(source)
    _check(source, data, entry)
    target = wheels(book) / file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return target


def settings(python, packages, names):
    """What ``live/settings.js`` says to the pages.

    Args:
      python: address of Pyodide's files, "" for the site's own.
      packages: address of further wheels, "" for none.
      names: packages whose wheels are placed beside Pyodide.
    """
    sizes = {}
    for name in CORE:
        data = (core() / name).read_bytes()
        sizes[name] = [len(data), len(gzip.compress(data, 6))]
    said = {
        "python": _folder(python) or "../python/",
        "packages": _folder(packages) or _folder(python),
        "placed": sorted(names),
        "sizes": sizes,
    }
    return f"export default {json.dumps(said, indent=1)};\n"


def _folder(address):
    return f"{address.rstrip('/')}/" if address else None


def _own_address():
    code = (core() / "pyodide.mjs").read_text("utf-8")
    version = json.loads((core() / "package.json").read_text())["version"]
    found = re.search(r"`(https://[^`$]+)\$\{\w+\}(/[^`$]*)`", code)
    if not found:
        raise BookError(
            "expected Pyodide to name an address for its packages, found "
            "none: give one with --from."
        )
    return f"{found[1]}{version}{found[2]}"


def _read(source):
    try:
        if "://" in source:
            with urllib.request.urlopen(source, timeout=60) as response:
                return response.read()
        return Path(source).read_bytes()
    except OSError as error:
        raise BookError(f"{source} could not be read: {error}") from error


def _check(what, data, entry):
    digest = hashlib.sha256(data).hexdigest()
    if digest != entry["sha256"]:
        raise BookError(
            f"{what}: expected the file with SHA-256 {entry['sha256']}, which "
            f"Pyodide's lock file names, got {digest}. Nothing was placed."
        )
