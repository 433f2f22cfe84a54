"""The gap statistic of the candidates of a clustering: the rows of gap.csv.

References
----------
Tibshirani, Walther and Hastie (2001), Estimating the number of clusters in a data set via the gap statistic, Journal of the Royal Statistical Society B 63,
411-423
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from foldwork.results.csv_table import Row
from foldwork.results.resampled_rows import resampled_rows
from foldwork.results.results import Results
from foldwork.results.tables import Table
from foldwork.strategies.resamples import REFERENCE
from foldwork.study.number_of_clusters import n_clusters_parameter


def rows(results: Results) -> tuple[list[str], list[Row]]:
    """Return columns and rows of gap.csv, a row for each row of scores.csv.

    Parameters
    ----------
    results : Results
        Of a clustering with `gap`.

    Returns
    -------
    columns : list of str
        Those that name the candidate, then `log_w`, the logarithm of the within-cluster dispersion of the points; `mean_log_w_reference`, its mean over the
        reference data; `gap`, their difference; `s`, the standard error of the gap; `n_references`, the number of reference data that were clustered; and
        `estimate`, 1 for the number of clusters that the rule of the paper estimates and 0 for others. All but `n_references` are absent where the gap is not
        defined.
    rows : list of dict
    """
    table = Table(results)
    found = [
        _gap(results, row, references)
        for row, references in zip(results.table_rows, resampled_rows(results, REFERENCE), strict=True)
    ]
    for group in _groups(results):
        known = [at for at in group if "gap" in found[at]]
        chosen = estimate([found[at]["gap"] for at in known], [found[at]["s"] for at in known])
        for place, at in enumerate(known):
            found[at]["estimate"] = int(place == chosen)
    columns = [*table.columns, "log_w", "mean_log_w_reference", "gap", "s", "n_references", "estimate"]
    return columns, [dict(row) | more for row, more in zip(table, found, strict=True)]


def _gap(results: Results, row: int, references: list[int]) -> Row:
    (log_w,) = _log_dispersions(results, [row])
    logs = _log_dispersions(results, references)
    logs = logs[np.isfinite(logs)]
    found: Row = {"n_references": len(logs)}
    if len(logs) and np.isfinite(log_w):
        mean = float(np.mean(logs))
        s = float(np.std(logs) * np.sqrt(1 + 1 / len(logs)))
        found |= {"log_w": float(log_w), "mean_log_w_reference": mean, "gap": mean - float(log_w), "s": s}
    return found


def _log_dispersions(results: Results, of_rows: list[int]) -> np.ndarray:
    """Return the logarithms of dispersions; not finite where there is none, or where it is 0."""
    records = [results.record_of(row * results.folds) or {} for row in of_rows]
    with np.errstate(divide="ignore"):
        return np.log([float(record.get("dispersion", "nan")) for record in records])


def _groups(results: Results) -> list[list[int]]:
    """Return the positions, in scores.csv, of candidates that differ in the number of clusters alone, in ascending order of that number."""
    groups: dict[str, dict[int, int]] = {}
    parameters = {name: n_clusters_parameter(spec["estimator"]) for name, spec in results.request.spec["models"].items()}
    for at, row in enumerate(results.table_rows):
        proposal = results.requested.proposals[row]
        others: dict[str, Any] = dict(proposal.params)
        number = others.pop(parameters[proposal.model], None)
        if isinstance(number, int):
            name = json.dumps([proposal.model, others], sort_keys=True)
            groups.setdefault(name, {}).setdefault(number, at)
    return [[group[number] for number in sorted(group)] for group in groups.values()]


def estimate(gaps: Sequence[float], errors: Sequence[float]) -> int | None:
    """Return the position of the smallest number of clusters k with Gap(k) >= Gap(k') - s(k'), k' being the next larger one; None if there is none.

    Parameters
    ----------
    gaps, errors : sequence of float
        Gap and s of ascending numbers of clusters.
    """
    for at in range(len(gaps) - 1):
        if gaps[at] >= gaps[at + 1] - errors[at + 1]:
            return at
    return None
