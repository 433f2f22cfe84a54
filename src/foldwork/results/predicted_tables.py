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
    """Return a row for each class: `n`, `precision`, `recall` and `f1` over all folds, and their `mean_*` and `std_*` over the folds.

    A ratio without denominator is NaN. For mean and standard deviation see `_spread`.
    """
    names = ("precision", "recall", "f1", "n")
    rows = zip(found.classes, *(each.tolist() for each in _class_scores(found)), strict=True)
    by_fold = [_class_scores(found.of_fold(fold))[:3] for fold in found.folds]
    spread = {name: _spread([values[place] for values in by_fold]) for place, name in enumerate(names[:3])}
    return [
        {"class": name, **dict(zip(names, numbers, strict=True)), **_members(spread, place)}
        for place, (name, *numbers) in enumerate(rows)
    ]


def _class_scores(found: Predicted) -> tuple[np.ndarray, ...]:
    """Return precision, recall, F1 and number of rows of each class."""
    from sklearn.metrics import precision_recall_fscore_support

    labels = range(len(found.classes))
    return precision_recall_fscore_support(found.y, found.prediction, labels=labels, zero_division=np.nan)


def _spread(by_fold: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation over the folds that have a value; NaN where none has one, and without a second one no deviation."""
    values = np.ma.masked_invalid(np.asarray(by_fold, float))
    means, stds = (np.ma.filled(each, np.nan) for each in (values.mean(axis=0), values.std(axis=0)))
    return means, np.where(values.count(axis=0) > 1, stds, np.nan)


def _members(spread: dict[str, tuple[np.ndarray, np.ndarray]], place: int) -> Row:
    """Return `mean_*` and `std_*` of a row."""
    return {
        f"{what}_{name}": values[place].item()
        for name, pair in spread.items()
        for what, values in zip(("mean", "std"), pair, strict=True)
    }


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
    """Return a row for each group, sorted by its name: `n` and `accuracy`, of a regressor `mae` and `bias`; and their `mean_*` and `std_*` over the folds.

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
        chosen = codes == code
        by_fold = [_errors(found, chosen & (found.fold == fold)) for fold in np.unique(found.fold[chosen])]
        about = _errors(found, chosen)
        spread = {figure: _spread([[each[figure]] for each in by_fold]) for figure in about}
        rows.append({"group": name, "n": int(chosen.sum()), **about, **_members(spread, 0)})
    return rows


def _errors(found: Predicted, chosen: np.ndarray) -> dict[str, float]:
    """Return `accuracy` of some rows, of a regressor `mae` and `bias`."""
    y, prediction = found.y[chosen], found.prediction[chosen]
    if found.classes:
        return {"accuracy": float(np.mean(y == prediction))}
    error = prediction - y
    return {"mae": float(np.mean(np.abs(error))), "bias": float(np.mean(error))}


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
