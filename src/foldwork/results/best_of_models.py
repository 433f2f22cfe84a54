"""The best candidate of each model of a search, from its scores.csv."""

import csv
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from foldwork.results.csv_table import ranking_column


@dataclass(frozen=True, eq=False)
class BestCandidate:
    """The candidate of one model with the highest mean test score.

    Attributes
    ----------
    params : dict
        Its parameters, as JSON has them.
    mean : float
        Its mean test score, as in scores.csv.
    scores : ndarray of shape (n_folds,)
        Its test score on each fold.
    resources : int
        The resources that it was evaluated with, 0 if the search has none: a candidate with more comes before one with less.
    """

    params: dict[str, Any]
    mean: float
    scores: np.ndarray
    resources: int = 0


def best_of_models(path: Path, models: Iterable[str], n_folds: int) -> tuple[str, dict[str, BestCandidate | None]]:
    """Return the best complete candidate of each model by the metric that ranks.

    A candidate is complete if its score is finite on every fold. The first in the table is the best among equals, as in best.json
    unless a grid is shuffled. Rows are read one by one: a table may have a million. With successive halving the candidates with most resources are compared.

    Parameters
    ----------
    path : Path
        The scores.csv of a search.
    models : iterable of str
        Names of the models, in the order in which they are returned.
    n_folds : int

    Returns
    -------
    suffix : str
        What the columns of the metric end in: "score", or the metric's name where there are several.
    best : dict
        Model to its best candidate, None if no candidate is complete.
    """
    best: dict[str, BestCandidate | None] = dict.fromkeys(models)
    with open(path, newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        place = {name: at for at, name in enumerate(next(lines))}
        suffix = ranking_column(place).removeprefix("mean_test_")
        folds = [place[f"split{k}_test_{suffix}"] for k in range(n_folds)]
        for cells in lines:
            mean = float(cells[place[f"mean_test_{suffix}"]] or "nan")
            model = cells[place["model"]]
            known = best[model]
            resources = int(cells[place["n_resources"]]) if "n_resources" in place else 0
            if not math.isfinite(mean) or (known and (resources, mean) <= (known.resources, known.mean)):
                continue
            scores = np.array([float(cells[at] or "nan") for at in folds])
            if np.isfinite(scores).all():
                best[model] = BestCandidate(json.loads(cells[place["params"]]), mean, scores, resources)
    return suffix, best
