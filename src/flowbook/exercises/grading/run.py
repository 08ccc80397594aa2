"""One run of ``flowbook grade``, from its options to its files."""

import contextlib
import sys
from pathlib import Path

from tqdm import tqdm

from flowbook.exercises.grading import exposure, papers, report, seeds
from flowbook.exercises.grading.batch import Batch, NotGraded, Task
from flowbook.exercises.grading.launch import Refused
from flowbook.exercises.grading.papers import UsageError
from flowbook.exercises.parts import ExerciseSet
from flowbook.publish.book import BookError

__all__ = ["Run"]

SETS = Path(__file__).parents[1] / "sets"
VERSION = 1  # of the grader: grades of another version are made again
ADVICE = {
    "namespaces": (
        "Submissions are kept apart by namespaces of Linux 5.12 or later, "
        "which an ordinary user may be refused. Run the command as root; or "
        "let users have them (sysctl kernel.unprivileged_userns_clone=1, and "
        "on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0); or grade "
        "one submission per container, as root, with --isolation=container."
    ),
    "container": (
        "--isolation=container needs root and system calls that containers "
        "allow by default: setuid, prctl and seccomp."
    ),
    "none": "Is everything of requirements.txt installed?",
}


class Run:
    """The work of one command.

    Args:
      options: what the command's parser gives.

    Raises:
      UsageError: it cannot work; nothing was started or written.
    """

    def __init__(self, options):
        self.options = options
        self.set = _set(options.set)
        self.papers = papers.collect(options.submissions, options.ids)
        self.out = Path(options.out)
        self.key = _key(options.key_file)
        _refuse_unfit(options)
        self.trusted = options.isolation != "none"

    def grade(self):
        """Grade what has no grade yet; True if nothing failed.

        Raises:
          Refused: this machine does not give the isolation asked for.
          OSError: a file could not be written; those before it are.
        """
        self.out.mkdir(parents=True, exist_ok=True)
        exposure.refuse(self.options, self.papers)
        self._warn()
        kept = {paper: self._kept(paper) for paper in self.papers}
        done = {paper: grade for paper, grade in kept.items() if grade}
        waiting = [paper for paper in self.papers if paper not in done]
        reused, failed = len(done), 0
        try:
            for paper, grade in self._graded(waiting):
                if isinstance(grade, NotGraded):
                    failed += 1
                    self._say(paper, f"not graded: {grade}. Run again")
                    continue
                done[paper] = self._result(paper, grade)
                report.save(self._place(paper), done[paper])
                self._say_what_failed(paper, done[paper])
        finally:
            self._write_tables([done[p] for p in self.papers if p in done])
        print(
            f"{len(done)} graded ({reused} of them before), {failed} not: "
            f"{self.out / 'grades.csv'}"
        )
        self._warn()
        return not failed

    def _graded(self, waiting):
        """Yield ``(paper, grade or NotGraded)`` behind a progress bar."""
        if not waiting:
            return
        mode = self.options.isolation
        try:
            with _launcher(mode) as launcher:
                launcher.start("worker").end()
                task = Task(self.set.to_json(), self.key, self.options.timeout)
                batch = Batch(task, launcher, self.options.jobs)
                yield from tqdm(
                    batch.results(waiting),
                    total=len(waiting),
                    desc=f"Grading {self.set.name}",
                    unit="submission",
                )
        except Refused as error:
            raise Refused(
                f"this machine refused --isolation={mode}: {error}.\n"
                f"{ADVICE[mode]}"
            ) from None

    def _result(self, paper, grade):
        """A grade as it is written: cleaned, with titles and origins."""
        questions = {}
        for question in self.set.questions:
            outcome = grade["questions"][question.id]
            questions[question.id] = {
                "title": question.title,
                **{
                    name: report.clean(entry)
                    if isinstance(entry, str)
                    else entry
                    for name, entry in outcome.items()
                },
            }
        warning = {} if self.trusted else {"warning": report.UNTRUSTED}
        status = grade["status"]
        return {
            "student": paper.student,
            "file": report.clean(paper.path.name),
            "set": self.set.name,
            "status": status if self.trusted else f"UNTRUSTED, {status}",
            "trusted": self.trusted,
            **warning,
            "earned": grade["earned"],
            "possible": grade["possible"],
            "problems": [report.clean(text) for text in grade["problems"]],
            "questions": questions,
            "seconds": grade["seconds"],
            "inputs": self._inputs(grade["digest"]),
        }

    def _inputs(self, digest):
        """All that a grade depends on; equal inputs need no second run."""
        return {
            "submission": digest,
            "set": papers.digest(self.set.to_json().encode()),
            "key": seeds.fingerprint(self.key),
            "timeout": self.options.timeout,
            "isolation": self.options.isolation,
            "grader": VERSION,
        }

    def _kept(self, paper):
        """The grade of an earlier run, if it is still the one."""
        found = report.load(self._place(paper))
        same = found and found.get("inputs") == self._inputs(
            papers.digest(paper.read())
        )
        return found if same and found["student"] == paper.student else None

    def _place(self, paper):
        return self.out / f"{paper.name}.json"

    def _write_tables(self, results):
        questions = [question.id for question in self.set.questions]
        table = report.csv_text(questions, results)
        report.write(self.out / "grades.csv", table)
        if self.options.gradescope and results:
            place = self.out / "results.json"
            report.save(place, report.gradescope(results[0]))

    def _say_what_failed(self, paper, result):
        if result["status"].endswith("unreadable"):
            self._say(paper, result["problems"][0])
        for question, outcome in result["questions"].items():
            if outcome["broken_check"]:
                self._say(paper, f"{question}: {outcome['message']}")

    def _say(self, paper, sentence):
        tqdm.write(f"{paper.student}: {sentence}", file=sys.stderr)

    def _warn(self):
        if not self.trusted:
            line = "!" * 72
            print(f"{line}\n{report.UNTRUSTED}\n{line}", file=sys.stderr)


