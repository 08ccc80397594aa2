"""The cells of a set's source, sorted into questions as they come."""

import ast
import re
from dataclasses import dataclass, field

from flowbook.exercises.parts import Check, Wrong
from flowbook.publish.book import BookError
from flowbook.publish.prose import FENCE, until_closed

__all__ = ["Draft", "Reader"]

CELLS = ("setup", "check-setup", "starter", "answer", "check", "wrong")
DIRECTIVE = re.compile(r"^\{(question|hint|solution)\}\s*(\S*)\s*$")
HEADING = re.compile(r"^## (?P<title>.+?)\s*$")
ID = re.compile(r"[a-z][a-z0-9-]*")
NEEDS = re.compile(r":needs: *(python|numpy)")
POINTS = re.compile(r"\A# points: (\d+)\n")
WRONG = re.compile(r"\A# loses: (\d+)\n# says: (\S.*)\n")


@dataclass
class Draft:
    """A question while it is read."""

    id: str
    title: str
    needs: str = "tensorflow"
    statement: list = field(default_factory=list)
    starter: str = ""
    reference: str = ""
    check_setup: list = field(default_factory=list)
    solution: str = ""
    hints: list = field(default_factory=list)
    checks: list = field(default_factory=list)
    wrongs: list = field(default_factory=list)


class Reader:
    """Takes prose and code in the order of the source.

    Attributes:
      lead: what stands before the first question, as in Source.
      end: lines of MyST after the last question.
      setup, check_setup: the code of these cells before the questions.
      drafts: a :class:`Draft` for each question.

    Every method raises BookError for what stands at a wrong place.
    """

    def __init__(self, name):
        self.name = name
        self.lead, self.end, self.setup, self.check_setup = [], [], [], []
        self.drafts = []
        self.heading = None  # one that waits for its question
        self.ended = False

    # ---- Prose ----

    def prose(self, text):
        """Take a stretch of MyST between two code cells."""
        lines = iter(text.split("\n"))
        for line in lines:
            fence = FENCE.match(line)
            heading = HEADING.match(line)
            if fence:
                block = until_closed(lines, fence["ticks"], self.name)
                self._block(fence, block)
            elif heading:
                self._flush_heading()
                self.heading = heading["title"]
            else:
                self._line(line)
        self._flush_heading()

    def _block(self, fence, block):
        directive = DIRECTIVE.match(fence["info"].strip())
        if not directive:
            for line in (fence[0], *block, fence["ticks"]):
                self._line(line)
            return
        kind, argument = directive.groups()
        text = "\n".join(block).strip()
        if kind == "question":
            self._begin(argument)
            if text:
                self.drafts[-1].needs = self._needs(text)
        elif not text:
            raise self.fault(f"expected text inside of {{{kind}}}, got none")
        elif kind == "hint":
            self._draft("{hint}").hints.append(text)
        elif self._draft("{solution}").solution:
            raise self.fault("expected one {solution}, got a second one")
        else:
            self._draft("{solution}").solution = text

    def _begin(self, argument):
        if self.heading is None:
            raise self.fault(
                f"expected {{question}} {argument} right after a heading "
                "of level two, the question's title"
            )
        if not ID.fullmatch(argument):
            raise self.fault(
                "expected an id of lower-case letters, digits and hyphens "
                f"after {{question}}, got {argument!r}"
            )
        if any(draft.id == argument for draft in self.drafts):
            raise self.fault(f"expected ids that differ, got {argument} twice")
        self.drafts.append(Draft(argument, self.heading))
        self.heading = None

    def _needs(self, text):
        needs = NEEDS.fullmatch(text)
        if not needs:
            raise self.fault(
                "expected nothing in {question}, ':needs: python' or "
                f"':needs: numpy'; got {text[:50]!r}"
            )
        return needs[1]

    def _flush_heading(self):
        """A heading that no question follows opens or closes the page."""
        if self.heading is not None:
            heading, self.heading = self.heading, None
            self.ended = bool(self.drafts)
            self._line(f"## {heading}")
            self._line("")

    def _line(self, line):
        if self.heading is not None:
            if not line.strip():
                return
            self._flush_heading()
        if self.ended:
            self.end.append(line)
        elif not self.drafts:
            self._lead_prose(line)
        elif not self.drafts[-1].reference and not self.drafts[-1].starter:
            self.drafts[-1].statement.append(line)
        elif line.strip():
            raise self.fault(
                "expected prose before the answer, in {hint} or in "
                f"{{solution}}, got {line[:50]!r}"
            )

    def _lead_prose(self, line):
        if not self.lead or self.lead[-1][0] != "prose":
            self.lead.append(("prose", line))
        else:
            self.lead[-1] = ("prose", f"{self.lead[-1][1]}\n{line}")

    # ---- Code ----

    def code(self, code, tags):
        """Take a code cell."""
        kinds = [tag for tag in tags if tag in CELLS]
        if len(kinds) != 1:
            raise self.fault(
                f"expected each code cell to have one of the tags "
                f"{', '.join(CELLS)}; got {list(tags)} on "
                f"{code.strip().splitlines()[:1]}"
            )
        (kind,) = kinds
        self._parsed(code, kind)
        getattr(self, f"_{kind.replace('-', '_')}")(code.strip("\n"))

    def _setup(self, code):
        if self.drafts:
            raise self.fault(
                "expected cells tagged setup before the first question"
            )
        self.lead.append(("code", code))
        self.setup.append(code)

    def _check_setup(self, code):
        own = self._draft("a check-setup") if self.drafts else self
        own.check_setup.append(code)

    def _starter(self, code):
        self._draft("a starter").starter = code

    def _answer(self, code):
        draft = self._draft("an answer")
        if draft.reference:
            raise self.fault("expected one cell tagged answer, got a second")
        draft.reference = code

    def _check(self, code):
        points = POINTS.match(code)
        functions = [
            node
            for node in ast.parse(code).body
            if isinstance(node, ast.FunctionDef) and node.name == "check"
        ]
        if not points or not int(points[1]):
            raise self.fault("expected a check to begin with '# points: 2'")
        if len(functions) != 1 or [
            argument.arg for argument in functions[0].args.args
        ] != ["student", "rng"]:
            raise self.fault("expected a check to define check(student, rng)")
        check = Check(int(points[1]), code[points.end() :])
        self._draft("a check").checks.append(check)

    def _wrong(self, code):
        head = WRONG.match(code)
        if not head:
            raise self.fault(
                "expected a wrong answer to begin with '# loses: 2' and "
                "'# says: a part of its message'"
            )
        wrong = Wrong(int(head[1]), head[2].strip(), code[head.end() :])
        self._draft("a wrong answer").wrongs.append(wrong)

    # ---- Faults ----

    def _draft(self, what):
        if not self.drafts or self.ended:
            raise self.fault(f"expected {what} inside of a question")
        return self.drafts[-1]

    def _parsed(self, code, kind):
        try:
            ast.parse(code)
        except SyntaxError as error:
            raise self.fault(
                f"expected Python in the cell tagged {kind}, got "
                f"{error.msg} in its line {error.lineno}"
            ) from error

    def fault(self, sentence, draft=None):
        """The BookError that says ``sentence`` about a question."""
        draft = draft or (self.drafts[-1] if self.drafts else None)
        where = f"exercises/{self.name}.md"
        if draft:
            where += f", question {draft.id}"
        return BookError(f"{where}: {sentence}.")
