"""The pad that draws digits, and LiteRT, the runtime that it fetches.

The script of the pad is small and comes with the page; the runtime lies in
``_static/litert/`` and is asked for by a click. WebAssembly is packed at build
time, so that a server that packs nothing sends no more than one that does.
Of the variants of LiteRT's npm package this takes the one that runs in every
browser: the others need threads or newer instructions, and win nothing here.
"""

import gzip
import json
import shutil
import subprocess
from pathlib import Path

from flowbook.instruments import bundle
from flowbook.publish.book import BookError
from flowbook.publish.site import node, node_package

SOURCES = Path(__file__).parent
VARIANT = "litert_wasm_compat_internal"


def setup(app):
    app.add_css_file("digits.css")
    app.connect("build-finished", _place)


def _place(app, exception):
    """The pad's script, and the runtime with its license beside it."""
    if exception or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    target = static / "litert"
    target.mkdir(exist_ok=True)
    package = node_package("@litertjs/core")
    if not package.exists():
        raise BookError(
            f"expected LiteRT in {package}, and it is not there: `make setup` "
            "or `make book` installs it."
        )
    wasm = (package / "wasm" / f"{VARIANT}.wasm").read_bytes()
    (target / "litert.wasm.gz").write_bytes(gzip.compress(wasm, 9, mtime=0))
    shutil.copyfile(Path(app.confdir) / "LICENSE", target / "LICENSE")
    _bundle(package / "wasm" / f"{VARIANT}.js", target / "litert.js")
    quiet = {"format": "esm", "drop": ["console"]}
    _bundle(SOURCES / "runtime.mjs", target / "runtime.mjs", **quiet)
    shared = Path(app.doctreedir).parent / "shared.mjs"
    names = "button, group, make, selectControl, tag"
    text = (bundle.FOLDER / "shared.js").read_text("utf-8")
    shared.write_text(f"{text}\nexport {{ {names} }};\n", "utf-8")
    _bundle(
        SOURCES / "digits.js",
        static / "instruments" / "digits.js",
        format="iife",
        alias={"shared": str(shared)},
        define={
            "RUNTIME_BYTES": str(_packed(target)),
            "WASM_BYTES": str((target / "litert.wasm.gz").stat().st_size),
        },
    )


def _packed(folder):
    """Bytes of the runtime as a server sends it that packs what is not."""
    contents = [p.read_bytes() for p in folder.iterdir() if p.suffix]
    return sum(min(len(b), len(gzip.compress(b))) for b in contents)


def _bundle(source, target, **options):
    """One minified file, with all that ``source`` imports (esbuild)."""
    options |= {
        "entryPoints": [str(source)],
        "outfile": str(target),
        "minify": True,
        "legalComments": "none",
        "logLevel": "error",
    }
    options["bundle"] = "format" in options
    esbuild = node_package("esbuild")
    options["nodePaths"] = [str(esbuild.parent)]
    done = subprocess.run(
        [node() / "node", "-"],
        input=f"require({json.dumps(str(esbuild))})"
        f".buildSync({json.dumps(options)});",
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise BookError(
            f"esbuild could not bundle {source.name}: {done.stderr.strip()}"
        )
