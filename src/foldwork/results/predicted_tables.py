"""Tables of out-of-fold predictions: confusion matrix, scores by class, fold and group, and calibration."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from foldwork.results.csv_table import Row
from foldwork.results.predicted import Predicted

BINS = 10
"""Of a calibration curve, of one width."""


def confusion(found: Predicted) -> np.ndarray:
    """Return how often each class (row) was predicted as each class (column), over all folds."""
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(found.y, found.prediction, labels=range(len(found.classes)))


def confusion_rows(found: Predicted) -> list[Row]:
    """Return a row for each pair of classes: `y`, `prediction`, `count`, and `share` of the rows with this y."""
    counts = confusion(found)
    totals = counts.sum(axis=1)
    return [
        {"y": y, "prediction": p, "count": int(counts[i, j]), "share": float(counts[i, j] / totals[i] if totals[i] else np.nan)}
        for i, y in enumerate(found.classes)
        for j, p in enumerate(found.classes)
    ]  # fmt: skip


def class_rows(found: Predicted) -> list[Row]:
    """Return a row for each class: `n`, `precision`, `recall` and `f1` over all folds; a ratio without denominator is NaN."""
    from sklearn.metrics import precision_recall_fscore_support

    names = ("precision", "recall", "f1", "n")
    labels = range(len(found.classes))
    values = precision_recall_fscore_support(found.y, found.prediction, labels=labels, zero_division=np.nan)
    rows = zip(found.classes, *(each.tolist() for each in values), strict=True)
    return [{"class": name, **dict(zip(names, numbers, strict=True))} for name, *numbers in rows]


def error_rows(found: Predicted) -> list[Row]:
    """Return a row for each fold of a regressor, then one for all rows: `n`, `r2`, `mae`, `rmse` and `bias` (mean of prediction − y)."""
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    rows = []
    for name, chosen in [*((fold, found.fold == fold) for fold in found.folds), ("all", np.full(len(found.y), True))]:
        y, prediction = found.y[chosen], found.prediction[chosen]
        r2 = float(r2_score(y, prediction)) if len(y) > 1 else float("nan")
        errors = float(mean_absolute_error(y, prediction)), float(root_mean_squared_error(y, prediction))
        about = {"n": len(y), "r2": r2, "mae": errors[0], "rmse": errors[1], "bias": float(np.mean(prediction - y))}
        rows.append({"fold": name, **about})
    return rows


def group_rows(found: Predicted, groups: Sequence[Any] | np.ndarray) -> list[Row]:
    """Return a row for each group, sorted by its name: `n` and `accuracy`, of a regressor `mae` and `bias`.

    Parameters
    ----------
    found : Predicted
        With `row`.
    groups : array-like, shape (n_samples,)
        Of each row of the original table.
    """
    names, codes = np.unique(np.asarray(groups)[found.row].astype(str), return_inverse=True)
    rows = []
    for code, name in enumerate(names.tolist()):
        y, prediction = found.y[codes == code], found.prediction[codes == code]
        error = prediction - y
        about = (
            {"accuracy": float(np.mean(y == prediction))}
            if found.classes
            else {"mae": float(np.mean(np.abs(error))), "bias": float(np.mean(error))}
        )
        rows.append({"group": name, "n": len(y), **about})
    return rows


def calibration_rows(found: Predicted) -> list[Row]:
    """Return a row for each bin of probabilities that is not empty: `low`, `high`, `n`, mean `probability`, and `frequency` with which it is right.

    Of two classes the probability is that of the second one, and the frequency that of this class. Of more it is that of the most probable class.
    """
    probability, right = calibrated(found)
    place = np.clip(np.searchsorted(np.linspace(0, 1, BINS + 1), probability, side="right") - 1, 0, BINS - 1)
    return [
        {
            "low": k / BINS,
            "high": (k + 1) / BINS,
            "n": int((place == k).sum()),
            "probability": float(probability[place == k].mean()),
            "frequency": float(right[place == k].mean()),
        }
        for k in range(BINS)
        if (place == k).any()
    ]


def calibrated(found: Predicted) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities of `calibration_rows`, and whether each is right."""
    if found.is_binary:
        return found.scores[:, 1], found.y == 1
    scores = np.nan_to_num(found.scores)
    return scores.max(axis=1), scores.argmax(axis=1) == found.y
