"""ROC, precision–recall and DET curves of each fold, their means, and the areas below them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from foldwork.results.csv_table import Row
from foldwork.results.predicted import Predicted

GRID = np.linspace(0, 1, 101)
"""Where curves are averaged: false positive rates, or recalls."""


@dataclass(frozen=True)
class FoldCurves:
    """The curves of one fold on `GRID`, means over the classes where there are more than two (each against all others).

    Attributes
    ----------
    fold : int
    roc, precision : ndarray, shape (101,)
        True positive rate at each false positive rate, and precision at each recall.
    det : (ndarray, ndarray) or None
        False positive and false negative rates; None for more than two classes.
    roc_auc, average_precision : float
    """

    fold: int
    roc: np.ndarray
    precision: np.ndarray
    det: tuple[np.ndarray, np.ndarray] | None
    roc_auc: float
    average_precision: float


def fold_curves(found: Predicted) -> list[FoldCurves]:
    """Return the curves of each fold; a fold whose test part lacks all but one class has none."""
    from sklearn.metrics import average_precision_score, det_curve, precision_recall_curve, roc_auc_score, roc_curve

    curves = []
    for fold in found.folds:
        chosen = found.fold == fold
        rocs, precisions, areas, averages, det = [], [], [], [], None
        for is_class, scores in _one_against_rest(found, chosen):
            fpr, tpr, _ = roc_curve(is_class, scores)
            precision, recall, _ = precision_recall_curve(is_class, scores)
            roc = np.interp(GRID, fpr, tpr)
            roc[0] = 0.0
            rocs.append(roc)
            precisions.append(np.interp(GRID, recall[::-1], precision[::-1]))
            areas.append(roc_auc_score(is_class, scores))
            averages.append(average_precision_score(is_class, scores))
            det = det_curve(is_class, scores)[:2] if found.is_binary else None
        if rocs:
            means = np.mean(rocs, axis=0), np.mean(precisions, axis=0)
            curves.append(FoldCurves(fold, *means, det, float(np.mean(areas)), float(np.mean(averages))))
    return curves


def _one_against_rest(found: Predicted, chosen: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield for each class of a fold whether each row is of it, and its scores; of two classes for the second one alone."""
    for code in [1] if found.is_binary else range(len(found.classes)):
        is_class, scores = found.y[chosen] == code, found.scores[chosen, code]
        if 0 < is_class.sum() < len(is_class) and np.isfinite(scores).all():
            yield is_class, scores


def area_rows(curves: list[FoldCurves]) -> list[Row]:
    """Return a row for each fold: `roc_auc` and `average_precision`; of more than two classes the means over the classes."""
    return [
        {"fold": each.fold, "roc_auc": each.roc_auc, "average_precision": each.average_precision} for each in curves
    ]
