"""The numbers of all records of a request, as arrays."""

import os
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from foldwork.errors import FoldworkError
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Request
from foldwork.records.requested import Requested
from foldwork.records.serving import Record, made_in
from foldwork.storage import ledger
from foldwork.storage.signed_json import read_signed
from foldwork.storage.file_names import LEDGER


class Results:
    """The numbers of all records of a request, a row a candidate; the records themselves stay in the ledger.

    Parameters
    ----------
    request : Request
    path : Path
        The ledger.

    Attributes
    ----------
    requested : Requested
    folds : int
        How many.
    metrics : list of str
        As records name them.
    suffixes : list of str
        Of the columns of each metric, as scikit-learn names them.
    parameters : list of str
        The columns `param_*`.
    """

    def __init__(self, request: Request, path: Path) -> None:
        self.request = request
        self.path = path
        self.requested = Requested(request)
        self.folds = self.requested.n_folds
        # One file for both passes: what has been forgotten meanwhile is still in it.
        self._file = open(path if path.exists() else os.devnull, "rb")  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._begins = np.full(len(self.requested), -1, dtype=np.int64)
        self._ends = np.full(len(self.requested), -1, dtype=np.int64)
        self._numbers: dict[tuple[str, str | None], np.ndarray] = {}
        self.metrics = request.metrics
        self.suffixes = ["score"] if len(self.metrics) == 1 and request.kind == "search" else self.metrics
        own = request.spec.get("scoring") or []
        self._may_return_several = len(own) == 1 and isinstance(own[0], dict)
        if several := self._read():
            self.metrics = self.suffixes = several
        self.requested.own.clear()  # of no use any more, and large
        names = (name for proposal in self.requested.proposals for name in proposal.params)
        self.parameters = list(dict.fromkeys(f"param_{name}" for name in names))

    def _read(self) -> list[str]:
        """Take the numbers of all records; return the names that a scorer of the user's own gave to its scores, none if it returns a number."""
        first, several = len(self.requested), []
        for number, record, (begin, end) in self.requested.served(self._file, made_in(self.path)):
            self._begins[number], self._ends[number] = begin, end
            for part in ("fit_time", "score_time"):
                self._put(number, part, None, record.get(part))
            for part in ("test", "train"):
                found = record.get(part) or {}
                for name in found if self._may_return_several else self.metrics:
                    self._put(number, part, name, found.get(name))
            names = [*record["test"]]
            if self._may_return_several and number < first and record["status"] == "ok" and names != self.metrics:
                first, several = number, names
        for numbers in (self._begins, self._ends, *self._numbers.values()):
            self._repeat(numbers)
        return several

    def _put(self, number: int, part: str, name: str | None, value: Any) -> None:
        if value is not None:
            if (part, name) not in self._numbers:
                self._numbers[part, name] = np.full(len(self.requested), np.nan)
            self._numbers[part, name][number] = float(value)

    def _repeat(self, numbers: np.ndarray) -> None:
        """Copy what stands for several evaluations with one key to all of them."""
        table = numbers.reshape(-1, self.folds)
        for fold, same in enumerate(self.requested.first_fold):
            table[:, fold] = table[:, same]
        for candidate, same in self.requested.repeats.items():
            table[candidate] = table[same]

    def record(self, evaluation: Evaluation) -> Record | None:
        """Return an evaluation's record, None where it has none."""
        return self.record_of(self.requested.number(evaluation))

    def record_of(self, number: int) -> Record | None:
        """Return the record of an evaluation by its number, None where it has none.

        Raises
        ------
        FoldworkError
            When the ledger was written into meanwhile.
        """
        begin, end = int(self._begins[number]), int(self._ends[number])
        if begin < 0:
            return None
        line = os.pread(self._file.fileno(), end - begin, begin)
        if (record := ledger.decode(line.rstrip(b"\n"))) is None:
            raise FoldworkError(f"{self.path}: was changed while it was read; run snakemake again")
        return record

    def candidates(self) -> list[Evaluation]:
        """Return the first evaluation of each candidate."""
        return [self.requested.evaluation(number) for number in range(0, len(self.requested), self.folds)]

    def array(self, part: str, name: str | None = None) -> np.ndarray:
        """Return numbers of the records as float64, shape (n_candidates, n_folds); NaN where there is none.

        Parameters
        ----------
        part : str
            "test" or "train" (with a metric's name), "fit_time" or "score_time".
        """
        numbers = self._numbers.get((part, name))
        numbers = np.full(len(self.requested), np.nan) if numbers is None else numbers
        return numbers.reshape(-1, self.folds)

    def there(self) -> np.ndarray:
        """Return the numbers of all evaluations that have a record."""
        return np.flatnonzero(self._begins >= 0)

    def recorded(self) -> int:
        """Return how many different evaluations have a record."""
        different = np.ones(len(self.requested), dtype=bool).reshape(-1, self.folds)
        different[:, [fold for fold, first in enumerate(self.requested.first_fold) if fold != first]] = False
        different[list(self.requested.repeats)] = False
        return int((different.ravel() & (self._begins >= 0)).sum())

    def counts(self) -> tuple[int, int]:
        """Return how many of the asked evaluations have a record, and how many there are."""
        return len(self.there()), len(self.requested)


def results_of(evaluated: Path) -> Results:
    """Return all records that an evaluated.json counts.

    Raises
    ------
    FoldworkError
        When the ledger beside it has lost some of them: a table would have NaN where there was a score.
    """
    found = read_signed(evaluated, "it")
    path = evaluated.parent / LEDGER
    results = Results(Request.from_json(found["request"]), path)
    if (lost := found["recorded"] - results.recorded()) > 0:
        raise FoldworkError(
            f"{path}: {lost:,} of {found['recorded']:,} records are damaged, gone or not known to be right; remove {evaluated} and run snakemake again, which evaluates those"
        )
    return results
