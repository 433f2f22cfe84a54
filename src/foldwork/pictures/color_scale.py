"""Colours for scores: most of them where the good candidates differ."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from foldwork.pictures.number_format import format_tick

COLORS = "viridis"
_STEPS = [1, 2, 2.5, 5, 10]
_ROOM = 0.1  # of the bar, between the bend and the next tick: less, and their labels touch


def score_norm(scores: np.ndarray) -> Normalize:
    """Return a colour scale that shows structure near the best score without hiding the rest.

    A grid mostly has many good candidates and many useless ones (chance level, or a huge error). A linear scale uses
    most of its colours for the gap between them. Here the upper half of the colours goes to the upper half of the good
    scores: the idea of the midpoint in scikit-learn's example "RBF SVM parameters", with the midpoint taken from the
    data. The lower end is not the worst score where that is an outlier: it is at most three times as far from the best
    as the lower quartile is, and what is worse shares the darkest colour. The bend is a round number.

    Parameters
    ----------
    scores : ndarray, any shape
        Higher is better. NaN and infinite values are ignored.

    Returns
    -------
    matplotlib.colors.Normalize
    """
    finite = scores[np.isfinite(scores)]
    if not len(finite):
        return Normalize(0, 1)
    worst, best = float(finite.min()), float(finite.max())
    if best - worst <= 1e-12 * max(1.0, abs(best)):
        margin = 0.05 * abs(best) or 0.05
        return Normalize(best - margin, best + margin)
    quarter = float(np.quantile(finite, 0.25))
    low = worst if quarter >= best else max(worst, best - 3 * (best - quarter))
    good = finite[finite >= (low + best) / 2]
    middle = min(float(np.median(good)), best - 0.015 * (best - low))
    # A score that falls off evenly needs no bend in its scale.
    if middle - low < 0.8 * (best - low):
        return Normalize(low, best)
    step = _step(middle, best)
    bend = float(f"{np.ceil(middle / step) * step:.10g}")
    return TwoSlopeNorm(vmin=low, vcenter=bend if bend + step < best else middle, vmax=best)


def color_bar(figure, shades: ScalarMappable, axes, scores: np.ndarray, title: str) -> None:
    """Draw a colour bar right of `axes`, with even steps; of a bent scale, on each side of the bend, which is marked.

    Parameters
    ----------
    figure : Figure
    shades : ScalarMappable
        With the scale of `score_norm`.
    axes : Axes or array of them
    scores : ndarray
        What is drawn: the bar ends in a point where some of them lie below the scale.
    title : str
    """
    norm = shades.norm
    below = bool((scores[np.isfinite(scores)] < norm.vmin).any())
    bar = figure.colorbar(
        shades, ax=axes, extend="min" if below else "neither", extendfrac=0.04, aspect=24, pad=0.02, fraction=0.06
    )
    bar.outline.set_linewidth(0.5)
    bar.outline.set_edgecolor("#8a8a8a")
    ticks = bar_ticks(norm)
    bar.set_ticks(ticks, labels=[format_tick(tick) for tick in ticks])
    bar.ax.minorticks_off()
    bar.set_label(title)
    if isinstance(norm, TwoSlopeNorm):
        # In the middle of the colours; in the bar's own numbers the place can be lost to rounding.
        bar.ax.add_line(Line2D([0, 1], [0.5, 0.5], transform=bar.ax.transAxes, color="black", linewidth=1.6))


def bend_in_words(norms: dict[str, Normalize]) -> str:
    """Return what a reader must know of bent scales, by what they are of; nothing if there are none."""
    bends = [f"{format_tick(norm.vcenter)} ({kind})" for kind, norm in norms.items() if isinstance(norm, TwoSlopeNorm)]
    return f"Colours, one scale for all: bent at {' and '.join(bends)}, half of them above." if bends else ""


def bar_ticks(norm: Normalize) -> list[float]:
    """Return round numbers on a scale at even steps; of a bent scale, even on each side of the bend."""
    if not isinstance(norm, TwoSlopeNorm):
        return _even(norm.vmin, norm.vmax, 6)
    lower = [tick for tick in _even(norm.vmin, norm.vcenter, 4) if norm(tick) <= 0.5 - _ROOM]
    upper = [tick for tick in _even(norm.vcenter, norm.vmax, 4) if norm(tick) >= 0.5 + _ROOM]
    return [*lower, norm.vcenter, *upper]


def best_mark(size: float) -> dict:
    """Return arguments of ``plot`` for the star on the best candidate, `size` points wide."""
    look = {"marker": "*", "color": "#e31a1c", "markeredgecolor": "white", "linestyle": "none"}
    # A thick edge would cover a small star.
    return look | {"markersize": size, "markeredgewidth": 1.0 if size > 10 else 0.5}


def text_color(rgba: tuple[float, float, float, float]) -> str:
    """Return black or white, whichever can be read on `rgba`."""
    red, green, blue = rgba[:3]
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"


def _step(low: float, high: float) -> float:
    ticks = MaxNLocator(nbins=4, steps=_STEPS).tick_values(low, high)
    return float(ticks[1] - ticks[0])


def _even(low: float, high: float, most: int) -> list[float]:
    ticks = MaxNLocator(nbins=most, steps=_STEPS).tick_values(low, high)
    # The locator's rounding errors (0.30000000000000004) must not add digits.
    margin = 1e-9 * (high - low)
    return [float(f"{tick:.10g}") for tick in ticks if low - margin <= tick <= high + margin]
