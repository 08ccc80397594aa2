"""What the widget of every instrument shares."""

import anywidget

from flowbook.instruments import bundle

__all__ = ["Instrument"]


class Instrument(anywidget.AnyWidget):
    """An anywidget that also carries its still, for pages with no kernel.

    A subclass names its files (``instrument = "autodiff"``), tags the traits
    that make up its state with ``state=True``, and lists in ``identity``
    those that its one-line text shows. Under ipywidgets 7 (Colab) a live
    kernel displays the view alone, without the still.
    """

    instrument = None
    identity = ()

    def __init_subclass__(cls, **kwargs):
        # traitlets subclasses again, unseen, to add a trait: leave that be
        if "instrument" in vars(cls):
            cls._esm = bundle.esm(cls.instrument)
            cls._css = bundle.css()
        super().__init_subclass__(**kwargs)

    def state(self):
        """The state as a JSON-serializable dict by trait name."""
        return {name: getattr(self, name) for name in self.traits(state=True)}

    def __repr__(self):
        shown = ", ".join(f"{n}={getattr(self, n)!r}" for n in self.identity)
        return f"{type(self).__name__}({shown})"

    def _repr_mimebundle_(self, **kwargs):
        bundled = super()._repr_mimebundle_(**kwargs)
        if bundled is None:
            return None
        data, metadata = bundled
        still = bundle.static_html(self.instrument, self.state())
        return {**data, "text/html": still}, metadata
