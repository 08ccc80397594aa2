"""An input pipeline feeding an accelerator, simulated: EQ F2.3 and beyond.

    from flowbook.instruments.pipeline import simulate
    run = simulate(read=4, map=12, train=8, prefetch=1)
    run.steps_per_second, run.utilization, run.bottleneck

Standard library only, so that it runs wherever Python does; the instrument
that draws it is :class:`flowbook.instruments.PipelineTimeline`.
"""

import math
from dataclasses import dataclass

from flowbook.instruments.mulberry import uniforms

__all__ = ["CACHES", "EPOCH", "STEPS", "Event", "Run", "simulate"]

CACHES = ("none", "read", "map")  # after which stage ``cache()`` stands
EPOCH = 4  # batches in an epoch
STEPS = EPOCH + 1680  # 1680 is a multiple of 1 to 8 workers: exact averages


@dataclass(frozen=True)
class Event:
    """What became of one batch; times in ms since the start of the run.

    ``read``, ``map`` and ``train`` are pairs (start, end). What comes from a
    cache takes no time: its start is its end.
    """

    step: int  # counted from 1, over all epochs
    epoch: int  # counted from 1
    batch: int  # counted from 1 in each epoch
    worker: int  # which of the map workers had it, from 1
    read: tuple[float, float]
    map: tuple[float, float]
    train: tuple[float, float]
    idle: float  # how long the accelerator waited for it, ms
    view: int  # the epoch whose map made it: 1 for ever behind a cache


@dataclass(frozen=True)
class Run:
    """What a simulated training run took.

    The rates are those after the first epoch, when caches are full (in a
    run of one epoch: after the first step). The bottleneck is a stage, or
    ``"no overlap"``, ``"balanced"`` (input and accelerator take as long), or
    ``"jitter"`` (the input is fast enough on average and yet late by more
    than 2 %).
    """

    makespan: float  # from the start to the end of the last step, ms
    step_time: float  # ms a step
    steps_per_second: float
    utilization: float  # share of the time that the accelerator computes
    bottleneck: str  # "read", "map", "accelerator" or as above
    predicted: float  # ms a step by EQ F2.3, from the mean times
    events: tuple[Event, ...]


def simulate(
    read,
    map,
    train,
    prefetch=1,
    workers=1,
    jitter=0,
    cache="none",
    seed=1,
    steps=STEPS,
    epoch=EPOCH,
):
    """Run training steps behind a pipeline of read, map and prefetch.

    Args:
      read, map, train: mean times that a batch is read, mapped and computed
        on, ms; ``train`` more than 0.
      prefetch: batches that ``prefetch`` holds; 0 is no ``prefetch`` at all,
        the one included that TensorFlow would add by itself.
      workers: ``num_parallel_calls`` of the map; 1 is a map without it.
      jitter: coefficient of variation of the times to read and to map, 0 to
        1. The times follow an exponential law above a smallest time of
        (1 − jitter) · mean; the accelerator keeps its time.
      cache: the stage that ``cache()`` follows, ``"none"`` if there is none.
        From the second epoch on that stage and those before it cost nothing.
      seed: an int. Every batch of a seed is as slow under all settings.
      steps: training steps, at least 1.
      epoch: batches in an epoch, at least 1.

    Returns:
      A :class:`Run`.

    Raises:
      ValueError: an argument is out of its range.

    The rules are those of ``prefetch_dataset_op.cc`` and
    ``parallel_map_dataset_op.cc`` in TensorFlow 2.21, with the results in
    order. ``prefetch`` asks for a batch once it has room; a parallel map
    starts a call while fewer than ``workers`` calls run and fewer than
    ``workers`` results have not been asked for. No two stages compete for a
    core, handing over is free, and epochs follow without a restart.
    """
    _check_times(read=read, map=map, train=train)
    _check_counts(prefetch=prefetch, workers=workers, steps=steps, epoch=epoch)
    if not 0 <= jitter <= 1:
        raise ValueError(
            f"simulate() expected jitter from 0 to 1, got {jitter!r}."
        )
    if cache not in CACHES:
        raise ValueError(
            f"simulate() expected a cache out of {', '.join(CACHES)}, got "
            f"{cache!r}."
        )
    times = _times(read, map, jitter, cache, seed, steps, epoch)
    events = _schedule(times, train, prefetch, workers, cache, epoch)
    end = [0.0, *(event.train[1] for event in events)]
    warm = epoch if steps > epoch else min(1, steps - 1)
    step_time = (end[steps] - end[warm]) / (steps - warm)
    bottleneck, predicted = _predict(
        read, map, train, prefetch, workers, cache
    )
    if jitter and predicted == train and step_time > 1.02 * train:
        bottleneck = "jitter"  # the input is fast enough on average alone
    return Run(
        makespan=end[steps],
        step_time=step_time,
        steps_per_second=1000 / step_time,
        utilization=min(1.0, train / step_time),
        bottleneck=bottleneck,
        predicted=predicted,
        events=tuple(events),
    )


