"""Figures and data: what a chapter imports."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

from flowbook import data, figures


def drawn():
    fig, ax = figures.new("One message")
    ax.plot([0, 1], [0, 1], label="a line")
    ax.legend()
    return fig


def test_a_figure_takes_the_color_of_its_page_and_is_named():
    svg = figures.themed_svg(drawn(), 'a "line"')
    assert 'role="img" aria-label="a &quot;line&quot;"' in svg
    assert "currentColor" in svg
    colors = set(re.findall(r"#[0-9a-f]{6}", svg))
    assert colors <= set(figures.COLORS)


def test_equal_figures_are_equal_text_and_leave_no_page_wide_style():
    first, second = (figures.themed_svg(drawn(), "alt") for _ in range(2))
    assert first == second
    assert "<style" not in first
    assert "id=" not in re.sub(r'id="[pm][0-9a-f]{10}"', "", first)


@pytest.mark.parametrize("missing", [{"alt": " "}, {"caption": ""}])
def test_a_figure_without_alt_text_or_caption_is_refused(missing):
    given = {"alt": "a line", "caption": "A line.", **missing}
    with pytest.raises(ValueError, match="expected a sentence"):
        figures.show(plt.figure(), **given)


def test_data_colors_keep_a_contrast_of_three_on_both_papers():
    for color in figures.COLORS:
        for paper in ("#fdfcfa", "#15171b"):
            assert contrast(color, paper) >= 3, (color, paper)


def contrast(one, other):
    """WCAG's contrast ratio of two hex colors."""
    low, high = sorted(luminance(c) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def luminance(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in channels
    ]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_digits_are_split_scaled_and_balanced():
    (x, y), (x_test, y_test) = data.digits()
    assert x.shape == (1437, 8, 8, 1)
    assert x_test.shape == (360, 8, 8, 1)
    assert x.dtype == np.float32
    assert y.dtype == np.int64
    assert x.min() == 0 and x.max() == 1
    assert np.bincount(y_test).min() >= 34


def test_digits_refuse_a_fraction_outside_zero_and_one():
    with pytest.raises(ValueError, match="between 0 and 1"):
        data.digits(test_fraction=1.5)


def test_photos_are_two_color_images():
    photos = data.photos()
    assert photos.shape == (2, 427, 640, 3)
    assert photos.dtype == np.uint8
