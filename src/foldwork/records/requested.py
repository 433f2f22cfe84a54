"""Which evaluations are requested, and which are recorded: the one place where a request meets a ledger.

Of several records of one evaluation the first that serves counts, for every reader. There may be a million evaluations, so they are known by number, and
an object is made of one only where it is looked at.
"""

import contextlib
import functools
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Made, Request, keys_of
from foldwork.records.serving import Notes, Record, Way, doubt, made_in, other_ways, raw_key
from foldwork.storage import ledger
from foldwork.strategies.grid import Grid
from foldwork.strategies.strategy import Proposal, Strategy


class Requested:
    """The evaluations of a request, and the records of ledgers that serve them.

    The evaluation of row r on fold k has the number r · n_folds + k, where a row is one proposed candidate.

    Parameters
    ----------
    request : Request
    strategy : Strategy, optional
        Who proposes candidates; the grid unless given.

    Attributes
    ----------
    proposals : list of Proposal
        The candidates, in the order in which they were proposed: one a row.
    n_folds : int
    first_fold : list of int
        For each fold the first one of the same content.
    repeats : dict of int
        Rows that repeat an earlier one, and that row: a grid may name a candidate twice.
    own : dict of int
        Key (its bytes) of each different evaluation to its number.
    """

    def __init__(self, request: Request, strategy: Strategy | None = None) -> None:
        self.request = request
        self.proposals: list[Proposal] = []
        self.n_folds = len(request.folds)
        digests = [fold.digest for fold in request.folds]
        self.first_fold = [digests.index(digest) for digest in digests]
        self.repeats: dict[int, int] = {}
        self.own: dict[bytes, int] = {}
        self._keys = {model: keys_of(made["id"], request.folds) for model, made in request.made.items()}
        self._own_ways = {model: Way.between(model, made, made) for model, made in request.made.items()}
        self._strategy = strategy or Grid({name: model["space"] for name, model in request.spec["models"].items()})
        self._told = 0  # rows whose scores the strategy knows
        while self._ask() and not self._strategy.learns:
            pass

    def __len__(self) -> int:
        """Return how many evaluations there are, repeated ones included."""
        return len(self.proposals) * self.n_folds

    # ---- rounds

    @property
    def learns(self) -> bool:
        """Whether further candidates depend on the scores of those proposed so far."""
        return self._strategy.learns

    def next_round(self, scores: Mapping[str, float]) -> range:
        """Tell the strategy the scores of its last round, in the order in which it asked, and ask for the next.

        Parameters
        ----------
        scores : dict
            Key of an evaluation to the score that ranks; NaN where it failed.

        Returns
        -------
        range
            The new rows; empty when the search is finished.
        """
        if not self.learns:
            return range(0)
        told = range(self._told, len(self.proposals))
        self._told = len(self.proposals)
        self._strategy.tell([[scores[self.evaluation(number).key] for number in self._numbers(row)] for row in told])
        return self._ask()

    def _ask(self) -> range:
        before = len(self.proposals)
        for proposal in self._strategy.ask():
            self._add(proposal)
        return range(before, len(self.proposals))

    def _add(self, proposal: Proposal) -> None:
        row = len(self.proposals)
        self.proposals.append(proposal)
        self.__dict__.pop("_rows", None)
        keys = self._keys[proposal.model](proposal.params)
        if keys[0] in self.own:
            self.repeats[row] = self.own[keys[0]] // self.n_folds
            return
        for number in self._numbers(row):
            self.own.setdefault(keys[number % self.n_folds], number)

    def _numbers(self, row: int) -> list[int]:
        """Return the numbers of a row's evaluations."""
        folds = self.proposals[row].folds
        return [row * self.n_folds + k for k in (range(self.n_folds) if folds is None else folds)]

    # ---- evaluations

    def evaluation(self, number: int, key: str | None = None) -> Evaluation:
        """Return an evaluation by its number. Its key is computed where it is not given."""
        row, fold = divmod(number, self.n_folds)
        proposal = self.proposals[row]
        key = key or self._keys[proposal.model](proposal.params)[fold].hex()
        return Evaluation(key, proposal.model, proposal.candidate, proposal.params, fold, proposal.resource)

    @property
    def evaluations(self) -> Iterator[Evaluation]:
        """All evaluations, repeated ones included, in the order in which they were proposed."""
        for row, proposal in enumerate(self.proposals):
            keys = self._keys[proposal.model](proposal.params)
            for number in self._numbers(row):
                yield self.evaluation(number, keys[number % self.n_folds].hex())

    @property
    def different(self) -> dict[str, Evaluation]:
        """Key to evaluation, each once."""
        return {key.hex(): self.evaluation(number, key.hex()) for key, number in self.own.items()}

    @functools.cached_property
    def _rows(self) -> dict[tuple[str, int], int]:
        return {(proposal.model, proposal.candidate): row for row, proposal in enumerate(self.proposals)}

    def number(self, evaluation: Evaluation) -> int:
        """Return the number of an evaluation."""
        return self._rows[evaluation.model, evaluation.candidate] * self.n_folds + evaluation.fold

    def different_by_fold(self) -> list[int]:
        """Return how many different evaluations each fold has."""
        counts = Counter(number % self.n_folds for number in self.own.values())
        return [counts[fold] for fold in range(self.n_folds)]

    # ---- records

    def records(
        self,
        path: Path,
        *,
        made: dict[str, Made] | None = None,
        every: bool = False,
        notes: Notes | None = None,
        doubts: dict[str, str] | None = None,
    ) -> Iterator[tuple[Evaluation, Record]]:
        """Yield each evaluation that has a record in a ledger, with the first that serves it, in the ledger's order.

        Parameters
        ----------
        path : Path
            The ledger.
        made : dict, optional
            How records were made, by id; what the ledger itself says without it.
        every : bool
            Yield all records that serve, not only the first of each evaluation.
        notes : Notes, optional
            Is filled in, complete when the last record has been given.
        doubts : dict, optional
            Gets, for each evaluation (by key) of which a record is passed over, why.
        """
        doubted: dict[int, str] = {}
        made = made_in(path) if made is None else made
        with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
            for number, record, _ in self.served(file, made, every=every, notes=notes, doubts=doubted):
                key = record["key"] if self.own.get(raw_key(record["key"])) == number else None
                yield self.evaluation(number, key), record
        if doubts is not None:
            doubts.update((self.evaluation(number).key, why) for number, why in doubted.items())

    def served(
        self,
        file: BinaryIO,
        made: dict[str, Made],
        *,
        every: bool = False,
        notes: Notes | None = None,
        doubts: dict[int, str] | None = None,
    ) -> Iterator[tuple[int, Record, tuple[int, int]]]:
        """Yield what `records` does of an open ledger: number of the evaluation, record, and where that begins and ends (in bytes)."""
        others = self._others(made)
        served = bytearray(len(self))
        doubts = {} if doubts is None else doubts
        end = 0
        for line in file:
            begin, end = end, end + len(line)
            raw = raw_key(key := ledger.seeming_key(line))
            if notes is None and key and raw not in self.own and raw not in others:
                continue  # not worth decoding
            record = ledger.decode(line.rstrip(b"\n"))
            if record is None:
                if notes is not None:
                    notes.damaged += 1
                continue
            used = False
            raw = raw if record["key"] == key else raw_key(record["key"])
            for number, way in self._serves(raw, others):
                params = self.proposals[number // self.n_folds].params
                if why := doubt(self.request, way, params, record):
                    doubts[number] = why
                elif not (way.exact or record["status"] == "ok"):
                    continue
                elif every or not served[number]:
                    served[number] = True
                    yield number, record, (begin, end)
                used = True
            if notes is not None and not used and not record["key"].startswith(ledger.MADE):
                notes.others[record.get("made")] += 1
        if notes is not None:
            unserved = {number: why for number, why in doubts.items() if not served[number]}
            notes.passed_over.update(
                (self.proposals[number // self.n_folds].model, why) for number, why in unserved.items()
            )

    def can_use(self, made: dict[str, Made]) -> bool:
        """Return whether records that were made in one of these ways can serve anything."""
        return any(wanted["id"] in made for wanted in self.request.made.values()) or bool(
            other_ways(self.request, made)
        )

    def _serves(self, key: bytes | None, others: dict[bytes, list[tuple[int, Way]]]) -> Iterator[tuple[int, Way]]:
        """Yield the evaluations that the records of one key may serve."""
        if (number := self.own.get(key)) is not None:
            yield number, self._own_ways[self.proposals[number // self.n_folds].model]
        yield from others.get(key, ())

    def _others(self, made: dict[str, Made]) -> dict[bytes, list[tuple[int, Way]]]:
        """Return what records serve that were made in other ways than is requested: key to number and way."""
        found: dict[bytes, list[tuple[int, Way]]] = {}
        for way in other_ways(self.request, made):
            keys = keys_of(way.made["id"], self.request.folds)
            for row, proposal in enumerate(self.proposals):
                if proposal.model != way.model or row in self.repeats or not way.suits(self.request, proposal.params):
                    continue
                of_folds = keys(proposal.params)
                for number in self._numbers(row):
                    fold = number % self.n_folds
                    if self.first_fold[fold] == fold:
                        found.setdefault(of_folds[fold], []).append((number, way))
        return found
