"""From the ledger to tables: evaluations, scikit-learn's `cv_results_`, timings, and the best candidate.

Floats are written in full precision, rows in the config's order, so that the same records give the same bytes.
"""

import csv
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Request
from foldwork.errors import FoldworkError
from foldwork.storage.atomic_write import read_signed, replacing
from foldwork.storage.file_names import LEDGER
from foldwork.records.requested import Requested

Row = dict[str, Any]


def cell(value: Any) -> str:
    """Return a value as it stands in a table: floats by `repr`, NaN empty, None by its name, mappings and lists as JSON."""
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return str(value)


def write_table(path: Path, columns: list[str], rows: Iterable[Row]) -> None:
    """Write rows as CSV, in one step; what a row lacks is empty."""
    with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([cell(row[column]) if column in row else "" for column in columns] for row in rows)


class Results:
    """All records of a request, in its order.

    Parameters
    ----------
    request : Request
    path : Path
        The ledger.
    """

    def __init__(self, request: Request, path: Path) -> None:
        self.request = request
        self.spec = request.spec
        requested = Requested(request)
        self.evaluations = list(requested.evaluations)
        self.folds = len(request.folds)
        self._records = {evaluation.key: record for evaluation, record in requested.records(path)}
        self.metrics = request.metrics
        self.suffixes = ["score"] if len(self.metrics) == 1 and request.kind == "search" else self.metrics
        own = self.spec.get("scoring") or []
        if len(own) == 1 and isinstance(own[0], dict) and (several := self._returned(self.metrics[0])):
            self.metrics = self.suffixes = several
        self.parameters = list(dict.fromkeys(f"param_{name}" for e in self.candidates() for name in e.params))

    def _returned(self, name: str) -> list[str]:
        """Return the names that a scorer of the user's own gave to its scores, in the first record with any; none if it returns a number."""
        records = (self._records.get(evaluation.key) for evaluation in self.evaluations)
        return next(
            (
                [*record["test"]]
                for record in records
                if record and record["status"] == "ok" and [*record["test"]] != [name]
            ),
            [],
        )

    def record(self, evaluation: Evaluation) -> Row | None:
        """Return an evaluation's record, None where it has none."""
        return self._records.get(evaluation.key)

    def candidates(self) -> list[Evaluation]:
        """Return the first evaluation of each candidate."""
        return self.evaluations[:: self.folds]

    def array(self, part: str, name: str | None = None) -> np.ndarray:
        """Return numbers of the records as float64, shape (n_candidates, n_folds); NaN where there is none.

        Parameters
        ----------
        part : str
            "test" or "train" (with a metric's name), "fit_time" or "score_time".
        """
        values = []
        for evaluation in self.evaluations:
            value = (self.record(evaluation) or {}).get(part)
            if name is not None:
                value = (value or {}).get(name)
            values.append(math.nan if value is None else float(value))
        return np.array(values, dtype=np.float64).reshape(-1, self.folds)

    def recorded(self) -> int:
        """Return how many different evaluations have a record."""
        return len(self._records)

    def counts(self) -> tuple[int, int]:
        """Return how many of the asked evaluations have a record, and how many there are."""
        return sum(self.record(e) is not None for e in self.evaluations), len(self.evaluations)


def results_of(evaluated: Path) -> Results:
    """Return all records that an evaluated.json counts.

    Raises
    ------
    FoldworkError
        When the ledger beside it has lost some of them: a table would have NaN where there was a score.
    """
    found = read_signed(evaluated, "it")
    path = evaluated.parent / LEDGER
    results = Results(Request.from_json(found["request"]), path)
    if (lost := found["recorded"] - results.recorded()) > 0:
        raise FoldworkError(
            f"{path}: {lost:,} of {found['recorded']:,} records are damaged, gone or not known to be right; remove {evaluated} and run snakemake again, which evaluates those"
        )
    return results


