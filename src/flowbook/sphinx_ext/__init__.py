"""What the book adds to Sphinx, one module for each promise."""

from flowbook.sphinx_ext import (
    addresses,
    assets,
    epub,
    equations,
    ledger,
    mend,
    selfcheck,
    takealong,
)

__all__ = ["setup"]

MODULES = (
    addresses,
    assets,
    equations,
    epub,
    ledger,
    mend,
    selfcheck,
    takealong,
)


def setup(app):
    """Register the extension with Sphinx."""
    for module in MODULES:
        module.setup(app)
    return {"version": "1", "parallel_read_safe": True}
