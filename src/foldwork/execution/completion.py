"""Counts of requested and recorded evaluations: the content of evaluated.json."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from foldwork import platforms
from foldwork.errors import FoldworkError
from foldwork.records.error_kinds import by_kind, without_addresses
from foldwork.records.requested import Requested
from foldwork.storage.file_names import STOP


class Completion:
    """Counts of requested and recorded evaluations of a search or clustering.

    Parameters
    ----------
    requested : Requested
    path : Path
        The ledger.
    stop : dict, optional
        The `rule` of `stop` that has ended the search, and the number of `candidates` that count.
    """

    def __init__(self, requested: Requested, path: Path, stop: dict[str, Any] | None = None) -> None:
        self._stop = stop
        self._request = requested.request
        self._folds = [
            {"fold": fold, "asked": count, "recorded": 0, "failed": 0}
            for fold, count in enumerate(requested.unique_by_fold())
        ]
        self._reused: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._scored = False
        for evaluation, record in requested.records(path):
            fold = self._folds[self._request.folds[evaluation.fold].outer]
            fold["recorded"] += 1
            if record["status"] != "ok":
                fold["failed"] += 1
                self._errors[without_addresses(record["error"])] += 1
            self._scored = (
                self._scored or record["status"] == "ok" or any(value != "nan" for value in record["test"].values())
            )
            self._reused.update([record["from"]] if "from" in record else [])
        self._sums = {name: sum(fold[name] for fold in self._folds) for name in ("asked", "recorded", "failed")}

    @property
    def missing(self) -> int:
        """Number of evaluations without a record."""
        return self._sums["asked"] - self._sums["recorded"]

    def evaluated(self, folder: Path, report: Callable[[str], None]) -> dict[str, Any]:
        """Return the content of evaluated.json.

        Parameters
        ----------
        folder : Path
            Results folder of the search or clustering.
        report : callable
            Shows a line to the user.

        Raises
        ------
        FoldworkError
            When evaluations are missing and the search was not stopped, when all evaluations failed, or when one failed and `on_error` is `raise`.
        """
        name, failed = self._request.name, self._sums["failed"]
        if self.missing and not (folder / STOP).exists():
            raise FoldworkError(f"{name}: {self.missing:,} evaluations have no record; run snakemake again")
        if self._stop and not self._stop["candidates"]:
            raise FoldworkError(
                f"{name}: stop.{self._stop['rule']} has ended the search before one candidate was evaluated on all folds; raise it"
            )
        self._refuse_failures()
        if failed:
            report(f"{failed:,} of {self._sums['asked']:,} evaluations failed; foldwork failed {name} lists them")
        if self.missing:
            report(
                f"stopped with {self._sums['recorded']:,} of {self._sums['asked']:,} evaluations; foldwork resume {name}, then snakemake, continues"
            )
        if self._stop:
            report(f"stop: {self._stop['rule']} has ended the search after {self._stop['candidates']:,} candidates")
        state = {"state": "stopped", "why": "foldwork stop"} if self.missing else {"state": "complete", "why": None}
        state |= {"stop": self._stop} if self._stop else {}
        return {
            self._request.kind: name,
            **state,
            "began": platforms.own_start(),
            **self._sums,
            "failures": by_kind(self._errors),
            "reused": dict(sorted(self._reused.items())),
            "folds": self._folds,
            "request": self._request.as_json(),
        }

    def _refuse_failures(self) -> None:
        """Raise if all evaluations failed, or if one failed and `on_error` is `raise`."""
        name, failed, requested = self._request.name, self._sums["failed"], self._sums["asked"]
        if not self.missing and not self._scored:
            errors = "; ".join(f"{count:,} × {error}" for error, count in self._errors.most_common(3))
            more = f"; {len(self._errors) - 3:,} other errors" if len(self._errors) > 3 else ""
            raise FoldworkError(
                f"{name}: all {requested:,} evaluations failed: {errors}{more}; foldwork failed {name} lists them"
            )
        if failed and self._request.spec.get("on_error") == "raise":
            raise FoldworkError(
                f"{name}: {failed:,} evaluations failed and on_error is raise; foldwork failed {name} lists them"
            )
