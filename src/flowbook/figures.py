"""One matplotlib style, shown as SVG that belongs in light and dark pages.

    fig, ax = figures.new("One step costs the larger of the two")
    ax.plot(x, y)
    figures.show(fig, alt="…", caption="…")

Ink (text, axes, grid) is drawn in one sentinel color that is written out as
``currentColor``: the figure takes the text color of the page it stands in.
Importing this module sets the style for every figure of the notebook.
The four data colors keep a contrast of 3:1 on white and on near-black.
"""

import html
import io
import re

import matplotlib.pyplot as plt

__all__ = ["BLUE", "COLORS", "GREEN", "INK", "ORANGE", "PURPLE", "new", "show"]

INK = "#010203"  # the sentinel: no other shape may use this color
BLUE, ORANGE, GREEN, PURPLE = "#3b82c4", "#c8661a", "#2f8f5b", "#8a63c9"
COLORS = [BLUE, ORANGE, GREEN, PURPLE]

STYLE = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.transparent": True,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.15,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "font.size": 10,
    "font.family": "DejaVu Sans",
    "legend.frameon": False,
    "lines.linewidth": 2,
    "axes.prop_cycle": plt.cycler(color=COLORS),
    "svg.fonttype": "none",
    "svg.hashsalt": "flowbook",
}
plt.rcParams.update(STYLE)


def new(title="", *, width=5.6, height=3.2, **subplots):
    """A styled figure and its axes; sizes in inches, as in matplotlib.

    Args:
      title: the figure's one message, set at the left.
      width, height: size in inches. The default keeps its labels legible on
        a phone, where the figure shrinks to the screen.
      subplots: passed on to ``matplotlib.pyplot.subplots``.
    """
    fig, axes = plt.subplots(figsize=(width, height), **subplots)
    if title:
        fig.suptitle(title, x=0.01, ha="left", fontsize=11)
    return fig, axes


def show(fig, *, alt, caption):
    """Display ``fig`` as inline SVG with alt text and caption; close it.

    Args:
      fig: a matplotlib figure, best made by :func:`new`.
      alt: what the figure shows, for a reader who cannot see it.
      caption: one sentence printed below it.

    Raises:
      ValueError: alt or caption is empty.
    """
    from IPython.display import HTML, display

    for name, text in (("alt", alt), ("caption", caption)):
        if not text or not text.strip():
            raise ValueError(
                f"figures.show() expected a sentence for {name}=, got "
                f"{text!r}. Say what the figure shows."
            )
    svg = themed_svg(fig, alt)
    plt.close(fig)
    display(
        HTML(
            f'<figure class="fb-figure">{svg}'
            f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        )
    )


def themed_svg(fig, alt):
    """``fig`` as an SVG element whose ink is the page's text color."""
    buffer = io.StringIO()
    fig.savefig(
        buffer, format="svg", bbox_inches="tight", metadata={"Date": None}
    )
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.S)
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.S)
    svg = svg.replace(INK, "currentColor")
    svg = svg.replace("'DejaVu Sans'", "system-ui, sans-serif")
    svg = _drop_unreferenced_ids(svg)
    width = re.search(r'width="([\d.]+)pt"', svg).group(1)
    svg = re.sub(r' (?:width|height)="[\d.]+pt"', "", svg, count=2)
    label = html.escape(alt, quote=True)
    head = (
        f'<svg role="img" aria-label="{label}" '
        f'style="width:100%;max-width:{float(width) * 4 / 3:.0f}px;'
        'height:auto;stroke-linejoin:round" '
    )
    svg = svg.replace("<svg ", head, 1)
    return re.sub(r"\n\s*", "\n", svg).strip()


def _drop_unreferenced_ids(svg):
    """Names such as ``axes_1`` would stand twice on a page of two figures."""
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', svg))
    return re.sub(
        r' id="([^"]+)"', lambda m: m[0] if m[1] in used else "", svg
    )
