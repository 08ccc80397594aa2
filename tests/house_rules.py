"""The house rules: what every section keeps, each with its own message.

A rule takes the MyST text of a section and yields one sentence for every
place that breaks it; no sentence means that the rule is kept.
"""

import ast
import re
import sys

from flowbook.publish.book import FRONT_MATTER, front_matter

CELL = re.compile(
    r"^```\{code-cell\}[^\n]*\n(?P<options>(?::[^\n]*\n)*)(?P<code>.*?)^```$",
    re.S | re.M,
)
FENCED = re.compile(
    r"^(`{3,})\{?(?:code-cell|python|math|text|\w*$).*?^\1$", re.S | re.M
)
HYPE = (
    "powerful|seamless|seamlessly|simply|leverage|leverages|leveraging|delve"
    "|game-changer|unlock|unlocks|robust|crucial|crucially|dive in|dive into"
)


def cells(text):
    """(tags, code) of each code cell."""
    return [
        (re.findall(r"[\w-]+", m["options"].partition("tags:")[2]), m["code"])
        for m in CELL.finditer(text)
    ]


def prose(text):
    """The text without front matter, code and display math."""
    return FENCED.sub("", FRONT_MATTER.sub("", text))


def opens_with_a_question(text):
    after_title = prose(text).partition("\n# ")[2].partition("\n")[2]
    first = after_title.strip().split("\n\n")[0]
    if "?" not in first:
        yield f"expected the first paragraph to ask, got: {first[:60]!r}"


def makes_a_claim(text):
    if not any("claim(" in code for _, code in cells(text)):
        yield "expected at least one claim(…), got none"


def has_a_selfcheck(text):
    if "```{selfcheck}" not in text:
        yield "expected at least one {selfcheck}, got none"


def closes_with_what_to_remember(text):
    headings = re.findall(r"^## (.+)$", prose(text), re.M)
    if not headings or headings[-1] != "What to remember":
        last = headings[-1] if headings else "no heading"
        yield f"expected to close with ## What to remember, got {last}"


def describes_itself(text):
    meta = front_matter(text).get("myst", {}).get("html_meta", {})
    length = len(meta.get("description", ""))
    if not 100 <= length <= 165:
        yield f"expected a description of 100-165 characters, got {length}"


def figures_have_alt_text(text):
    for _, code in cells(text):
        for call in re.split(r"figures\.show\(", code)[1:]:
            if "alt=" not in call or "caption=" not in call:
                yield f"expected figures.show(…, alt=, caption=), got {call!r}"
    for image in re.findall(r"!\[\s*\]\([^)]*\)", prose(text)):
        yield f"expected an image with alt text, got {image}"


def equations_can_be_heard(text):
    for block in re.findall(r"^```\{math\}\n(.*?)^```", text, re.S | re.M):
        if not re.search(r"^:alt: \S", block, re.M):
            yield f"expected :alt: with the equation in words, got {block!r}"


def types_no_timing(text):
    pattern = (
        r"\d[\d.,]*\s*(?:×|times|x|%)\s+(?:as fast|faster|slower|quicker)"
        r"|(?:takes?|took|within|about|under)\s+\d[\d.,]*\s*"
        r"(?:ms|µs|milliseconds?|microseconds?|seconds?)\b"
    )
    for match in re.finditer(pattern, prose(text), re.I):
        yield (
            f"expected timings to be printed by a claim, got in the prose: "
            f"{match[0]!r}"
        )


def measures_time_with_flowbook_only(text):
    for _, code in cells(text):
        found = re.search(r"\bimport time\b|\btimeit\b|perf_counter", code)
        if found:
            yield f"expected flowbook.timing, got {found[0]!r}"


def ignores_no_output_without_a_claim(text):
    for tags, code in cells(text):
        if "nbval-skip" in tags:
            yield "expected no nbval-skip: every cell is executed"
        if "nbval-ignore-output" in tags and "claim(" not in code:
            yield (
                "expected a cell that ignores its output to claim something, "
                f"got: {code.strip().splitlines()[0]!r}"
            )


