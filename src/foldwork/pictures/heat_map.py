"""Scores over two parameters: a heat map of a grid, or points where candidates were sampled."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from matplotlib.patches import Patch, Rectangle

from foldwork.pictures.color_scale import COLORS, best_mark, text_color
from foldwork.pictures.parameter_axis import ParameterAxis
from foldwork.pictures.score_table import NO_CANDIDATE, best_row, best_rows, by_score, take

NO_SCORE = "no score: failed or not finished"
_FAILED = {"facecolor": "#d6d6d6", "edgecolor": "#8c8c8c", "hatch": "xxxx", "linewidth": 0}
_ABSENT = {"facecolor": "#ececec", "edgecolor": "#b5b5b5", "hatch": "////", "linewidth": 0}

# Beyond this many cells a side, numbers in them are too small to read.
MOST_ANNOTATED = 8


def is_sampled(x: ParameterAxis, y: ParameterAxis) -> bool:
    """Return whether candidates lie scattered over the plane, so that cells would be mostly empty."""
    cells = len(np.unique(x.codes + len(x) * y.codes))
    return cells < 0.35 * len(x) * len(y) and max(len(x), len(y)) > 12


def cell_rows(x: ParameterAxis, y: ParameterAxis, mean: np.ndarray) -> np.ndarray:
    """Return the best row in each cell, over all else that varies, shape (len(y), len(x)); -1 where no candidate lies."""
    return best_rows(mean, y.codes * len(x) + x.codes, len(x) * len(y)).reshape(len(y), len(x))


def draw_heat_map(
    ax: Axes,
    x: ParameterAxis,
    y: ParameterAxis,
    mean: np.ndarray,
    norm: Normalize,
    *,
    colors: np.ndarray | None = None,
    write: Callable[[float], str] | None = None,
    ticks: tuple[int, int] = (10, 10),
    star: float = 13,
    absent: str = NO_CANDIDATE,
) -> tuple[ScalarMappable, dict]:
    """Draw the best score at each pair of values, over all else that varies; mark the best of all.

    Parameters
    ----------
    ax : Axes
    x, y : ParameterAxis
        Of the same rows as `mean`.
    mean : ndarray, shape (n_rows,)
        Mean test scores; NaN for a candidate that failed.
    norm : Normalize
    colors : ndarray, shape (n_rows,), or None
        What is drawn of the candidates, where it is not `mean`: their train scores.
    write : callable or None
        Makes the text of a score in the cells of a small grid.
    ticks : (int, int)
        About how many tick labels fit, on x and on y.
    star : float
        Size of the best one's mark, in points.
    absent : str
        What it means where no candidate lies.

    Returns
    -------
    (ScalarMappable, dict)
        What a colour bar needs, and legend entries by their text for what a reader cannot guess.
    """
    colors = mean if colors is None else colors
    draw = _draw_points if is_sampled(x, y) else _draw_cells
    shades, entries = draw(ax, x, y, mean, colors, norm, write, star, absent)
    for which, axis, limit in (("x", x, ticks[0]), ("y", y, ticks[1])):
        axis.tick(ax, which, limit, cells=draw is _draw_cells)
    return shades, entries


def _draw_cells(ax, x, y, mean, colors, norm, write, star, absent):
    rows = cell_rows(x, y, mean)
    scores = take(colors, rows)
    small = max(rows.shape) <= 12
    mesh = ax.pcolormesh(
        np.arange(len(x) + 1) - 0.5,
        np.arange(len(y) + 1) - 0.5,
        np.ma.masked_invalid(scores),
        cmap=COLORS,
        norm=norm,
        edgecolors="white" if small else "none",
        linewidth=0.8 if small else 0,
    )
    entries = {}
    for cells, look, words in (
        ((rows >= 0) & ~np.isfinite(scores), _FAILED, NO_SCORE),
        (rows < 0, _ABSENT, absent),
    ):
        if cells.any():
            corners = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
            ax.add_collection(PolyCollection(np.argwhere(cells)[:, None, ::-1] + corners, **look), autolim=False)
            entries[words] = Patch(label=words, **look)
    written = write is not None and max(rows.shape) <= MOST_ANNOTATED
    if written:
        size = 8.5 if max(rows.shape) <= 6 else 7
        for (row, column), score in np.ndenumerate(scores):
            if np.isfinite(score):
                color = text_color(mesh.to_rgba(score))
                ax.text(column, row, write(score), ha="center", va="center", fontsize=size, color=color)
    if (best := best_row(mean)) is not None:
        column, row = int(x.codes[best]), int(y.codes[best])
        frame = {"edgecolor": "#e31a1c", "linewidth": 1.6, "zorder": 3, "clip_on": False}
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, **frame))
        # A star would hide a number that stands in the cell: it moves into the corner.
        shift, star = (0.36, 0.8 * star) if written else (0, star)
        ax.plot([column + shift], [row + shift], **best_mark(star))
    ax.set_xlim(-0.5, len(x) - 0.5)
    ax.set_ylim(-0.5, len(y) - 0.5)
    ax.spines[:].set_visible(False)
    return mesh, entries


def _draw_points(ax, x, y, mean, colors, norm, write, star, absent):
    at_x, at_y = x.coordinates[x.codes], y.coordinates[y.codes]
    # The best are drawn last, above their neighbours.
    order = by_score(mean)[::-1]
    order = order[np.isfinite(colors[order])]
    size = 34 if star > 10 else 13
    points = ax.scatter(
        at_x[order], at_y[order], c=colors[order], cmap=COLORS, norm=norm, s=size, edgecolors="white", linewidths=0.4
    )
    entries = {}
    if not (finite := np.isfinite(colors)).all():
        entries[NO_SCORE] = ax.scatter(
            at_x[~finite], at_y[~finite], marker="x", color="#8c8c8c", s=size, label=NO_SCORE
        )
    if (best := best_row(mean)) is not None:
        ax.plot([at_x[best]], [at_y[best]], zorder=4, **best_mark(star))
    ax.grid(True)
    return points, entries
