"""Match requested evaluations with the records of ledgers. All readers of ledgers use this module.

If several records serve one evaluation, the first is used. There may be a million evaluations, so they are identified by numbers, and `Evaluation`
objects are created on demand.
"""

import contextlib
import functools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from foldwork.errors import FoldworkError
from foldwork.records.evaluation import Evaluation
from foldwork.records.matching import matches
from foldwork.records.request import Made, Request, keys_of
from foldwork.records.rounds import Rounds
from foldwork.records.serving import ReadReport, Record, key_bytes, other_origins, read_made
from foldwork.storage import ledger
from foldwork.strategies.by_name import strategies_of
from foldwork.strategies.interface import Proposal, SearchStrategy


class Requested:
    """The evaluations of a request, and the records of ledgers that serve them.

    A row is one candidate with one resource. The evaluation of row r on fold k has the number r × n_folds + k.

    Parameters
    ----------
    request : Request
    strategies : sequence of SearchStrategy, optional
        Propose the candidates; default: those that the search names.

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
    rounds : Rounds
    requested_in : dict
        Number of each unique evaluation to the numbers of the round and the strategy that requested it. Empty unless candidates depend on scores.
    """

    def __init__(self, request: Request, strategies: Sequence[SearchStrategy] | None = None) -> None:
        self.request = request
        self.proposals: list[Proposal] = []
        self.n_folds = len(request.folds)
        digests = [fold.digest for fold in request.folds]
        self.first_fold = [digests.index(digest) for digest in digests]
        self._labels = [fold.label for fold in request.folds] if request.is_nested else []
        self.duplicates: dict[int, int] = {}
        self.numbers: dict[bytes, int] = {}
        self.requested_in: dict[int, tuple[int, int]] = {}
        self._keys = {model: keys_of(made["id"], request.folds) for model, made in request.made.items()}
        self._partial: dict[
            tuple[Any, ...], int
        ] = {}  # (strategy, model, candidate, content) to row, if proposed fold by fold
        self._folds: dict[int, list[int]] = {}  # row to folds, for these
        self._places: list[tuple[int, int]] = []  # round and strategy of each row, if candidates depend on scores
        self._new: list[int] = []  # numbers of evaluations that were not looked up yet
        self._strategies = _strategies_of(request) if strategies is None else strategies
        self._learns = any(strategy.learns for strategy in self._strategies)
        self.rounds = Rounds(self._strategies, self._add)

    @property
    def size(self) -> int:
        """Number of rows × number of folds: all numbers of evaluations are below it."""
        return len(self.proposals) * self.n_folds

    def __len__(self) -> int:
        """Return the number of requested evaluations, including repeated ones."""
        return self.size - sum(self.n_folds - len(folds) for folds in self._folds.values())

    # ---- rounds

    def advance(self, scores: Mapping[str, float]) -> list[Evaluation]:
        """Pass the scores of complete rounds to their strategies, and ask for the next rounds, until none is complete.

        Parameters
        ----------
        scores : dict
            Key of an evaluation to its score by the metric that ranks; NaN if it failed.

        Returns
        -------
        list of Evaluation
            New unique evaluations without a score.
        """
        self._new = []
        while self.rounds.advance(scores):
            pass
        return [e for e in map(self.evaluation, self._new) if e.key not in scores]

    def likely(self) -> Iterator[Evaluation]:
        """Yield evaluations that the next rounds probably contain."""
        for proposal in self.rounds.likely():
            keys = self._keys[proposal.model](proposal.params, proposal.resource)
            for fold in range(self.n_folds) if proposal.folds is None else proposal.folds:
                yield self._evaluation(proposal, fold, keys[fold].hex())

    def replay(self, path: Path) -> "Requested":
        """Ask for all rounds that follow from the records of a ledger.

        The strategies advance in turn, a round each, so that the order of the rows does not depend on which round was complete first.
        """
        made = read_made(path) if self._learns else {}
        scores: dict[str, float] = {}
        rank = self.request.ranking[0]
        while self._learns and self._new and path.exists():
            new, self._new = set(self._new), []
            with open(path, "rb") as file:
                for number, record, _ in matches(self, file, made, among=new):
                    scores[self.evaluation(number).key] = ledger.score(record["test"], rank)
            while self.rounds.advance(scores) and not self._new:
                pass
        return self

    def cut(self, rows: int) -> "Requested":
        """Keep the first rows alone: a rule has stopped the search."""
        self.proposals = self.proposals[:rows]
        self.numbers = {key: number for key, number in self.numbers.items() if number < self.size}
        self.duplicates = {row: first for row, first in self.duplicates.items() if row < rows}
        self._folds = {row: folds for row, folds in self._folds.items() if row < rows}
        self.__dict__.pop("_rows", None)
        return self

    def _add(self, proposal: Proposal, round_number: int, strategy: int) -> list[bytes]:
        """Add a proposal. Return the keys of its evaluations."""
        keys = self._keys[proposal.model](proposal.params, proposal.resource)
        folds = range(self.n_folds) if proposal.folds is None else proposal.folds
        row = self._row(proposal, keys, (round_number, strategy))
        if row not in self.duplicates:
            for fold in folds:
                number = row * self.n_folds + fold
                if self.numbers.setdefault(keys[fold], number) == number and self._learns:
                    self._new.append(number)
                    self.requested_in[number] = round_number, strategy
        return keys if proposal.folds is None else [keys[fold] for fold in folds]

    def _row(self, proposal: Proposal, keys: list[bytes], place: tuple[int, int]) -> int:
        """Return the row of a proposal, a new one unless other folds of the candidate were proposed before."""
        if proposal.folds is not None:
            name = place[1], *self._name(proposal.model, proposal.candidate, proposal.params, proposal.resource)
            if (row := self._partial.get(name)) is not None:
                self._folds[row].extend(proposal.folds)
                return row
            self._partial[name] = len(self.proposals)
            self._folds[len(self.proposals)] = list(proposal.folds)
        row = len(self.proposals)
        self.proposals.append(proposal)
        if self._learns:
            self._places.append(place)
        self.__dict__.pop("_rows", None)
        if (first := self.numbers.get(keys[0 if proposal.folds is None else proposal.folds[0]])) is not None:
            self.duplicates[row] = first // self.n_folds
        return row

    def place_of_row(self, row: int) -> tuple[int, int, int]:
        """Return the numbers of the round and the strategy that proposed a row, and the row."""
        return *(self._places[row] if self._learns else (0, 0)), row

    def keys_of_row(self, row: int) -> list[str]:
        """Return the keys of the evaluations of a row."""
        proposal = self.proposals[row]
        keys = self._keys[proposal.model](proposal.params, proposal.resource)
        return [keys[fold].hex() for fold in self.folds_of(row)]

    def key_with(self, proposal: Proposal, more: dict[str, Any], fold: int) -> str:
        """Return the key of an evaluation of a proposal with other values of some parameters."""
        return self._keys[proposal.model](proposal.params | more, proposal.resource)[fold].hex()

    def row_of(self, evaluation: Evaluation) -> int:
        """Return the row that has requested an evaluation first."""
        return self.numbers.get(bytes.fromhex(evaluation.key), self.size) // self.n_folds

    def numbers_of(self, keys: Iterable[str]) -> set[int]:
        """Return the numbers of requested evaluations."""
        return {self.numbers[bytes.fromhex(key)] for key in keys}

    def has(self, key: str) -> bool:
        """Return whether an evaluation is requested."""
        return bytes.fromhex(key) in self.numbers

    def folds_of(self, row: int) -> Sequence[int]:
        """Return the requested folds of a row."""
        return self._folds.get(row, range(self.n_folds))

    def partial_rows(self) -> list[int]:
        """Return the rows that were proposed fold by fold."""
        return list(self._folds)

    def numbers_of_partial_rows(self) -> tuple[list[int], list[int]]:
        """Return the numbers of all requested evaluations of rows that were proposed fold by fold, and for each the first number with its key."""
        numbers, first = [], []
        for row in self._folds:
            numbers += self.numbers_of_row(row)
            first += [self.numbers[bytes.fromhex(key)] for key in self.keys_of_row(row)]
        return numbers, first

    def numbers_of_row(self, row: int) -> list[int]:
        """Return the numbers of the evaluations of a row."""
        return [row * self.n_folds + k for k in self.folds_of(row)]

    # ---- evaluations

    def evaluation(self, number: int, key: str | None = None) -> Evaluation:
        """Return the evaluation with a number. Its key is computed unless given."""
        row, fold = divmod(number, self.n_folds)
        proposal = self.proposals[row]
        key = key or self._keys[proposal.model](proposal.params, proposal.resource)[fold].hex()
        return self._evaluation(proposal, fold, key)

    def _evaluation(self, proposal: Proposal, fold: int, key: str) -> Evaluation:
        label = self._labels[fold] if self._labels else ""
        return Evaluation(key, proposal.model, proposal.candidate, proposal.params, fold, proposal.resource, label)

    @property
    def evaluations(self) -> Iterator[Evaluation]:
        """All evaluations, including repeated ones, in the order of the proposals."""
        for row, proposal in enumerate(self.proposals):
            keys = self._keys[proposal.model](proposal.params, proposal.resource)
            for number in self.numbers_of_row(row):
                yield self.evaluation(number, keys[number % self.n_folds].hex())

    @property
    def unique(self) -> dict[str, Evaluation]:
        """Key to evaluation, without repeated ones."""
        return {key.hex(): self.evaluation(number, key.hex()) for key, number in self.numbers.items()}

    @functools.cached_property
    def _rows(self) -> dict[tuple[Any, ...], int]:
        return {
            (self._outer(p.folds[0] if p.folds else 0), *self._name(p.model, p.candidate, p.params, p.resource)): row
            for row, p in enumerate(self.proposals)
        }

    def _outer(self, fold: int) -> int:
        """Return the outer fold of a fold of a nested search, whose searches number their candidates independently; 0 for other searches."""
        return self.request.folds[fold].outer if self._labels else 0

    def _name(self, model: str, candidate: int, params: dict[str, Any], resource: Any) -> tuple[str, int, str]:
        """Return a name of a row. A candidate has several if its resources vary."""
        varies = self._learns or resource is not None
        return model, candidate, json.dumps([params, resource], sort_keys=True) if varies else ""

    def number(self, evaluation: Evaluation) -> int:
        """Return the number of an evaluation."""
        e = evaluation
        name = self._outer(e.fold), *self._name(e.model, e.candidate, e.params, e.resource)
        return self._rows[name] * self.n_folds + e.fold

    def unique_by_fold(self) -> list[int]:
        """Return the number of unique evaluations of each fold; of a nested search of each outer fold with its inner folds."""
        counts = Counter(number % self.n_folds for number in self.numbers.values())
        found = [0] * len(self.request.outer_folds)
        for fold in self.request.folds:
            found[fold.outer] += counts[fold.index]
        return found

    # ---- records

    def records(
        self,
        path: Path,
        *,
        made: dict[str, Made] | None = None,
        every: bool = False,
        report: ReadReport | None = None,
        reasons: dict[str, str] | None = None,
        among: set[int] | None = None,
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
        among : set of int, optional
            Numbers of the evaluations to look for. Default: all.

        Yields
        ------
        evaluation : Evaluation
        record : dict
        """
        skipped: dict[int, str] = {}
        made = read_made(path) if made is None else made
        with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
            for number, record, _ in matches(
                self, file, made, every=every, report=report, reasons=skipped, among=among
            ):
                key = record["key"] if self.numbers.get(key_bytes(record["key"])) == number else None
                yield self.evaluation(number, key), record
        if reasons is not None:
            reasons.update((self.evaluation(number).key, why) for number, why in skipped.items())

    def may_use(self, made: dict[str, Made]) -> bool:
        """Return whether any records that were made as `made` describes (by id) may serve."""
        return any(wanted["id"] in made for wanted in self.request.made.values()) or bool(
            other_origins(self.request, made)
        )


def _strategies_of(request: Request) -> Sequence[SearchStrategy]:
    try:
        return strategies_of(request.spec, request.data)
    except FoldworkError as error:
        if "curve" in request.spec:
            raise FoldworkError(f"config: curves.{request.name}.{error}") from None
        (strategy,) = request.spec["strategy"]
        text = str(error) if str(error).startswith(f"{strategy}:") else f"{strategy}.{error}"
        raise FoldworkError(f"config: searches.{request.name}.strategy.{text}") from None
