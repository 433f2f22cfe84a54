"""The tables of a search or clustering, for a notebook."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Tables:
    """What a search or clustering has come to.

    Attributes
    ----------
    scores : DataFrame
        A row a candidate; for a search with scikit-learn's `cv_results_` columns, for a clustering with its metrics. `params` holds dicts.
    timings : DataFrame
        A row a candidate: mean and standard deviation of fit and score times, in seconds.
    evaluations : DataFrame
        A row an evaluation.
    best : dict or None
        best.json; None for a clustering.
    """

    scores: "pd.DataFrame"
    timings: "pd.DataFrame"
    evaluations: "pd.DataFrame"
    best: dict[str, Any] | None


def read(folder: str | Path) -> Tables:
    """Read the tables of one search or clustering.

    Parameters
    ----------
    folder : path-like
        Such as `results/searches/digits-svc`.

    Returns
    -------
    Tables
        `scores`, `timings` and `evaluations` as DataFrames, `best` as a dict.

    Raises
    ------
    FileNotFoundError
        When that run has not finished; `foldwork status` tells how far it is.

    Examples
    --------
    >>> tables = foldwork.read("results/searches/digits-svc")  # doctest: +SKIP
    >>> tables.scores.nsmallest(3, "rank_test_score")  # doctest: +SKIP
    """
    import pandas as pd

    folder = Path(folder)
    exact = {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}  # later versions always are
    tables = {name: pd.read_csv(folder / f"{name}.csv", **exact) for name in ("scores", "timings", "evaluations")}
    for name in ("scores", "timings"):
        tables[name]["params"] = tables[name]["params"].map(json.loads)
    best = folder / "best.json"
    return Tables(**tables, best=json.loads(best.read_text()) if best.exists() else None)
