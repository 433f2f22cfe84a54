"""Which evaluations travel together, and which go first.

Pending evaluations lie in groups: those of one fold that can share an intermediate. A bundle is cut from one group, those that share most
beside each other. Bundles are sized by measured times, so that messages cost under a hundredth of them, and shrink towards the end, so that
no engine waits for another.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

TARGET = 1.0
"""Seconds of work in a bundle: a message costs about 5 ms of two cores."""

TOGETHER = 4.0
"""The same, of evaluations that share: every bundle may have to make the intermediate anew."""

SHARE = 1.5
"""Towards the end a bundle is what waits for each engine by this: less, and messages cost more; more, and engines wait at the end."""

LARGEST = 500
"""Evaluations in a bundle at most."""


@dataclass(eq=False, slots=True)
class Evaluation:
    """One candidate on one fold, still to be done.

    Those of one fold and one `share` (not None) have an intermediate in common; of these, those of one `near` have more. Where `stages` is a
    number, one that is done serves all of its model and `near` that have fewer, if they follow it in its bundle.
    """

    key: str
    model: str
    params: dict[str, Any]
    candidate: int
    fold: int
    share: Hashable = None
    near: str = ""
    attempts: int = 0
    kills: int = 0
    expected: float = 0.0
    stages: int | None = None

    def follows(self, other: "Evaluation") -> bool:
        """Return whether it is of no cost right after another one: an ensemble's beginning."""
        return (
            self.stages is not None
            and other.stages is not None
            and (self.model, self.near, self.fold) == (other.model, other.near, other.fold)
            and self.stages <= other.stages
        )


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
        """Take in how long an evaluation took."""
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
    members: list[Evaluation] = field(default_factory=list)
    urgency: tuple[bool, int, float] = (False, 0, 0.0)


def _put_together(members: list[Evaluation], *, all_of_them: bool) -> None:
    """Put what is near to the most urgent (the last) beside it, then what is near to the next.

    Unless it concerns all of them, only the ensembles move. Of those that are near to each other the one with most stages goes first.
    """
    ranks = {e.key: rank for rank, e in enumerate(members)}
    nearest = {(e.model, e.near): rank for rank, e in enumerate(members)}

    def place(e: Evaluation) -> tuple[int, int]:
        together = all_of_them or e.stages is not None
        return nearest[e.model, e.near] if together else ranks[e.key], e.stages or 0

    members.sort(key=place)


class Plan:
    """The evaluations that wait on the client: new candidates first, then the longest expected.

    Parameters
    ----------
    evaluations : iterable of Evaluation
        In any order.
    """

    def __init__(self, evaluations: Iterable[Evaluation] = ()) -> None:
        self.expectation = Expectation()
        self._groups: dict[tuple[int, Hashable], _Group] = defaultdict(_Group)
        self._alone: list[Evaluation] = []
        self._count = 0
        self._remaining = 0.0
        self._learned = 0
        self._sorted_at = -1
        self._given: dict[str, set[int]] = defaultdict(set)  # candidates by their model
        self._order: list[tuple[int, Hashable]] = []
        for evaluation in evaluations:
            self.add(evaluation)

    def __len__(self) -> int:
        return self._count

    def add(self, evaluation: Evaluation, *, alone: bool = False) -> None:
        """Put an evaluation in. One that may have killed its engine travels `alone`, when nothing else is left to lose."""
        if alone:
            self._alone.insert(0, evaluation)
        else:
            self._groups[evaluation.fold, evaluation.share].members.append(evaluation)
            self._sorted_at = -1
        self._count += 1

    def learn(self, evaluation: Evaluation, seconds: float) -> None:
        """Take in how long an evaluation took."""
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
            for evaluation in group.members:
                evaluation.expected = self.expectation.seconds(evaluation)
            group.members.sort(key=lambda e: (*self._urgency(e), e.key))  # the last is taken first; of equals any
            if name[1] is not None or any(e.stages is not None for e in group.members):
                _put_together(group.members, all_of_them=name[1] is not None)
            group.urgency = self._urgency(group.members[-1])
        waiting = (e.expected for group in self._groups.values() for e in group.members)
        self._remaining = sum(expected for expected in waiting if expected < math.inf)
        self._order = sorted(self._groups, key=lambda name: self._groups[name].urgency, reverse=True)

    def _urgency(self, evaluation: Evaluation) -> tuple[bool, int, float]:
        """Return what to order by: candidates of which no fold has been given out go first, fold by fold, then the longest."""
        new = evaluation.candidate not in self._given[evaluation.model]
        return new, -evaluation.fold if new else 0, evaluation.expected

    def _group_urgency(self, name: tuple[int, Hashable]) -> tuple[bool, int, float]:
        """Return that of a group: of its most urgent evaluation now, or where they share, of the one it had; so it is gone through in one go."""
        group = self._groups[name]
        return self._urgency(group.members[-1]) if name[1] is None else group.urgency

    @staticmethod
    def window(engines: int) -> int:
        """Return how many bundles may be given out: one for each engine, and enough with the scheduler that none waits for its next."""
        return engines + max(2, engines // 4)

    def next(self, engines: int) -> list[Evaluation]:
        """Cut the next bundle.

        Parameters
        ----------
        engines : int
            How many engines there are to feed.

        Returns
        -------
        list of Evaluation
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
        best = max((name for name in self._order[:64] if self._groups[name].members), key=self._group_urgency)
        group = self._groups[best]
        budget = min(TARGET if best[1] is None else TOGETHER, self.remaining() / (SHARE * max(1, engines)))
        bundle: list[Evaluation] = []
        spent = 0.0
        while group.members and len(bundle) < LARGEST:
            evaluation = group.members[-1]
            if not (bundle and evaluation.follows(bundle[-1])):
                if bundle and (evaluation.expected == math.inf or spent + evaluation.expected > budget):
                    break
                spent += evaluation.expected
            bundle.append(group.members.pop())
            self._given[evaluation.model].add(evaluation.candidate)
        self._remaining = max(0.0, self._remaining - sum(e.expected for e in bundle if e.expected < math.inf))
        self._count -= len(bundle)
        return bundle
