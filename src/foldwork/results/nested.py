"""The tables of a nested search: scores.csv and timings.csv with a row for each outer fold and candidate, nested.csv, and nested.json."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from foldwork.results.csv_table import Row
from foldwork.results.results import Results
from foldwork.results.tables import Table, mean_and_std
from foldwork.strategies.nested import OUTER_FOLD, NestedSearch
from foldwork.strategies.ranking import rank


def scores(results: Results) -> tuple[list[str], Table]:
    """Return columns and rows of scores.csv: for each outer fold the `cv_results_` of its search, without times.

    The columns are `model`, `outer_fold`, and those of other searches. Ranks are among the candidates of one outer fold.
    """
    table, inner = Table(results), _InnerFolds(results)
    for metric, suffix in zip(results.metrics, results.suffixes, strict=True):
        for part in ("test", "train") if results.request.train_scores else ("test",):
            values = results.array(part, metric)
            for k, column in enumerate(inner.columns(values)):
                table.add(f"split{k}_{part}_{suffix}", column)
            table.add(f"mean_{part}_{suffix}", means := inner.reduce(values, lambda found: mean_and_std(found)[0]))
            table.add(f"std_{part}_{suffix}", inner.reduce(values, lambda found: mean_and_std(found)[1]))
            if part == "test":
                table.add(f"rank_{part}_{suffix}", inner.ranks(means))
    return table.columns, table


def timings(results: Results) -> tuple[list[str], Table]:
    """Return columns and rows of timings.csv: mean and standard deviation of fit and score times over the inner folds, in seconds."""
    table, inner = Table(results), _InnerFolds(results)
    for name in ("fit_time", "score_time"):
        values = results.array(name)
        table.add(f"mean_{name}", inner.reduce(values, lambda found: mean_and_std(found)[0]))
        table.add(f"std_{name}", inner.reduce(values, lambda found: mean_and_std(found)[1]))
    return table.columns, table


def outer_scores(results: Results) -> tuple[list[str], list[Row]]:
    """Return columns and rows of nested.csv: a row for each outer fold.

    Columns: `fold`; for each metric `outer_*`, the score of the chosen candidate on the outer fold, and `inner_*`, its mean over the inner folds; `model` and
    `params` of the candidate. Cells of an outer fold without a chosen candidate are empty.
    """
    names = [f"{part}_{suffix}" for suffix in results.suffixes for part in ("outer", "inner")]
    rows = []
    inner = _InnerFolds(results)
    for search in _searches(results):
        row: Row = {"fold": search.outer}
        if search.chosen is not None:
            index = inner.row(search)
            for metric, suffix in zip(results.metrics, results.suffixes, strict=True):
                values = results.array("test", metric)
                row[f"outer_{suffix}"] = values[index, search.outer].item()
                row[f"inner_{suffix}"] = mean_and_std(values[[index]][:, search.inner])[0].item()
            row |= {"model": search.chosen.model, "params": search.chosen.params}
        rows.append(row)
    return ["fold", *names, "model", "params"], rows


def summary(results: Results) -> dict[str, Any]:
    """Return the content of nested.json.

    Returns
    -------
    dict
        For each metric `mean_outer_*` and `std_outer_*` over the outer folds, `mean_inner_*`, and `optimism` (with several metrics `optimism_*`), which is the
        mean inner minus the mean outer score; `chosen`, each chosen candidate with its `folds`, the most frequent first; `evaluations`; and
        `reproduce`, as in best.json. NaN and infinity become None.
    """
    _, rows = outer_scores(results)
    found: dict[str, Any] = {"outer_folds": len(rows)}
    for suffix in results.suffixes:
        outer, inner = (
            np.array([row.get(f"{part}_{suffix}", math.nan) for row in rows], dtype=np.float64)
            for part in ("outer", "inner")
        )
        optimism = "optimism" if len(results.suffixes) == 1 else f"optimism_{suffix}"
        figures = {
            f"mean_outer_{suffix}": np.mean(outer),
            f"std_outer_{suffix}": np.std(outer),
            f"mean_inner_{suffix}": np.mean(inner),
            optimism: np.mean(inner) - np.mean(outer),
        }
        found |= {name: value.item() if np.isfinite(value) else None for name, value in figures.items()}
    recorded, requested = results.counts()
    spec, made = results.request.spec, results.request.made
    return found | {
        "chosen": _chosen(rows),
        "evaluations": {"recorded": recorded, "asked": requested},
        "reproduce": {
            "estimators": {model: of_model["estimator"] for model, of_model in spec["models"].items()},
            "scoring": spec["scoring"],
            "splits": spec["splits"],
            "inner": spec["inner"],
            "folds": [fold.digest for fold in results.request.outer_folds],
            "versions": {model: each["versions"] for model, each in made.items()},
            "threads": results.request.threads,
            "evaluated": results.evaluated,
        },
    }


def _chosen(rows: list[Row]) -> list[dict[str, Any]]:
    """Return each chosen candidate with the outer folds that chose it, the most frequent first."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if "model" in row:
            name = json.dumps([row["model"], row["params"]], sort_keys=True)
            entry = found.setdefault(name, {"model": row["model"], "params": row["params"], "count": 0, "folds": []})
            entry["count"] += 1
            entry["folds"].append(row["fold"])
    return sorted(found.values(), key=lambda entry: -entry["count"])


def _searches(results: Results) -> list[NestedSearch]:
    return [search for search in results.requested.rounds.strategies() if isinstance(search, NestedSearch)]


class _InnerFolds:
    """Which rows of the results belong to which outer fold, and where the scores of its inner folds are.

    Parameters
    ----------
    results : Results
        Of a nested search.
    """

    def __init__(self, results: Results) -> None:
        self._proposals = results.requested.proposals
        outer = np.array([proposal.columns[OUTER_FOLD] for proposal in self._proposals], dtype=int)
        self._parts = [(np.flatnonzero(outer == search.outer), list(search.inner)) for search in _searches(results)]

    def columns(self, values: np.ndarray) -> list[np.ndarray]:
        """Return the values of the first, second, … inner fold of each row; NaN where its outer fold has fewer."""
        found = [np.full(len(values), np.nan) for _ in range(max(len(inner) for _, inner in self._parts))]
        for rows, inner in self._parts:
            for column, fold in zip(found, inner, strict=False):
                column[rows] = values[rows, fold]
        return found

    def reduce(self, values: np.ndarray, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Apply a function to the values of the rows and inner folds of each outer fold. It returns a number for each row."""
        found = np.full(len(values), np.nan)
        for rows, inner in self._parts:
            # In C order, as scikit-learn has them: the order of a sum depends on it.
            found[rows] = function(np.ascontiguousarray(values[np.ix_(rows, inner)]))
        return found

    def ranks(self, means: np.ndarray) -> np.ndarray:
        """Return the ranks of each row among those of its outer fold."""
        found = np.ones(len(means), dtype=np.int32)
        for rows, _ in self._parts:
            found[rows] = rank(means[rows])
        return found

    def row(self, search: NestedSearch) -> int:
        """Return the row of the candidate that an outer fold has chosen."""
        chosen = search.chosen
        return next(
            row
            for row in self._parts[search.outer][0].tolist()
            if (self._proposals[row].model, self._proposals[row].candidate) == (chosen.model, chosen.candidate)
        )
