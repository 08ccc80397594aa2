"""What the book adds to Sphinx, one module for each promise."""

from flowbook.sphinx_ext import (
    addresses,
    assets,
    cover,
    equations,
    ledger,
    mend,
    selfcheck,
)

__all__ = ["setup"]


def setup(app):
    """Register the extension with Sphinx."""
    for module in (
        addresses,
        assets,
        cover,
        equations,
        ledger,
        mend,
        selfcheck,
    ):
        module.setup(app)
    return {"version": "1", "parallel_read_safe": True}
