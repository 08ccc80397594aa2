"""The pipeline timeline as a widget; its numbers come from pipeline.js."""

import traitlets

from flowbook.instruments.pipeline import CACHES, EPOCH
from flowbook.instruments.widget import Instrument

__all__ = ["LIMITS", "SHOWN", "PipelineTimeline"]

SHOWN = 2 * EPOCH  # steps in the picture
LIMITS = {
    "read": (0, 50),
    "map": (0, 50),
    "train": (1, 50),
    "prefetch": (0, 16),
    "workers": (1, 8),
    "jitter": (0, 1),
    "seed": (0, 999),
    "step": (0, SHOWN),
}


class PipelineTimeline(Instrument):
    """See what a training step waits for, and what prefetch changes.

    Args:
      read, map, train: mean times of a batch, 0 to 50 ms (``train`` from 1;
        default 4, 12 and 8).
      prefetch: batches that ``prefetch`` holds, 0 (none) to 16; default 1.
      workers: map workers, 1 to 8; default 1.
      jitter: coefficient of variation of ``read`` and ``map``, 0 to 1.
      cache: where ``cache()`` stands: ``"none"``, after ``"read"`` or after
        ``"map"``.
      augment: whether the map draws a random view of each image.
      seed: of the jitter, 0 to 999; default 1.
      step: how many training steps are shown, 0 to 8 (the default).

    Raises:
      traitlets.TraitError: a value is of another type or out of range.
    """

    instrument = "pipeline"
    identity = ("read", "map", "train", "prefetch", "workers")

    read = traitlets.Float(4).tag(sync=True, state=True)
    map = traitlets.Float(12).tag(sync=True, state=True)
    train = traitlets.Float(8).tag(sync=True, state=True)
    prefetch = traitlets.Int(1).tag(sync=True, state=True)
    workers = traitlets.Int(1).tag(sync=True, state=True)
    jitter = traitlets.Float(0).tag(sync=True, state=True)
    cache = traitlets.Enum(CACHES, "none").tag(sync=True, state=True)
    augment = traitlets.Bool(False).tag(sync=True, state=True)
    seed = traitlets.Int(1).tag(sync=True, state=True)
    step = traitlets.Int(SHOWN).tag(sync=True, state=True)

    @traitlets.validate(*LIMITS)
    def _within_the_controls(self, proposal):
        value, name = proposal["value"], proposal["trait"].name
        low, high = LIMITS[name]
        if low <= value <= high:
            return value
        raise traitlets.TraitError(
            f"PipelineTimeline expected {name} from {low} to {high}, got "
            f"{value}. Choose a value that its control can show."
        )
