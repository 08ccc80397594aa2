"""``flowbook``: the book's commands, thin over the folders that do the work.

``make help`` lists the usual ways in; these are the same with more choice.
"""

import argparse
import sys
from pathlib import Path

from flowbook.exercises.grading import command as grade
from flowbook.publish.book import Book, BookError

TAKE_ALONG = {
    "epub": "make the EPUB",
    "pdf": "print the built HTML: one PDF a chapter, one of the book",
    "zip": "pack the built HTML to read it offline",
}


def main(arguments=None):
    """Run one command; return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except BookError as error:
        print(f"flowbook: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nflowbook: stopped; nothing is half-written.", file=sys.stderr)
        return 130


def _parser():
    parser = argparse.ArgumentParser(
        prog="flowbook", description="Execute and build TensorFlow, Executed."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "execute", _execute, "bring notebooks up to their sources")
    _add(commands, "stale", _stale, "say which notebooks left their sources")
    _add(commands, "verify", _verify, "execute again, compare every output")
    _add(commands, "colab", _colab, "run notebooks with Colab's versions")
    _add(commands, "canary", _canary, "run notebooks with newest releases")
    commands.add_parser(
        "build", help="build the HTML from the committed notebooks"
    ).set_defaults(run=_build)
    _add_handout(commands)
    _add_wheel(commands)
    for kind, text in TAKE_ALONG.items():
        made = commands.add_parser(kind, help=text)
        made.set_defaults(run=_take_along, kind=kind)
    commands.choices["execute"].add_argument(
        "--force", action="store_true", help="execute even what is up to date"
    )
    commands.choices["colab"].add_argument(
        "--python", action="store_true", help="only say which Python it uses"
    )
    commands.choices["canary"].add_argument(
        "--python", help="the Python to make its environment with (3.13)"
    )
    for name in ("verify", "colab"):
        commands.choices[name].add_argument(
            "--record",
            action="store_true",
            help="write the outcome into book/status.json, for the page",
        )
    commands.choices["verify"].add_argument(
        "--device",
        choices=("cpu", "gpu"),
        default="cpu",
        help="gpu: one notebook at a time, held by claims, not by outputs",
    )
    for name in ("execute", "verify"):
        commands.choices[name].add_argument(
            "-j", "--jobs", type=int, default=2, help="notebooks at a time (2)"
        )
    grade.add_to(commands)
    return parser


def _add_handout(commands):
    command = commands.add_parser(
        "handout", help="make the learners' notebook of your own exercises"
    )
    command.add_argument("source", type=Path, help="their source, a .md file")
    command.add_argument(
        "-o", "--output", type=Path, default=Path(), help="folder (this one)"
    )
    command.set_defaults(run=_handout)


def _add_wheel(commands):
    command = commands.add_parser(
        "wheel", help="place a package for live cells beside the pages"
    )
    command.add_argument("name", help="as Pyodide calls it, such as numpy")
    command.add_argument(
        "--from",
        dest="source",
        metavar="PLACE",
        help="path or URL of the wheel or its folder (where Pyodide says)",
    )
    command.set_defaults(run=_wheel)


def _add(commands, name, run, text):
    command = commands.add_parser(name, help=text)
    command.add_argument(
        "section", nargs="*", help="part of a section's name (default: all)"
    )
    command.set_defaults(run=run)


def _execute(options):
    from flowbook.exercises import build as exercises
    from flowbook.publish.execute import make_notebooks

    book = Book.here()
    written = exercises.make(book, book.exercises(options.section))
    executed, refreshed = make_notebooks(
        book,
        book.sections(options.section),
        force=options.force,
        jobs=options.jobs,
    )
    print(
        f"{len(executed)} executed, {len(refreshed)} with new prose only, "
        f"{len(written)} exercise files written, the rest up to date."
    )


def _stale(options):
    from flowbook.exercises import build as exercises
    from flowbook.publish import agreement

    book = Book.here()
    exercises.check(book, book.exercises(options.section))
    agreement.check(book, book.sections(options.section))
    print("every notebook agrees with its source.")


def _verify(options):
    from flowbook.publish.verify import verify, verify_on_gpu

    book = Book.here()
    if options.device == "gpu":
        sections = book.sections(options.section)
        verify_on_gpu(book, sections, record=options.record)
        return
    verify(
        book,
        book.sections(options.section),
        jobs=options.jobs,
        record=options.record,
    )


def _colab(options):
    from flowbook.publish.colab import PYTHON, run, without_torch
    from flowbook.publish.environment import find_python

    if options.python:
        print(find_python(PYTHON))
        return
    book = Book.here()
    sections = book.sections(options.section)
    sections += book.exercises(options.section)
    running = without_torch(sections)
    for section in sections:
        if section not in running:
            print(
                f"{section.name} is not run here: it needs PyTorch, of which "
                "Python 3.13 has no small build. `make test` runs it."
            )
    run(book, running, record=options.record)
    print(f"{len(running)} notebooks run with Colab's versions.")


def _canary(options):
    from flowbook.publish import canary

    book = Book.here()
    canary.watch(book, book.sections(options.section), options.python)


def _build(_options):
    from flowbook.publish.site import build

    page = build(Book.here())
    print(f"The book is built: open {page}")


def _handout(options):
    from flowbook.exercises import build

    if not options.source.is_file():
        raise BookError(
            f"expected the source of a set of exercises, got "
            f"{options.source}, which is no file."
        )
    print(build.private(Book.here(), options.source, options.output))


def _wheel(options):
    from flowbook.publish import pyodide

    path = pyodide.place(Book.here(), options.name, options.source)
    print(f"{path.name} is placed; the next `make book` publishes it.")


def _take_along(options):
    from flowbook.publish import takeaway

    book = Book.here()
    for path in takeaway.make(options.kind, book):
        size = takeaway.human(path.stat().st_size)
        print(f"{path.relative_to(book.root)}  {size}")


if __name__ == "__main__":
    sys.exit(main())