def _set(name):
    """The ExerciseSet of a chapter's name or of a .md file."""
    if name.endswith(".md"):
        from flowbook.exercises import source

        try:
            return source.read(Path(name)).exercises
        except (OSError, ValueError, BookError) as error:
            raise UsageError(f"{name}: {error}") from None
    path = SETS / f"{name}.json"
    known = sorted(found.stem for found in SETS.glob("*.json"))
    if name not in known:
        raise UsageError(
            f"expected the name of a set or a .md file, got {name!r}. "
            f"There are: {', '.join(known)}."
        )
    return ExerciseSet.from_json(path.read_text("utf-8"))


def _key(path):
    try:
        key = Path(path).read_bytes().strip()
    except OSError as error:
        raise UsageError(f"--key-file: {error}.") from None
    if not seeds.KEY_BYTES <= len(key) <= seeds.MOST_KEY_BYTES:
        raise UsageError(
            f"--key-file: expected {seeds.KEY_BYTES} bytes at least, got "
            f"{len(key)}. --help shows how to make one."
        )
    return key


def _refuse_unfit(options):
    if options.jobs < 1:
        raise UsageError(f"-j: expected 1 or more, got {options.jobs}.")
    if not 0 < options.timeout < 86_400:
        raise UsageError(f"--timeout: got {options.timeout} seconds.")
    alone = {
        "--gradescope": options.gradescope,
        "--isolation=container": options.isolation == "container",
    }
    for name, asked in alone.items():
        if asked and len(options.submissions) != 1:
            raise UsageError(
                f"{name}: expected one submission, got "
                f"{len(options.submissions)}."
            )


@contextlib.contextmanager
def _launcher(mode):
    if mode == "none":
        from flowbook.exercises.grading.spawned import Spawned

        yield Spawned()
        return
    if sys.platform != "linux":
        raise Refused("it needs Linux; --isolation=none runs on any system")
    from flowbook.exercises.grading.launch import serving

    with serving(mode) as launcher:
        yield launcher
