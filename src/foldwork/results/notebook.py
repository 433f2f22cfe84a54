"""Read the tables of a search or clustering as DataFrames, in a notebook, say."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from foldwork.model.model import Model


@dataclass(frozen=True)
class Tables:
    """The tables of a search or clustering.

    Attributes
    ----------
    scores : DataFrame
        One row for each candidate. Columns: for a search those of scikit-learn's `cv_results_`, for a clustering its metrics. `params` holds dicts.
        The `param_*` columns hold the values of the config with their types: None is None, 3 is an int. NaN means that the candidate has no
        such parameter.
    timings : DataFrame
        One row for each candidate: mean and standard deviation of fit and score times, in seconds.
    evaluations : DataFrame
        One row for each evaluation that has a record.
    best : dict or None
        Content of best.json; None for a clustering and for a nested search.
    nested : dict or None
        Content of nested.json; None unless the search is nested.
    outer : DataFrame or None
        Of a nested search: nested.csv, a row for each outer fold. `params` holds dicts.
    folder : Path
        The results folder.
    """

    scores: "pd.DataFrame"
    timings: "pd.DataFrame"
    evaluations: "pd.DataFrame"
    best: dict[str, Any] | None
    nested: dict[str, Any] | None = None
    outer: "pd.DataFrame | None" = None
    folder: Path | None = None

    def model(self) -> "Model":
        """Load the fitted model of the search.

        Returns
        -------
        Model
            Its `predict` takes new data; `estimator` is the estimator itself.

        Raises
        ------
        FoldworkError
            When there is no model, or its file is not the one that model.json describes.
        """
        from foldwork.model.model import read_model

        return read_model(self.folder)


def read(folder: str | Path) -> Tables:
    """Read the tables of one search or clustering.

    Parameters
    ----------
    folder : path-like
        The results folder of the search or clustering, for example `results/searches/digits-svc`.

    Returns
    -------
    Tables
        `scores`, `timings` and `evaluations` as DataFrames, `best` as a dict.

    Raises
    ------
    FileNotFoundError
        When the tables have not been written yet; `foldwork status` shows the progress.

    Examples
    --------
    >>> tables = foldwork.read("results/searches/digits-svc")  # doctest: +SKIP
    >>> tables.scores.nsmallest(3, "rank_test_score")  # doctest: +SKIP
    """
    import pandas as pd

    folder = Path(folder)
    if not (folder / "scores.csv").is_file():
        parent = folder.parent
        there = sorted(path.parent.name for path in parent.glob("*/scores.csv")) if parent.is_dir() else []
        also = f"; {parent} has results of {', '.join(there[:12])}" if there else ""
        raise FileNotFoundError(f"{folder} has no results (yet): no scores.csv{also}")
    exact = {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}  # pandas 3 always does that
    tables = {name: pd.read_csv(folder / f"{name}.csv", **exact) for name in ("scores", "timings", "evaluations")}
    for name in ("scores", "timings"):
        tables[name]["params"] = tables[name]["params"].map(json.loads)
        _restore(tables[name], list(tables[name]["params"]))
    # A row of evaluations.csv belongs to the row of scores.csv with the same cells.
    given = dict(zip(_cells(folder / "scores.csv"), tables["scores"]["params"], strict=True))
    _restore(tables["evaluations"], [given[cells] for cells in _cells(folder / "evaluations.csv")])
    if "outer_fold" in tables["scores"]:
        outer = pd.read_csv(folder / "nested.csv", **exact)
        outer["params"] = outer["params"].map(json.loads, na_action="ignore")
        return Tables(**tables, folder=folder, best=None, nested=json.loads((folder / "nested.json").read_text()), outer=outer)
    best = folder / "best.json"
    return Tables(**tables, folder=folder, best=json.loads(best.read_text()) if best.exists() else None)


def _cells(path: Path) -> list[tuple[str, ...]]:
    """Return the model and the cells of the parameters of each row of a table."""
    with open(path, newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        header = next(lines)
        places = [at for at, name in enumerate(header) if name == "model" or name.startswith("param_")]
        return [tuple(line[at] for at in places) for line in lines]


def _restore(table: "pd.DataFrame", params: list[dict[str, Any]]) -> None:
    """Restore the types of the `param_*` columns from the parameters of each row: CSV has no types."""
    import pandas as pd

    for column in [name for name in table.columns if name.startswith("param_")]:
        name = column.removeprefix("param_")
        values = pd.Series([row.get(name, float("nan")) for row in params], index=table.index, dtype=object)
        # A column of mixed types (None and 3, say) keeps dtype object.
        same_type = len({type(value) for value in values}) == 1
        table[column] = values.infer_objects() if same_type else values
