"""The tables of permutation importances: a row a feature, and a row for each permutation of each feature."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from foldwork.results.csv_table import Row
from foldwork.results.results import Results


class Importances:
    """The permutation importances of all folds of one candidate.

    Parameters
    ----------
    results : Results
        Of a curve with `permutation_importance`.

    Attributes
    ----------
    names : list of str or int
        Of the features: columns of the dataset, or numbers.
    values : dict
        Metric to ndarray of shape (n_folds, n_features, n_repeats), float64; NaN where a fold has failed. No feature is known if all folds have.
    order : list of int
        Features by their mean importance for the first metric, the highest first; those without one last, equal ones in the order of the dataset.
    """

    def __init__(self, results: Results) -> None:
        self.metrics = results.metrics
        self.columns = [_column(metric, results.metrics) for metric in results.metrics]
        self._folds = results.folds
        self.names: list[str | int] = []
        self.values: dict[str, np.ndarray] = {}
        for number in results.recorded_numbers():
            record = results.record_of(int(number))
            if "importances" in record:
                self._add(int(number) % results.folds, record)
        if not self.values:
            repeats = results.request.permutation_importance["n_repeats"]
            self.values = {metric: np.empty((results.folds, 0, repeats)) for metric in results.metrics}
        means, _ = self.over_folds(results.metrics[0])
        self.order = np.argsort(np.nan_to_num(-means, nan=np.inf), kind="stable").tolist()

    def _add(self, fold: int, record: dict[str, Any]) -> None:
        for metric in self.metrics:
            found = np.array(record["importances"][metric], dtype=float)  # "nan" and "inf" as well
            if metric not in self.values:
                self.values[metric] = np.full((self._folds, *found.shape), np.nan)
            self.values[metric][fold] = found
        self.names = record.get("features") or list(range(len(found)))

    def over_folds(self, metric: str) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation over folds and repeats, of shape (n_features,); failed folds are left out."""
        values = self.values[metric]
        values = values[~np.isnan(values).all(axis=(1, 2))]
        if not len(values):
            return (np.full(values.shape[1], np.nan),) * 2
        return values.mean(axis=(0, 2)), values.std(axis=(0, 2))


def _column(metric: str, metrics: list[str]) -> str:
    """Return the name of a column: "score" is left out, as of a single metric in cv_results_."""
    return "importance" if len(metrics) == 1 else f"importance_{metric}"


def feature_rows(found: Importances) -> tuple[list[str], list[Row]]:
    """Return columns and rows of importance.csv: for each feature mean and standard deviation over folds and repeats, then the mean of each fold."""
    columns: dict[str, np.ndarray] = {}
    for metric, name in zip(found.metrics, found.columns, strict=True):
        columns |= dict(zip((f"mean_{name}", f"std_{name}"), found.over_folds(metric), strict=True))
        columns |= {f"split{k}_{name}": np.mean(values, axis=1) for k, values in enumerate(found.values[metric])}
    rows = [
        {"feature": found.names[at]} | {name: values[at].item() for name, values in columns.items()}
        for at in found.order
    ]
    return ["feature", *columns], rows


def repeat_rows(found: Importances) -> tuple[list[str], Iterator[Row]]:
    """Return columns and rows of repeats.csv: for each feature, fold and repeat the decrease of each metric."""
    return ["feature", "fold", "repeat", *found.columns], _repeats(found)


def _repeats(found: Importances) -> Iterator[Row]:
    n_folds, _, n_repeats = found.values[found.metrics[0]].shape
    by_column = dict(zip(found.columns, found.values.values(), strict=True))
    for at in found.order:
        for fold in range(n_folds):
            for repeat in range(n_repeats):
                values = {name: values[fold, at, repeat].item() for name, values in by_column.items()}
                yield {"feature": found.names[at], "fold": fold, "repeat": repeat} | values
