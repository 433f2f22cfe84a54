"""Scores and times of all records of a request, as arrays."""

import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from foldwork.errors import FoldworkError
from foldwork.records.evaluation import Evaluation
from foldwork.records.kept_rounds import replayed
from foldwork.records.matching import matches
from foldwork.records.request import Request
from foldwork.records.serving import Record, read_made
from foldwork.results.evaluated_digest import evaluated_digest
from foldwork.storage import ledger
from foldwork.storage.signed_json import read_signed
from foldwork.storage.file_names import LEDGER


class Results:
    """Scores and times of all records of a request, one row for each candidate. The records stay in the ledger and are read on demand.

    Parameters
    ----------
    request : Request
    path : Path
        The ledger.
    rows : int, optional
        Number of candidates that count, if a rule of `stop` has ended the search.

    Attributes
    ----------
    requested : Requested
    folds : int
        Number of folds.
    metrics : list of str
        Names of the metrics in the records.
    suffixes : list of str
        For each metric the suffix of its columns, as in scikit-learn's `cv_results_`.
    parameters : list of str
        Names of the columns `param_*`.
    evaluated : str or None
        Digest of the evaluated.json that they belong to.
    """

    def __init__(self, request: Request, path: Path, rows: int | None = None) -> None:
        self.request = request
        self.path = path
        self.evaluated: str | None = None
        self.requested = replayed(request, path)
        if rows is not None:
            self.requested.cut(rows)
        self.folds = self.requested.n_folds
        # One open file for all reads: `foldwork forget` replaces the ledger, and this file keeps its content.
        self._file = open(path if path.exists() else os.devnull, "rb")  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._starts = np.full(self.requested.size, -1, dtype=np.int64)
        self._ends = np.full(self.requested.size, -1, dtype=np.int64)
        self._numbers: dict[tuple[str, str | None], np.ndarray] = {}
        self.metrics = request.metrics
        self.suffixes = ["score"] if len(self.metrics) == 1 and request.kind == "search" else self.metrics
        own = request.spec.get("scoring") or []
        self._may_return_several = len(own) == 1 and isinstance(own[0], dict)
        self._partial = self.requested.numbers_of_partial_rows()
        if several := self._read():
            self.metrics = self.suffixes = several
        self._unique = np.zeros(self.requested.size, dtype=bool)
        self._unique[list(self.requested.numbers.values())] = True
        self.requested.numbers.clear()  # not needed any more, and large
        names = (name for proposal in self.requested.proposals for name in proposal.params)
        self.parameters = list(dict.fromkeys(f"param_{name}" for name in names))

    def _read(self) -> list[str]:
        """Read all records. Return the names of the scores if a scorer of the user returns a dict of several, else an empty list."""
        first, names_of_scores = self.requested.size, []
        for number, record, (start, end) in matches(self.requested, self._file, read_made(self.path)):
            self._starts[number], self._ends[number] = start, end
            for part in ("fit_time", "score_time"):
                self._put(number, part, None, record.get(part))
            for part in ("test", "train"):
                found = record.get(part) or {}
                for name in found if self._may_return_several else self.metrics:
                    self._put(number, part, name, found.get(name))
            names = [*record["test"]]
            if self._may_return_several and number < first and record["status"] == "ok" and names != self.metrics:
                first, names_of_scores = number, names
        for numbers in (self._starts, self._ends, *self._numbers.values()):
            self._copy_to_duplicates(numbers)
        return names_of_scores

    def _put(self, number: int, part: str, name: str | None, value: Any) -> None:
        if value is not None:
            if (part, name) not in self._numbers:
                self._numbers[part, name] = np.full(self.requested.size, np.nan)
            self._numbers[part, name][number] = float(value)

    def _copy_to_duplicates(self, numbers: np.ndarray) -> None:
        """Copy the value of each unique evaluation to all evaluations with the same key."""
        table = numbers.reshape(-1, self.folds)
        wanted, first = self._partial
        found = numbers[first]
        for fold, same in enumerate(self.requested.first_fold):
            table[:, fold] = table[:, same]
        for candidate, same in self.requested.duplicates.items():
            table[candidate] = table[same]
        table[self.requested.partial_rows()] = np.nan if numbers.dtype.kind == "f" else -1
        numbers[wanted] = found

    def record(self, evaluation: Evaluation) -> Record | None:
        """Return an evaluation's record, None where it has none."""
        return self.record_of(self.requested.number(evaluation))

    def record_of(self, number: int) -> Record | None:
        """Return the record of the evaluation with a number, None if it has none.

        Raises
        ------
        FoldworkError
            When the ledger was changed while it was read.
        """
        start, end = int(self._starts[number]), int(self._ends[number])
        if start < 0:
            return None
        line = os.pread(self._file.fileno(), end - start, start)
        if (record := ledger.decode(line.rstrip(b"\n"))) is None:
            raise FoldworkError(f"{self.path}: was changed while it was read; run snakemake again")
        return record

    @property
    def table_rows(self) -> Sequence[int]:
        """Rows of the request that are rows of scores.csv: of a clustering those on all points, without subsamples and reference data."""
        proposals = self.requested.proposals
        if self.request.kind == "search":
            return range(len(proposals))
        return [row for row, proposal in enumerate(proposals) if proposal.resource is None]

    def candidates(self) -> list[Evaluation]:
        """Return the first evaluation of each row of scores.csv."""
        return [self.requested.evaluation(row * self.folds) for row in self.table_rows]

    def array(self, part: str, name: str | None = None) -> np.ndarray:
        """Return scores or times of all records.

        Parameters
        ----------
        part : str
            "test", "train", "fit_time" or "score_time".
        name : str, optional
            The metric, for "test" and "train".

        Returns
        -------
        ndarray of shape (n_candidates, n_folds), float64
            NaN where there is no record or no value. Times are in seconds.
        """
        numbers = self._numbers.get((part, name))
        numbers = np.full(self.requested.size, np.nan) if numbers is None else numbers
        return numbers.reshape(-1, self.folds)

    def recorded_numbers(self) -> np.ndarray:
        """Return the numbers of all evaluations that have a record."""
        return np.flatnonzero(self._starts >= 0)

    def recorded(self) -> int:
        """Return the number of unique evaluations that have a record."""
        return int((self._unique & (self._starts >= 0)).sum())

    def counts(self) -> tuple[int, int]:
        """Return the number of requested evaluations that have a record, and the number of requested evaluations."""
        return len(self.recorded_numbers()), len(self.requested)


def results_of(evaluated: Path) -> Results:
    """Return the results that belong to an evaluated.json.

    Parameters
    ----------
    evaluated : Path
        The file, in the folder of a search or clustering with its ledger.

    Returns
    -------
    Results

    Raises
    ------
    FoldworkError
        When evaluated.json is missing or damaged, or when the ledger has fewer records than evaluated.json counts: a table would have NaN in
        the place of a score.
    """
    found = read_signed(evaluated, "it")
    path = evaluated.parent / LEDGER
    results = Results(Request.from_json(found["request"]), path, (found.get("stop") or {}).get("candidates"))
    results.evaluated = evaluated_digest(found)
    if (lost := found["recorded"] - results.recorded()) > 0:
        raise FoldworkError(
            f"{path}: {lost:,} of {found['recorded']:,} records are damaged, gone or not known to be right; remove {evaluated} and run snakemake again, which evaluates those"
        )
    return results
