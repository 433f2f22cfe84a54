"""Take records out of a ledger, so that the next run evaluates just those."""

from pathlib import Path
from typing import Any

from foldwork import ledger
from foldwork.errors import FoldworkError, one_line
from foldwork.layout import LEDGER
from foldwork.plan import Evaluation
from foldwork.status import recorded, running


def forget(
    folder: Path, *, failed: bool = False, fold: int | None = None, model: str | None = None, where: str | None = None
) -> int:
    """Drop the records that meet every condition given; they are kept in a dated file beside the ledger.

    Parameters
    ----------
    folder : Path
        Of a search or clustering.
    failed : bool
        Only failed evaluations.
    fold : int, optional
        Only this fold.
    model : str, optional
        Only this model.
    where : str, optional
        A condition on parameters as pandas' `DataFrame.query` has it: `C > 10 and gamma < 1`.

    Returns
    -------
    int
        How many were dropped.

    Raises
    ------
    FoldworkError
        When the search is running, or the condition makes no sense.
    """
    if running(folder):
        raise FoldworkError(
            f"{folder.name} is running; `foldwork stop {folder.name}` first, or wait until it has ended"
        )
    chosen = [
        (evaluation, record)
        for evaluation, record in recorded(folder)
        if (not failed or record["status"] != "ok")
        and (fold is None or evaluation.fold == fold)
        and (model is None or evaluation.model == model)
    ]
    if where is not None:
        chosen = _where(chosen, where)
    dropped = ledger.remove(folder / LEDGER, {evaluation.key for evaluation, _ in chosen})
    if dropped:
        (folder / "evaluated.json").unlink(missing_ok=True)
    return dropped


def _where(chosen: list[tuple[Evaluation, dict[str, Any]]], condition: str) -> list[tuple[Evaluation, dict[str, Any]]]:
    import pandas as pd

    names = list(dict.fromkeys(name for evaluation, _ in chosen for name in evaluation.params))
    table = pd.DataFrame([evaluation.params for evaluation, _ in chosen], columns=names)
    try:
        rows = table.query(condition, engine="python").index
    except Exception as error:
        raise FoldworkError(
            f"--where {condition!r}: {one_line(error)}; the parameters are {', '.join(names)}"
        ) from error
    return [chosen[row] for row in rows]
