"""What a run tells engines about predictions: where to store them, and which stored ones to score instead of a fit."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from foldwork.execution.outstanding import Outstanding
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Request
from foldwork.storage.file_names import PREDICTIONS
from foldwork.study.prediction_setting import prediction_setting

MOST = 1 << 30
"""Bytes of a search's store, from which on nothing is stored if the best candidate's predictions alone are wanted: theirs are then made again at the end."""


class Keeping:
    """Adds to the messages of a run what concerns predictions.

    Parameters
    ----------
    request : Request
    folder : Path
        The search's folder.
    outstanding : Outstanding
    engines : int
    """

    def __init__(self, request: Request, folder: Path, outstanding: Outstanding, engines: int) -> None:
        self._outstanding = outstanding
        setting = prediction_setting(request.spec)
        self._keep: dict[str, Any] | None = None
        if request.kind == "search" and setting.of != "none":
            limit = None
            if setting.of == "best":
                stored = sum(path.stat().st_size for path in (folder / PREDICTIONS).glob("*.bin"))
                limit = max(0, MOST - stored) // max(1, engines)
            ask = ["predict"] if setting.of == "all" else []
            self._keep = {"folder": str(folder.absolute()), "train": setting.train, "ask": ask, "limit": limit}
            self._keep["scores"] = "threshold" in request.spec

    def members(self, evaluations: Iterable[Evaluation]) -> dict[str, Any]:
        """Return the members of a bundle's message for `evaluation.bundle.run`."""
        keys = [evaluation.key for evaluation in evaluations]
        found: dict[str, Any] = {} if self._keep is None else {"keep": self._keep}
        if sources := {key: source for key in keys if (source := self._outstanding.source(key)) is not None}:
            found["sources"] = sources
        if again := [key for key in keys if self._outstanding.is_repeated(key)]:
            found["again"] = again
        return found


def size_line(request: Request, evaluations: list[Evaluation]) -> str | None:
    """Return a line about the bytes that predictions of all evaluations will take; None unless all are kept."""
    setting = prediction_setting(request.spec)
    if request.kind != "search" or setting.of != "all" or not evaluations:
        return None
    from foldwork.execution.prediction_size import readable, size

    count = f"{len(evaluations):,} evaluation{'s' * (len(evaluations) > 1)}"
    found = readable(size(request, evaluations, train=setting.train))
    return f"predictions of {count} will take about {found} in {PREDICTIONS}/"
