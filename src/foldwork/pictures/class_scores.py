"""ROC, precision–recall, DET and calibration curves by scikit-learn's Display classes: a line a fold and their mean."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from foldwork.pictures.canvas import FAINT, fit, new_figure
from foldwork.pictures.score_curve import TEST
from foldwork.results.csv_table import Row
from foldwork.results.predicted import Predicted
from foldwork.results.predicted_tables import BINS, calibrated, calibration_rows
from foldwork.results.threshold_curves import GRID, FoldCurves

_SIDE = 3.2
_FOLD: dict[str, Any] = {"color": TEST, "linewidth": 0.8, "alpha": 0.35}
_MEAN: dict[str, Any] = {"color": TEST, "linewidth": 2}
_DET_TICKS = (0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)


def draw_curves(found: Predicted, curves: Sequence[FoldCurves]) -> Figure:
    """Return the figure of the curves, with DET curves of two classes alone."""
    from sklearn.metrics import PrecisionRecallDisplay, RocCurveDisplay

    n_panels = 3 if found.is_binary else 2
    figure = new_figure(n_panels * (_SIDE + 0.9), _SIDE + 1)
    axes = figure.subplots(1, n_panels)
    words = f"class {found.classes[1]}" if found.is_binary else "mean of classes"

    rocs, precisions = [each.roc for each in curves], [each.precision for each in curves]
    displays = [RocCurveDisplay(fpr=GRID, tpr=line) for line in (*rocs, np.mean(rocs, axis=0))]
    _draw(displays, axes[0], _areas("AUC", [each.roc_auc for each in curves]))
    axes[0].plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, linestyle="--", label="chance")
    axes[0].set(xlabel="false positive rate", ylabel="true positive rate", title=f"ROC, {words}")

    displays = [PrecisionRecallDisplay(line, GRID) for line in (*precisions, np.mean(precisions, axis=0))]
    _draw(displays, axes[1], _areas("AP", [each.average_precision for each in curves]))
    axes[1].set(xlabel="recall", ylabel="precision", title=f"precision–recall, {words}")
    if found.is_binary:
        _draw_det(axes[2], curves)
        axes[2].set(xlabel="false positive rate", ylabel="false negative rate", title=f"DET, {words}")
    for ax, place in zip(axes, ("lower right", "lower left", "upper right"), strict=False):
        ax.set_aspect("auto")  # the panels are square
        ax.legend(loc=place)
        ax.grid(True)
    fit(figure, axes[0], (_SIDE, _SIDE), (1, n_panels))
    return figure


def _areas(name: str, areas: Sequence[float]) -> str:
    return f"mean, {name} {np.mean(areas):.3f} ± {np.std(areas):.3f}"


def _draw(displays: Sequence[Any], ax: Axes, words: str) -> None:
    """Draw displays of scikit-learn, the last one as the mean.

    Lines get their look afterwards: which arguments of `plot` it would be differs between the versions of scikit-learn.
    """
    for place, display in enumerate(displays):
        is_mean = place == len(displays) - 1
        line = display.plot(ax=ax).line_
        line.set(label=words if is_mean else "each fold" if place == 0 else "_", **(_MEAN if is_mean else _FOLD))


def _draw_det(ax: Axes, curves: Sequence[FoldCurves]) -> None:
    """Draw DET curves; the mean is that of the false negative rates at each false positive rate."""
    from scipy.stats import norm
    from sklearn.metrics import DetCurveDisplay

    mean = 1 - np.mean([each.roc for each in curves], axis=0)
    _draw(
        [DetCurveDisplay(fpr=fpr, fnr=fnr) for fpr, fnr in (*(each.det for each in curves), (GRID, mean))], ax, "mean"
    )
    places, labels = norm.ppf(_DET_TICKS), [f"{tick:.0%}" for tick in _DET_TICKS]
    ax.set_xticks(places, labels)  # scikit-learn's are too many for a small panel
    ax.set_yticks(places, labels)


def draw_calibration(found: Predicted, rows: Sequence[Row]) -> Figure:
    """Return the figure of `predicted_tables.calibration_rows`, of all folds and of each, with a histogram of the probabilities below."""
    from sklearn.calibration import CalibrationDisplay

    figure = new_figure(4.6, 5.2)
    top, below = figure.subplots(2, height_ratios=[3, 1], sharex=True)
    probability, _ = calibrated(found)
    by_fold = [calibration_rows(found.of_fold(fold)) for fold in found.folds]
    displays = [
        CalibrationDisplay(
            *(np.array([row[name] for row in some]) for name in ("frequency", "probability")), probability
        )
        for some in (*by_fold, rows)
    ]
    _draw(displays, top, "all folds together")
    for line in top.lines[:-1]:
        line.set(marker="")
    what = f"of class {found.classes[1]}" if found.is_binary else "with which it is right"
    top.set(xlabel="", ylabel=f"frequency {what}", ylim=(-0.02, 1.02), xlim=(-0.02, 1.02))
    top.legend(loc="upper left")
    below.hist(probability, bins=np.linspace(0, 1, BINS + 1), color=TEST, alpha=0.6)
    below.set(
        xlabel=f"predicted probability of {f'class {found.classes[1]}' if found.is_binary else 'the most probable class'}",
        ylabel="rows",
    )
    for ax in (top, below):
        ax.grid(True)
    return figure
