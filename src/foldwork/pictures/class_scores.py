"""ROC, precision–recall and DET curves with a line a fold and their mean, and calibration with a histogram."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from foldwork.pictures.canvas import FAINT, fit, new_figure
from foldwork.pictures.score_curve import TEST
from foldwork.results.csv_table import Row
from foldwork.results.predicted import Predicted
from foldwork.results.predicted_tables import BINS, calibrated
from foldwork.results.threshold_curves import GRID, FoldCurves

_SIDE = 3.2
_FOLD: dict[str, Any] = {"color": TEST, "linewidth": 0.8, "alpha": 0.35}
_MEAN: dict[str, Any] = {"color": TEST, "linewidth": 2}


def draw_curves(found: Predicted, curves: Sequence[FoldCurves]) -> Figure:
    """Return the figure of the curves, with DET curves of two classes alone."""
    n_panels = 3 if found.is_binary else 2
    figure = new_figure(n_panels * (_SIDE + 0.9), _SIDE + 1)
    axes = figure.subplots(1, n_panels)
    words = f"class {found.classes[1]}" if found.is_binary else "mean of classes"
    _lines(axes[0], [each.roc for each in curves], [each.roc_auc for each in curves], "AUC")
    axes[0].plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, linestyle="--", label="chance")
    axes[0].set(xlabel="false positive rate", ylabel="true positive rate", title=f"ROC, {words}")
    _lines(axes[1], [each.precision for each in curves], [each.average_precision for each in curves], "AP")
    axes[1].set(xlabel="recall", ylabel="precision", title=f"precision–recall, {words}")
    for ax in axes[:2]:
        ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        ax.legend(loc="lower right" if ax is axes[0] else "lower left")
        ax.grid(True)
    if found.is_binary:
        _det(axes[2], curves)
        axes[2].set(title=f"DET, {words}")
    fit(figure, axes[0], (_SIDE, _SIDE), (1, n_panels))
    return figure


def _lines(ax: Axes, lines: Sequence[np.ndarray], areas: Sequence[float], name: str) -> None:
    for place, line in enumerate(lines):
        ax.plot(GRID, line, label="each fold" if place == 0 else None, **_FOLD)
    ax.plot(GRID, np.mean(lines, axis=0), label=f"mean, {name} {np.mean(areas):.3f} ± {np.std(areas):.3f}", **_MEAN)


def _det(ax: Axes, curves: Sequence[FoldCurves]) -> None:
    """Draw DET curves on normal deviate scales, as scikit-learn's DetCurveDisplay does."""
    from scipy.stats import norm

    ends = norm.ppf([0.001, 0.999])
    for place, each in enumerate(curves):
        fpr, fnr = (np.clip(norm.ppf(np.clip(rate, 1e-6, 1 - 1e-6)), *ends) for rate in each.det)
        ax.plot(fpr, fnr, label="each fold" if place == 0 else None, drawstyle="steps-post", **_FOLD)
    mean = 1 - np.mean([each.roc for each in curves], axis=0)
    mean_points = (np.clip(norm.ppf(np.clip(rate, 1e-6, 1 - 1e-6)), *ends) for rate in (GRID, mean))
    ax.plot(*mean_points, label="mean", **_MEAN)
    ticks = [0.01, 0.05, 0.2, 0.5, 0.8, 0.95]
    places, labels = norm.ppf(ticks), [f"{tick:.0%}" for tick in ticks]
    ax.set_xticks(places, labels)
    ax.set_yticks(places, labels)
    ax.set(xlabel="false positive rate", ylabel="false negative rate", xlim=ends, ylim=ends)
    ax.legend(loc="upper right")
    ax.grid(True)


def draw_calibration(found: Predicted, rows: Sequence[Row]) -> Figure:
    """Return the figure of `predicted_tables.calibration_rows` with a histogram of the probabilities below."""
    figure = new_figure(4.6, 5.2)
    top, below = figure.subplots(2, height_ratios=[3, 1], sharex=True)
    probability, _ = calibrated(found)
    top.plot([0, 1], [0, 1], color=FAINT, linestyle="--", linewidth=0.8, label="perfectly calibrated")
    top.plot(
        [row["probability"] for row in rows], [row["frequency"] for row in rows], marker="s", markersize=4, **_MEAN
    )
    what = f"of class {found.classes[1]}" if found.is_binary else "with which it is right"
    top.set(ylabel=f"frequency {what}", ylim=(-0.02, 1.02), xlim=(-0.02, 1.02))
    top.legend(loc="upper left")
    below.hist(probability, bins=np.linspace(0, 1, BINS + 1), color=TEST, alpha=0.6)
    below.set(
        xlabel=f"predicted probability of {f'class {found.classes[1]}' if found.is_binary else 'the most probable class'}",
        ylabel="rows",
    )
    for ax in (top, below):
        ax.grid(True)
    return figure
