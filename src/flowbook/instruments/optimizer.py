"""Gradient descent on a line through 64 points, batch by batch: EQ F2.4.

    from flowbook.instruments.optimizer import simulate
    run = simulate("momentum", learning_rate=0.05)
    run.outcome, len(run.steps), run.steps[0].gradient

It does what ``fit`` does with a Keras model y = w·x + b, its mean squared
error and a Keras optimizer, in float64. Standard library only, so that it
runs wherever Python does; the instrument that draws it is
:class:`flowbook.instruments.OptimizerExplorer`.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from flowbook.instruments.mulberry import uniforms

__all__ = [
    "EPOCHS",
    "FAR",
    "NEAR",
    "OPTIMIZERS",
    "START",
    "TRUE",
    "Problem",
    "Run",
    "Step",
    "draw_points",
    "points",
    "problem",
    "simulate",
]

TRUE = (2.0, -1.0)  # w and b of the line that the points scatter about
START = (-1.0, 2.5)  # w and b before the first step
EPOCHS = 1000  # a run gives up after as many
NEAR = 1.05  # it has arrived at a loss of at most NEAR times the lowest
FAR = 1e6  # it is stopped once the vector (w, b) is longer

OPTIMIZERS = ("sgd", "momentum", "adam")
MOMENTUM = 0.9
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7  # the defaults of Keras' Adam
# Before Keras raises the betas to the power of the step, it casts them, and
# the cast of a Python number passes through float32.
POWER_1, POWER_2 = 0.8999999761581421, 0.9990000128746033

DATA = Path(__file__).with_name("optimizer.data.json")


@dataclass(frozen=True)
class Problem:
    """The loss as a function of w and b, over all points.

    With standardized x, w and b belong to (x − mean) / deviation, and the
    start is the same line. The loss is the mean squared error.
    """

    x: tuple[float, ...]  # as the model sees it, shape (64,)
    y: tuple[float, ...]  # shape (64,)
    start: tuple[float, float]  # (w, b)
    best: tuple[float, float]  # (w, b) of the lowest loss
    lowest: float  # that loss
    curvatures: tuple[float, float]  # eigenvalues of the Hessian, rising
    condition: float  # their ratio
    limit: float  # 2 / largest: SGD on all points diverges above it
    moments: tuple[float, ...]  # means of x·x, x, x·y, y and y·y

    def loss(self, w, b):
        """The mean squared error of the line, over all points."""
        xx, x, xy, y, yy = self.moments
        return w * w * xx + 2 * w * b * x + b * b - 2 * (w * xy + b * y) + yy

    def gradient(self, w, b):
        """Its derivatives by w and by b."""
        xx, x, xy, y, _ = self.moments
        return 2 * (w * xx + b * x - xy), 2 * (w * x + b - y)


@dataclass(frozen=True)
class Step:
    """One update, from the parameters before it to those after it.

    Each pair belongs to (w, b). What an optimizer does not keep is 0.
    """

    step: int  # counted from 1, over all epochs
    epoch: int  # counted from 1
    batch: tuple[int, ...]  # which points, counted from 0
    before: tuple[float, float]
    gradient: tuple[float, float]  # of the batch's loss, at ``before``
    full: tuple[float, float]  # of the loss over all points, at ``before``
    momentum: tuple[float, float]  # Keras' m after the step
    velocity: tuple[float, float]  # Adam's v after the step
    alpha: float  # Adam's rate with its corrections
    after: tuple[float, float]
    batch_loss: float  # of the batch, at ``before``: what ``fit`` averages
    loss: float  # over all points, at ``after``


@dataclass(frozen=True)
class Run:
    """A training run, to where it ends.

    The outcome is ``"arrived"`` (within 5 % of the lowest loss),
    ``"stopped"`` (|(w, b)| above 1,000,000) or ``"late"`` (1000 epochs).
    """

    problem: Problem
    steps: tuple[Step, ...]
    outcome: str


class _Parameter:
    """A number to learn, and what an optimizer keeps for it."""

    def __init__(self, value):
        self.value, self.m, self.v = value, 0.0, 0.0


def _sgd(parameter, gradient, rate, _alpha):
    parameter.value -= gradient * rate


def _momentum(parameter, gradient, rate, _alpha):
    parameter.m = parameter.m * MOMENTUM - gradient * rate
    parameter.value += parameter.m


def _adam(parameter, gradient, _rate, alpha):
    parameter.m += (gradient - parameter.m) * (1 - BETA_1)
    parameter.v += (gradient * gradient - parameter.v) * (1 - BETA_2)
    scale = math.sqrt(parameter.v) + EPSILON
    parameter.value -= parameter.m * alpha / scale


_RULES = {"sgd": _sgd, "momentum": _momentum, "adam": _adam}


def draw_points(seed=7):
    """The 64 points, drawn by NumPy: those of the committed file.

    Args:
      seed: of ``numpy.random.default_rng``.

    Returns:
      A dict of two lists of 64 ints, in hundredths: ``x``, uniform from 0 to
      3, and ``y`` = 2x − 1 with normal noise of deviation 0.4.
    """
    import numpy as np

    draw = np.random.default_rng(seed)
    x = draw.uniform(0, 3, 64).round(2)
    w, b = TRUE
    y = w * x + b + draw.normal(0, 0.4, 64)
    return {
        name: (100 * values).round().astype(int).tolist()
        for name, values in (("x", x), ("y", y))
    }


def points():
    """The 64 points of every run: lists ``x`` and ``y`` of floats."""
    hundredths = json.loads(DATA.read_text(encoding="utf-8"))
    return tuple([value / 100 for value in hundredths[n]] for n in "xy")


def problem(standardize=False):
    """What there is to minimize, a :class:`Problem`.

    Args:
      standardize: whether x has its mean subtracted and is divided by its
        standard deviation (that of all 64 points).
    """
    x, y = points()
    w, b = START
    if standardize:
        center = _mean(x)
        spread = math.sqrt(_mean([(v - center) * (v - center) for v in x]))
        x = [(v - center) / spread for v in x]
        w, b = w * spread, b + w * center
    xx, xy, yy = (
        _mean([p * q for p, q in zip(*pair, strict=True)])
        for pair in ((x, x), (x, y), (y, y))
    )
    mx, my = _mean(x), _mean(y)
    slope = (xy - mx * my) / (xx - mx * mx)
    best = slope, my - slope * mx
    root = math.sqrt((xx - 1) * (xx - 1) + 4 * mx * mx)
    curvatures = xx + 1 - root, xx + 1 + root
    moments = xx, mx, xy, my, yy
    misses = [best[0] * p + best[1] - q for p, q in zip(x, y, strict=True)]
    return Problem(
        x=tuple(x),
        y=tuple(y),
        start=(w, b),
        best=best,
        lowest=_mean([miss * miss for miss in misses]),
        curvatures=curvatures,
        condition=curvatures[1] / curvatures[0],
        limit=2 / curvatures[1],
        moments=moments,
    )


def simulate(
    optimizer="sgd",
    learning_rate=0.1,
    batch_size=16,
    standardize=False,
    seed=1,
):
    """Train y = w·x + b on the 64 points until the run ends.

    Args:
      optimizer: ``"sgd"``, ``"momentum"`` (SGD with momentum 0.9) or
        ``"adam"``, each otherwise with Keras' defaults.
      learning_rate: more than 0.
      batch_size: 1 to 64; the last batch of an epoch may be smaller.
      standardize: whether the model sees standardized x.
      seed: an int, of the order of the points, which is drawn anew for every
        epoch, as ``fit(shuffle=True)`` does.

    Returns:
      A :class:`Run`.

    Raises:
      ValueError: an argument is out of its range.

    The updates are those of ``keras/src/optimizers/{sgd,adam}.py`` in Keras
    3.15, in the same order of operations.
    """
    _check(optimizer, learning_rate, batch_size)
    task = problem(standardize)
    w, b = map(_Parameter, task.start)
    update = _RULES[optimizer]
    steps, outcome = [], "late"
    beta_1 = beta_2 = 1.0
    for epoch, batch in _batches(batch_size, seed):
        beta_1, beta_2 = beta_1 * POWER_1, beta_2 * POWER_2
        alpha = learning_rate * math.sqrt(1 - beta_2) / (1 - beta_1)
        before = w.value, b.value
        gradient, batch_loss = _batch_gradient(task, batch, *before)
        for parameter, slope in zip((w, b), gradient, strict=True):
            update(parameter, slope, learning_rate, alpha)
        after = w.value, b.value
        steps.append(
            Step(
                step=len(steps) + 1,
                epoch=epoch,
                batch=batch,
                before=before,
                gradient=gradient,
                full=task.gradient(*before),
                momentum=(w.m, b.m),
                velocity=(w.v, b.v),
                alpha=alpha if optimizer == "adam" else 0.0,
                after=after,
                batch_loss=batch_loss,
                loss=task.loss(*after),
            )
        )
        if steps[-1].loss <= NEAR * task.lowest:
            outcome = "arrived"
            break
        if after[0] * after[0] + after[1] * after[1] > FAR * FAR:
            outcome = "stopped"
            break
    return Run(problem=task, steps=tuple(steps), outcome=outcome)


def _mean(values):
    """Added up in order: ``sum`` does not, from Python 3.12 on."""
    total = 0.0
    for value in values:
        total += value
    return total / len(values)


def _check(optimizer, learning_rate, batch_size):
    if optimizer not in OPTIMIZERS:
        raise ValueError(
            f"simulate() expected an optimizer out of "
            f"{', '.join(OPTIMIZERS)}, got {optimizer!r}."
        )
    if not 0 < learning_rate < math.inf:
        raise ValueError(
            "simulate() expected a learning_rate of more than 0, got "
            f"{learning_rate!r}."
        )
    if batch_size != int(batch_size) or not 1 <= batch_size <= 64:
        raise ValueError(
            "simulate() expected batch_size to be an integer from 1 to 64, "
            f"got {batch_size!r}."
        )


def _batches(size, seed):
    """(epoch, indices of the points) of each batch, for EPOCHS epochs."""
    uniform = uniforms(seed)
    order = list(range(64))
    for epoch in range(1, EPOCHS + 1):
        for last in range(63, 0, -1):  # Fisher and Yates
            other = int(uniform() * (last + 1))
            order[last], order[other] = order[other], order[last]
        for start in range(0, 64, size):
            yield epoch, tuple(order[start : start + size])


def _batch_gradient(task, batch, w, b):
    """The gradient of a batch's mean squared error, and that error."""
    by_w = by_b = total = 0.0
    for index in batch:
        error = w * task.x[index] + b - task.y[index]
        by_w += error * task.x[index]
        by_b += error
        total += error * error
    size = len(batch)
    return (2 * by_w / size, 2 * by_b / size), total / size


if __name__ == "__main__":
    DATA.write_text(json.dumps(draw_points()) + "\n", encoding="utf-8")
