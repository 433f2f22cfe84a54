"""The tables of a search or clustering: scikit-learn's `cv_results_`, timings and evaluations. Rows are in the order of the candidates."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from foldwork.results.csv_table import Row
from foldwork.results.results import Results
from foldwork.strategies.ranking import rank
from foldwork.strategies.resamples import REFERENCE, RESAMPLE


def mean_and_std(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation over folds, with the same operations as scikit-learn's `BaseSearchCV`, so equal to the last bit.

    Parameters
    ----------
    values : ndarray of shape (n_candidates, n_folds)

    Returns
    -------
    means, stds : ndarray of shape (n_candidates,)
    """
    means = np.average(values, axis=1)
    return means, np.sqrt(np.average((values - means[:, np.newaxis]) ** 2, axis=1))


class Table(Sequence[Row]):
    """Rows of candidates, each computed when it is accessed: a table may have a million.

    Parameters
    ----------
    results : Results
    """

    def __init__(self, results: Results) -> None:
        self._requested, self._rows = results.requested, results.table_rows
        self._found: dict[tuple[str, int], dict[str, Any]] = {}
        for strategy in self._requested.rounds.strategies():
            self._found |= strategy.row_columns()
        extra = dict.fromkeys(name for proposal in self._requested.proposals for name in proposal.columns or ())
        extra |= dict.fromkeys(name for columns in self._found.values() for name in columns)
        self._columns: dict[str, np.ndarray] = {}
        self._identity = ["model", *extra, *results.parameters, "params"]

    @property
    def columns(self) -> list[str]:
        """Names of all columns, in order."""
        return [*self._identity, *self._columns]

    def add(self, column: str, values: np.ndarray) -> None:
        """Add a column of numbers, one for each row of the request."""
        self._columns[column] = values

    def column(self, name: str) -> np.ndarray:
        """Return a column of numbers."""
        return self._columns[name]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Row:
        row = self._rows[index]
        proposal = self._requested.proposals[row]
        return {
            "model": proposal.model,
            **(proposal.columns or {}),
            **{
                name: value
                for name, value in self._found.get((proposal.model, proposal.candidate), {}).items()
                if value is not None  # an empty cell
            },
            **{f"param_{name}": value for name, value in proposal.params.items()},
            "params": json.dumps(proposal.params),
            **{name: values[row].item() for name, values in self._columns.items()},
        }


def cv_results(results: Results) -> tuple[list[str], Table]:
    """Return columns and rows of the scores.csv of a search: `model`, then the columns of scikit-learn's `cv_results_` without times."""
    table = Table(results)
    train = results.request.train_scores
    for metric, suffix in zip(results.metrics, results.suffixes, strict=True):
        for part in ("test", "train") if train else ("test",):
            values = results.array(part, metric)
            for k in range(results.folds):
                table.add(f"split{k}_{part}_{suffix}", values[:, k])
            means, stds = mean_and_std(values)
            table.add(f"mean_{part}_{suffix}", means)
            table.add(f"std_{part}_{suffix}", stds)
            if part == "test":
                table.add(f"rank_{part}_{suffix}", rank(means))
    return table.columns, table


def clustering_scores(results: Results) -> tuple[list[str], Table]:
    """Return columns and rows of the scores.csv of a clustering: `model`, `param_*`, `params`, and one column for each metric."""
    table = Table(results)
    for metric in results.metrics:
        table.add(metric, results.array("test", metric)[:, 0])
    return table.columns, table


def timings(results: Results) -> tuple[list[str], Table]:
    """Return columns and rows of timings.csv: mean and standard deviation of fit and score times, in seconds."""
    table = Table(results)
    for name in ("fit_time", "score_time"):
        means, stds = mean_and_std(results.array(name))
        table.add(f"mean_{name}", means)
        table.add(f"std_{name}", stds)
    return table.columns, table


class Evaluations(Sequence[Row]):
    """Rows of all evaluations that have a record, each read from the ledger when it is accessed.

    Parameters
    ----------
    results : Results
    """

    # Members of the record of the same name (`foldwork.evaluation.bundle` lists all).
    _LAST = ("fit_time", "score_time", "status", "error", "host", "node", "pid", "started", "finished", "attempts")

    def __init__(self, results: Results) -> None:
        self._results, self._numbers = results, results.recorded_numbers()
        self._names = {
            (part, metric): f"{part}_{suffix}"
            for part in (("test", "train") if results.request.train_scores else ("test",))
            for metric, suffix in zip(results.metrics, results.suffixes, strict=True)
        }
        rounds = ["round"] * bool(results.requested.requested_in)
        resources = [proposal.resource for proposal in results.requested.proposals if proposal.resource]
        rounds += ["resource"] * bool(resources)
        self._numbered = [name for name in (RESAMPLE, REFERENCE) if any(name in resource for resource in resources)]
        rounds += self._numbered
        inner = ["inner_fold"] * results.request.is_nested
        self.columns = ["model", "candidate", "fold", *inner, *rounds, *results.parameters, *self._names.values(), *self._LAST]

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> Row:
        number = int(self._numbers[index])
        record = self._results.record_of(number)
        row_number, fold = divmod(number, self._results.folds)
        proposal = self._results.requested.proposals[row_number]
        row: Row = {
            "model": proposal.model,
            "candidate": proposal.candidate,
            **self._results.request.folds[fold].numbers,
        }
        if (round_and_strategy := self._results.requested.requested_in.get(number)) is not None:
            row["round"] = round_and_strategy[0]
        if proposal.resource is not None:
            row["resource"] = proposal.resource["n_samples"]
            row |= {name: proposal.resource[name] for name in self._numbered if name in proposal.resource}
        row |= {f"param_{name}": value for name, value in proposal.params.items()}
        for (part, metric), column in self._names.items():
            row[column] = float((record.get(part) or {}).get(metric, "nan"))
        return row | {name: record[name] for name in self._LAST if record.get(name) is not None}


def evaluation_rows(results: Results) -> tuple[list[str], Evaluations]:
    """Return columns and rows of evaluations.csv: one row for each evaluation that has a record."""
    rows = Evaluations(results)
    return rows.columns, rows
