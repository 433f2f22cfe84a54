"""Read the tables of a search, clustering or curve as DataFrames, in a notebook, say."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwork.errors import FoldworkError
from foldwork.results.curve_tables import CurveTables, is_curve, read_curve
from foldwork.results.typed_columns import exact_floats, restore
from foldwork.storage.file_names import EVALUATED, FINDINGS

if TYPE_CHECKING:
    import pandas as pd

    from foldwork.model.model import Model
    from foldwork.results.predictions import FoldPredictions


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
    chosen : dict or None
        Of a clustering: content of chosen.json, the chosen candidate of each model and the reason.
    nested : dict or None
        Content of nested.json; None unless the search is nested.
    outer : DataFrame or None
        Of a nested search: nested.csv, a row for each outer fold. `params` holds dicts.
    findings : list of dict or None
        Content of findings.json: for each finding its name `finding`, its `text`, and the numbers in it. None if there is no such file.
    folder : Path
        The folder that was read.
    """

    scores: "pd.DataFrame"
    timings: "pd.DataFrame"
    evaluations: "pd.DataFrame"
    best: dict[str, Any] | None
    chosen: dict[str, Any] | None = None
    nested: dict[str, Any] | None = None
    outer: "pd.DataFrame | None" = None
    findings: list[dict[str, Any]] | None = None
    folder: Path = Path()

    def predictions(self, candidate: int | None = None, model: str | None = None) -> "pd.DataFrame":
        """Return the stored predictions of a candidate for the test part of each fold.

        Parameters
        ----------
        candidate : int, optional
            Number of the candidate within its model, as in evaluations.csv; of a nested search within each outer fold. Default: the best one; of a nested
            search the one that each outer fold has chosen, for that fold.
        model : str, optional
            Its model. Default: the only one of the search.

        Returns
        -------
        DataFrame
            A row for each row of each test part: `row` (its number in the original table), `fold`, `y`, `prediction`, and `proba_<class>`,
            `decision_<class>` or `decision` as scorers have asked for them.

        Raises
        ------
        FoldworkError
            When there is no such candidate, or its predictions are not stored.
        """
        from foldwork.results import prediction_table

        return prediction_table.table(self.predictions_by_fold(candidate, model))

    def predictions_by_fold(self, candidate: int | None = None, model: str | None = None) -> "list[FoldPredictions]":
        """Return the same fold by fold, as arrays. For the parameters see `predictions`."""
        from foldwork.results import best_predictions
        from foldwork.results.predictions import CandidatePredictions
        from foldwork.results.results import results_of

        results = results_of(self.folder / EVALUATED)
        stored = CandidatePredictions(results, self.folder)
        if candidate is None:
            return best_predictions.folds(results, stored, self.folder)
        models = list(results.request.spec["models"])
        if model is None and len(models) > 1:
            raise FoldworkError(f"{self.folder.name} has several models; name one of {', '.join(models)}")
        rows = stored.rows_of(model or models[0], candidate)
        return [fold for row in rows for fold in stored.of_row(row)]

    def model(self, *, threshold: bool = True) -> "Model":
        """Load the fitted model of the search.

        Parameters
        ----------
        threshold : bool
            Whether its labels are those of the decision threshold of the search, where it has one.

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

        return read_model(self.folder, threshold=threshold)


def read(folder: str | Path) -> Tables | CurveTables:
    """Read the tables of one search, clustering or curve.

    Parameters
    ----------
    folder : path-like
        Its results folder, for example `results/searches/digits-svc` or `results/curves/forest-depth`.

    Returns
    -------
    Tables
        Of a search or clustering: `scores`, `timings` and `evaluations` as DataFrames, `best` as a dict.
    CurveTables
        Of a curve: `curve` and `timings`, or `importance` and `repeats`, as DataFrames, and `evaluations`.

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
    if is_curve(folder):
        return read_curve(folder)
    if not (folder / "scores.csv").is_file():
        parent = folder.parent
        beside = parent.iterdir() if parent.is_dir() else ()
        there = sorted(path.name for path in beside if (path / "scores.csv").is_file() or is_curve(path))
        also = f"; {parent} has results of {', '.join(there[:12])}" if there else ""
        raise FileNotFoundError(f"{folder} has no results (yet): no scores.csv{also}")
    exact = exact_floats()
    tables = {name: pd.read_csv(folder / f"{name}.csv", **exact) for name in ("scores", "timings", "evaluations")}
    for name in ("scores", "timings"):
        tables[name]["params"] = tables[name]["params"].map(json.loads)
        restore(tables[name], list(tables[name]["params"]))
    # A row of evaluations.csv belongs to the row of scores.csv with the same cells.
    given = dict(zip(_cells(folder / "scores.csv"), tables["scores"]["params"], strict=True))
    restore(tables["evaluations"], [given[cells] for cells in _cells(folder / "evaluations.csv")])
    findings = _content(folder / FINDINGS)
    if "outer_fold" in tables["scores"]:
        outer = pd.read_csv(folder / "nested.csv", **exact)
        outer["params"] = outer["params"].map(json.loads, na_action="ignore")
        nested = json.loads((folder / "nested.json").read_text())
        return Tables(**tables, best=None, nested=nested, outer=outer, findings=findings, folder=folder)
    best, chosen = _content(folder / "best.json"), _content(folder / "chosen.json")
    return Tables(**tables, best=best, chosen=chosen, findings=findings, folder=folder)


def _content(path: Path) -> Any:
    """Return the content of a JSON file, None if there is no such file."""
    return json.loads(path.read_text()) if path.exists() else None


def _cells(path: Path) -> list[tuple[str, ...]]:
    """Return the model and the cells of the parameters of each row of a table."""
    with open(path, newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        header = next(lines)
        places = [at for at, name in enumerate(header) if name == "model" or name.startswith("param_")]
        return [tuple(line[at] for at in places) for line in lines]
