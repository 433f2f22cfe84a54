"""Keep the rounds of a finished search beside its ledger where its strategies take long to propose them again: tables and pictures read them."""

import contextlib
from pathlib import Path
from typing import Any

from foldwork.errors import FoldworkError
from foldwork.records.request import Request
from foldwork.records.requested import Requested
from foldwork.storage import ledger
from foldwork.storage.file_names import ROUNDS
from foldwork.storage.signed_json import read_signed, write_signed
from foldwork.strategies.kept_rounds import KeptRounds, OtherScores
from foldwork.study.versions import digest


def keep_rounds(requested: Requested, folder: Path) -> None:
    """Write the rounds of a search into its folder, if its strategies take long to propose them."""
    if kept := requested.rounds.kept():
        write_signed(folder / ROUNDS, {"request": digest(requested.request.as_json()), "strategies": kept})


def replayed(request: Request, path: Path) -> Requested:
    """Return what follows from the records of a ledger: `Requested.replay`, with kept rounds if the strategies were told the same scores.

    Parameters
    ----------
    request : Request
    path : Path
        The ledger.
    """
    if kept := _read(request, path.parent):
        with contextlib.suppress(OtherScores):
            return _from_kept(request, kept, path)
    return Requested(request).replay(path)


def _from_kept(request: Request, kept: list[dict[str, Any]], path: Path) -> Requested:
    """Read the ledger once, for all rounds, then pass the scores on round by round."""
    all_rounds = Requested(request, [KeptRounds(each, learns=False) for each in kept])
    rank = request.ranking[0]
    scores = {evaluation.key: ledger.score(record["test"], rank) for evaluation, record in all_rounds.records(path)}
    found = Requested(request, [KeptRounds(each) for each in kept])
    while found.rounds.advance(scores):
        pass
    return found


def _read(request: Request, folder: Path) -> list[dict[str, Any]]:
    if not (folder / ROUNDS).exists():
        return []
    try:
        found = read_signed(folder / ROUNDS, "it")
    except FoldworkError:
        return []
    return found["strategies"] if found["request"] == digest(request.as_json()) else []
