"""The tables of a learning or validation curve: a row for each train size or value."""

from typing import Any

import numpy as np

from foldwork.results.csv_table import Row
from foldwork.results.results import Results
from foldwork.results.tables import mean_and_std
from foldwork.strategies.learning_curve import TRAIN_SIZES

Table = tuple[list[str], list[Row]]
"""Columns and rows."""


def scores(results: Results) -> Table:
    """Return columns and rows of curve.csv: what varies, then train and test scores as scikit-learn's `learning_curve` returns them."""
    found = _Rows(results)
    for metric, suffix in zip(results.metrics, results.suffixes, strict=True):
        for part in ("train", "test"):
            found.add(results.array(part, metric), f"{part}_{suffix}")
    return found.columns, found.rows


def timings(results: Results) -> Table:
    """Return columns and rows of timings.csv: what varies, then fit and score times in seconds."""
    found = _Rows(results)
    for name in ("fit_time", "score_time"):
        found.add(results.array(name), name)
    return found.columns, found.rows


def varied(spec: dict[str, Any]) -> str:
    """Return the name of the column with what varies along the curve of a spec."""
    parameter = spec["curve"].get("parameter")
    return TRAIN_SIZES if parameter is None else f"param_{parameter}"


class _Rows:
    """The rows of a curve. Several proposals may be of one train size, each of other folds."""

    def __init__(self, results: Results) -> None:
        self._results = results
        spec, proposals = results.request.spec, results.requested.proposals
        name, parameter = varied(spec), spec["curve"].get("parameter")
        self._places: list[int] = []
        self.rows: list[Row] = []
        for proposal in proposals:
            value = proposal.columns[TRAIN_SIZES] if parameter is None else proposal.params[parameter]
            # Sizes differ, but a value may be given twice: then there are two rows, as in scikit-learn.
            if parameter is not None or not self.rows or self.rows[-1][name] != value:
                self.rows.append({name: value})
            self._places.append(len(self.rows) - 1)
        self.columns = [name]

    def add(self, values: np.ndarray, name: str) -> None:
        """Add the columns of one score or time: each fold, mean and standard deviation."""
        table = np.full((len(self.rows), self._results.folds), np.nan)
        for row, place in enumerate(self._places):
            folds = list(self._results.requested.folds_of(row))
            table[place, folds] = values[row, folds]
        columns = {f"split{k}_{name}": table[:, k] for k in range(self._results.folds)}
        columns |= dict(zip((f"mean_{name}", f"std_{name}"), mean_and_std(table), strict=True))
        self.columns += columns
        for place, row in enumerate(self.rows):
            row |= {column: numbers[place].item() for column, numbers in columns.items()}
