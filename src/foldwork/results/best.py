"""The best candidate of a search and how to reproduce it: the content of best.json."""

import math
from typing import Any

import numpy as np

from foldwork.results.results import Results
from foldwork.results.tables import Table


def best(results: Results, rows: Table) -> dict[str, Any]:
    """Return the content of best.json.

    Parameters
    ----------
    results : Results
        Of a search.
    rows : Table
        Rows of its scores.csv.

    Returns
    -------
    dict
        The first candidate of rank 1 by the first metric: model, params, mean and standard deviation of each score, and what is needed to
        reproduce them (`reproduce`). NaN becomes None.
    """
    index = _index_of_best(results, rows)
    row, proposal = rows[index], results.requested.proposals[index]
    figures = {name: value for name, value in row.items() if name.startswith(("mean_", "std_", "rank_"))}
    made = results.request.made[proposal.model]
    recorded, requested = results.counts()
    return {
        "model": proposal.model,
        "candidate": proposal.candidate,
        "params": proposal.params,
        **{name: None if isinstance(value, float) and math.isnan(value) else value for name, value in figures.items()},
        "evaluations": {"recorded": recorded, "asked": requested},
        "reproduce": {
            "estimator": results.request.spec["models"][proposal.model]["estimator"],
            "scoring": results.request.spec["scoring"],
            "splits": results.request.spec["splits"],
            "folds": [fold.digest for fold in results.request.folds],
            "versions": made["versions"],
            "threads": results.request.threads,
            "made": made["id"],
        },
    }


def _index_of_best(results: Results, rows: Table) -> int:
    """Return the first row of rank 1; with successive halving the best row of the last iterations, as scikit-learn's `best_index_` is."""
    ranks = rows.column(f"rank_test_{results.suffixes[0]}").copy()
    proposals = results.requested.proposals
    if proposals and "iter" in (proposals[0].columns or ()):
        groups = [(p.model, p.columns.get("bracket")) for p in proposals]
        last: dict[Any, int] = {}
        for group, proposal in zip(groups, proposals, strict=True):
            last[group] = max(last.get(group, 0), proposal.columns["iter"])
        earlier = [p.columns["iter"] < last[group] for group, p in zip(groups, proposals, strict=True)]
        ranks[earlier] = ranks.max() + 1
    return int(np.argmin(ranks))


def completeness_note(evaluated: dict[str, Any]) -> str:
    """Return a note for pictures about missing and failed evaluations.

    Parameters
    ----------
    evaluated : dict
        Content of evaluated.json.

    Returns
    -------
    str
        Empty if all evaluations are recorded and none failed.
    """
    parts = []
    if evaluated["state"] != "complete":
        parts.append(f"stopped: {evaluated['recorded']:,} of {evaluated['asked']:,} evaluations")
    if evaluated["failed"]:
        parts.append(f"{evaluated['failed']:,} failed")
    return "; ".join(parts)
