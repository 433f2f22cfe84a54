"""Scores along one parameter: a curve with a band of one standard deviation, or points where values are words."""

import numpy as np
from matplotlib.axes import Axes

from foldwork.pictures.color_scale import best_mark
from foldwork.pictures.heat_map import NO_SCORE
from foldwork.pictures.parameter_axis import ParameterAxis
from foldwork.pictures.score_table import ModelScores, best_rows, take

TEST = "#1f5fa8"
TRAIN = "#e08214"


def draw_curve(
    ax: Axes, axis: ParameterAxis, model: ModelScores, *, ticks: int = 10, star: float = 13, joined: bool = True
) -> None:
    """Draw, at each value of one parameter, the score of the best candidate, and its train score where there is one.

    Parameters
    ----------
    ax : Axes
    axis : ParameterAxis
        One of the model's.
    model : ModelScores
    ticks : int
        About how many tick labels fit.
    star : float
        Size of the best one's mark, in points.
    joined : bool
        Whether neighbours are joined by a line. Candidates sampled in several parameters at once are not
        comparable from one to the next: each is a dot of its own then.
    """
    rows = best_rows(model.mean, axis.codes, len(axis))
    _draw_series(ax, axis, rows, model.test, joined, TEST, "test score", 0.0)
    if model.train is not None:
        _draw_series(ax, axis, rows, model.train, joined, TRAIN, "train score", 0.0 if axis.is_to_scale else 0.12)
    at = axis.coordinates
    failed = (rows >= 0) & ~np.isfinite(take(model.mean, rows))
    if failed.any():
        low = np.full(failed.sum(), 0.03)
        ax.plot(at[failed], low, "x", color="#8c8c8c", transform=ax.get_xaxis_transform(), label=NO_SCORE)
    if (best := model.best) is not None:
        ax.plot([at[axis.codes[best]]], [model.mean[best]], zorder=4, label="best", **best_mark(star))
    axis.tick(ax, "x", ticks, cells=False)
    ax.grid(True, axis="y")


def _draw_series(ax, axis, rows, scores, joined, color, label, shift):
    center, width = take(scores[0], rows), np.nan_to_num(take(scores[1], rows))
    known = np.isfinite(center)
    at = axis.coordinates
    if not known.any():
        return
    if not joined:
        ax.plot(at[known] + shift, center[known], ".", color=color, markersize=3.5, label=label)
    elif axis.is_numeric:
        # A dot at every candidate shows what was tried; where there are many, the line alone is clearer.
        dots = 4 if known.sum() <= 40 else 0
        ax.plot(at[known], center[known], color=color, marker="o", markersize=dots, linewidth=1.5, label=label)
        ax.fill_between(at, center - width, center + width, color=color, alpha=0.18, linewidth=0)
    else:
        # Between words there is nothing, so no line leads through it.
        look = {"color": color, "fmt": "o", "markersize": 5, "capsize": 3}
        ax.errorbar(at[known] + shift, center[known], yerr=width[known], label=label, **look)
