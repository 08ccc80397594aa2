"""A claim holds, fails loudly where it must, and refuses wrong use."""

import math

import numpy as np
import pytest

from flowbook.claims import ClaimError, claim, slug
from flowbook.hardware import device_name


@pytest.fixture(autouse=True)
def strict(monkeypatch):
    monkeypatch.setenv("FLOWBOOK_STRICT", "1")


@pytest.mark.parametrize(
    ("value", "bound", "line"),
    [
        (3, {"equals": 3}, "✓ s: 3 (exactly 3)"),
        ("relu", {"equals": "relu"}, "✓ s: relu (exactly relu)"),
        (True, {"equals": True}, "✓ s: True (exactly True)"),
        (1.618, {"at_least": 1.4}, "✓ s: 1.62 (at least 1.4)"),
        (0.5, {"at_most": 0.5}, "✓ s: 0.5 (at most 0.5)"),
        (2, {"at_least": 1, "at_most": 3}, "✓ s: 2 (between 1 and 3)"),
        (1e-9, {"equals": 0, "tol": 1e-6}, "✓ s: 1e-09 (0 within 1e-06)"),
        (np.float32(2.0), {"equals": 2}, "✓ s: 2 (exactly 2)"),
        (np.array(4), {"at_least": 4}, "✓ s: 4 (at least 4)"),
    ],
)
def test_a_true_claim_prints_one_line_with_value_and_bound(
    capsys, value, bound, line
):
    assert claim("s", value, **bound) is None
    assert capsys.readouterr().out == line + "\n"


@pytest.mark.parametrize(
    ("value", "bound"),
    [
        (4, {"equals": 3}),
        (1.39, {"at_least": 1.4}),
        (0.51, {"at_most": 0.5}),
        (4, {"at_least": 1, "at_most": 3}),
        (0.1, {"equals": 0, "tol": 0.01}),
        (math.nan, {"at_least": 0}),
        (math.nan, {"at_most": 0}),
        (math.nan, {"equals": math.nan}),
        (math.nan, {"equals": 0, "tol": 1}),
    ],
)
def test_a_false_claim_and_nan_raise_with_claim_value_and_bound(value, bound):
    with pytest.raises(ClaimError) as caught:
        claim("the sky is green", value, **bound)
    message = str(caught.value)
    assert "the sky is green" in message
    assert f"{value:.3g}" in message
    assert str(next(iter(bound.values()))) in message


def test_outside_the_build_a_false_claim_is_marked_and_goes_on(
    capsys, monkeypatch
):
    monkeypatch.delenv("FLOWBOOK_STRICT")
    claim("graphs win", 0.5, at_least=5)
    assert capsys.readouterr().out == "✗ graphs win: 0.5 (at least 5)\n"


@pytest.mark.parametrize(
    ("arguments", "bound", "says"),
    [
        (("s", 1), {}, "one kind of bound"),
        (("s", 1), {"equals": 1, "at_least": 0}, "one kind of bound"),
        (("s", 1), {"at_least": 0, "tol": 1}, "only together with equals"),
        (("", 1), {"equals": 1}, "expected a sentence"),
        ((1, 1), {"equals": 1}, "expected a sentence"),
        (("s", "two"), {"at_least": 1}, "only a number"),
        (("s", np.ones(3)), {"at_least": 1}, "only a number"),
        (("s", True), {"at_least": 1}, "only a number"),
        (("s", 1), {"at_least": "1"}, "expected a number for at_least"),
        (("s", 1), {"at_least": 3, "at_most": 2}, "nothing can satisfy"),
        (("s", 1), {"at_least": math.nan}, "nothing can satisfy"),
        (("s", 1), {"equals": 1, "tol": -1}, "tol ≥ 0"),
        (("s", 1), {"equals": "1", "tol": 1}, "tol ≥ 0"),
    ],
)
def test_wrong_use_says_what_was_expected(arguments, bound, says):
    with pytest.raises((TypeError, ValueError), match=says):
        claim(*arguments, **bound)


def test_a_slug_is_an_anchor_of_bounded_length():
    assert (
        slug("Two paths, one sum: z = x·y") == "claim-two-paths-one-sum-z-x-y"
    )
    assert len(slug("word " * 100)) <= 78


def test_in_a_notebook_the_record_travels_in_the_metadata(monkeypatch):
    import IPython
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: object())
    monkeypatch.setattr(
        IPython.display, "display", lambda *a, **k: shown.append((a, k))
    )
    claim("a < b", 2.0, at_least=1)
    (bundle,), options = shown[0]
    assert bundle["text/plain"] == "✓ a < b: 2 (at least 1)"
    assert "a &lt; b" in bundle["text/html"]
    record = options["metadata"]["flowbook"]
    assert record["statement"] == "a < b"
    assert record["holds"] is True
    assert "Python" in record["versions"]
    assert record["device"] == device_name()
