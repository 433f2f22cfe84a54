"""Decide in which bundles and in which order evaluations are submitted.

Pending evaluations are in groups: those of one fold that can share an intermediate. A bundle is taken from one group, and evaluations that share
most are next to each other. The size of bundles follows from measured times, so that the overhead of messages is below 1 %. Final bundles are smaller,
so that all engines finish at about the same time.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from foldwork.records.evaluation import Evaluation

TARGET = 1.0
"""Seconds of work in a bundle: a message costs about 5 ms on two cores."""

SHARED_TARGET = 4.0
"""Seconds of work in a bundle of evaluations that share an intermediate, which each bundle may have to compute again."""

SHARE = 1.5
"""Final bundles hold remaining seconds ÷ (SHARE × engines). With a smaller SHARE engines wait at the end, a larger one costs messages."""

MAX_BUNDLE = 500
"""Maximum number of evaluations in a bundle."""


@dataclass(eq=False, slots=True)
class Pending:
    """An evaluation to be submitted, with what the plan needs to order it.

    Attributes
    ----------
    evaluation : Evaluation
    group : hashable, optional
        Evaluations of one fold and group can share an intermediate; None: no sharing.
    near : str
        Evaluations of one group with the same `near` can share more.
    stages : int, optional
        Number of stages of an ensemble. The shorter ensembles of its model and `near` that follow it in a bundle are cut from the fitted one.
    attempts, kills : int
        Number of submissions, and of engines that ended while evaluating it.
    expected : float
        Expected duration in seconds.
    rank : int, optional
        Submit evaluations in the order of their ranks, the longest of one rank first: the order of candidates or rounds matters.
    """

    evaluation: Evaluation
    group: Hashable = None
    near: str = ""
    stages: int | None = None
    attempts: int = 0
    kills: int = 0
    expected: float = 0.0
    rank: int | None = None

    def follows(self, other: "Pending") -> bool:
        """Return whether it costs no time right after `other`, because it is cut from that ensemble."""
        return (
            self.stages is not None
            and other.stages is not None
            and self.ensemble() == other.ensemble()
            and self.stages <= other.stages
        )

    def ensemble(self) -> tuple[str, str, int]:
        """Return (model, near, fold): equal for ensembles that differ only in their number of stages."""
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


def _limited(evaluation: Evaluation) -> tuple[int, int]:
    """Return the candidate and its number of rows, 0 for all."""
    return evaluation.candidate, evaluation.resource["n_samples"] if evaluation.resource else 0


def _settings(evaluation: Evaluation) -> Iterable[tuple[str, Any]]:
    """Return names and values of what the duration may depend on."""
    params = evaluation.params.items()
    return [*params, ("", evaluation.resource["n_samples"])] if evaluation.resource else params


class Expectation:
    """Expected durations of evaluations, from measured ones.

    A candidate measured on another fold is expected to take as long. For other candidates, the logarithm of the time is the mean of the model plus
    the mean effect of each parameter value.
    """

    def __init__(self) -> None:
        self._models: dict[str, _Mean] = defaultdict(_Mean)
        # model -> candidate -> mean; (model, parameter) -> value -> mean.
        self._candidates: dict[str, dict[tuple[int, int], _Mean]] = defaultdict(lambda: defaultdict(_Mean))
        self._values: dict[tuple[str, str], dict[str, _Mean]] = defaultdict(lambda: defaultdict(_Mean))

    def learn(self, evaluation: Evaluation, seconds: float) -> None:
        """Add a measured duration in seconds."""
        log = math.log(max(seconds, 1e-5))
        self._candidates[evaluation.model][_limited(evaluation)].add(log)
        self._models[evaluation.model].add(log)
        for name, value in _settings(evaluation):
            self._values[evaluation.model, name][str(value)].add(log)

    def seconds(self, evaluation: Evaluation) -> float:
        """Return the expected seconds of an evaluation. Infinity if its model was not measured yet: then it is submitted first, in a bundle of its own."""
        if (found := self._candidates[evaluation.model].get(_limited(evaluation))) is not None:
            return math.exp(found.get(0.0))
        if evaluation.model not in self._models:
            return math.inf
        mean = self._models[evaluation.model].get(0.0)
        log = mean
        for name, value in _settings(evaluation):
            if (found := self._values[evaluation.model, name].get(str(value))) is not None:
                log += found.get(mean) - mean
        return math.exp(min(log, 20.0))


@dataclass(slots=True)
class _Group:
    members: list[Pending] = field(default_factory=list)
    priority: tuple[bool, int, float] = (False, 0, 0.0)


def _group_near(members: list[Pending], *, all_of_them: bool) -> None:
    """Move evaluations with the same `near` next to the most urgent of them. The last in the list is the most urgent.

    If not `all_of_them`, only ensembles are moved. Of the ensembles with the same `near`, the one with most stages is submitted first.
    """
    ranks = {id(e): rank for rank, e in enumerate(members)}
    nearest = {(e.evaluation.model, e.near): rank for rank, e in enumerate(members)}

    def position(e: Pending) -> tuple[int, int]:
        move = all_of_them or e.stages is not None
        return nearest[e.evaluation.model, e.near] if move else ranks[id(e)], e.stages or 0

    members.sort(key=position)


class Plan:
    """Queue of pending evaluations: first candidates without a submitted fold, then the longest expected.

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
        self._submitted: dict[str, set[int]] = defaultdict(set)  # model -> candidates
        self._order: list[tuple[int, Hashable]] = []
        for each in pending:
            self.add(each)

    def __len__(self) -> int:
        return self._count

    def add(self, pending: Pending, *, alone: bool = False) -> None:
        """Add an evaluation.

        Parameters
        ----------
        pending : Pending
        alone : bool
            Submit it after all others in a bundle of its own, because it may have ended its engine.
        """
        if alone:
            self._alone.insert(0, pending)
        else:
            self._groups[pending.evaluation.fold, pending.group].members.append(pending)
            self._sorted_at = -1
        self._count += 1

    def learn(self, evaluation: Evaluation, seconds: float) -> None:
        """Add the measured duration of an evaluation, in seconds."""
        self.expectation.learn(evaluation, seconds)
        self._learned += 1

    def remaining(self) -> float:
        """Return the sum of expected seconds of all pending evaluations. Unknown durations count as 0."""
        self._sort()
        return self._remaining if self._count else 0.0  # without rounding errors

    def _sort(self) -> None:
        """Sort groups and their members again, if enough durations were measured since the last time."""
        # The more are pending, the longer a sort takes, and the less each measured duration changes.
        growth = 1.3 + self._count / 50_000
        if self._sorted_at >= 0 and self._learned < self._sorted_at * growth + 2:
            return
        self._sorted_at = self._learned
        for name in [name for name, group in self._groups.items() if not group.members]:
            del self._groups[name]
        known: dict[tuple[str, tuple[int, int]], float] = {}  # the same on each fold
        for name, group in self._groups.items():
            for each in group.members:
                candidate = each.evaluation.model, _limited(each.evaluation)
                if (seconds := known.get(candidate)) is None:
                    seconds = known[candidate] = self.expectation.seconds(each.evaluation)
                each.expected = seconds
            # The last is taken first. Keys give evaluations with equal priority an arbitrary but fixed order.
            group.members.sort(key=self._sort_key)
            if name[1] is not None or any(e.stages is not None for e in group.members):
                _group_near(group.members, all_of_them=name[1] is not None)
            group.priority = self._priority(group.members[-1])
        pending = (each.expected for group in self._groups.values() for each in group.members)
        self._remaining = sum(expected for expected in pending if expected < math.inf)
        self._order = sorted(self._groups, key=lambda name: self._groups[name].priority, reverse=True)

    def _priority(self, pending: Pending) -> tuple[bool, int, float]:
        """Return the sort key: candidates without a submitted fold have precedence, fold by fold, then the longest expected."""
        if pending.rank is not None:
            return True, -pending.rank, pending.expected
        evaluation = pending.evaluation
        new = evaluation.candidate not in self._submitted[evaluation.model]
        return new, -evaluation.fold if new else 0, pending.expected

    def _sort_key(self, pending: Pending) -> tuple[tuple[bool, int, float], str]:
        return self._priority(pending), pending.evaluation.key

    def _group_priority(self, name: tuple[int, Hashable]) -> tuple[bool, int, float]:
        """Return the priority of a group: that of its most urgent evaluation. A sharing group keeps its first priority until it is empty."""
        group = self._groups[name]
        last = group.members[-1]
        return self._priority(last) if name[1] is None or last.rank is not None else group.priority

    @staticmethod
    def window(engines: int) -> int:
        """Return the maximum number of bundles in flight: one for each engine, and some queued in the scheduler so that no engine waits."""
        return engines + max(2, engines // 4)

    def next(self, engines: int) -> list[Pending]:
        """Take the next bundle out of the queue.

        Parameters
        ----------
        engines : int
            Number of engines.

        Returns
        -------
        list of Pending
            Evaluations of one fold; empty if nothing is pending.
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
        budget = min(TARGET if best[1] is None else SHARED_TARGET, self.remaining() / (SHARE * max(1, engines)))
        bundle: list[Pending] = []
        spent = 0.0
        while group.members and len(bundle) < MAX_BUNDLE:
            pending = group.members[-1]
            if not (bundle and pending.follows(bundle[-1])):
                if bundle and (pending.expected == math.inf or spent + pending.expected > budget):
                    break
                spent += pending.expected
            bundle.append(group.members.pop())
            self._submitted[pending.evaluation.model].add(pending.evaluation.candidate)
        self._remaining = max(0.0, self._remaining - sum(e.expected for e in bundle if e.expected < math.inf))
        self._count -= len(bundle)
        return bundle
