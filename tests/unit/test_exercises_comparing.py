"""close() and equal(): any right form passes, every wrong one is explained."""

import math
import random

import numpy as np
import pytest

from flowbook.exercises import Incorrect, close, equal


class Tensor:
    """What matters of a tensor here: it has .numpy()."""

    def __init__(self, value):
        self.value = np.asarray(value)

    def numpy(self):
        return self.value


@pytest.mark.parametrize("form", [float, np.float32, np.asarray, Tensor])
def test_a_number_is_right_in_every_form(form):
    close(form(1.5), 1.5)
    close(1.5, form(1.5))
    equal(form(2), 2)


@pytest.mark.parametrize("form", [list, tuple, np.asarray, Tensor])
def test_numbers_in_a_row_are_right_in_every_form(form):
    close(form([1.0, 2.0]), [1, 2])
    close((1.0, 2.0), form([1, 2]))
    close([form([1.0]), None], (np.ones(1), None))
    close({"a": form([1.0, 2.0])}, {"a": [1, 2]})


def test_what_rounding_changes_is_close_but_not_equal():
    close(1 + 1e-7, 1)
    with pytest.raises(Incorrect, match=r"expected 1, got 1\.0000001\."):
        equal(1 + 1e-7, 1)
    close(1.05, 1, rtol=0.1)
    with pytest.raises(Incorrect):
        close(1.05, 1)


def test_agreement_is_that_of_numpy():
    rng = random.Random(0)
    special = [0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e300]
    for _ in range(500):
        got, expected = (
            rng.choice(special) + rng.choice([0, 0, 1e-7, 1e-3])
            for _ in range(2)
        )
        try:
            close(got, expected)
            passes = True
        except Incorrect:
            passes = False
        assert passes == np.isclose(
            got, expected, rtol=1e-5, atol=1e-6, equal_nan=True
        ), (got, expected)


@pytest.mark.parametrize(
    ("got", "expected", "message"),
    [
        (2048, 2112, "it: expected 2112, got 2048."),
        (
            None,
            2.0,
            "expected a single number, got None (is a return missing?)",
        ),
        ("2", 2, "expected a single number, got a text: '2'"),
        (True, 1, "expected a single number, got a bool: True"),
        (1, True, "expected True or False, got a single number: 1"),
        (False, True, "expected True, got False"),
        ("a", "b", "expected 'b', got 'a'"),
        ([1.0], 1.0, "expected a single number, got numbers of shape (1,)"),
        (
            np.ones((3, 2)),
            np.ones((2, 3)),
            "expected numbers of shape (2, 3), got numbers of shape (3, 2)",
        ),
        (
            [[1, 2], [5, 6]],
            [[1, 2], [3, 4]],
            "expected 3, got 5 at [1, 0] (2 of 4 differ)",
        ),
        ([1, None], [2, None], "expected 2, got 1 at item 0"),
        (
            [1, None],
            [1, None, 2],
            "expected a list of 3, got a list of 2: [1, None]",
        ),
        ({"a": 1}, {"b": 1}, "expected the keys ['b'], got ['a']"),
        ({"a": [1]}, {"a": [2]}, "expected 2, got 1 at [0]"),
        (math.nan, 1.0, "expected 1, got nan"),
        ([10**5000], [1.0], "expected 1, got an integer of 16610 bits"),
        (object, 1.0, "expected a single number, got an object of type type"),
        ([[1], [2, 3]], [[1, 2]], "expected numbers of shape (1, 2), got a "),
    ],
)
def test_a_wrong_value_is_told_what_was_expected(got, expected, message):
    with pytest.raises(Incorrect) as caught:
        close(got, expected, "it")
    assert message in str(caught.value)


def test_type_comes_before_shape_and_shape_before_value():
    with pytest.raises(Incorrect, match="dtype float32, got float64"):
        close(np.zeros(3), np.ones(2), dtype="float32")
    with pytest.raises(Incorrect, match="dtype float32, got a single number"):
        close(1.0, 1.0, dtype="float32")
    close(np.ones(2, np.float32), np.ones(2), dtype="float32")


WEIGHTS_ONLY = "32·64 = 2048 are the weights only: each unit also has a bias."


@pytest.mark.parametrize(
    "mistakes",
    [
        {1: "no", 2048: WEIGHTS_ONLY},
        [(np.asarray(2048), WEIGHTS_ONLY)],
        lambda got: WEIGHTS_ONLY if got == 2048 else None,
    ],
)
def test_a_typical_mistake_is_explained(mistakes):
    with pytest.raises(Incorrect) as caught:
        equal(2048, 2112, "weights", mistakes=mistakes, why="Count again.")
    assert str(caught.value) == (
        f"weights: expected 2112, got 2048. {WEIGHTS_ONLY}"
    )
    with pytest.raises(Incorrect, match=r"got 7\. Count again\."):
        equal(7, 2112, "weights", mistakes=mistakes, why="Count again.")
