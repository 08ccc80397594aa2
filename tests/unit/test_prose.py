"""MyST prose becomes plain Markdown; what is not known is refused."""

import pytest

from flowbook.publish.book import BookError
from flowbook.publish.prose import Prose

SITE = "https://example.org/book/"
PAGES = {
    "chapters/a/one": "# Page one\n\n(here)=\n## Here",
    "chapters/a/two": "# Page two",
    "book/glossary": "# Glossary",
}
PROSE = Prose(SITE, PAGES, {"abadi2016": ("Abadi et al.", "2016")})


def plain(text):
    return PROSE.plain(text, "chapters/a/one")


@pytest.mark.parametrize(
    ("myst", "markdown"),
    [
        ("See {eq}`F2.1`.", "See EQ F2.1."),
        ("A {term}`tensor`.", "A tensor."),
        ("Some {term}`tensors <tensor>`.", "Some tensors."),
        ("{doc}`two`", f"[Page two]({SITE}chapters/a/two.html)"),
        ("{doc}`next <two>`", f"[next]({SITE}chapters/a/two.html)"),
        ("{doc}`/book/glossary`", f"[Glossary]({SITE}book/glossary.html)"),
        ("{ref}`this <here>`", f"[this]({SITE}chapters/a/one.html#here)"),
        ("[two](two.md)", f"[two]({SITE}chapters/a/two.html)"),
        (
            "[x](../../book/glossary.md#term-tensor)",
            f"[x]({SITE}book/glossary.html#term-tensor)",
        ),
        (
            "{cite:t}`abadi2016` says",
            f"[Abadi et al. (2016)]({SITE}book/references.html) says",
        ),
        (
            "So {cite:p}`abadi2016`.",
            f"So ([Abadi et al., 2016]({SITE}book/references.html)).",
        ),
        ("(here)=\n## Here", "## Here"),
        ("% a comment\nText", "Text"),
        (
            "Code `{eq}` and ``{x}`y` `` stay.",
            "Code `{eq}` and ``{x}`y` `` stay.",
        ),
        ("Math $x_{a}$ stays.", "Math $x_{a}$ stays."),
        ("[out](https://x.org/a.md)", "[out](https://x.org/a.md)"),
    ],
)
def test_roles_and_links(myst, markdown):
    assert plain(myst) == markdown


def test_an_equation_becomes_display_math_with_its_name():
    text = "```{math}\n:label: F2.1\n\\bar v_{i} = 1\n```"
    assert plain(text) == "$$\n\\bar v_{i} = 1\n\\tag{EQ F2.1}\n$$"


def test_a_box_becomes_a_quote_and_is_translated_inside():
    text = (
        "```{admonition} Pitfall: None\n:class: pitfall\nSee {eq}`F2.1`.\n```"
    )
    assert plain(text) == "> **Pitfall: None**\n>\n> See EQ F2.1."


def test_a_selfcheck_becomes_a_question_with_a_folded_answer():
    text = (
        "```{selfcheck} choice\n:id: which\n\nWhich {term}`tensor`?\n\n"
        "- [ ] this\n- [x] that\n\n---\n\nBecause {eq}`F2.1`.\n```"
    )
    assert plain(text) == (
        "> **Check yourself.** Which tensor?\n>\n> - this\n> - that\n>\n"
        "> <details><summary>Answer</summary>\n>\n"
        "> **that** Because EQ F2.1.\n>\n> </details>"
    )


def test_code_that_shows_myst_is_left_alone():
    text = "```python\nx = '{eq}`F2.1`'\n```"
    assert plain(text) == text


@pytest.mark.parametrize(
    ("myst", "named"),
    [
        ("```{glossary}\nx\n```", "glossary"),
        ("```{figure} a.png\n```", "figure"),
        ("A {kbd}`X`.", "kbd"),
        ("{doc}`nowhere`", "nowhere"),
        ("{ref}`x <nothing>`", "nothing"),
        ("{cite:p}`nobody1999`", "nobody1999"),
        ("[x](nowhere.md)", "nowhere"),
        ("```{math}\nx", "never closed"),
        (
            "```{selfcheck} numeric\n:id: a\n:answer: x\n\nQ\n\n---\n\nE\n```",
            "'x'",
        ),
    ],
)
def test_what_is_not_known_is_refused_by_name(myst, named):
    with pytest.raises(BookError, match=named):
        plain(myst)
