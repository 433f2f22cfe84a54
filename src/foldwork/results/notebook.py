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
        The `param_*` columns have the values of the config: None is None, 3 is an int, and NaN is where a candidate does not have that parameter.
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
        _restore(tables[name], list(tables[name]["params"]))
    scores = tables["scores"]
    candidates = scores.groupby("model").cumcount()
    params = dict(zip(zip(scores["model"], candidates, strict=True), scores["params"], strict=True))
    rows = tables["evaluations"]
    _restore(rows, [params[row] for row in zip(rows["model"], rows["candidate"], strict=True)])
    best = folder / "best.json"
    return Tables(**tables, best=json.loads(best.read_text()) if best.exists() else None)


def _restore(table: "pd.DataFrame", params: list[dict[str, Any]]) -> None:
    """Give the `param_*` columns the types that CSV has lost, from each row's parameters."""
    import pandas as pd

    for column in [name for name in table.columns if name.startswith("param_")]:
        name = column.removeprefix("param_")
        values = pd.Series([row.get(name, float("nan")) for row in params], index=table.index, dtype=object)
        # A column that mixes types (None and 3, say) keeps each value as it is.
        alike = len({type(value) for value in values}) == 1
        table[column] = values.infer_objects() if alike else values
