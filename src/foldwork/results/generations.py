"""The table of an evolutionary search's generations: the content of generations.csv."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from foldwork.results.csv_table import Row, ranking_column

COLUMNS = ["generation", "candidates", "failed", "best_score", "mean_score", "std_score", "best_so_far"]


def generation_rows(generation: Sequence[int], score: Sequence[float]) -> list[Row]:
    """Return a row for each generation of one model, in their order.

    Parameters
    ----------
    generation : sequence of int
        Of each candidate: the generation that proposed it first. A candidate that later generations contain again is not counted in them.
    score : sequence of float
        Mean score of each candidate; NaN if it failed.

    Returns
    -------
    list of dict
        `generation`; `candidates` and `failed`, their numbers; `best_score`, `mean_score` and `std_score` (with ddof=0) of the candidates with a score;
        `best_so_far` of this generation and those before it. NaN where no candidate has a score.
    """
    generations, scores = np.asarray(generation, int), np.asarray(score, float)
    rows: list[Row] = []
    best_so_far = np.nan
    for number in np.unique(generations):
        of_generation = scores[generations == number]
        known = of_generation[~np.isnan(of_generation)]
        best, mean, std = (known.max(), known.mean(), known.std()) if len(known) else (np.nan,) * 3
        best_so_far = np.fmax(best_so_far, best)
        figures = (len(of_generation), len(of_generation) - len(known), best, mean, std, best_so_far)
        rows.append(dict(zip(COLUMNS, (int(number), *figures), strict=True)))
    return [{name: value.item() if hasattr(value, "item") else value for name, value in row.items()} for row in rows]


def of_scores(path: Path) -> list[Row]:
    """Return the rows of the generations of all models of a scores.csv, with the column `model`."""
    generations: dict[str, list[int]] = {}
    scores: dict[str, list[float]] = {}
    with open(path, newline="", encoding="utf-8") as file:
        table = csv.DictReader(file)
        mean = ranking_column(table.fieldnames or ())
        for row in table:
            generations.setdefault(row["model"], []).append(int(row["generation"]))
            scores.setdefault(row["model"], []).append(float(row[mean] or "nan"))
    return [
        {"model": model} | row for model in generations for row in generation_rows(generations[model], scores[model])
    ]
