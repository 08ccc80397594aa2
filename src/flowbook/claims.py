"""Executable claims: a sentence, a measured value, a bound that must hold.

    claim("one trace serves five tensors", traces, equals=1)

prints one quiet line with the measured value. Where the bound does not hold,
the line is marked ✗; under ``FLOWBOOK_STRICT=1`` (the book's own build and
tests) it also raises :class:`ClaimError`, elsewhere the notebook goes on, so
that "Run all" on other hardware never dies half-way.

Value, bound, device and versions also travel in the output's metadata, from
which the book's ledger of claims is built.
"""

import html
import math
import numbers
import os
import re
import sys

__all__ = ["ClaimError", "claim", "slug"]


class ClaimError(AssertionError):
    """A claim of the book does not hold on this machine."""


def claim(
    statement, value, *, at_least=None, at_most=None, equals=None, tol=None
):
    """Check one sentence of the book against a measured value.

    Args:
      statement: the sentence that is claimed, a non-empty string.
      value: what was measured: a number, a boolean, a string, or a
        zero-dimensional array or tensor (dimensionless unless the statement
        names a unit).
      at_least, at_most: inclusive bounds for a number; give one or both.
      equals: the exact value expected, or, with ``tol``, the number that
        ``value`` must approach.
      tol: largest absolute difference allowed from ``equals``.

    Raises:
      ClaimError: the bound does not hold and ``FLOWBOOK_STRICT`` is ``1``.
      TypeError, ValueError: the call itself is wrong: no bound, two kinds
        of bound, or a value that has no order.

    NaN satisfies no bound.
    """
    if not isinstance(statement, str) or not statement.strip():
        raise TypeError(
            "claim() expected a sentence as its first argument, got "
            f"{statement!r}. Write claim('what holds', value, at_least=…)."
        )
    value = _plain(value)
    bound, holds = _judge(
        value, _plain(at_least), _plain(at_most), _plain(equals), _plain(tol)
    )
    _show(statement, value, bound, holds)
    if not holds and os.environ.get("FLOWBOOK_STRICT") == "1":
        raise ClaimError(
            f"claim does not hold: “{statement}”: measured "
            f"{_text(value)}, expected {bound}."
        )


def slug(statement):
    """The anchor of a claim: its words in lower case, joined by hyphens."""
    words = re.findall(r"[a-z0-9]+", statement.lower())
    return "claim-" + "-".join(words)[:72].rstrip("-")


def _plain(value):
    """NumPy scalars, 0-d arrays and tensors as Python values."""
    if hasattr(value, "numpy"):
        value = value.numpy()
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    return value


def _judge(value, at_least, at_most, equals, tol):
    ranged = at_least is not None or at_most is not None
    if ranged == (equals is not None):
        raise TypeError(
            "claim() needs one kind of bound: at_least= and/or at_most=, "
            "or equals= (with an optional tol=)."
        )
    if tol is not None and equals is None:
        raise TypeError(
            "claim() takes tol= only together with equals=; for a range "
            "write at_least= and at_most=."
        )
    for name, number in (
        ("at_least", at_least),
        ("at_most", at_most),
        ("tol", tol),
    ):
        if number is not None and not _is_number(number):
            raise TypeError(
                f"claim() expected a number for {name}=, got {number!r}."
            )
    needs_number = ranged or tol is not None
    if needs_number and not _is_number(value):
        raise TypeError(
            "claim() can hold only a number against at_least=, at_most= or "
            f"tol=, got {value!r} of type {type(value).__name__}. Compare "
            "anything else with equals=."
        )
    if ranged:
        low = -math.inf if at_least is None else at_least
        high = math.inf if at_most is None else at_most
        if math.isnan(low) or math.isnan(high) or low > high:
            raise ValueError(
                f"claim() got bounds that nothing can satisfy: at_least="
                f"{at_least}, at_most={at_most}."
            )
        return _range_text(at_least, at_most), bool(low <= value <= high)
    if tol is not None:
        if not _is_number(equals) or not tol >= 0:
            raise ValueError(
                f"claim() expected numbers with tol ≥ 0, got equals={equals!r}"
                f" and tol={tol!r}."
            )
        holds = abs(value - equals) <= tol
        return f"{_text(equals)} within {_text(tol)}", bool(holds)
    return f"exactly {_text(equals)}", bool(value == equals)


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _range_text(at_least, at_most):
    if at_most is None:
        return f"at least {_text(at_least)}"
    if at_least is None:
        return f"at most {_text(at_most)}"
    return f"between {_text(at_least)} and {_text(at_most)}"


def _text(value):
    """Three significant digits for a float, everything else as it is."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _show(statement, value, bound, holds):
    mark = "✓" if holds else "✗"
    line = f"{mark} {statement}: {_text(value)} ({bound})"
    if "IPython" not in sys.modules:
        print(line)
        return
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(line)
        return
    rich = (
        f'<div class="fb-claim" id="{slug(statement)}" '
        f'data-holds="{str(holds).lower()}"><span>{mark}</span> '
        f"{html.escape(statement)}: <data>{html.escape(_text(value))}</data> "
        f"<small>({html.escape(bound)})</small></div>"
    )
    record = {
        "statement": statement,
        "value": _text(value),
        "bound": bound,
        "holds": holds,
        **_machine(),
    }
    display(
        {"text/plain": line, "text/html": rich},
        raw=True,
        metadata={"flowbook": record},
    )


def _machine():
    from flowbook.hardware import device_name, versions

    return {"device": device_name(), "versions": versions()}
