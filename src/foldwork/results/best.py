"""The best candidate of a search, and what reproduces it: best.json."""

import math
from typing import Any

import numpy as np

from foldwork.results.results import Results
from foldwork.results.tables import Table


def best(results: Results, rows: Table) -> dict[str, Any]:
    """Return what stands in best.json: the first candidate of rank 1, its figures, and what reproduces it."""
    place = int(np.argmin(rows.column(f"rank_test_{results.suffixes[0]}")))
    row, proposal = rows[place], results.requested.proposals[place]
    figures = {name: value for name, value in row.items() if name.startswith(("mean_", "std_", "rank_"))}
    made = results.request.made[proposal.model]
    recorded, asked = results.counts()
    return {
        "model": proposal.model,
        "candidate": proposal.candidate,
        "params": proposal.params,
        **{name: None if isinstance(value, float) and math.isnan(value) else value for name, value in figures.items()},
        "evaluations": {"recorded": recorded, "asked": asked},
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


def how_much(evaluated: dict[str, Any]) -> str:
    """Return what a picture must say of its completeness: nothing where all is well."""
    words = []
    if evaluated["state"] != "complete":
        words.append(f"stopped: {evaluated['recorded']:,} of {evaluated['asked']:,} evaluations")
    if evaluated["failed"]:
        words.append(f"{evaluated['failed']:,} failed")
    return "; ".join(words)
