"""The rows of scores.csv whose predictions a search keeps: of its best candidate, of a nested search of the candidate that each outer fold has chosen."""

from pathlib import Path
from typing import Any

from foldwork.results.predictions import CandidatePredictions, FoldPredictions
from foldwork.results.results import Results
from foldwork.storage.atomic_write import read_json
from foldwork.strategies.nested import OUTER_FOLD, NestedSearch


def rows(results: Results, predictions: CandidatePredictions, folder: Path) -> list[int]:
    """Return these rows.

    Parameters
    ----------
    results : Results
    predictions : CandidatePredictions
    folder : Path
        The search's folder, with best.json unless the search is nested.
    """
    if not results.request.is_nested:
        best: dict[str, Any] = read_json(folder / "best.json")
        return predictions.rows_of(best["model"], best["candidate"])
    searches = [each for each in results.requested.rounds.strategies() if isinstance(each, NestedSearch)]
    names = {(each.outer, each.chosen.model, each.chosen.candidate) for each in searches if each.chosen is not None}
    proposals = enumerate(results.requested.proposals)
    return [row for row, each in proposals if (each.columns[OUTER_FOLD], each.model, each.candidate) in names]


def folds(results: Results, predictions: CandidatePredictions, folder: Path) -> list[FoldPredictions]:
    """Return the predictions of these rows; of a nested search those for its outer folds."""
    found = [fold for row in rows(results, predictions, folder) for fold in predictions.of_row(row)]
    return [fold for fold in found if fold.inner_fold is None]
