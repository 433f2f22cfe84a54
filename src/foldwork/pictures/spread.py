"""Bars of the spread of a score over folds."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from foldwork.results.csv_table import Row

WORDS = "bars: mean ± std of the folds"


def with_bars(label: str, rows: Sequence[Row], names: Sequence[str]) -> str:
    """Return the label of an axis, with what bars mean where there are any: what lies in one fold has none."""
    known = any(row[f"std_{name}"] > 0 for row in rows for name in names)
    return f"{label}; {WORDS}" if known else label


def draw_spread(ax: Axes, rows: Sequence[Row], name: str, at: np.ndarray, color: str) -> None:
    """Draw a horizontal bar from mean − std to mean + std, for each row; none where it has no std.

    Parameters
    ----------
    ax : Axes
    rows : sequence of dict
        With `mean_{name}` and `std_{name}`.
    name : str
        Of the score.
    at : ndarray, shape (n_rows,)
        Heights of the bars.
    color : str
    """
    means, stds = (np.array([row[f"{what}_{name}"] for row in rows]) for what in ("mean", "std"))
    ax.hlines(at, means - stds, means + stds, color=color, linewidth=1.2, alpha=0.6)
