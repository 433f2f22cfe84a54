"""Find missing evaluations that stored predictions of other records can score: nothing needs to be fitted for a metric that is added later.

The other record is of the same candidate, fold and versions, but lacks metrics. Its predictions are used only where they are known to be deterministic, and all
scorers are scikit-learn's own, as for records with other metrics (`serving.independent`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from foldwork.errors import FoldworkError
from foldwork.records.matching import matches
from foldwork.records.request import Made, Request
from foldwork.records.requested import Requested
from foldwork.records.serving import Origin, Record, same_but_for_metrics
from foldwork.records.stored_predictions import StoredPredictions, seen_from_beside
from foldwork.storage import ledger

MEMBERS = ("key", "test", "train", "fit_time", "warnings", "sharing", "also")
"""Of a record, for `evaluation.rescoring.rescored`; and its predictions."""


class Source(NamedTuple):
    """A record whose predictions can score another evaluation: a line of a ledger."""

    name: str
    path: Path
    start: int
    end: int


class Sources:
    """Finds records to score evaluations from.

    Parameters
    ----------
    requested : Requested
    folder : Path
        The search's folder.
    """

    def __init__(self, requested: Requested, folder: Path) -> None:
        self._requested, self._folder = requested, folder
        self._found: dict[str, Source] = {}
        self._stored: dict[str, StoredPredictions] = {}
        self._methods: dict[str, Any] = {}
        self.own: Counter[str | None] = Counter()
        """Number of records of the search's own ledger that are sources, by the id of how they were made."""

    def find(self, missing: Iterable[str], ledgers: Iterable[tuple[str, Path, dict[str, Made]]]) -> int:
        """Look for sources of missing evaluations; return the number of those that have one.

        Parameters
        ----------
        missing : iterable of str
            Keys of the evaluations.
        ledgers : iterable of (name, path, made)
            Of searches of the study, with how their records were made.
        """
        among, before = self._requested.numbers_of(missing), len(self._found)
        for name, path, made in ledgers:
            if among and (origins := list(_origins(self._requested.request, made))):
                for number, source in self._in(name, path, made, origins, among):
                    self._found[self._requested.evaluation(number).key] = source
                    among.discard(number)
        return len(self._found) - before

    def _in(
        self, name: str, path: Path, made: dict[str, Made], origins: list[Origin], among: set[int]
    ) -> Iterator[tuple[int, Source]]:
        stored = self._stored.setdefault(name, StoredPredictions(path.parent))
        with open(path, "rb") as file:
            for number, record, (start, end) in matches(self._requested, file, made, among=set(among), origins=origins):
                model = self._requested.evaluation(number).model
                if record["status"] == "ok" and self._suffice(model, stored.of(record)):
                    self.own.update([record.get("made")] if name == self._folder.name else [])
                    yield number, Source(name, path, start, end)

    def _suffice(self, model: str, predictions: dict[str, Any] | None) -> bool:
        """Return whether stored predictions give all requested scores."""
        if predictions is None or (needed := self._needed(model)) is None:
            return False
        for part in ("test", "train") if self._requested.request.train_scores else ("test",):
            stored = predictions.get(part) or {}
            for methods in needed:
                # Scorers call the first method that the estimator has.
                called = next((name for name in methods if name in predictions["methods"]), None)
                if not stored.get(called):
                    return False
        return True

    def _needed(self, model: str) -> list[tuple[str, ...]] | None:
        if model not in self._methods:
            from foldwork.sklearn_private import response_methods
            from foldwork.study import objects

            spec = self._requested.request.spec
            try:
                estimator = objects.build_estimator(spec["models"][model]["estimator"])
                self._methods[model] = response_methods(objects.build_scorer(estimator, spec["scoring"]))
            except Exception:  # then the engines report it
                self._methods[model] = None
        return self._methods[model]

    def of(self, key: str) -> dict[str, Any] | None:
        """Return the source of an evaluation as an engine takes it; None if it is to be fitted.

        Raises
        ------
        FoldworkError
            When the ledger has changed since the source was found.
        """
        if (source := self._found.get(key)) is None:
            return None
        with open(source.path, "rb") as file:
            file.seek(source.start)
            record = ledger.decode(file.read(source.end - source.start).rstrip(b"\n"))
        if record is None:
            raise FoldworkError(f"{source.path}: was changed while it was read; run snakemake again")
        return self._described(source.name, record)

    def _described(self, name: str, record: Record) -> dict[str, Any] | None:
        predictions = self._stored[name].of(record)
        if predictions is None:
            return None
        if name != self._folder.name:
            predictions = seen_from_beside(predictions, name)
        members = {member: record[member] for member in MEMBERS if member in record}
        return {"folder": str(self._folder.absolute()), "predictions": predictions, **members}


def _origins(request: Request, made: dict[str, Made]) -> Iterator[Origin]:
    """Yield the origins whose records differ from the requested ones in their metrics alone."""
    for model, wanted in request.made.items():
        ignored = request.versions_of_some(model)
        for each in made.values():
            if same_but_for_metrics(each, wanted, ignored):
                yield Origin(model, each, exact=False, sharing=None)
