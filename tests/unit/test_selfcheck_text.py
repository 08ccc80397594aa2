"""A self-check that cannot work is refused while the book is built."""

import pytest

from flowbook.publish.book import BookError
from flowbook.publish.selfcheck import parse

BODY = "Question?\n\n---\n\nExplanation."
CHOICES = "Which?\n\n- [ ] one\n- [x] two,\n  on two lines\n\n---\n\nWhy."


def test_a_number_a_truth_and_a_choice_are_read():
    number = parse(
        "numeric", {"id": "a", "answer": "2", "tolerance": ".1"}, BODY
    )
    assert (number.question, number.explanation) == (
        "Question?",
        "Explanation.",
    )
    assert (number.answer, number.tolerance) == ("2", 0.1)
    truth = parse("truefalse", {"id": "a", "answer": "false"}, BODY)
    assert truth.answer_text == "False."
    choice = parse("choice", {"id": "a"}, CHOICES)
    assert choice.choices == (("one", False), ("two, on two lines", True))
    assert choice.answer == "1"


@pytest.mark.parametrize(
    ("kind", "options", "body", "says"),
    [
        ("essay", {"id": "a"}, BODY, "numeric, truefalse, choice"),
        ("numeric", {"answer": "2"}, BODY, "expected an :id:"),
        ("numeric", {"id": "A b", "answer": "2"}, BODY, "expected an :id:"),
        ("numeric", {"id": "a", "answer": "two"}, BODY, "expected a number"),
        ("truefalse", {"id": "a", "answer": "yes"}, BODY, "true or false"),
        ("numeric", {"id": "a", "answer": "2"}, "Q?", "explanation"),
        ("choice", {"id": "a"}, BODY, "two or more choices"),
        ("choice", {"id": "a"}, CHOICES.replace("[ ]", "[x]"), "2 marked"),
    ],
)
def test_what_is_missing_is_named(kind, options, body, says):
    with pytest.raises(BookError, match=says):
        parse(kind, options, body)
