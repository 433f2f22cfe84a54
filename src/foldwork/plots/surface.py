"""Scores over two parameters: a heat map of a grid, or points where candidates were sampled."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from matplotlib.patches import Patch, Rectangle

from .axis import ParameterAxis
from .bests import best_row, best_rows, by_score, take
from .shading import COLORS, MISSING_EDGE, MISSING_FACE, best_mark, text_color
from .ticks import tick_cells, tick_scale

_FAILED = {"facecolor": "#d6d6d6", "edgecolor": "#8c8c8c", "hatch": "xxxx", "linewidth": 0}
_ABSENT = {"facecolor": MISSING_FACE, "edgecolor": MISSING_EDGE, "hatch": "////", "linewidth": 0}

# Beyond this many cells a side, numbers in them are too small to read.
MOST_ANNOTATED = 8


def is_sampled(x: ParameterAxis, y: ParameterAxis) -> bool:
    """Whether candidates lie scattered over the plane, so that cells would be mostly empty."""
    cells = len(np.unique(x.codes + len(x) * y.codes))
    return cells < 0.35 * len(x) * len(y) and max(len(x), len(y)) > 12


def has_gaps(x: ParameterAxis, y: ParameterAxis, mean: np.ndarray) -> bool:
    """Whether a place of the plane has no score, so that a legend must explain how it looks."""
    if not np.isfinite(mean).all():
        return True
    return not is_sampled(x, y) and len(np.unique(x.codes + len(x) * y.codes)) < len(x) * len(y)


def draw_surface(
    ax: Axes,
    x: ParameterAxis,
    y: ParameterAxis,
    mean: np.ndarray,
    norm: Normalize,
    *,
    annotate: bool = False,
    ticks: tuple[int, int] = (10, 10),
    star: float = 13,
) -> tuple[ScalarMappable, list]:
    """Draw the best mean score at each pair of values, over all else that varies; mark the best of all.

    Parameters
    ----------
    ax : Axes
    x, y : ParameterAxis
        Of the same rows as `mean`.
    mean : ndarray, shape (n_rows,)
        Mean test scores; NaN for a candidate that failed.
    norm : Normalize
    annotate : bool
        Write the scores into the cells of a small grid.
    ticks : (int, int)
        About how many tick labels fit, on x and on y.
    star : float
        Size of the best one's mark, in points.

    Returns
    -------
    (ScalarMappable, list)
        What a colour bar needs, and legend entries for what a reader cannot guess (places without a score).
    """
    if is_sampled(x, y):
        return _draw_points(ax, x, y, mean, norm, ticks, star)
    return _draw_cells(ax, x, y, mean, norm, annotate, ticks, star)


def _draw_cells(ax, x, y, mean, norm, annotate, ticks, star):
    shape = (len(y), len(x))
    rows = best_rows(mean, y.codes * len(x) + x.codes, len(x) * len(y))
    scores = take(mean, rows).reshape(shape)
    small = max(shape) <= 12
    mesh = ax.pcolormesh(
        np.arange(len(x) + 1) - 0.5,
        np.arange(len(y) + 1) - 0.5,
        np.ma.masked_invalid(scores),
        cmap=COLORS,
        norm=norm,
        edgecolors="white" if small else "none",
        linewidth=0.8 if small else 0,
    )
    entries = _draw_gaps(ax, scores, rows.reshape(shape))
    if annotate and max(shape) <= MOST_ANNOTATED:
        _annotate(ax, mesh, scores)
    best = best_row(mean)
    if best is not None:
        column, row = int(x.codes[best]), int(y.codes[best])
        annotated = annotate and max(shape) <= MOST_ANNOTATED
        # A star would hide a number that stands in the cell: it moves into the corner.
        shift = 0.36 if annotated else 0
        ax.add_patch(_frame(column, row))
        ax.plot([column + shift], [row + shift], **best_mark(star * (0.8 if annotated else 1)))
    tick_cells(ax, "x", x, ticks[0])
    tick_cells(ax, "y", y, ticks[1])
    ax.set_xlim(-0.5, len(x) - 0.5)
    ax.set_ylim(-0.5, len(y) - 0.5)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return mesh, entries


def _draw_gaps(ax, scores, rows):
    entries = []
    failed = np.argwhere((rows >= 0) & ~np.isfinite(scores))
    absent = np.argwhere(rows < 0)
    for cells, look, words in (
        (failed, _FAILED, "no score: failed or not finished"),
        (absent, _ABSENT, "no such candidate"),
    ):
        if len(cells):
            corners = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
            ax.add_collection(PolyCollection(cells[:, None, ::-1] + corners, **look), autolim=False)
            entries.append(Patch(label=words, **look))
    return entries


def _frame(column: int, row: int) -> Patch:
    return Rectangle(
        (column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor="#e31a1c", linewidth=1.6, zorder=3, clip_on=False
    )


def _annotate(ax, mesh, scores):
    finite = scores[np.isfinite(scores)]
    largest = np.abs(finite).max() if len(finite) else 0
    pattern = "{:.3f}" if largest < 10 else "{:.1f}" if largest < 1000 else "{:.2e}"
    size = 8.5 if max(scores.shape) <= 6 else 7.5
    for (row, column), score in np.ndenumerate(scores):
        if np.isfinite(score):
            words = pattern.format(score).replace("-", "−", 1) if score < 0 else pattern.format(score)
            color = text_color(mesh.to_rgba(score))
            ax.text(column, row, words, ha="center", va="center", fontsize=size, color=color)


def _draw_points(ax, x, y, mean, norm, ticks, star):
    at_x, at_y = x.coordinates[x.codes], y.coordinates[y.codes]
    finite = np.isfinite(mean)
    # The best are drawn last, above their neighbours.
    order = by_score(mean)[::-1]
    order = order[finite[order]]
    size = 34 if star > 10 else 13
    points = ax.scatter(
        at_x[order], at_y[order], c=mean[order], cmap=COLORS, norm=norm, s=size, edgecolors="white", linewidths=0.4
    )
    entries = []
    if not finite.all():
        failed = ax.scatter(
            at_x[~finite], at_y[~finite], marker="x", color="#8c8c8c", s=size, label="no score: failed or not finished"
        )
        entries.append(failed)
    best = best_row(mean)
    if best is not None:
        ax.plot([at_x[best]], [at_y[best]], zorder=4, **best_mark(star))
    tick_scale(ax, "x", x, ticks[0])
    tick_scale(ax, "y", y, ticks[1])
    ax.grid(True)
    return points, entries
