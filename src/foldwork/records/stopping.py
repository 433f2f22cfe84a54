"""Rules that end a search before its strategies do: `stop` of a search.

Candidates are counted in the order in which they were proposed, and only whole ones, so that the end does not depend on engines. What was evaluated beyond
the last candidate stays in the ledger. `seconds` depends on the machine.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from foldwork.records.requested import Requested
from foldwork.strategies.mean_score import mean_score


class StopRules:
    """Rules of `stop`: the first that is reached ends the search.

    Parameters
    ----------
    requested : Requested
        If no candidate depends on scores, `evaluations` is applied at once.

    Attributes
    ----------
    seconds : float
        Limit of the search's running time; infinity for none.
    read_scores : bool
        Whether a rule depends on scores, or on which candidates are whole.
    """

    def __init__(self, requested: Requested) -> None:
        rules: dict[str, Any] = requested.request.spec.get("stop") or {}
        self._requested = requested
        self._evaluations = rules.get("evaluations") or math.inf
        self._score = math.inf if rules.get("score") is None else rules["score"]
        self._patience = rules.get("patience") or math.inf
        self._min_delta = rules.get("min_delta") or 0.0
        self.seconds = rules.get("seconds") or math.inf
        self.read_scores = bool(rules.keys() - {"min_delta"})
        self._rows: list[int] = []
        self._next = 0
        self._seen: set[str] = set()
        self._best, self._since = -math.inf, 0
        self._found: tuple[int, str] | None = None
        self._affordable = 0
        self._asked: set[str] = set()
        self._is_capped = False
        if not requested.rounds.learns:
            rows = self.affordable_rows()
            self._is_capped = rows is not None and rows < len(requested.proposals)
            if self._is_capped:
                requested.cut(rows)

    def reached(self, scores: Mapping[str, float]) -> tuple[int, str] | None:
        """Return the number of rows to keep and the name of the rule that ends the search; None as long as none does.

        Parameters
        ----------
        scores : dict
            Key of each recorded evaluation to its score.
        """
        if not self.read_scores or self._found:
            return self._found
        for row in self._in_order():
            keys = self._requested.keys_of_row(row)
            if not self._fits(keys, self._seen):
                self._found = self._next, "evaluations"
                break
            if not all(key in scores for key in keys):
                break
            self._seen.update(keys if self._evaluations < math.inf else ())
            self._next += 1
            if rule := self._rule([scores[key] for key in keys]):
                self._found = self._next, rule
                break
        if self._is_capped and self._next == len(self._requested.proposals):
            self._found = self._found or (self._next, "evaluations")
        return self._found

    def _fits(self, keys: list[str], seen: set[str]) -> bool:
        """Return whether the evaluations of a candidate are within the limit, those in `seen` included."""
        return len(seen) + sum(key not in seen for key in set(keys)) <= self._evaluations

    def affordable_rows(self) -> int | None:
        """Return the number of leading rows that the limit of evaluations allows; None if all may be evaluated.

        Of several strategies it is not known before which rows come first.
        """
        if self._evaluations == math.inf or len(list(self._requested.rounds.strategies())) > 1:
            return None
        for row in range(self._affordable, len(self._requested.proposals)):
            keys = self._requested.keys_of_row(row)
            if not self._fits(keys, self._asked):
                break
            self._asked.update(keys)
            self._affordable = row + 1
        return self._affordable

    def whole(self) -> int:
        """Return the number of leading rows that are whole."""
        return self._next

    def _rule(self, scores: list[float]) -> str | None:
        """Count a candidate; return the rule that it fulfils."""
        mean = mean_score(scores)
        if mean >= self._score:
            return "score"
        if mean > self._best + self._min_delta or (mean > self._best == -math.inf):
            self._best, self._since = mean, 0
        else:
            self._since += 1
        return "patience" if self._since >= self._patience else None

    def _in_order(self) -> Iterator[int]:
        """Yield the rows that were not counted yet, round by round, and in each round strategy by strategy."""
        requested = self._requested
        if len(self._rows) < len(requested.proposals):
            self._rows = sorted(range(len(requested.proposals)), key=requested.place_of_row)
        for index in range(self._next, len(self._rows)):
            if not requested.rounds.all_began(requested.place_of_row(self._rows[index])[0]):
                return  # a strategy may still propose candidates that come before
            yield self._rows[index]
