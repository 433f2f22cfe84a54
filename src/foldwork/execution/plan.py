"""Decide which evaluations travel together, and in which order.

Pending evaluations lie in groups: those of one fold that can share an intermediate. A bundle is taken from one group; evaluations that share most
are neighbours in it. Bundles are sized by measured times, so that messages cost less than a hundredth of them. They shrink at the end, so that
no engine waits for another.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from foldwork.records.evaluation import Evaluation

TARGET = 1.0
"""Seconds of work in a bundle: a message costs about 5 ms of two cores."""

TOGETHER = 4.0
"""Seconds of work in a bundle of evaluations that share: every bundle may have to make the intermediate anew."""

SHARE = 1.5
"""Final bundles hold remaining seconds ÷ (SHARE × engines). A smaller SHARE lets engines wait at the end, a larger one costs messages."""

LARGEST = 500
"""Evaluations in a bundle at most."""


@dataclass(eq=False, slots=True)
class Pending:
    """An evaluation that waits, and what the plan knows of it.

    Attributes
    ----------
    evaluation : Evaluation
    group : hashable, optional
        Evaluations of one fold and group (not None) can share an intermediate.
    near : str
        Of these, those with one `near` can share more.
    stages : int, optional
        Number of stages of an ensemble: a longer one that has been fitted serves all shorter ones of its model and `near` that follow it in its
        bundle.
    attempts, kills : int
        How often it was given out, and how many engines ended while they were at it.
    expected : float
        Seconds that it is expected to take.
    """

    evaluation: Evaluation
    group: Hashable = None
    near: str = ""
    stages: int | None = None
    attempts: int = 0
    kills: int = 0
    expected: float = 0.0

    def follows(self, other: "Pending") -> bool:
        """Return whether it costs nothing right after another one: an ensemble with no more stages."""
        return (
            self.stages is not None
            and other.stages is not None
            and self.ensemble() == other.ensemble()
            and self.stages <= other.stages
        )

    def ensemble(self) -> tuple[str, str, int]:
        """Return what ensembles have in common that differ in their number of stages alone."""
        return self.evaluation.model, self.near, self.evaluation.fold


@dataclass(slots=True)
class _Mean:
    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        self.total += value
        self.count += 1

    def get(self, default: float) -> float:
        return self.total / self.count if self.count else default


class Expectation:
    """Learns how long evaluations take.

    A candidate that has been measured on another fold is expected to take as long again. For others the logarithm of the time is taken to
    be the model's mean plus what each of its parameter values adds on average: near candidates share values.
    """

    def __init__(self) -> None:
        self._models: dict[str, _Mean] = defaultdict(_Mean)
        # By model, then candidate; by model and parameter, then value.
        self._candidates: dict[str, dict[int, _Mean]] = defaultdict(lambda: defaultdict(_Mean))
        self._values: dict[tuple[str, str], dict[str, _Mean]] = defaultdict(lambda: defaultdict(_Mean))

    def learn(self, evaluation: Evaluation, seconds: float) -> None:
        """Note how long an evaluation took."""
        log = math.log(max(seconds, 1e-5))
        self._candidates[evaluation.model][evaluation.candidate].add(log)
        self._models[evaluation.model].add(log)
        for name, value in evaluation.params.items():
            self._values[evaluation.model, name][str(value)].add(log)

    def seconds(self, evaluation: Evaluation) -> float:
        """Return how long an evaluation is expected to take; infinity where nothing of its model is known (so it goes first, and alone)."""
        if (found := self._candidates[evaluation.model].get(evaluation.candidate)) is not None:
            return math.exp(found.get(0.0))
        if evaluation.model not in self._models:
            return math.inf
        mean = self._models[evaluation.model].get(0.0)
        log = mean
        for name, value in evaluation.params.items():
            if (found := self._values[evaluation.model, name].get(str(value))) is not None:
                log += found.get(mean) - mean
        return math.exp(min(log, 20.0))


@dataclass(slots=True)
class _Group:
    members: list[Pending] = field(default_factory=list)
    priority: tuple[bool, int, float] = (False, 0, 0.0)


def _put_together(members: list[Pending], *, all_of_them: bool) -> None:
    """Move evaluations that have one `near` next to the most urgent of them, which is the last.

    If not `all_of_them`, only ensembles move. Of the ensembles with one `near` the one with most stages goes first.
    """
    ranks = {id(e): rank for rank, e in enumerate(members)}
    nearest = {(e.evaluation.model, e.near): rank for rank, e in enumerate(members)}

    def place(e: Pending) -> tuple[int, int]:
        together = all_of_them or e.stages is not None
        return nearest[e.evaluation.model, e.near] if together else ranks[id(e)], e.stages or 0

    members.sort(key=place)


class Plan:
    """The evaluations that wait on the client: new candidates first, then the longest expected.

    Parameters
    ----------
    pending : iterable of Pending
        In any order.
    """

    def __init__(self, pending: Iterable[Pending] = ()) -> None:
        self.expectation = Expectation()
        self._groups: dict[tuple[int, Hashable], _Group] = defaultdict(_Group)
        self._alone: list[Pending] = []
        self._count = 0
        self._remaining = 0.0
        self._learned = 0
        self._sorted_at = -1
        self._given: dict[str, set[int]] = defaultdict(set)  # candidates by their model
        self._order: list[tuple[int, Hashable]] = []
        for each in pending:
            self.add(each)

    def __len__(self) -> int:
        return self._count

    def add(self, pending: Pending, *, alone: bool = False) -> None:
        """Add an evaluation. One that may have killed its engine travels `alone`, when nothing else is left to lose."""
        if alone:
            self._alone.insert(0, pending)
        else:
            self._groups[pending.evaluation.fold, pending.group].members.append(pending)
            self._sorted_at = -1
        self._count += 1

    def learn(self, evaluation: Evaluation, seconds: float) -> None:
        """Note how long an evaluation took."""
        self.expectation.learn(evaluation, seconds)
        self._learned += 1

    def remaining(self) -> float:
        """Return the expected seconds of all that waits (what is unknown counts nothing)."""
        self._sort()
        return self._remaining if self._count else 0.0  # not what rounding left

    def _sort(self) -> None:
        """Order groups and their members anew, when enough has been learned since the last time."""
        if self._sorted_at >= 0 and self._learned < self._sorted_at * 1.3 + 2:
            return
        self._sorted_at = self._learned
        for name in [name for name, group in self._groups.items() if not group.members]:
            del self._groups[name]
        for name, group in self._groups.items():
            for each in group.members:
                each.expected = self.expectation.seconds(each.evaluation)
            group.members.sort(
                key=lambda e: (*self._priority(e), e.evaluation.key)
            )  # the last is taken first; of equals any
            if name[1] is not None or any(e.stages is not None for e in group.members):
                _put_together(group.members, all_of_them=name[1] is not None)
            group.priority = self._priority(group.members[-1])
        waiting = (e.expected for group in self._groups.values() for e in group.members)
        self._remaining = sum(expected for expected in waiting if expected < math.inf)
        self._order = sorted(self._groups, key=lambda name: self._groups[name].priority, reverse=True)

    def _priority(self, pending: Pending) -> tuple[bool, int, float]:
        """Return what to order by: candidates of which no fold has been given out go first, fold by fold, then the longest."""
        evaluation = pending.evaluation
        new = evaluation.candidate not in self._given[evaluation.model]
        return new, -evaluation.fold if new else 0, pending.expected

    def _group_priority(self, name: tuple[int, Hashable]) -> tuple[bool, int, float]:
        """Return a group's priority: that of its most urgent evaluation; a sharing group keeps its first until it is drained."""
        group = self._groups[name]
        return self._priority(group.members[-1]) if name[1] is None else group.priority

    @staticmethod
    def window(engines: int) -> int:
        """Return how many bundles may be given out: one for each engine, and enough with the scheduler that none waits for its next."""
        return engines + max(2, engines // 4)

    def next(self, engines: int) -> list[Pending]:
        """Cut the next bundle.

        Parameters
        ----------
        engines : int
            How many engines there are to feed.

        Returns
        -------
        list of Pending
            All of one fold, at least one; empty when nothing waits.
        """
        self._sort()
        while self._order and not self._groups[self._order[0]].members:
            self._order.pop(0)
        if not self._order:
            if not self._alone:
                return []
            self._count -= 1
            return [self._alone.pop()]
        best = max((name for name in self._order[:64] if self._groups[name].members), key=self._group_priority)
        group = self._groups[best]
        budget = min(TARGET if best[1] is None else TOGETHER, self.remaining() / (SHARE * max(1, engines)))
        bundle: list[Pending] = []
        spent = 0.0
        while group.members and len(bundle) < LARGEST:
            pending = group.members[-1]
            if not (bundle and pending.follows(bundle[-1])):
                if bundle and (pending.expected == math.inf or spent + pending.expected > budget):
                    break
                spent += pending.expected
            bundle.append(group.members.pop())
            self._given[pending.evaluation.model].add(pending.evaluation.candidate)
        self._remaining = max(0.0, self._remaining - sum(e.expected for e in bundle if e.expected < math.inf))
        self._count -= len(bundle)
        return bundle
