"""Colours for scores: most of them where the good candidates differ."""

import numpy as np
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.ticker import MaxNLocator

from .numerals import format_numbers

COLORS = "viridis"
MISSING_FACE = "#ececec"
MISSING_EDGE = "#b5b5b5"


def score_norm(scores: np.ndarray) -> Normalize:
    """A colour scale that shows structure near the best score without hiding the rest.

    A grid mostly has a plateau of good candidates and a plain of useless ones (chance level, or a huge error). A linear
    scale spends its colours on the gap between. Here the upper half of the colours goes to the upper half of the good
    scores: the idea of the midpoint in scikit-learn's example "RBF SVM parameters", with the midpoint taken from the
    data. The lower end is not the worst score where that is an outlier: it is at most three times as far from the best
    as the lower quartile is, and what is worse shares the darkest colour.

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
    return TwoSlopeNorm(vmin=low, vcenter=middle, vmax=best)


def best_mark(size: float) -> dict:
    """Arguments of ``plot`` for the star on the best candidate, `size` points wide."""
    look = {"marker": "*", "color": "#e31a1c", "markeredgecolor": "white", "linestyle": "none"}
    # A thick edge would eat a small star.
    return look | {"markersize": size, "markeredgewidth": 1.0 if size > 10 else 0.5}


def extend(norm: Normalize, scores: np.ndarray) -> str:
    """Which end of a colour bar is open: "min" where some of `scores` lie below the scale, else "neither"."""
    return "min" if (scores[np.isfinite(scores)] < norm.vmin).any() else "neither"


def finish_colorbar(bar: Colorbar, norm: Normalize, *, ticks: int = 6) -> None:
    """Put about `ticks` round numbers on a colour bar; of a bent scale, as many on each half."""
    if isinstance(norm, TwoSlopeNorm):
        # Twelfths of the whole bar are the least distance between two labels.
        chosen: list[float] = []
        for low, high in ((norm.vmin, norm.vcenter), (norm.vcenter, norm.vmax)):
            for tick in MaxNLocator(nbins=ticks // 2, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high):
                if low <= tick <= high and all(abs(norm(tick) - norm(other)) > 1 / 12 for other in chosen):
                    chosen.append(float(tick))
    else:
        located = MaxNLocator(nbins=ticks, steps=[1, 2, 2.5, 5, 10]).tick_values(norm.vmin, norm.vmax)
        chosen = [float(tick) for tick in located if norm.vmin <= tick <= norm.vmax]
    bar.set_ticks(chosen, labels=_tick_labels(chosen))
    bar.ax.minorticks_off()
    bar.outline.set_linewidth(0.5)
    bar.outline.set_edgecolor("#8a8a8a")


def text_color(rgba: tuple[float, float, float, float]) -> str:
    """Black or white, whichever can be read on `rgba`."""
    red, green, blue = rgba[:3]
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"


def _tick_labels(values: list[float]) -> list[str]:
    # Noise of the locator (0.30000000000000004) must not cost digits.
    return [
        label.replace("-", "−", 1) if label.startswith("-") else label for label in format_numbers(np.round(values, 10))
    ]
