"""Which evaluations are requested, and which are recorded: the one place where a request meets a ledger.

Of several records of one evaluation the first that serves counts, for every reader.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Made, Request, keys
from foldwork.records.serving import (
    Record,
    Service,
    declared_by_others,
    differences,
    doubt,
    independent,
    made_in,
    same_metrics,
    services,
    ways,
)
from foldwork.storage import ledger
from foldwork.strategies.grid import Grid
from foldwork.strategies.strategy import Proposal, Strategy


@dataclass
class Notes:
    """What a reader of a ledger met besides the records that serve.

    Attributes
    ----------
    damaged : int
        Lines that are torn or damaged.
    others : Counter
        Records that serve nothing, by the id of how they were made.
    passed_over : Counter
        Records that would serve an evaluation which has no other one, but are not known to be right, by (model, why).
    """

    damaged: int = 0
    others: Counter[str | None] = field(default_factory=Counter)
    passed_over: Counter[tuple[str, str]] = field(default_factory=Counter)


class Requested:
    """The evaluations of a request, and the records of ledgers that serve them.

    Parameters
    ----------
    request : Request
    strategy : Strategy, optional
        Who proposes candidates; the grid unless given.

    Attributes
    ----------
    candidates : list of list of Evaluation
        Of each proposal its evaluations, one a fold, in the order in which they were proposed.
    different : dict
        Key to evaluation, each once: a grid may name a candidate twice.
    """

    def __init__(self, request: Request, strategy: Strategy | None = None) -> None:
        self.request = request
        self.candidates: list[list[Evaluation]] = []
        self.different: dict[str, Evaluation] = {}
        self._strategy = strategy or Grid({name: model["space"] for name, model in request.spec["models"].items()})
        self._told = 0  # candidates whose scores the strategy knows
        self._ask()

    @property
    def evaluations(self) -> Iterator[Evaluation]:
        """All of them, in the order in which they were proposed."""
        return (evaluation for candidate in self.candidates for evaluation in candidate)

    def next_round(self, scores: dict[str, float]) -> list[Evaluation]:
        """Tell the strategy the scores of its last round, in the order in which it asked, and ask for the next.

        Parameters
        ----------
        scores : dict
            Key of an evaluation to the score that ranks; NaN where it failed.

        Returns
        -------
        list of Evaluation
            What is new; empty when the search is finished.
        """
        told = self.candidates[self._told :]
        self._told = len(self.candidates)
        self._strategy.tell([[scores.get(e.key, math.nan) for e in candidate] for candidate in told])
        return self._ask()

    def _ask(self) -> list[Evaluation]:
        """Ask for a round; return those of its evaluations that were not requested before."""
        new = []
        for proposal in self._strategy.ask():
            candidate = self._evaluations(proposal)
            self.candidates.append(candidate)
            for evaluation in candidate:
                if self.different.setdefault(evaluation.key, evaluation) is evaluation:
                    new.append(evaluation)
        return new

    def _evaluations(self, proposal: Proposal) -> list[Evaluation]:
        made = self.request.made[proposal.model]["id"]
        folds = self.request.folds if proposal.folds is None else [self.request.folds[k] for k in proposal.folds]
        return [
            Evaluation(key, proposal.model, proposal.candidate, proposal.params, fold.index, proposal.resource)
            for fold, key in zip(folds, keys(made, proposal.params, folds), strict=True)
        ]

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
        of_key = self._services(made_in(path) if made is None else made)
        also = self.request.also_shared
        served: set[str] = set()
        doubts = {} if doubts is None else doubts
        for key, line in ledger.lines_of(path):
            if notes is None and key and key not in of_key:
                continue  # not worth decoding
            record = ledger.decode(line)
            if record is None:
                if notes is not None:
                    notes.damaged += 1
                continue
            used = False
            for service in of_key.get(record["key"], ()):
                evaluation = service.evaluation
                if why := doubt(service, record, self.request.train_scores) or declared_by_others(record, also):
                    doubts[evaluation.key] = why
                elif not (service.exact or record["status"] == "ok"):
                    continue
                elif every or evaluation.key not in served:
                    served.add(evaluation.key)
                    yield evaluation, record
                used = True
            if notes is not None and not used and not record["key"].startswith(ledger.MADE):
                notes.others[record.get("made")] += 1
        if notes is not None:
            unserved = {key: why for key, why in doubts.items() if key not in served}
            notes.passed_over.update((self.different[key].model, why) for key, why in unserved.items())

    def can_use(self, made: dict[str, Made]) -> bool:
        """Return whether records that were made in one of these ways can serve anything."""
        return any(
            len(ways(self.request, model, made)) > 1 or wanted["id"] in made
            for model, wanted in self.request.made.items()
        )

    def _services(self, made: dict[str, Made]) -> dict[str, list[Service]]:
        """Return what the records of each key may serve."""
        ways_of = {model: ways(self.request, model, made) for model in self.request.made}
        found: dict[str, list[Service]] = defaultdict(list)
        for candidate in self.candidates:
            if self.different[candidate[0].key] is not candidate[0]:
                continue  # stands twice in the grid
            different = list(dict.fromkeys(candidate))  # folds of the same content have one key
            for key, service in services(self.request, different, ways_of[candidate[0].model]):
                found[key].append(service)
        return found


def unused(notes: Notes, made: dict[str, Made], request: Request) -> Iterator[str]:
    """Report records of a ledger that are not used, and why.

    Parameters
    ----------
    notes : Notes
        Of the reading.
    made : dict
        How its records were made.
    request : Request
    """
    for (model, why), count in notes.passed_over.items():
        yield f"{count:,} records of {model} are passed over: {why}"
    for identity, count in notes.others.items():
        if (old := made.get(identity)) is None:
            continue
        found = {model: differences(old, wanted) for model, wanted in request.made.items()}
        if same := [model for model, changes in found.items() if changes == []]:
            wanted = request.made[same[0]]
            if not (same_metrics(old, wanted) or independent(old, wanted, {})):
                yield (
                    f"{count:,} records of {same[0]} are kept and not used: they have other metrics, or these in another order, "
                    "and it is not known that this changes no score"
                )
            continue  # else of candidates or folds that are not requested
        for model, changes in found.items():
            if changes:
                yield f"{count:,} records of {model} are kept and not used: {', '.join(changes)}"
                break
