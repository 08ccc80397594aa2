"""The autodiff stepper: z = x·y + sin x, forward and backward, in steps."""

import math

import traitlets

from flowbook.instruments.widget import Instrument

__all__ = ["LAST_STEP", "LIMIT", "AutodiffStepper", "evaluate"]

LIMIT = 6.0  # inputs lie within ±LIMIT, as the sliders do
LAST_STEP = 9  # three steps forward, six backward


def evaluate(x, y, watch_x=True, watch_y=True):
    """Values and gradients of z = a + b, a = x·y, b = sin x.

    Args:
      x, y: finite scalars (dimensionless; x in radians).
      watch_x, watch_y: whether the tape watches that input.

    Returns:
      A dict of four dicts of scalars: ``values`` (x, y, a, b, z), ``local``
      (the derivative on each edge, such as ``da_dx`` = y), ``paths`` (what
      each path brings back: ``x_product``, ``x_sine``, ``y_product``) and
      ``gradients`` (dz/d· at x, y, a, b, z). As with
      ``tf.GradientTape.gradient``, what the tape did not record has the
      gradient None.

    Raises:
      ValueError: x or y is not a finite number.
    """
    x, y = _finite("x", x), _finite("y", y)
    cosine = math.cos(x)
    a, b = x * y, math.sin(x)
    return {
        "values": {"x": x, "y": y, "a": a, "b": b, "z": a + b},
        "local": {
            "da_dx": y,
            "da_dy": x,
            "db_dx": cosine,
            "dz_da": 1.0,
            "dz_db": 1.0,
        },
        "paths": {
            "x_product": y if watch_x else None,
            "x_sine": cosine if watch_x else None,
            "y_product": x if watch_y else None,
        },
        "gradients": {
            "x": y + cosine if watch_x else None,
            "y": x if watch_y else None,
            "a": 1.0 if watch_x or watch_y else None,
            "b": 1.0 if watch_x else None,
            "z": 1.0,
        },
    }


class AutodiffStepper(Instrument):
    """Step through z = x·y + sin x: values forward, gradients backward.

    Args:
      x, y: the inputs, numbers from −6 to 6 (default 2 and 3).
      step: 0 (before the first) to 9 (all done, the default); 1–3 are the
        forward pass, 4–9 the backward pass.
      watch_x, watch_y: whether the tape watches that input.
      persistent: whether ``gradient()`` may be called a second time.

    Raises:
      traitlets.TraitError: a value is of another type or out of range.
    """

    instrument = "autodiff"
    identity = ("x", "y")

    x = traitlets.Float(2.0).tag(sync=True, state=True)
    y = traitlets.Float(3.0).tag(sync=True, state=True)
    step = traitlets.Int(LAST_STEP).tag(sync=True, state=True)
    watch_x = traitlets.Bool(True).tag(sync=True, state=True)
    watch_y = traitlets.Bool(True).tag(sync=True, state=True)
    persistent = traitlets.Bool(False).tag(sync=True, state=True)

    @traitlets.validate("x", "y")
    def _within_the_sliders(self, proposal):
        return self._within(proposal, -LIMIT, LIMIT)

    @traitlets.validate("step")
    def _within_the_steps(self, proposal):
        return self._within(proposal, 0, LAST_STEP)

    def _within(self, proposal, low, high):
        value, name = proposal["value"], proposal["trait"].name
        if low <= value <= high:
            return value
        raise traitlets.TraitError(
            f"AutodiffStepper expected {name} from {low:g} to {high:g}, got "
            f"{value}. Choose a value that its control can show."
        )


def _finite(name, value):
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(
            f"evaluate() expected a finite number for {name}, got {value!r}."
        )
    return number
