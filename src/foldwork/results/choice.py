"""Choose a candidate of a search: the one with the best mean, or the simplest one that is nearly as good.

`one_standard_error` takes the simplest candidate whose mean is at least the best mean minus one standard error of it: s / sqrt(n_folds), where s is the
sample standard deviation of the best candidate's scores (n_folds - 1 in the denominator; the column `std_test_*` has n_folds). `simplest_equivalent` takes the
simplest candidate that the corrected resampled t-test does not find different from the best one.

References
----------
Breiman, L., Friedman, J., Olshen, R. and Stone, C. (1984). Classification and Regression Trees. Wadsworth, section 3.4.3.
Hastie, T., Tibshirani, R. and Friedman, J. (2009). The Elements of Statistical Learning, 2nd edition. Springer, section 7.10.
Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52, 239-281.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from foldwork.errors import FoldworkError
from foldwork.results.as_good import ALPHA, AsGood, as_good_as
from foldwork.results.comparison import size_ratio
from foldwork.results.ranked import Ranked, ranked
from foldwork.results.results import Results
from foldwork.results.tables import mean_and_std
from foldwork.strategies.interface import Proposal
from foldwork.strategies.ranking import first_best, rank
from foldwork.study.choice_rule import BEST, MODEL, ONE_STANDARD_ERROR, orders_models, position
from foldwork.study.messages import hint, shown

MOST_LISTED = 50
"""Candidates as good as the best one that best.json lists; it has the number of all."""


@dataclass(frozen=True, eq=False)
class Choice:
    """The chosen candidate of a search, and what the choice rests on.

    Attributes
    ----------
    row : int
        Row of the chosen candidate in scores.csv.
    best : int
        Row of the ranked candidate with the best mean, the first one of several.
    metric, suffix : str
        The metric that ranks, and what its columns end in.
    ranked : Ranked
    as_good : AsGood
        Comparison of `best` with all candidates.
    means, stds : ndarray of shape (n_candidates,)
        As in scores.csv.
    standard_error : float
        Of the best mean; NaN with one fold.
    """

    row: int
    best: int
    metric: str
    suffix: str
    ranked: Ranked
    as_good: AsGood
    means: np.ndarray = field(repr=False)
    stds: np.ndarray = field(repr=False)
    standard_error: float = math.nan

    @property
    def threshold(self) -> float:
        """The lowest mean within one standard error of the best mean."""
        error = self.standard_error if math.isfinite(self.standard_error) else 0.0
        return float(self.means[self.best] - error)


def choose(results: Results, rule: dict[str, Any]) -> Choice:
    """Choose a candidate.

    Parameters
    ----------
    results : Results
        Of a search that is not nested.
    rule : dict
        `choose`, `rank_by` and `simplest`, as far as the config has them.

    Raises
    ------
    FoldworkError
        For a metric that the scores do not have.
    """
    metric, suffix = _metric(results, rule.get("rank_by"))
    scores = results.array("test", metric)
    means, stds = mean_and_std(scores)
    can = ranked(results, scores)
    unranked = np.where(can.last, len(means) + 1, len(means) + 2)
    ranks = np.where(can.mask, rank(means), unranked)
    # A candidate of halving has several rows; of those in the last iteration scikit-learn, too, takes the first.
    best = first_best(ranks, results.requested.proposals) if can.last.all() else int(np.argmin(ranks))
    folds = results.request.folds
    ratio = size_ratio(folds) if all(fold.n_train and fold.n_test for fold in folds) else None
    as_good = as_good_as(best, scores, ratio)
    with np.errstate(all="ignore"):
        error = float(np.std(scores[best], ddof=1) / math.sqrt(scores.shape[1])) if scores.shape[1] > 1 else math.nan
    found = Choice(best, best, metric, suffix, can, as_good, means, stds, error)
    if not can.mask.any() or not rule.get("simplest"):
        return found
    row = _simplest(results, rule["simplest"], np.flatnonzero(can.mask & _allowed(found, ranks, rule)), found)
    return Choice(row, best, metric, suffix, can, as_good, means, stds, error)


def _metric(results: Results, rank_by: str | None) -> tuple[str, str]:
    if rank_by is None:
        return results.metrics[0], results.suffixes[0]
    if rank_by not in results.metrics:
        name = results.request.name
        raise FoldworkError(
            f"config: searches.{name}.rank_by: {shown(rank_by)} is no metric of its scores{hint(rank_by, results.metrics)}"
        )
    return rank_by, results.suffixes[results.metrics.index(rank_by)]


def _allowed(found: Choice, ranks: np.ndarray, rule: dict[str, Any]) -> np.ndarray:
    """Return which candidates are good enough for the simplest of them to be chosen."""
    if rule.get("choose", BEST) == BEST:
        return ranks == ranks[found.best]
    if rule["choose"] == ONE_STANDARD_ERROR:
        return found.means >= found.threshold
    return found.as_good.mask


def _simplest(results: Results, simplest: dict[str, Any], rows: np.ndarray, found: Choice) -> int:
    """Return the simplest of some rows; of equally simple ones that with the best mean, then the first one.

    Parameters are compared in the order of `simplest`, a later one only where all before it are equal. Only candidates of the best one's model are compared,
    unless `simplest` orders the models.
    """
    proposals = results.requested.proposals
    spaces = [model["space"] for model in results.request.spec["models"].values()]
    of_models = orders_models(simplest, spaces)
    if not of_models:
        rows = [row for row in rows if proposals[row].model == proposals[found.best].model]
    key = _complexity(simplest, of_models)
    return int(min(rows, key=lambda row: (key(proposals[row]), -found.means[row], row)))


def _complexity(simplest: dict[str, Any], of_models: bool) -> Callable[[Proposal], tuple]:
    """Return a function from a candidate to a tuple that is the smaller the simpler it is. One without a parameter comes after those that have it."""

    def one(name: str, order: Any, proposal: Proposal) -> tuple:
        if name == MODEL and of_models:
            return 0, order.index(proposal.model)
        if name not in proposal.params:
            return 1, 0
        value = proposal.params[name]
        if isinstance(order, list):
            return 0, position(value, order)
        return 0, value if order == "low" else -value

    return lambda proposal: tuple(one(name, order, proposal) for name, order in simplest.items())


def described(results: Results, found: Choice, rule: dict[str, Any]) -> dict[str, Any]:
    """Return the member `choice` of best.json."""
    proposals, good = results.requested.proposals, found.as_good
    rows = np.flatnonzero(found.ranked.mask & good.mask)
    rows = rows[np.argsort(-found.means[rows], kind="stable")]
    has_error = rule.get("choose") == ONE_STANDARD_ERROR

    def candidate(row: int) -> dict[str, Any]:
        proposal = proposals[row]
        figures = {"mean": found.means[row], "std": found.stds[row]}
        names = {"model": proposal.model, "candidate": proposal.candidate, "params": proposal.params}
        return names | {name: number(value) for name, value in figures.items()}

    return {
        "choose": BEST,
        **rule,
        "rank_by": found.metric,
        "candidates": {"all": len(proposals), "ranked": int(found.ranked.mask.sum()), **found.ranked.not_ranked},
        "best_mean": {**candidate(found.best), "standard_error": number(found.standard_error)},
        **({"threshold": number(found.threshold)} if has_error else {}),
        "as_good": {
            "alpha": ALPHA,
            "count": len(rows),
            "candidates": [
                {**candidate(row), "difference": number(good.difference[row]), "p": number(good.p[row])}
                for row in rows[:MOST_LISTED].tolist()
            ],
        },
    }


def number(value: Any) -> float | None:
    """Return a number for JSON: NaN is None, and infinity too, which JSON does not have."""
    value = float(value)
    return value if math.isfinite(value) else None
