"""What the book adds to Sphinx, one module for each promise."""

from flowbook.sphinx_ext import (
    addresses,
    assets,
    equations,
    ledger,
    mend,
    progress,
    selfcheck,
)

__all__ = ["setup"]


def setup(app):
    """Register the extension with Sphinx."""
    for module in (
        addresses,
        assets,
        equations,
        ledger,
        mend,
        progress,
        selfcheck,
    ):
        module.setup(app)
    return {"version": "1", "parallel_read_safe": True}
