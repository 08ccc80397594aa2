"""Timings that can be claimed: paired, interleaved, a median of ratios.

A single timing on a shared machine is an anecdote. Two functions measured in
turn, A B A B …, drift together; the ratio of each pair cancels the drift and
the median of the ratios drops the outliers. A notebook that imports this
module is executed alone, never beside another one.
"""

import statistics
import time

__all__ = ["epoch", "paired_ratio", "seconds"]


def seconds(function, calls=1):
    """Wall-clock seconds that one call takes, averaged over ``calls``.

    What the last call returns is kept until the clock has been read, so that
    taking it down is not timed.
    """
    start = time.perf_counter()
    for _ in range(calls):
        kept = function()
    stop = time.perf_counter()
    del kept
    return (stop - start) / calls


def epoch(dataset, step=None):
    """A function for :func:`seconds` that takes all elements of a dataset.

    It returns the iterator, so that the clock stops at the last element.
    What follows is not the pipeline's time: when ``tf.data`` takes an
    iterator down, it stops the thread that tunes the pipeline, and on a busy
    machine that may sleep on until its next round, whose distance doubles
    from 10 ms to a minute (``Model::OptimizeLoop`` in TensorFlow's
    ``core/framework/model.cc``).

    Args:
      dataset: anything that can be iterated over.
      step: a function of no argument that is called after each element.
    """

    def run():
        elements = iter(dataset)
        for _ in elements:
            if step:
                step()
        return elements

    return run


def paired_ratio(slow, fast, *, pairs=9, calls=1):
    """How many times longer ``slow`` takes than ``fast``.

    Args:
      slow, fast: functions of no argument. They must wait for their result
        (in TensorFlow: return a value and call ``.numpy()`` on it).
      pairs: how many interleaved pairs are measured, after one warm-up each.
      calls: calls per measurement, for functions of a few microseconds.

    Returns:
      The median over the pairs of seconds(slow) / seconds(fast), a float
      without unit.

    Raises:
      ValueError: ``pairs`` or ``calls`` is not a positive whole number.
    """
    for name, count in (("pairs", pairs), ("calls", calls)):
        if not isinstance(count, int) or count < 1:
            raise ValueError(
                f"paired_ratio() expected a positive whole number for "
                f"{name}=, got {count!r}."
            )
    slow()
    fast()
    ratios = [
        seconds(slow, calls) / seconds(fast, calls) for _ in range(pairs)
    ]
    return statistics.median(ratios)