def mean_and_std(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation over folds, computed as scikit-learn computes them, to the last bit."""
    means = np.average(values, axis=1)
    return means, np.sqrt(np.average((values - means[:, np.newaxis]) ** 2, axis=1))


def rank(means: np.ndarray) -> np.ndarray:
    """Return ranks as in `cv_results_`: 1 is the highest mean, ties share the lower rank, NaN is tied with the worst."""
    if np.isnan(means).all():
        return np.ones(means.shape, dtype=np.int32)
    means = np.nan_to_num(
        means, nan=np.nanmin(means) - 1
    )  # makes infinities finite too, as scikit-learn does before it ranks
    ordered = np.sort(-means)
    return (np.searchsorted(ordered, -means, side="left") + 1).astype(np.int32)


def _identity(results: Results) -> list[Row]:
    return [
        {
            "model": e.model,
            **{f"param_{name}": value for name, value in e.params.items()},
            "params": json.dumps(e.params),
        }
        for e in results.candidates()
    ]


def _add(rows: list[Row], column: str, values: np.ndarray) -> str:
    for row, value in zip(rows, values.tolist(), strict=True):
        row[column] = value
    return column


def cv_results(results: Results) -> tuple[list[str], list[Row]]:
    """Return the columns and rows of a search's scores.csv: `model`, then those of scikit-learn's `cv_results_` but its times."""
    rows = _identity(results)
    columns = ["model", *results.parameters, "params"]
    train = bool(results.spec.get("train_scores"))
    for metric, suffix in zip(results.metrics, results.suffixes, strict=True):
        for part in ("test", "train") if train else ("test",):
            values = results.array(part, metric)
            columns += [_add(rows, f"split{k}_{part}_{suffix}", values[:, k]) for k in range(results.folds)]
            means, stds = mean_and_std(values)
            columns += [_add(rows, f"mean_{part}_{suffix}", means), _add(rows, f"std_{part}_{suffix}", stds)]
            if part == "test":
                columns.append(_add(rows, f"rank_{part}_{suffix}", rank(means)))
    return columns, rows


def clustering_scores(results: Results) -> tuple[list[str], list[Row]]:
    """Return the columns and rows of a clustering's scores.csv: `model`, `param_*`, `params`, and a column a metric."""
    rows = _identity(results)
    columns = ["model", *results.parameters, "params"]
    columns += [_add(rows, metric, results.array("test", metric)[:, 0]) for metric in results.metrics]
    return columns, rows


def timings(results: Results) -> tuple[list[str], list[Row]]:
    """Return the columns and rows of timings.csv: mean and standard deviation of fit and score times, in seconds."""
    rows = _identity(results)
    columns = ["model", *results.parameters, "params"]
    for name in ("fit_time", "score_time"):
        means, stds = mean_and_std(results.array(name))
        columns += [_add(rows, f"mean_{name}", means), _add(rows, f"std_{name}", stds)]
    return columns, rows


def evaluation_rows(results: Results) -> tuple[list[str], list[Row]]:
    """Return the columns and rows of evaluations.csv: a row for every evaluation that has a record."""
    parts = ("test", "train") if results.spec.get("train_scores") else ("test",)
    names = {
        (part, metric): f"{part}_{suffix}"
        for part in parts
        for metric, suffix in zip(results.metrics, results.suffixes, strict=True)
    }
    last = ["fit_time", "score_time", "status", "error", "host", "node", "pid", "started", "finished", "attempts"]
    rows = []
    for e in results.evaluations:
        if (record := results.record(e)) is None:
            continue
        row = {"model": e.model, "candidate": e.candidate, "fold": e.fold} | {
            f"param_{name}": v for name, v in e.params.items()
        }
        for (part, metric), column in names.items():
            row[column] = float((record.get(part) or {}).get(metric, "nan"))
        rows.append(row | {name: record[name] for name in last if record.get(name) is not None})
    return ["model", "candidate", "fold", *results.parameters, *names.values(), *last], rows


def best(results: Results, rows: list[Row]) -> dict[str, Any]:
    """Return what stands in best.json: the first candidate of rank 1, its figures, and what reproduces it."""
    suffix = results.suffixes[0]
    place = min(range(len(rows)), key=lambda index: rows[index][f"rank_test_{suffix}"])
    row, evaluation = rows[place], results.candidates()[place]
    figures = {name: value for name, value in row.items() if name.startswith(("mean_", "std_", "rank_"))}
    made = results.request.made[evaluation.model]
    recorded, asked = results.counts()
    return {
        "model": evaluation.model,
        "candidate": evaluation.candidate,
        "params": evaluation.params,
        **{name: None if isinstance(value, float) and math.isnan(value) else value for name, value in figures.items()},
        "evaluations": {"recorded": recorded, "asked": asked},
        "reproduce": {
            "estimator": results.spec["models"][evaluation.model]["estimator"],
            "scoring": results.spec["scoring"],
            "splits": results.spec["splits"],
            "folds": [fold.digest for fold in results.request.folds],
            "versions": made["versions"],
            "threads": results.request.threads,
            "made": made["id"],
        },
    }


def how_much(evaluated: dict[str, Any]) -> str:
    """Return what a picture must say of its completeness: nothing where all is well."""
    words = []
    if evaluated["state"] != "complete":
        words.append(f"stopped: {evaluated['recorded']:,} of {evaluated['asked']:,} evaluations")
    if evaluated["failed"]:
        words.append(f"{evaluated['failed']:,} failed")
    return "; ".join(words)
