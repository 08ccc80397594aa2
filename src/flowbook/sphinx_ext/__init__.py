"""What the book adds to Sphinx, one module for each promise."""

from flowbook.sphinx_ext import (
    addresses,
    assets,
    cover,
    epub,
    equations,
    ledger,
    mend,
    selfcheck,
    takealong,
)

MODULES = (
    addresses,
    assets,
    cover,
    epub,
    equations,
    ledger,
    mend,
    selfcheck,
    takealong,
)

__all__ = ["setup"]


def setup(app):
    """Register the extension with Sphinx."""
    for module in MODULES:
        module.setup(app)
    return {"version": "1", "parallel_read_safe": True}
