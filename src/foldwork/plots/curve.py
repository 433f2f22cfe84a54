"""Scores along one parameter: a curve with a band of one standard deviation, or points where values are words."""

import numpy as np
from matplotlib.axes import Axes

from .axis import ParameterAxis
from .bests import best_row, best_rows, take
from .shading import best_mark
from .ticks import tick_scale

TEST = "#1f5fa8"
TRAIN = "#e08214"


def draw_curve(
    ax: Axes,
    axis: ParameterAxis,
    test: tuple[np.ndarray, np.ndarray],
    train: tuple[np.ndarray, np.ndarray] | None = None,
    *,
    ticks: int = 10,
    star: float = 13,
    joined: bool = True,
) -> None:
    """Draw, at each value of one parameter, the best candidate's score.

    Parameters
    ----------
    ax : Axes
    axis : ParameterAxis
        Of the same rows as the scores.
    test : (ndarray, ndarray), each of shape (n_rows,)
        Mean and standard deviation over the splits; NaN for a candidate that failed.
    train : (ndarray, ndarray) or None
        The same on the training sets.
    ticks : int
        About how many tick labels fit.
    star : float
        Size of the best one's mark, in points.
    joined : bool
        Whether neighbours are joined by a line. Candidates sampled in several parameters at once are not
        comparable from one to the next: each is a dot of its own then.
    """
    mean, _ = test
    rows = best_rows(mean, axis.codes, len(axis))
    at = axis.coordinates
    series = [(test, TEST, "test score", 0.0)]
    if train is not None:
        series.append((train, TRAIN, "training score", 0.12))
    for (values, spread), color, label, shift in series:
        center, width = take(values, rows), np.nan_to_num(take(spread, rows))
        known = np.isfinite(center)
        if not known.any():
            continue
        if not joined:
            ax.plot(at[known] + shift, center[known], ".", color=color, markersize=3.5, label=label)
        elif axis.is_numeric:
            # A dot at every candidate shows what was tried; where there are many, the line alone is clearer.
            dots = 4 if known.sum() <= 40 else 0
            ax.plot(at[known], center[known], color=color, marker="o", markersize=dots, linewidth=1.5, label=label)
            ax.fill_between(at, center - width, center + width, color=color, alpha=0.18, linewidth=0)
        else:
            # Between words there is nothing, so no line leads through it.
            ax.errorbar(
                at[known] + shift,
                center[known],
                yerr=width[known],
                color=color,
                fmt="o",
                markersize=5,
                capsize=3,
                label=label,
            )
    failed = (rows >= 0) & ~np.isfinite(take(mean, rows))
    if failed.any():
        ax.plot(
            at[failed],
            np.full(failed.sum(), 0.03),
            "x",
            color="#8c8c8c",
            transform=ax.get_xaxis_transform(),
            label="no score: failed or not finished",
        )
    best = best_row(mean)
    if best is not None:
        ax.plot([at[axis.codes[best]]], [mean[best]], zorder=4, label="best", **best_mark(star))
    tick_scale(ax, "x", axis, ticks)
    if not axis.is_numeric:
        ax.set_xlim(-0.5, len(axis) - 0.5)
    ax.grid(True, axis="y")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
