"""Match requested evaluations with the records of ledgers. All readers of ledgers use this module.

If several records serve one evaluation, the first is used. There may be a million evaluations, so they are identified by numbers, and `Evaluation`
objects are created on demand.
"""

import contextlib
import functools
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Made, Request, keys_of
from foldwork.records.serving import Origin, ReadReport, Record, key_bytes, other_origins, read_made, reason_to_skip
from foldwork.storage import ledger
from foldwork.strategies.by_name import strategy_of
from foldwork.strategies.interface import Proposal, SearchStrategy


class Requested:
    """The evaluations of a request, and the records of ledgers that serve them.

    A row is one proposed candidate. The evaluation of row r on fold k has the number r × n_folds + k.

    Parameters
    ----------
    request : Request
    strategy : SearchStrategy, optional
        Proposes the candidates; default: the one that the search names.

    Attributes
    ----------
    proposals : list of Proposal
        The candidates in the order in which they were proposed, one for each row.
    n_folds : int
    first_fold : list of int
        For each fold the first fold with the same content.
    duplicates : dict of int to int
        Row of each repeated candidate to the row of its first occurrence: a grid may name a candidate twice.
    numbers : dict of bytes to int
        Key of each unique evaluation to its number.
    """

    def __init__(self, request: Request, strategy: SearchStrategy | None = None) -> None:
        self.request = request
        self.proposals: list[Proposal] = []
        self.n_folds = len(request.folds)
        digests = [fold.digest for fold in request.folds]
        self.first_fold = [digests.index(digest) for digest in digests]
        self.duplicates: dict[int, int] = {}
        self.numbers: dict[bytes, int] = {}
        self._keys = {model: keys_of(made["id"], request.folds) for model, made in request.made.items()}
        self._own_origins = {model: Origin.compared(model, made, made) for model, made in request.made.items()}
        self._strategy = strategy or strategy_of(request.spec)
        self._n_scored = 0  # rows whose scores the strategy has got
        while self._propose() and not self._strategy.learns:
            pass

    def __len__(self) -> int:
        """Return the number of evaluations, including repeated ones."""
        return len(self.proposals) * self.n_folds

    # ---- rounds

    @property
    def learns(self) -> bool:
        """Whether further candidates depend on the scores of those proposed so far."""
        return self._strategy.learns

    def next_round(self, scores: Mapping[str, float]) -> range:
        """Pass the scores of the last round to the strategy, in the order of its proposals, and ask for the next round.

        Parameters
        ----------
        scores : dict
            Key of an evaluation to its score by the metric that ranks; NaN if it failed.

        Returns
        -------
        range
            The new rows; empty when the search is finished.
        """
        if not self.learns:
            return range(0)
        rows = range(self._n_scored, len(self.proposals))
        self._n_scored = len(self.proposals)
        self._strategy.tell(
            [[scores[self.evaluation(number).key] for number in self._numbers_of_row(row)] for row in rows]
        )
        return self._propose()

    def _propose(self) -> range:
        """Ask the strategy for a round of candidates; return the new rows."""
        before = len(self.proposals)
        for proposal in self._strategy.ask():
            self._add(proposal)
        return range(before, len(self.proposals))

    def _add(self, proposal: Proposal) -> None:
        row = len(self.proposals)
        self.proposals.append(proposal)
        self.__dict__.pop("_rows", None)
        keys = self._keys[proposal.model](proposal.params)
        if keys[0] in self.numbers:
            self.duplicates[row] = self.numbers[keys[0]] // self.n_folds
            return
        for number in self._numbers_of_row(row):
            self.numbers.setdefault(keys[number % self.n_folds], number)

    def _numbers_of_row(self, row: int) -> list[int]:
        """Return the numbers of the evaluations of a row."""
        folds = self.proposals[row].folds
        return [row * self.n_folds + k for k in (range(self.n_folds) if folds is None else folds)]

    # ---- evaluations

    def evaluation(self, number: int, key: str | None = None) -> Evaluation:
        """Return the evaluation with a number. Its key is computed unless given."""
        row, fold = divmod(number, self.n_folds)
        proposal = self.proposals[row]
        key = key or self._keys[proposal.model](proposal.params)[fold].hex()
        return Evaluation(key, proposal.model, proposal.candidate, proposal.params, fold, proposal.resource)

    @property
    def evaluations(self) -> Iterator[Evaluation]:
        """All evaluations, including repeated ones, in the order of the proposals."""
        for row, proposal in enumerate(self.proposals):
            keys = self._keys[proposal.model](proposal.params)
            for number in self._numbers_of_row(row):
                yield self.evaluation(number, keys[number % self.n_folds].hex())

    @property
    def unique(self) -> dict[str, Evaluation]:
        """Key to evaluation, without repeated ones."""
        return {key.hex(): self.evaluation(number, key.hex()) for key, number in self.numbers.items()}

    @functools.cached_property
    def _rows(self) -> dict[tuple[str, int], int]:
        return {(proposal.model, proposal.candidate): row for row, proposal in enumerate(self.proposals)}

    def number(self, evaluation: Evaluation) -> int:
        """Return the number of an evaluation."""
        return self._rows[evaluation.model, evaluation.candidate] * self.n_folds + evaluation.fold

    def unique_by_fold(self) -> list[int]:
        """Return the number of unique evaluations of each fold."""
        counts = Counter(number % self.n_folds for number in self.numbers.values())
        return [counts[fold] for fold in range(self.n_folds)]

    # ---- records

    def records(
        self,
        path: Path,
        *,
        made: dict[str, Made] | None = None,
        every: bool = False,
        report: ReadReport | None = None,
        reasons: dict[str, str] | None = None,
    ) -> Iterator[tuple[Evaluation, Record]]:
        """Yield each evaluation that has a record in a ledger, with the first record that serves it, in the order of the ledger.

        Parameters
        ----------
        path : Path
            The ledger.
        made : dict, optional
            How the records of the ledger were made, by id. Default: read from the ledger.
        every : bool
            Yield all records that serve, not only the first of each evaluation.
        report : ReadReport, optional
            Is filled in while the ledger is read.
        reasons : dict, optional
            Is filled in at the end: key of each evaluation with a skipped record to the reason.

        Yields
        ------
        evaluation : Evaluation
        record : dict
        """
        skipped: dict[int, str] = {}
        made = read_made(path) if made is None else made
        with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
            for number, record, _ in self.matches(file, made, every=every, report=report, reasons=skipped):
                key = record["key"] if self.numbers.get(key_bytes(record["key"])) == number else None
                yield self.evaluation(number, key), record
        if reasons is not None:
            reasons.update((self.evaluation(number).key, why) for number, why in skipped.items())

    def matches(
        self,
        file: BinaryIO,
        made: dict[str, Made],
        *,
        every: bool = False,
        report: ReadReport | None = None,
        reasons: dict[int, str] | None = None,
    ) -> Iterator[tuple[int, Record, tuple[int, int]]]:
        """Yield (number of the evaluation, record, (start, end) of its line in bytes) of an open ledger. For the parameters see `records`."""
        others = self._other_keys(made)
        served = bytearray(len(self))
        reasons = {} if reasons is None else reasons
        end = 0
        for line in file:
            start, end = end, end + len(line)
            raw = key_bytes(key := ledger.undecoded_key(line))
            if report is None and key and raw not in self.numbers and raw not in others:
                continue  # no need to decode it
            record = ledger.decode(line.rstrip(b"\n"))
            if record is None:
                if report is not None:
                    report.damaged += 1
                continue
            used = False
            raw = raw if record["key"] == key else key_bytes(record["key"])
            for number, origin in self._served_by(raw, others):
                params = self.proposals[number // self.n_folds].params
                if why := reason_to_skip(self.request, origin, params, record):
                    reasons[number] = why
                elif not (origin.exact or record["status"] == "ok"):
                    continue
                elif every or not served[number]:
                    served[number] = True
                    yield number, record, (start, end)
                used = True
            if report is not None and not used and not record["key"].startswith(ledger.MADE):
                report.unused[record.get("made")] += 1
        if report is not None:
            unserved = {number: why for number, why in reasons.items() if not served[number]}
            report.skipped.update(
                (self.proposals[number // self.n_folds].model, why) for number, why in unserved.items()
            )

    def may_use(self, made: dict[str, Made]) -> bool:
        """Return whether any records that were made as `made` describes (by id) may serve."""
        return any(wanted["id"] in made for wanted in self.request.made.values()) or bool(
            other_origins(self.request, made)
        )

    def _served_by(
        self, key: bytes | None, others: dict[bytes, list[tuple[int, Origin]]]
    ) -> Iterator[tuple[int, Origin]]:
        """Yield (number, origin) of the evaluations that a record with this key may serve."""
        if (number := self.numbers.get(key)) is not None:
            yield number, self._own_origins[self.proposals[number // self.n_folds].model]
        yield from others.get(key, ())

    def _other_keys(self, made: dict[str, Made]) -> dict[bytes, list[tuple[int, Origin]]]:
        """Return the keys of the requested evaluations for all other origins in a ledger: key to (number, origin) pairs."""
        found: dict[bytes, list[tuple[int, Origin]]] = {}
        for origin in other_origins(self.request, made):
            keys = keys_of(origin.made["id"], self.request.folds)
            for row, proposal in enumerate(self.proposals):
                if (
                    proposal.model != origin.model
                    or row in self.duplicates
                    or not origin.serves(self.request, proposal.params)
                ):
                    continue
                fold_keys = keys(proposal.params)
                for number in self._numbers_of_row(row):
                    fold = number % self.n_folds
                    if self.first_fold[fold] == fold:
                        found.setdefault(fold_keys[fold], []).append((number, origin))
        return found
