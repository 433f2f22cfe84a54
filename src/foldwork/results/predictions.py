"""Stored predictions of a candidate, fold by fold, with the target and the row numbers of the original table."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from foldwork.data.fold_files import open_file, slices
from foldwork.data.fold_rows import FoldRows, read_rows
from foldwork.data.splits import MANIFEST
from foldwork.errors import FoldworkError
from foldwork.evaluation.fold_arrays import part_of
from foldwork.evaluation.responses import SCORES
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Request
from foldwork.records.stored_predictions import StoredPredictions
from foldwork.results.moved import described_fold
from foldwork.results.results import Results
from foldwork.storage.predictions import Damaged, Reader
from foldwork.storage.signed_json import read_signed
from foldwork.strategies.nested import OUTER_FOLD


class FoldPredictions(NamedTuple):
    """What a candidate predicts for the test part of one fold.

    Attributes
    ----------
    fold : int
        Of an inner fold of a nested search that of its outer fold.
    inner_fold : int or None
    rows : ndarray of int, shape (n_test,), or None
        Row numbers in the original table; None for splits of an earlier version, which did not keep them.
    y : ndarray, shape (n_test,) or (n_test, n_outputs), or None
        The target; None where the dataset has none.
    predict : ndarray or None
        As the estimator returns it; None where no scorer has asked for it. So are the following.
    predict_proba : ndarray, shape (n_test, n_classes), list of these (one an output), or None
    decision_function : ndarray or None
    classes : ndarray, list of ndarray, or None
        `classes_` of the estimator, in the order of the columns.
    """

    fold: int
    inner_fold: int | None
    rows: np.ndarray | None
    y: np.ndarray | None
    predict: np.ndarray | None
    predict_proba: Any
    decision_function: Any
    classes: Any


class CandidatePredictions:
    """Reads the stored predictions of a search.

    Parameters
    ----------
    results : Results
    folder : Path
        The search's folder.
    """

    def __init__(self, results: Results, folder: Path) -> None:
        self._results, self._folder = results, folder.resolve()
        self._request: Request = results.request
        self._stored, self._reader = StoredPredictions(folder), Reader(folder)
        self._rows: FoldRows | None | bool = False

    def rows_of(self, model: str, candidate: int) -> list[int]:
        """Return the row of a candidate in scores.csv, its last one: with successive halving that of most resources. Of a nested search that of each outer fold.

        Raises
        ------
        FoldworkError
            When there is no such candidate.
        """
        proposals = self._results.requested.proposals
        found = [row for row, each in enumerate(proposals) if (each.model, each.candidate) == (model, candidate)]
        if not found:
            raise FoldworkError(f"{self._folder.name}: model {model!r} has no candidate {candidate}")
        return list({(proposals[row].columns or {}).get(OUTER_FOLD): row for row in found}.values())

    def of_row(self, row: int, part: str = "test") -> list[FoldPredictions]:
        """Return the predictions of a candidate for each fold on which it was evaluated. Failed evaluations are left out.

        Parameters
        ----------
        row : int
            Of scores.csv.
        part : {"test", "train"}

        Raises
        ------
        FoldworkError
            When predictions are not stored, or are damaged.
        """
        found = []
        for evaluation, record in self._recorded(row):
            if record["status"] == "ok":
                predictions = self._stored.of(record)
                if predictions is None or part not in predictions:
                    raise FoldworkError(
                        f"{self._folder.name}: the {part} predictions of {evaluation} are not stored; set predictions: all for those of all candidates"
                    )
                found.append(self._of_evaluation(evaluation, predictions, part))
        return found

    def lacking(self, row: int, *, scores: bool = False) -> list[tuple[Evaluation, dict[str, Any]]]:
        """Return the evaluations of a row, with their records, whose predictions are not stored, or are damaged; with `scores` also those of which
        neither probabilities nor decisions are.
        """
        found = []
        for evaluation, record in self._recorded(row):
            predictions = self._stored.of(record)
            try:
                if predictions is not None:
                    self._arrays(predictions, "test")
                    has = not set(SCORES) & set(predictions["methods"]) or set(SCORES) & predictions["test"].keys()
                    if has or not scores:
                        continue
            except Damaged:
                pass
            if record["status"] == "ok":
                found.append((evaluation, record))
        return found

    def references(self, row: int) -> dict[str, dict[str, Any]]:
        """Return the key of each record of a row with stored predictions, to these and to the record's time."""
        return {
            record["key"]: {"predictions": predictions, "finished": record.get("finished")}
            for _, record in self._recorded(row)
            if (predictions := self._stored.of(record)) is not None
        }

    def _recorded(self, row: int) -> Sequence[tuple[Evaluation, dict[str, Any]]]:
        numbers = sorted(self._results.requested.numbers_of_row(row))  # a race has an order of its own
        found = [(self._results.requested.evaluation(n), self._results.record_of(n)) for n in numbers]
        return [(evaluation, record) for evaluation, record in found if record is not None]

    def _arrays(self, predictions: dict[str, Any], part: str) -> dict[str, Any]:
        """Return the stored arrays of one part by response method, and `classes`. Each digest is checked."""

        def get(reference: Any) -> Any:
            if isinstance(reference, list):
                return [get(each) for each in reference]
            return None if reference is None else self._reader.get(predictions["file"], reference)

        return {"classes": get(predictions["classes"]), **{name: get(each) for name, each in predictions[part].items()}}

    def _of_evaluation(self, evaluation: Evaluation, predictions: dict[str, Any], part: str) -> FoldPredictions:
        fold = self._request.folds[evaluation.fold]
        described = described_fold(self._request, fold, self._folder.parents[1])
        arrays = slices(open_file(described["path"], described["sha256"]).fresh(), described)
        y = arrays[f"y_{part}"] if "inner" not in described and evaluation.resource is None else None
        rows = self._row_numbers()
        if rows is not None:
            arrays |= {"X_train": rows.train[fold.outer], "X_test": rows.test[fold.outer]}
        if y is None:
            arrays = part_of(arrays, described, evaluation.resource)
            y = arrays[f"y_{part}"]
        found = self._arrays(predictions, part)
        return FoldPredictions(
            fold.outer,
            None if fold.inner is None else fold.inner["index"],
            None if rows is None else np.asarray(arrays[f"X_{part}"]),
            _as_array(y),
            *(found.get(name) for name in ("predict", "predict_proba", "decision_function", "classes")),
        )

    def _row_numbers(self) -> FoldRows | None:
        if self._rows is False:
            folder = self._folder.parents[1] / "splits" / self._request.spec["splits"]
            manifest = read_signed(folder / MANIFEST, "its folder")
            self._rows = read_rows(folder, manifest) if "rows" in manifest else None
        return self._rows


def _as_array(y: Any) -> np.ndarray | None:
    """Return a target as an array; None for none."""
    return None if y is None else y.toarray() if hasattr(y, "toarray") else np.asarray(y)
