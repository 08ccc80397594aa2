"""The optimizer explorer as a widget; its numbers come from optimizer.js."""

import traitlets

from flowbook.instruments.optimizer import EPOCHS, OPTIMIZERS, simulate
from flowbook.instruments.widget import Instrument

__all__ = ["LIMITS", "OptimizerExplorer"]

LIMITS = {
    "learning_rate": (0.001, 1),
    "batch_size": (1, 64),
    "seed": (0, 999),
    "step": (0, 64 * EPOCHS),
}


class OptimizerExplorer(Instrument):
    """See what ``fit`` does with each batch, and where an optimizer leads.

    Args:
      optimizer: ``"sgd"`` (the default), ``"momentum"`` or ``"adam"``.
      learning_rate: 0.001 to 1; default 0.1.
      batch_size: 1 to 64 points; default 16.
      standardize: whether the model sees standardized x.
      seed: of the order of the points, 0 to 999; default 1.
      step: how many steps are shown; by default the whole run, and what
        exceeds it is taken for it.

    Raises:
      traitlets.TraitError: a value is of another type or out of range.
    """

    instrument = "optimizer"
    identity = ("optimizer", "learning_rate", "batch_size")

    optimizer = traitlets.Enum(OPTIMIZERS, "sgd").tag(sync=True, state=True)
    learning_rate = traitlets.Float(0.1).tag(sync=True, state=True)
    batch_size = traitlets.Int(16).tag(sync=True, state=True)
    standardize = traitlets.Bool(False).tag(sync=True, state=True)
    seed = traitlets.Int(1).tag(sync=True, state=True)
    step = traitlets.Int().tag(sync=True, state=True)

    @traitlets.default("step")
    def _to_the_end(self):
        names = (name for name in self.traits(state=True) if name != "step")
        run = simulate(**{name: getattr(self, name) for name in names})
        return len(run.steps)

    @traitlets.validate(*LIMITS)
    def _within_the_controls(self, proposal):
        value, name = proposal["value"], proposal["trait"].name
        low, high = LIMITS[name]
        if low <= value <= high:
            return value
        raise traitlets.TraitError(
            f"OptimizerExplorer expected {name} from {low} to {high}, got "
            f"{value}. Choose a value that its control can show."
        )
