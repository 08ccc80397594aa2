"""Paired ratios are medians of interleaved measurements."""

import time

import pytest

from flowbook.timing import epoch, paired_ratio, seconds


def test_the_slower_of_two_sleeps_gives_their_ratio():
    ratio = paired_ratio(
        lambda: time.sleep(0.03), lambda: time.sleep(0.01), pairs=5
    )
    assert 1.5 < ratio < 4


def test_pairs_are_interleaved_after_one_warm_up_each():
    order = []
    paired_ratio(lambda: order.append("a"), lambda: order.append("b"), pairs=2)
    assert order == ["a", "b", "a", "b", "a", "b"]


def test_seconds_averages_over_its_calls():
    count = []
    assert seconds(lambda: count.append(1), calls=7) >= 0
    assert len(count) == 7


class SlowToGo:
    """An iterator over three elements that takes 0.3 s to be taken down."""

    def __init__(self):
        self.rest = [1, 2, 3]

    def __iter__(self):
        return self

    def __next__(self):
        if not self.rest:
            raise StopIteration
        return self.rest.pop()

    def __del__(self):
        time.sleep(0.3)


def test_the_clock_of_an_epoch_stops_before_its_iterator_is_taken_down():
    class Dataset:
        def __iter__(self):
            return SlowToGo()

    steps = []
    assert seconds(epoch(Dataset(), lambda: steps.append(1))) < 0.2
    assert len(steps) == 3


@pytest.mark.parametrize("wrong", [{"pairs": 0}, {"calls": 1.5}])
def test_a_count_that_is_no_positive_whole_number_is_refused(wrong):
    with pytest.raises(ValueError, match="positive whole number"):
        paired_ratio(int, int, **wrong)
