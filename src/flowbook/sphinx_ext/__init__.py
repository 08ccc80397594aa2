"""What the book adds to Sphinx, one module for each promise."""

from flowbook.sphinx_ext import (
    addresses,
    assets,
    chapters,
    cover,
    epub,
    equations,
    feed,
    ledger,
    mend,
    notfound,
    progress,
    selfcheck,
    sharing,
    takealong,
    terms,
)

MODULES = (
    addresses,
    assets,
    chapters,
    cover,
    epub,
    equations,
    feed,
    ledger,
    mend,
    notfound,
    progress,
    selfcheck,
    sharing,
    takealong,
    terms,
)

__all__ = ["setup"]


def setup(app):
    """Register the extension with Sphinx."""
    for module in MODULES:
        module.setup(app)
    return {"version": "1", "parallel_read_safe": True}
