"""``flowbook grade``: see its ``--help``."""

import argparse
import sys

__all__ = ["add_to", "main"]

MODES = ("namespaces", "container", "none")
GRADED, NOT_GRADED, WRONG_USE, REFUSED, STOPPED = 0, 1, 2, 3, 130

EXAMPLES = """\
examples:
  # a key for the course, once; whoever has it can predict the hidden inputs
  python -c "import secrets; print(secrets.token_hex(32))" > course.key

  # a folder of notebooks, two at a time; student ids are the files' names
  flowbook grade graph-heritage submissions/*.ipynb --key-file course.key \\
      -o grades -j 2

  # ids from a table (rows: file,id), and a set of your own
  flowbook grade exam.md submissions/*.ipynb --key-file course.key \\
      -o grades --ids ids.csv

  # on Gradescope: one submission, in a container, as root
  flowbook grade graph-heritage submission.ipynb --key-file course.key \\
      -o results --isolation=container --gradescope

what is written:
  DIR/grades.csv       a row a student, a column a question, a status
  DIR/<student>.json   points and messages of each question
  DIR/results.json     the same for Gradescope, with --gradescope

The same command again goes on where the last one stopped: it grades what is
new, what has changed and what failed.

exit status:
  0    every submission has its grade, whatever that is
  1    the grader failed at some submission, or could not write: run it again
  2    the command was called in a way that cannot work
  3    this machine refuses the isolation that was asked for
  130  stopped by Ctrl-C; what was graded is written
"""


def add_to(commands):
    """Add ``grade`` to the sub-commands of an argparse parser."""
    command = commands.add_parser(
        "grade",
        help="grade submissions to a set of exercises",
        description="Grade notebooks against a set of exercises, each in a "
        "sandbox, with inputs that only the key's holder knows.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "set", help="a chapter's name, or a set of your own: a .md file"
    )
    command.add_argument(
        "submissions", nargs="+", metavar="SUBMISSION", help="an .ipynb file"
    )
    command.add_argument(
        "--key-file", required=True, metavar="FILE", help="the course's key"
    )
    command.add_argument(
        "-o", dest="out", required=True, metavar="DIR", help="for the grades"
    )
    command.add_argument(
        "-j",
        dest="jobs",
        type=int,
        default=1,
        metavar="N",
        help="submissions at a time (1)",
    )
    command.add_argument(
        "--timeout",
        type=float,
        default=60.0,
        metavar="S",
        help="seconds for a cell, and for all that one check runs (60)",
    )
    command.add_argument(
        "--isolation",
        choices=MODES,
        default="namespaces",
        help="namespaces (default; Linux), container (one submission, as "
        "root in a container) or none (any system; grades are UNTRUSTED)",
    )
    command.add_argument(
        "--ids", metavar="CSV", help="students' ids: rows of file,id"
    )
    command.add_argument(
        "--gradescope",
        action="store_true",
        help="write results.json too; for one submission",
    )
    command.set_defaults(run=main)


def main(options):
    """Run the command; return its exit status."""
    from flowbook.exercises.grading.launch import Refused
    from flowbook.exercises.grading.papers import UsageError
    from flowbook.exercises.grading.run import Run

    try:
        return GRADED if Run(options).grade() else NOT_GRADED
    except UsageError as error:
        return _stop(WRONG_USE, error)
    except Refused as error:
        return _stop(REFUSED, error)
    except OSError as error:
        kept = "What was graded is kept: mend this and run the command again"
        return _stop(NOT_GRADED, f"{error}. {kept}.")
    except KeyboardInterrupt:
        return _stop(STOPPED, "stopped. The same command goes on from here.")


def _stop(status, why):
    print(f"flowbook grade: {why}", file=sys.stderr)
    return status
