"""Write the predictions of a search's best candidate."""

from collections.abc import Callable
from pathlib import Path

from foldwork.commands import fresh_run
from foldwork.errors import FoldworkError
from foldwork.evaluation.responses import METHODS
from foldwork.records.stored_predictions import same_scores
from foldwork.results import best_predictions, prediction_table
from foldwork.results.compaction import compact, kept_of
from foldwork.results.csv_table import write_table
from foldwork.results.predictions import CandidatePredictions
from foldwork.results.results import Results, results_of
from foldwork.storage import ledger
from foldwork.storage.atomic_write import write_json
from foldwork.storage.file_names import EVALUATED, KEPT
from foldwork.study.prediction_setting import prediction_setting


def write(folder: Path, path: Path, report: Callable[[str], None]) -> None:
    """Write the predictions of a search's best candidate, of a nested search those of the candidates that its outer folds have chosen.

    Parameters
    ----------
    folder : Path
        The search's folder.
    path : Path
        The file to write: Parquet or CSV.
    report : callable
        Shows a line to the user.
    """
    results = results_of(folder / EVALUATED)
    predictions = CandidatePredictions(results, folder)
    rows = best_predictions.rows(results, predictions, folder)
    if _complete(results, predictions, rows, folder, report):
        predictions = CandidatePredictions(results, folder)
    prediction_table.write(path, prediction_table.table(best_predictions.folds(results, predictions, folder)))
    if prediction_setting(results.request.spec).of == "best":
        compact(predictions, rows, folder)


def _complete(
    results: Results, predictions: CandidatePredictions, rows: list[int], folder: Path, report: Callable[[str], None]
) -> bool:
    """Evaluate again what lacks predictions, of an earlier version, say, and name it in kept.json. Return whether there was anything."""
    scores = "threshold" in results.request.spec
    lacking = [each for row in rows for each in predictions.lacking(row, scores=scores)]
    if not lacking:
        return False
    request = results.request
    count = f"{len(lacking):,} evaluation{'s' * (len(lacking) > 1)}"
    report(f"{request.name}: the predictions of {count} of the best candidate are not stored; making them again")
    setting = prediction_setting(request.spec)
    keep = {"folder": str(folder.resolve()), "train": setting.train, "ask": METHODS, "limit": None, "scores": scores}
    kept = kept_of(folder)
    answers = fresh_run.evaluate(request, [evaluation for evaluation, _ in lacking], folder.resolve().parents[1], keep)
    for (evaluation, record), answer in zip(lacking, answers, strict=True):
        new = ledger.decode(answer["record"].encode()) if answer["record"] else None
        if new is None or "predictions" not in new:
            continue
        if not same_scores(new, record):
            report(
                f"{request.name}: the predictions of {evaluation} are of a fit that gives other scores than the recorded one"
            )
        kept[record["key"]] = {"predictions": new["predictions"], "finished": record.get("finished")}
    write_json(folder / KEPT, kept)
    return True


def write_threshold(folder: Path, summary: Path, curve: Path) -> None:
    """Write threshold.json and threshold.csv of a search whose best candidate's predictions are stored.

    Parameters
    ----------
    folder : Path
        The search's folder.
    summary, curve : Path
        The files to write. The curve of a nested search, which chooses a threshold for each outer fold, is empty.

    Raises
    ------
    FoldworkError
        When there is no threshold to choose.
    """
    from foldwork.results import threshold  # imports scikit-learn

    results = results_of(folder / EVALUATED)
    stored = CandidatePredictions(results, folder)
    rows = best_predictions.rows(results, stored, folder)
    spec, points = results.request.spec["threshold"], {"thresholds": [], "scores": []}
    try:
        if results.request.is_nested:
            found = threshold.nested_threshold([stored.of_row(row) for row in rows], spec)
        else:
            found, points = threshold.threshold(stored.of_row(rows[0]), spec)
            candidate = results.requested.proposals[rows[0]]
            found |= {"model": candidate.model, "params": candidate.params}
    except FoldworkError as error:
        raise FoldworkError(f"searches.{results.request.name}.{error}") from None
    write_json(summary, found)
    columns = [{"threshold": float(t), "score": float(s)} for t, s in zip(*points.values(), strict=True)]
    write_table(curve, ["threshold", "score"], columns)
