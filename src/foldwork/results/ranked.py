"""Which candidates of a search can be ranked: those with a score on every fold, and of successive halving those of the last iteration."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwork.results.results import Results

FAILED, MISSING, NO_SCORE = "failed", "missing", "no_score"
EARLIER, DROPPED = "earlier_iteration", "dropped"


@dataclass(frozen=True, eq=False)
class Ranked:
    """The rows of scores.csv that can be ranked by a metric.

    Attributes
    ----------
    mask : ndarray of bool, shape (n_candidates,)
        Whether a row is ranked.
    last : ndarray of bool, shape (n_candidates,)
        Whether a row is of the last iteration of its model and bracket; all are without successive halving.
    not_ranked : dict of str to int
        Number of other rows by reason: `earlier_iteration` (of successive halving), `dropped` (by a race), `failed` (an evaluation has failed), `missing`
        (one has no record), `no_score` (the metric is NaN on a fold). The first reason that holds counts.
    """

    mask: np.ndarray
    last: np.ndarray
    not_ranked: dict[str, int]


def ranked(results: Results, scores: np.ndarray) -> Ranked:
    """Return which rows are ranked.

    Parameters
    ----------
    results : Results
        Of a search that is not nested.
    scores : ndarray of shape (n_candidates, n_folds)
        Test scores by the metric that ranks.
    """
    incomplete = np.isnan(scores).any(axis=1)
    last = _last_iterations(results)
    reasons = Counter({EARLIER: int((~last).sum())})
    dropped = _dropped(results)
    for row in np.flatnonzero(incomplete & last):
        reasons[_reason(results, int(row), scores[row], dropped)] += 1
    return Ranked(last & ~incomplete, last, {reason: count for reason, count in sorted(reasons.items()) if count})


def _last_iterations(results: Results) -> np.ndarray:
    """Return the attribute `last` of `Ranked`."""
    proposals = results.requested.proposals
    if not proposals or "iter" not in (proposals[0].columns or ()):
        return np.ones(len(proposals), dtype=bool)
    groups = [(p.model, p.columns.get("bracket")) for p in proposals]
    last: dict[Any, int] = {}
    for group, proposal in zip(groups, proposals, strict=True):
        last[group] = max(last.get(group, 0), proposal.columns["iter"])
    return np.array([p.columns["iter"] == last[group] for group, p in zip(groups, proposals, strict=True)], dtype=bool)


def _dropped(results: Results) -> set[tuple[str, int]]:
    """Return the candidates that a race has dropped for their scores."""
    found: set[tuple[str, int]] = set()
    for strategy in results.requested.rounds.strategies():
        columns = strategy.row_columns()
        found |= {name for name, row in columns.items() if row.get("dropped_by") not in (None, FAILED)}
    return found


def _reason(results: Results, row: int, scores: np.ndarray, dropped: set[tuple[str, int]]) -> str:
    proposal = results.requested.proposals[row]
    if (proposal.model, proposal.candidate) in dropped:
        return DROPPED
    found = [results.record_of(row * results.folds + int(fold)) for fold in np.flatnonzero(np.isnan(scores))]
    if any(record is not None and record["status"] == "failed" for record in found):
        return FAILED
    return MISSING if None in found else NO_SCORE
