"""Predicted against true values and residuals of a regressor, and scores by group."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from foldwork.pictures.canvas import FAINT, fit, new_figure
from foldwork.pictures.number_format import format_tick
from foldwork.pictures.score_curve import TEST
from foldwork.pictures.spread import draw_spread, with_bars
from foldwork.pictures.text_layout import shorten_apart
from foldwork.results.csv_table import Row
from foldwork.results.predicted import Predicted

MOST_GROUPS = 40
"""Of the picture: the worst and the best ones."""


def draw_residuals(found: Predicted) -> Figure:
    """Return the figure of predicted against true values, and of residuals (true − predicted) against predicted values."""
    from sklearn.metrics import PredictionErrorDisplay

    figure = new_figure(8.6, 4.2)
    axes = figure.subplots(1, 2)
    alpha = float(np.clip(60 / np.sqrt(len(found.y)) / 10, 0.08, 0.7))
    look = {"s": 12, "alpha": alpha, "color": TEST, "linewidth": 0, "rasterized": True}
    for ax, kind in zip(axes, ("actual_vs_predicted", "residual_vs_predicted"), strict=True):
        display = PredictionErrorDisplay(y_true=found.y, y_pred=found.prediction)
        display.plot(ax=ax, kind=kind, scatter_kwargs=look, line_kwargs={"linewidth": 1})
        for axis in (ax.xaxis, ax.yaxis):  # scikit-learn places ticks at even parts of the range, such as 52589
            axis.set_major_locator(MaxNLocator(5))
            axis.set_major_formatter(lambda value, _: format_tick(value))
        ax.grid(True)
        ax.set_aspect("auto")
        ax.set_adjustable("box")
    fit(figure, axes[0], (3.2, 3.2), (1, 2))
    return figure


def draw_groups(rows: Sequence[Row]) -> Figure:
    """Return the figure of `predicted_tables.group_rows`, the worst group at the top; of many groups the worst and the best. Bars are the spread over folds."""
    name = "accuracy" if "accuracy" in rows[0] else "mae"
    sign = 1 if name == "accuracy" else -1
    ordered = sorted(rows, key=lambda row: (sign * row[name], row["group"]))
    left_out = max(0, len(ordered) - MOST_GROUPS)
    if left_out:
        ordered = [*ordered[: MOST_GROUPS // 2], *ordered[-MOST_GROUPS // 2 :]]
    labels = shorten_apart([row["group"] for row in ordered], 30)
    height = max(1.2, 0.19 * len(ordered))
    figure = new_figure(6.4, height + 0.8)
    ax = figure.subplots()
    at = np.arange(len(ordered))
    draw_spread(ax, ordered, name, at, TEST)
    ax.plot([row[name] for row in ordered], at, "o", color=TEST, markersize=5)
    ax.set_yticks(at, [f"{label} ({row['n']:,})" for label, row in zip(labels, ordered, strict=True)], fontsize=7)
    ax.set_ylim(len(ordered) - 0.5, -0.5)
    words = "mean absolute error" if name == "mae" else name
    ax.set(xlabel=with_bars(words, ordered, [name]), ylabel="group (rows)")
    if left_out:
        ax.set_title(f"{left_out:,} groups between these are not drawn", loc="left", color=FAINT)
        ax.axhline(MOST_GROUPS / 2 - 0.5, color="#8a8a8a", linestyle="--", linewidth=0.8)
    ax.grid(True)
    fit(figure, ax, (4.4, height))
    return figure
