"""The chosen candidate of a search and how to reproduce it: the content of best.json."""

import math
from typing import Any

from foldwork.results.choice import choose, described
from foldwork.results.results import Results
from foldwork.results.tables import Table


def best(results: Results, rows: Table, rule: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the content of best.json.

    Parameters
    ----------
    results : Results
        Of a search.
    rows : Table
        Rows of its scores.csv.
    rule : dict, optional
        How the candidate is chosen: `choose`, `rank_by` and `simplest` of the config. Without it the first candidate of rank 1 by the first metric.

    Returns
    -------
    dict
        The chosen candidate: model, params, mean and standard deviation of each score; how it was chosen (`choice`); and what is needed to
        reproduce it (`reproduce`). NaN and infinity become None.
    """
    rule = rule or {}
    choice = choose(results, rule)
    row, proposal = rows[choice.row], results.requested.proposals[choice.row]
    figures = {name: value for name, value in row.items() if name.startswith(("mean_", "std_", "rank_"))}
    made = results.request.made[proposal.model]
    recorded, requested = results.counts()
    return {
        "model": proposal.model,
        "candidate": proposal.candidate,
        "params": proposal.params,
        **{name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in figures.items()},
        "choice": described(results, choice, rule),
        "evaluations": {"recorded": recorded, "asked": requested},
        "reproduce": {
            "estimator": results.request.spec["models"][proposal.model]["estimator"],
            "scoring": results.request.spec["scoring"],
            "splits": results.request.spec["splits"],
            "folds": [fold.digest for fold in results.request.folds],
            "versions": made["versions"],
            "threads": results.request.threads,
            "made": made["id"],
            "evaluated": results.evaluated,
        },
    }
