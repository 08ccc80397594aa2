"""Every section keeps every house rule, and every rule can be broken."""

import re
import sys
from pathlib import Path

import nbformat
import pytest
from exercising import SMALL

from flowbook.exercises import source
from flowbook.publish.book import Book
from flowbook.publish.execute import LOCAL_PATH

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import house_rules  # noqa: E402

BOOK = Book(ROOT)
SECTIONS = BOOK.sections()

GOOD = """\
---
file_format: mystnb
myst:
  html_meta:
    description: {description}
---

# Title

Why is that so?

```{{code-cell}} python
:tags: [nbval-ignore-output]
claim("it holds", 1, equals=1)
figures.show(fig, alt="a line", caption="A line.")
```

```{{selfcheck}} truefalse
:id: one
:answer: true

It holds.

---

Yes.
```

```{{math}}
:label: F9.9
:alt: x is one
x = 1
```

## What to remember

- It holds.
""".format(description="d" * 120)

BROKEN = {
    "opens_with_a_question": ("Why is that so?", "This is so."),
    "makes_a_claim": ("claim(", "print("),
    "has_a_selfcheck": ("```{selfcheck} truefalse", "```{note}"),
    "closes_with_what_to_remember": ("What to remember", "The end"),
    "describes_itself": ("d" * 120, "short"),
    "figures_have_alt_text": ('alt="a line", ', ""),
    "equations_can_be_heard": (":alt: x is one\n", ""),
    "types_no_timing": ("Why is", "It is 3.5 times faster. Why is"),
    "measures_time_with_flowbook_only": ("claim(", "import time\nclaim("),
    "ignores_no_output_without_a_claim": ("claim(", "print("),
    "keeps_code_to_79_columns": ("claim(", f"x = {'1' * 80}\nclaim("),
    "keeps_cells_readable": ("claim(", "\n".join(["x = 1"] * 30) + "\nclaim("),
    "runs_live_cells_with_python_alone": (
        "[nbval-ignore-output]\n",
        "[live, nbval-ignore-output]\nimport numpy as np\n",
    ),
    "uses_plain_words": ("Why is", "Simply: why is"),
}


@pytest.mark.parametrize(
    ("section", "rule"),
    [(s, rule) for s in SECTIONS for rule in house_rules.rules_for(s.name)],
    ids=lambda part: getattr(part, "name", None) or part.__name__,
)
def test_every_page_keeps_the_rule(section, rule):
    found = list(rule(section.source.read_text("utf-8")))
    assert not found, f"{section.name}: " + "; ".join(found)


@pytest.mark.parametrize("rule", house_rules.RULES, ids=lambda r: r.__name__)
def test_the_rule_passes_a_good_section_and_catches_a_broken_one(rule):
    assert list(rule(GOOD)) == []
    old, new = BROKEN[rule.__name__]
    assert old in GOOD
    assert list(rule(GOOD.replace(old, new)))


EXERCISES = {section.name: section for section in BOOK.exercises()}
WRONG = """\
```{code-cell} python
:tags: [wrong]
# loses: 2
# says: expected numbers of shape
def scores(x):
    return np.mean(x)
```
"""
BROKEN_EXERCISES = {
    "has_a_description": (
        "the tests build, break and grade; no reader ever sees it",
        "",
    ),
    "has_hints": ("```{hint}\n`np.mean` and `np.std`.\n```\n", ""),
    "says_why_the_answer_is_right": (
        "```{solution}\nThe signature",
        "```{hint}\nThe signature",
    ),
    "knows_three_wrong_answers": (WRONG, ""),
    "risks_every_point": ("# loses: 4", "# loses: 3"),
    "draws_its_inputs": ("inputs, hidden = sizes(rng)\n    why", "why"),
    "keeps_answers_to_79_columns": ("return inputs", f"return {'1' * 80}"),
}


@pytest.mark.parametrize(
    "rule", house_rules.EXERCISE_RULES, ids=lambda r: r.__name__
)
@pytest.mark.parametrize("name", EXERCISES)
def test_every_set_of_exercises_keeps_the_rule(name, rule):
    found = list(rule(source.read(EXERCISES[name].source)))
    assert not found, f"{name}: " + "; ".join(found)


@pytest.mark.parametrize(
    "rule", house_rules.EXERCISE_RULES, ids=lambda r: r.__name__
)
def test_the_rule_passes_a_good_set_and_catches_a_broken_one(rule, tmp_path):
    assert list(rule(source.read(SMALL))) == []
    old, new = BROKEN_EXERCISES[rule.__name__]
    text = SMALL.read_text("utf-8")
    assert old in text
    broken = tmp_path / "small.md"
    broken.write_text(text.replace(old, new), "utf-8")
    assert list(rule(source.read(broken)))


TEXT_RULES = [
    house_rules.equations_can_be_heard,
    house_rules.types_no_timing,
    house_rules.uses_plain_words,
]


@pytest.mark.parametrize("rule", TEXT_RULES, ids=lambda r: r.__name__)
@pytest.mark.parametrize("name", EXERCISES)
def test_the_prose_of_exercises_keeps_the_rule(name, rule):
    found = list(rule(EXERCISES[name].source.read_text("utf-8")))
    assert not found, f"{name}: " + "; ".join(found)


def outputs(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield "\n".join(
                [
                    output.get("text", ""),
                    *map(str, output.get("data", {}).values()),
                    *output.get("traceback", []),
                ]
            )


@pytest.mark.parametrize("section", SECTIONS, ids=lambda s: s.name)
def test_outputs_hold_no_log_line_and_no_path_of_a_machine(section):
    notebook = nbformat.read(section.notebook, as_version=4)
    noise = re.compile(
        r"^(WARNING|I0000|W0000|E0000|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: )",
        re.M,
    )
    for text in outputs(notebook):
        assert not LOCAL_PATH.search(text), LOCAL_PATH.search(text)
        assert not noise.search(text), noise.search(text)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda s: s.name)
def test_no_raw_myst_is_left_in_the_notebook(section):
    notebook = nbformat.read(section.notebook, as_version=4)
    raw = re.compile(
        r"^\s*(>\s*)?(`{3,}|:{3,})\{|\{[a-z][\w:-]*\}`|^\([\w -]+\)=$"
        r"|\]\([^)\s:]+\.md[)#]|^:(class|label|id|answer): ",
        re.M,
    )
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = re.sub(
                r"^(`{3,})\w*\n.*?^\1$", "", cell.source, flags=re.S | re.M
            )
            assert not raw.search(text), raw.search(text)


def test_every_page_of_the_book_is_in_the_table_of_contents():
    listed = set(
        re.findall(r"(?:file|root): (\S+)", (ROOT / "_toc.yml").read_text())
    )
    assert set(BOOK.pages()) == listed
