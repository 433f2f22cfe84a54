"""Folds of a results folder that was moved since its search ran."""

from pathlib import Path
from typing import Any

from foldwork.records.request import Fold, Request
from foldwork.storage.file_names import INNER


def described_fold(request: Request, fold: Fold, results: Path) -> dict[str, Any]:
    """Return what is needed to open a fold: its recorded paths, or those in the results folder if these are gone.

    Parameters
    ----------
    request : Request
    fold : Fold
    results : Path
        The results folder.
    """
    section, name = ("splits", "splits") if request.kind == "search" else ("datasets", "dataset")
    moved = results / section / request.spec[name] / fold.file
    described = fold.for_engine() | {"path": fold.path if Path(fold.path).exists() else str(moved)}
    if fold.inner is not None and not Path(fold.inner["path"]).exists():
        moved = results / "searches" / request.name / INNER / fold.inner["file"]
        described["inner"] = fold.inner | {"path": str(moved)}
    return described
