"""The framework chooser as a widget; what it says comes from chooser.py."""

import traitlets

from flowbook.instruments import chooser
from flowbook.instruments.widget import Instrument

__all__ = ["FrameworkChooser"]


class FrameworkChooser(Instrument):
    """See what each framework says to the constraints that hold for you.

    Args:
      needs: names out of ``chooser.NEEDS``, such as ``["phone", "tpu"]``;
        with none, which is the default, every row is shown.

    Raises:
      traitlets.TraitError: a need is not known.
    """

    instrument = "chooser"
    identity = ("needs",)

    needs = traitlets.List(traitlets.Unicode()).tag(sync=True, state=True)
    still = traitlets.Unicode(read_only=True).tag(sync=True)

    @traitlets.default("still")
    def _the_table(self):
        return chooser.still()[0]

    @traitlets.validate("needs")
    def _of_known_needs(self, proposal):
        known = chooser.NEEDS
        unknown = [name for name in proposal["value"] if name not in known]
        if unknown:
            raise traitlets.TraitError(
                f"FrameworkChooser expected needs out of {', '.join(known)}, "
                f"got {unknown[0]!r}."
            )
        return [name for name in known if name in proposal["value"]]

    def _repr_mimebundle_(self, **kwargs):
        bundled = super()._repr_mimebundle_(**kwargs)
        if bundled is None:
            return None
        data, metadata = bundled
        rows = self.needs or chooser.NEEDS
        plain = f"{self!r}\n\n{chooser.Table(rows)!r}"
        return {**data, "text/plain": plain}, metadata
