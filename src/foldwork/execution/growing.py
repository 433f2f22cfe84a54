"""What a run tells engines about ensembles that grow from one iteration of a search to the next: which one to continue, and which to keep."""

import contextlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from foldwork.engines.session import Borrowed, Session
from foldwork.evaluation.growing import path_of
from foldwork.execution.grouping import Grouping
from foldwork.records.evaluation import Evaluation
from foldwork.records.requested import Requested
from foldwork.strategies.interface import Proposal

MOST_OF_FILE, MOST_OF_RUN = 1 << 28, 1 << 32
"""Bytes of one file, and of all that there are at any time. The evaluations of an iteration have equal shares: in a later one, with longer ensembles, they are fewer."""

Round = tuple[int, int]
"""Numbers of a round and of its strategy."""


class Growing:
    """Adds to the messages of a run what concerns ensembles that grow. They are in the run's folder, and go with it.

    Parameters
    ----------
    requested : Requested
    grouping : Grouping
    session : Session or Borrowed
        Somebody else's engines keep nothing.
    """

    def __init__(self, requested: Requested, grouping: Grouping, session: Session | Borrowed) -> None:
        self._requested, self._grouping = requested, grouping
        self._folder: Path | None = session.directory.absolute() if isinstance(session, Session) else None
        self._limits: dict[Round, int] = {}
        self._kept: dict[int, set[str]] = defaultdict(set)
        """Keys of the evaluations of each strategy whose ensembles may be in files."""

    def members(self, evaluations: Iterable[Evaluation]) -> dict[str, Any]:
        """Return the members of a bundle's message for `evaluation.bundle.run`. Removes the files that a new round of a strategy has no use for."""
        shorter: dict[str, str] = {}
        keep: dict[str, int] = {}
        for each in evaluations if self._folder else ():
            row = self._requested.row_of(each)
            proposal = self._growing(row)
            # A nested search adds the outer fold to the row of the candidate that it has chosen: nothing continues that fit.
            if proposal is None or each.fold not in (proposal.folds or (each.fold,)):
                continue
            number, strategy, _ = self._requested.place_of_row(row)
            limit = self._begin((number, strategy))
            if (key := self._shorter(proposal, each.fold)) is not None:
                shorter[each.key] = key
            _, _, after = proposal.grows
            if after is not None:
                keep[each.key] = limit
                self._kept[strategy].add(each.key)
        if not shorter and not keep:
            return {}
        return {"grow": {"folder": str(self._folder), "shorter": shorter, "keep": keep}}

    def _growing(self, row: int) -> Proposal | None:
        """Return the proposal of a row if its resource is the number of an ensemble's stages."""
        if row >= len(self._requested.proposals):
            return None
        found = self._requested.proposals[row]
        if found.grows is None or not self._grouping.sets_stages(found.model, found.params, found.grows[0]):
            return None
        return found

    def _shorter(self, proposal: Proposal, fold: int) -> str | None:
        name, before, _ = proposal.grows
        return None if before is None else self._requested.key_with(proposal, {name: before}, fold)

    def _begin(self, of: Round) -> int:
        """Return the bytes of a file of a round. When the first of its evaluations is asked for, remove the files that it does not continue."""
        if of not in self._limits:
            rows = [n for n in range(len(self._requested.proposals)) if self._requested.place_of_row(n)[:2] == of]
            strategies = sum(1 for _ in self._requested.rounds.strategies())
            evaluations = sum(len(self._requested.folds_of(row)) for row in rows)
            # Two rounds of each strategy may have files at once.
            self._limits[of] = min(MOST_OF_FILE, MOST_OF_RUN // (2 * strategies * evaluations))
            if kept := self._kept[of[1]]:
                continued = self._continued(rows)
                for key in kept - continued:
                    with contextlib.suppress(OSError):
                        path_of(self._folder, key).unlink()
                kept &= continued
        return self._limits[of]

    def _continued(self, rows: Iterable[int]) -> set[str | None]:
        """Return the keys of the shorter ensembles that evaluations of some rows continue."""
        found = ((self._growing(row), self._requested.folds_of(row)) for row in rows)
        return {self._shorter(proposal, fold) for proposal, folds in found if proposal for fold in folds}
