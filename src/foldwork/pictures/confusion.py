"""The confusion matrix as counts and as shares, and scores by class, readable with 2 and with 40 classes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from foldwork.pictures.canvas import INK, fit, new_figure
from foldwork.pictures.score_curve import TEST, TRAIN
from foldwork.pictures.spread import draw_spread, with_bars
from foldwork.pictures.text_layout import shorten_apart
from foldwork.results.csv_table import Row
from foldwork.results.predicted import Predicted
from foldwork.results.predicted_tables import confusion

MOST_NUMBERS = 12
"""Classes up to which cells have numbers in them."""


def draw_confusion(found: Predicted) -> Figure:
    """Return the figure of the confusion matrix: rows are true classes, columns predicted ones."""
    from sklearn.metrics import ConfusionMatrixDisplay

    counts = confusion(found)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    n_classes = len(found.classes)
    labels = shorten_apart(found.classes, 16)
    side = max(2.6, 0.36 * n_classes if n_classes <= MOST_NUMBERS else 0.16 * n_classes)
    figure = new_figure(2 * side + 3, side + 1.2)
    axes = figure.subplots(1, 2)
    for ax, values, title, form in zip(
        axes, (counts, shares), ("counts", "shares of true class"), ("d", ".2f"), strict=True
    ):
        look = {"vmin": 0, "vmax": 1} if form == ".2f" else {"vmin": 0}
        display = ConfusionMatrixDisplay(values, display_labels=labels)
        display.plot(
            ax=ax, cmap="Blues", include_values=n_classes <= MOST_NUMBERS, values_format=form, im_kw=look,
            xticks_rotation="vertical" if max(map(len, labels)) * n_classes > 24 else "horizontal",
            text_kw={"fontsize": 8 if n_classes <= 6 else 6.5},
        )  # fmt: skip
        ax.tick_params(labelsize=8 if n_classes <= 20 else 6)
        ax.set(xlabel="predicted class", ylabel="true class", title=title)
        ax.spines[["top", "right"]].set_visible(True)
    fit(figure, axes[0], (side, side), (1, 2))
    return figure


def draw_classes(rows: Sequence[Row]) -> Figure:
    """Return the figure of `predicted_tables.class_rows`: precision, recall and F1 of each class, the lowest F1 at the top; bars are their spread over folds."""
    ordered = sorted(rows, key=lambda row: (np.nan_to_num(row["f1"], nan=-1.0), row["class"]))
    labels = shorten_apart([row["class"] for row in ordered], 30)
    height = max(1.2, 0.26 * len(rows))
    figure = new_figure(6.4, height + 1)
    ax = figure.subplots()
    at = np.arange(len(rows))
    for name, color, marker, shift in (
        ("precision", TRAIN, "^", -0.24),
        ("recall", TEST, "v", 0.24),
        ("f1", INK, "o", 0),
    ):
        draw_spread(ax, ordered, name, at + shift, color)
        ax.plot([row[name] for row in ordered], at + shift, marker, color=color, markersize=4, label=name)
    ax.set_yticks(at, [f"{label} ({row['n']:,})" for label, row in zip(labels, ordered, strict=True)], fontsize=7)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set(
        xlim=(-0.03, 1.03),
        xlabel=with_bars("score over all folds", ordered, ["precision", "recall", "f1"]),
        ylabel="class (rows)",
    )
    ax.grid(True)
    figure.legend(loc="outside lower center", ncols=3)
    fit(figure, ax, (4.4, height))
    return figure
