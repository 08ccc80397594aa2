"""Timings that can be claimed: paired, interleaved, a median of ratios.

A single timing on a shared machine is an anecdote. Two functions measured in
turn, A B A B …, drift together; the ratio of each pair cancels the drift and
the median of the ratios drops the outliers. A notebook that imports this
module is executed alone, never beside another one.
"""

import statistics
import time

__all__ = ["paired_ratio", "seconds"]


def seconds(function, calls=1):
    """Wall-clock seconds that one call takes, averaged over ``calls``."""
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


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
