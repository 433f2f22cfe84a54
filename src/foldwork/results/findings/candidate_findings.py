"""Findings on the candidates of a search: the best one at the edge of a range, and no candidate better than another."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from foldwork.results.findings.evidence import Evidence
from foldwork.results.findings.finding import Finding
from foldwork.sklearn_private import constraint_violation, parameter_constraints
from foldwork.strategies.interface import Proposal
from foldwork.study.choice_rule import is_number
from foldwork.study.objects import build, build_estimator
from foldwork.study.search_space import DISTRIBUTIONS, grids_of, parameter_values

FEWEST_VALUES = 3
"""Of two values the best one is always at an edge."""

FEWEST_FOLDS = 3
"""With two folds the test has one degree of freedom, and finds hardly any difference."""

NEAR_SHARE = 0.1
"""Candidates are as good as each other only if their means differ by less than a tenth of the gain over a dummy: a test of few folds misses large differences."""

EDGE_SHARE = 0.05
"""Of a distribution's range (on its scale): a value that is so near to an end is at the edge. A value drawn at random is so in one of ten cases."""


def best_at_edge(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding for each parameter whose value in the best candidate is the lowest or highest number of its range.

    There is none where a candidate inside the range is equally good, where all candidates are as good as each other, and where the estimator takes no value beyond.
    """
    choice = evidence.choice
    if choice is None or _all_as_good(evidence):
        return
    best = evidence.results.requested.proposals[choice.best]
    spec = evidence.results.request.spec["models"][best.model]
    # The resource of successive halving, n_estimators, say, is not in the space.
    (arguments,) = (evidence.results.request.spec.get("strategy") or {"grid": {}}).values()
    searched = {name: value for name, value in best.params.items() if name != (arguments or {}).get("resource")}
    grids = [grid for grid in grids_of(spec["space"]) if grid.keys() == searched.keys()]
    for name, value in searched.items():
        ends = _ends([grid[name] for grid in grids]) if is_number(value) else None
        side = _side(value, *ends) if ends else None
        if side is None or _is_natural_end(spec["estimator"], best.params, name, side):
            continue
        inner = _best_inside(evidence, best, name, ends, side)
        if inner is not None and inner >= choice.means[choice.best]:
            continue
        low, high = ends[:2]
        yield Finding(
            "best_at_edge",
            f"the best {name} of {best.model}, {value:.6g}, is at the {'lower' if side < 0 else 'upper'} end of its range {low:.6g} to {high:.6g}; widen it {'downwards' if side < 0 else 'upwards'}",
            {
                "model": best.model,
                "parameter": name,
                "value": value,
                "lowest": low,
                "highest": high,
                "widen": "down" if side < 0 else "up",
                "mean": float(choice.means[choice.best]),
                "best_mean_inside": inner,
            },
        )


def _ends(specs: list[Any]) -> tuple[float, float, float, bool] | None:
    """Return lowest and highest number of a range, how near to an end is at the edge, and whether that is on a log scale. None if it is no range."""
    values: list[Any] = []
    for spec in specs:
        word = next(iter(spec)) if isinstance(spec, dict) else None
        if word in DISTRIBUTIONS:
            if len(specs) > 1:
                return None
            low, high = spec[word]
            return low, high - (word == "randint"), EDGE_SHARE, word == "loguniform"
        values += parameter_values(spec)
    if not all(map(is_number, values)) or len(set(values)) < FEWEST_VALUES:
        return None
    return min(values), max(values), 0.0, False


def _side(value: float, low: float, high: float, share: float, is_log: bool) -> int | None:
    """Return -1 for a value at the lower end, 1 at the upper end, else None."""
    if is_log:
        value, low, high = math.log(value), math.log(low), math.log(high)
    if value <= low + share * (high - low):
        return -1
    return 1 if value >= high - share * (high - low) else None


def _best_inside(evidence: Evidence, best: Proposal, name: str, ends: tuple, side: int) -> float | None:
    """Return the best mean of the model's ranked candidates whose value is not at this end; None if there is none."""
    choice, proposals = evidence.choice, evidence.results.requested.proposals
    means = [
        float(choice.means[row])
        for row in np.flatnonzero(choice.ranked.mask).tolist()
        if proposals[row].model == best.model
        and is_number(value := proposals[row].params.get(name))
        and _side(value, *ends) != side
    ]
    return max(means, default=None)


def _is_natural_end(estimator: Any, params: dict[str, Any], name: str, side: int) -> bool:
    """Return whether scikit-learn's estimator refuses a value a little beyond this one."""
    value = params[name]
    step = 1 if isinstance(value, int) else max(abs(value) * 0.01, 1e-9)
    try:
        built = build_estimator(estimator).set_params(**{key: build(each) for key, each in params.items()})
        prefix, _, parameter = name.rpartition("__")
        owner = type(built.get_params()[prefix] if prefix else built)
    except Exception:  # an estimator of the user's may raise anything
        return False
    constraints = parameter_constraints(owner)
    if parameter not in constraints:
        return False
    return constraint_violation(parameter, value + side * step, constraints[parameter], owner.__name__) is not None


def all_as_good(evidence: Evidence) -> Iterator[Finding]:
    """Yield a finding if the corrected test finds no candidate worse than the best one, and their means are near each other."""
    if not _all_as_good(evidence):
        return
    choice = evidence.choice
    ranked = choice.ranked.mask
    means, p = choice.means[ranked], choice.as_good.p[ranked]
    if means.min() == means.max():
        text = f"all {len(means):,} candidates have {choice.metric} {means[0]:.4g}: the parameters do not matter within their ranges"
    else:
        text = f"none of {len(means):,} candidates ({choice.metric} {means.min():.4g} to {means.max():.4g}) is told apart from the best one by the corrected test (lowest p {p.min():.2g}); take the simplest, or more folds"
    yield Finding(
        "all_as_good",
        text,
        {
            "metric": choice.metric,
            "candidates": len(means),
            "lowest_mean": float(means.min()),
            "highest_mean": float(means.max()),
            "lowest_p": float(p.min()),
        },
    )


def _all_as_good(evidence: Evidence) -> bool:
    choice = evidence.choice
    if choice is None or evidence.results.folds < FEWEST_FOLDS or choice.ranked.mask.sum() < 2:
        return False
    ranked = choice.ranked.mask
    means, p = choice.means[ranked], choice.as_good.p[ranked]
    near = np.ptp(means) <= NEAR_SHARE * (evidence.gain(choice.metric) or abs(float(means.max())))
    return bool(near) and not np.isnan(p).any() and bool(choice.as_good.mask[ranked].all())
