"""Formulas are drawn with MathML beside them; a broken one is reported."""

import os
import subprocess
import sys

import pytest

from flowbook.publish.site import node

DRAW = """
from flowbook.sphinx_ext import equations
print(equations.render(r"\\frac{x}{2}", {"displayMode": True}))
print(equations.render(r"\\frac{x}{<"))
print(equations.katex.KaTeXServer.katex_server.process.pid)
"""


@pytest.fixture(scope="module")
def drawn():
    """What a build makes of a good and a broken formula, and its server."""
    done = subprocess.run(
        [sys.executable, "-c", DRAW],
        env=os.environ | {"PATH": str(node())},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines(), done.stderr


def test_a_formula_is_drawn_and_can_be_read_aloud(drawn):
    (good, _, _), _ = drawn
    assert 'class="katex-display"' in good
    assert "<mfrac>" in good


def test_a_broken_formula_is_reported_and_stays_visible(drawn):
    (_, broken, _), warnings = drawn
    assert broken == r"\frac{x}{&lt;"
    assert "cannot read" in warnings


def test_the_server_that_draws_ends_with_the_build(drawn):
    (_, _, server), _ = drawn
    with pytest.raises(ProcessLookupError):
        os.kill(int(server), 0)