def _check_times(**times):
    for name, value in times.items():
        if not 0 <= value < math.inf:
            raise ValueError(
                f"simulate() expected {name} to be a time of 0 ms or more, "
                f"got {value!r}."
            )
    if not times["train"]:
        raise ValueError("simulate() expected train to be more than 0 ms.")


def _check_counts(**counts):
    for name, value in counts.items():
        low = 0 if name == "prefetch" else 1
        if value != int(value) or value < low:
            raise ValueError(
                f"simulate() expected {name} to be an integer of at least "
                f"{low}, got {value!r}."
            )


def _times(read, map, jitter, cache, seed, steps, epoch):
    """By batch: the time to read it, to map it, and what cache it is from."""
    uniform = uniforms(seed)
    for step in range(steps):
        reading, mapping = (
            mean * (1 - jitter + jitter * _exponential(uniform))
            for mean in (read, map)
        )
        cached = "none" if step < epoch else cache
        yield (
            reading if cached == "none" else 0.0,
            0.0 if cached == "map" else mapping,
            cached,
        )


def _schedule(times, train, prefetch, workers, cache, epoch):
    """An :class:`Event` for each pair of times, each stage on its turn."""
    events = []
    asked, handed, taken, done = [], [], [], []  # by batch, ms
    read_until = 0.0
    free = [0.0] * workers

    def earlier(moments, back):
        """What a list of moments holds ``back`` batches before this one."""
        return moments[-back] if back <= len(moments) else 0.0

    for step, (reading, mapping, cached) in enumerate(times):
        before = earlier(done, 1)  # the accelerator is free
        if prefetch:
            asks = max(earlier(handed, 1), earlier(taken, prefetch))
        else:
            asks = before
        if workers == 1 or cached == "map":
            start = asks
        else:
            start = max(read_until, earlier(asked, workers), min(free))
        worker = next(i for i in range(workers) if free[i] <= start)
        read_until = start + reading
        ready = free[worker] = read_until + mapping
        asked.append(asks)
        handed.append(max(ready, asks))
        taken.append(max(handed[-1], before))
        done.append(taken[-1] + train)
        number, batch = divmod(step, epoch)
        events.append(
            Event(
                step=step + 1,
                epoch=number + 1,
                batch=batch + 1,
                worker=worker + 1,
                read=(start, read_until),
                map=(read_until, ready),
                train=(taken[-1], done[-1]),
                idle=taken[-1] - before,
                view=1 if cache == "map" else number + 1,
            )
        )
    return events


def _predict(read, map, train, prefetch, workers, cache):
    """The bottleneck and EQ F2.3's step time, ms, once the cache is full."""
    read = read if cache == "none" else 0
    map = 0 if cache == "map" else map
    if read + map and not prefetch and workers == 1:
        return "no overlap", read + map + train
    # the workers also wait for their turn to read, one at a time
    shared = (read + map) / workers
    t_in = max(read, shared)
    if t_in < train:
        return "accelerator", train
    if t_in == train:
        return "balanced", train
    slowest = read >= (map if workers == 1 else shared)
    return "read" if slowest else "map", t_in


def _exponential(uniform):
    """An exponential variate of mean 1, by von Neumann's comparisons.

    It adds and compares only, so that no rounding of a logarithm tells one
    language from another.
    """
    whole = 0
    while True:
        first = last = uniform()
        falling = 1
        while (number := uniform()) <= last:
            last = number
            falling += 1
        if falling % 2:
            return whole + first
        whole += 1
