"""Formulas are drawn with MathML beside them; a broken one is reported."""

import pytest

from flowbook.publish.site import node
from flowbook.sphinx_ext import equations


@pytest.fixture(autouse=True)
def with_node(monkeypatch):
    monkeypatch.setenv("PATH", str(node()), prepend=":")


def test_a_formula_is_drawn_and_can_be_read_aloud():
    html = equations.render(r"\frac{x}{2}", {"displayMode": True})
    assert 'class="katex-display"' in html
    assert "<mfrac>" in html


def test_a_broken_formula_is_reported_and_stays_visible(caplog):
    assert equations.render(r"\frac{x}{<") == r"\frac{x}{&lt;"
    assert "cannot read" in caplog.text