def keeps_code_to_79_columns(text):
    for _, code in cells(text):
        for line in code.split("\n"):
            if len(line) > 79:
                yield f"expected 79 columns, got {len(line)}: {line[:40]!r}…"


def keeps_cells_readable(text):
    for tags, code in cells(text):
        lines = code.strip().count("\n") + 1
        if lines > 25 and "hide-input" not in tags:
            first = code.strip().splitlines()[0]
            yield f"expected at most 25 lines a cell, got {lines}: {first!r}"


def runs_live_cells_with_python_alone(text):
    for tags, code in cells(text):
        if "live" not in tags:
            continue
        imported = re.findall(r"^\s*(?:import|from) (\w+)", code, re.M)
        for name in sorted({*imported} - sys.stdlib_module_names):
            yield f"expected a live cell to need Python alone, got {name}"


def uses_plain_words(text):
    for match in re.finditer(rf"\b({HYPE})\b", prose(text), re.I):
        yield f"expected a plain word, got {match[0]!r}"


RULES = [
    opens_with_a_question,
    makes_a_claim,
    has_a_selfcheck,
    closes_with_what_to_remember,
    describes_itself,
    figures_have_alt_text,
    equations_can_be_heard,
    types_no_timing,
    measures_time_with_flowbook_only,
    ignores_no_output_without_a_claim,
    keeps_code_to_79_columns,
    keeps_cells_readable,
    runs_live_cells_with_python_alone,
    uses_plain_words,
]

# A chapter's opener asks, runs and claims; its sections teach and check.
OF_SECTIONS_ONLY = [has_a_selfcheck, closes_with_what_to_remember]


def rules_for(name):
    """The rules that the page ``name`` keeps."""
    opener = name.endswith("/index")
    return [r for r in RULES if not (opener and r in OF_SECTIONS_ONLY)]


# Rules of a set of exercises: each takes a flowbook.exercises.source.Source.


def has_a_description(read):
    meta = read.meta.get("myst", {}).get("html_meta", {})
    length = len(meta.get("description", ""))
    if not 100 <= length <= 165:
        yield f"expected a description of 100-165 characters, got {length}"


def has_hints(read):
    for question in read.exercises.questions:
        if not question.hints:
            yield f"{question.id}: expected a {{hint}}, got none"


def says_why_the_answer_is_right(read):
    for question in read.exercises.questions:
        if not question.solution:
            yield f"{question.id}: expected a {{solution}}, got none"


def knows_three_wrong_answers(read):
    for question in read.exercises.questions:
        count = len(question.wrongs)
        if count < 3:
            yield f"{question.id}: expected 3 wrong answers, got {count}"


def risks_every_point(read):
    for question in read.exercises.questions:
        most = max([wrong.loses for wrong in question.wrongs], default=0)
        if most < question.points:
            yield (
                f"{question.id}: expected a wrong answer that loses all "
                f"{question.points} points, got {most} at most"
            )


def draws_its_inputs(read):
    for question in read.exercises.questions:
        for check in question.checks:
            names = [
                n
                for n in ast.walk(ast.parse(check.code))
                if isinstance(n, ast.Name) and n.id == "rng"
            ]
            if not names:
                yield f"{question.id}: expected each check to draw from rng"


def keeps_answers_to_79_columns(read):
    for question in read.exercises.questions:
        for line in f"{question.stub}\n{question.reference}".split("\n"):
            if len(line) > 79:
                yield f"{question.id}: expected 79 columns, got {len(line)}"


EXERCISE_RULES = [
    has_a_description,
    has_hints,
    says_why_the_answer_is_right,
    knows_three_wrong_answers,
    risks_every_point,
    draws_its_inputs,
    keeps_answers_to_79_columns,
]
