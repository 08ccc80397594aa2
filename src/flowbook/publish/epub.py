"""``make epub``: the book for an e-reader, by Sphinx's own EPUB builder."""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import PurePosixPath
from zipfile import ZIP_STORED, ZipFile

from flowbook.exercises import build as exercises
from flowbook.publish import outputs, takeaway
from flowbook.publish.book import BookError
from flowbook.publish.site import node

__all__ = ["check", "make"]

OPF = "http://www.idpf.org/2007/opf"
SCRIPTED = re.compile(
    r"<(script|form|input|button|select|textarea)\b|\son[a-z]+=", re.I
)


def make(book):
    """Build the EPUB; return its path.

    Raises:
      BookError: notebooks and sources differ, Sphinx found a fault, or the
        file made is not one that every e-reader opens.
    """
    exercises.check(book, book.exercises())
    outputs.fill_cache(book, book.sections())
    work = book.root / "_build" / "epub"
    shutil.rmtree(work / "pages", ignore_errors=True)
    environment = os.environ | {
        "PATH": os.pathsep.join([str(node()), os.environ.get("PATH", "")]),
        "SOURCE_DATE_EPOCH": str(takeaway.revision(book)),
    }
    done = subprocess.run(
        [sys.executable, "-m", "flowbook.publish.epub", book.root, work],
        env=environment,
        cwd=book.root,
    )
    if done.returncode:
        raise BookError(
            "the EPUB was not built: Sphinx names the page and line of each "
            "fault above. Mend them and run `make epub` again."
        )
    path = takeaway.folder(book) / f"{takeaway.NAME}.epub"
    takeaway.pack(path, _entries(work / "pages"), stored=["mimetype"])
    faults = check(path)
    if faults:
        path.unlink()
        raise BookError(
            "an e-reader may refuse the EPUB that was made:\n  "
            + "\n  ".join(faults)
        )
    return path


def build(root, work):
    """Run Sphinx's EPUB builder over the book; return its exit status."""
    from jupyter_book.config import get_final_config
    from jupyter_book.sphinx import build_sphinx

    config = root / "_config.yml"
    settings, _ = get_final_config(
        user_yaml=config,
        sourcedir=root,
        cli_config={"latex_individualpages": False},
    )
    title = settings["html_title"]
    status = build_sphinx(
        root,
        work / "pages",
        noconfig=True,
        path_config=config,
        doctreedir=work / ".doctrees",
        builder="epub",
        warningiserror=True,
        keep_going=True,
        confoverrides={
            "latex_individualpages": False,
            "external_toc_path": str(root / "_toc.yml"),
            "project": title,
            "nb_execution_cache_path": str(root / "_build/.jupyter_cache"),
            "epub_basename": takeaway.NAME,
            "epub_title": title,
            "epub_description": "A TensorFlow textbook in which every claim "
            "runs.",
            "epub_identifier": takeaway.NAME,
            "epub_uid": takeaway.NAME,
            "epub_contributor": settings["author"],
            "epub_copyright": f"CC BY 4.0, {settings['author']}",
            "epub_css_files": [],
            "epub_show_urls": "no",
            "epub_use_index": False,
            "epub_tocscope": "includehidden",
            "epub_tocdup": False,
            "epub_tocdepth": 2,
            "version": "1",
            "html_domain_indices": False,
            "html_favicon": "",
            "html_static_path": [],
            "pygments_style": "a11y-high-contrast-light",
            "suppress_warnings": [
                *settings.get("suppress_warnings", []),
                "epub.unknown_project_files",
            ],
        },
    )
    return status if isinstance(status, int) else 1


def _entries(pages):
    """What goes into the EPUB, in order: only what its pages use."""
    package, used = _manifest(pages)
    first = {
        "mimetype": (pages / "mimetype").read_bytes().strip(),
        "META-INF/container.xml": (
            pages / "META-INF" / "container.xml"
        ).read_bytes(),
        "content.opf": package,
        "toc.ncx": (pages / "toc.ncx").read_bytes(),
    }
    return first | {
        name: (pages / name).read_bytes()
        for name in sorted(used)
        if name not in first
    }


def _manifest(pages):
    """The package document, and the files it names.

    Sphinx lists whatever lies in the folder and does not say which page
    holds MathML or SVG, which the standard asks for.
    """
    ET.register_namespace("", OPF)
    ET.register_namespace("dc", "http://purl.org/dc/elements/1.1/")
    tree = ET.parse(pages / "content.opf")
    manifest = tree.getroot().find(f"{{{OPF}}}manifest")
    texts = {
        path.relative_to(pages).as_posix(): path.read_text("utf-8")
        for path in pages.rglob("*.xhtml")
    }
    everything = "".join(texts.values())
    used = set()
    for item in list(manifest):
        name = item.get("href")
        is_page = name in texts or name == "toc.ncx"
        if not is_page and PurePosixPath(name).name not in everything:
            manifest.remove(item)
            continue
        used.add(name)
        kinds = set((item.get("properties") or "").split())
        kinds |= {k for k in ("mathml", "svg") if _holds(texts, name, k)}
        if kinds:
            item.set("properties", " ".join(sorted(kinds)))
    return ET.tostring(tree.getroot(), "utf-8", xml_declaration=True), used


def _holds(texts, name, kind):
    tag = {"mathml": "<math", "svg": "<svg"}[kind]
    return tag in texts.get(name, "")


def check(path):
    """What would keep an e-reader from opening the EPUB: a list of str.

    The mimetype comes first and uncompressed, every file that is named is
    there and every other is named, and every page is well-formed XML
    without scripts or forms.
    """
    faults = []
    with ZipFile(path) as packed:
        names = packed.namelist()
        first = packed.infolist()[0]
        if (first.filename, first.compress_type) != ("mimetype", ZIP_STORED):
            faults.append("expected an uncompressed mimetype first")
        for name in names:
            if name.endswith((".xhtml", ".opf", ".ncx", ".xml")):
                faults += _faults(name, packed.read(name).decode("utf-8"))
        if not faults:
            package = ET.fromstring(packed.read("content.opf"))
            items = {e.get("href") for e in package.iter(f"{{{OPF}}}item")}
            apart = items ^ (set(names) - {"mimetype", "content.opf"})
            faults += [
                f"{name}: named without being there, or the other way round"
                for name in sorted(apart - {"META-INF/container.xml"})
            ]
    return faults


def _faults(name, text):
    try:
        ET.fromstring(text)
    except ET.ParseError as error:
        line = text.split("\n")[error.position[0] - 1]
        near = line[max(0, error.position[1] - 60) : error.position[1] + 20]
        yield f"{name}: {error}, near {near!r}"
    found = SCRIPTED.search(text) if name.endswith(".xhtml") else None
    if found:
        yield f"{name}: expected no script and no form, got {found[0]!r}"


if __name__ == "__main__":
    from pathlib import Path

    sys.exit(build(*map(Path, sys.argv[1:])))
