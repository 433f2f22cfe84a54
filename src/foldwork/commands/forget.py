"""`foldwork forget`: take records out of a ledger, so that the next run evaluates just those."""

import argparse
from pathlib import Path
from typing import Any

from foldwork.commands.search_folders import folder_of, request_of, running
from foldwork.errors import FoldworkError, one_line
from foldwork.records.evaluation import Evaluation
from foldwork.records.requested import Requested
from foldwork.storage import ledger
from foldwork.storage.file_names import EVALUATED, LEDGER
from foldwork.study.messages import hint

HELP = "Drop records, so that the next snakemake evaluates just those. They are kept in a dated file."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("search", metavar="SEARCH", help="name of a search or clustering")
    parser.add_argument("--failed", action="store_true", help="only failed evaluations")
    parser.add_argument("--fold", type=int, metavar="K", help="only fold K")
    parser.add_argument("--model", metavar="M", help="only model M")
    parser.add_argument("--where", metavar="CONDITION", help="only where the parameters meet it: 'C > 10'")


def run(options: argparse.Namespace) -> None:
    """Drop the records."""
    folder = folder_of(options.results, options.search)
    dropped = forget(folder, failed=options.failed, fold=options.fold, model=options.model, where=options.where)
    print(f"{folder.name}: {dropped:,} records dropped" + ("; snakemake evaluates them again" if dropped else ""))


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
        When the search is running, there is no such fold or model, or the condition makes no sense.
    """
    if running(folder):
        raise FoldworkError(
            f"{folder.name} is running; `foldwork stop {folder.name}` first, or wait until it has ended"
        )
    request = request_of(folder)
    requested = Requested(request)
    models = request.spec["models"]
    if model is not None and model not in models:
        raise FoldworkError(f"--model {model!r}: {folder.name} has no such model{hint(model, models)}")
    if fold is not None and not 0 <= fold < len(request.folds):
        raise FoldworkError(f"--fold {fold}: {folder.name} has folds 0 to {len(request.folds) - 1}")
    chosen = [
        (evaluation, record)
        for evaluation, record in requested.records(folder / LEDGER)
        if (not failed or record["status"] != "ok")
        and (fold is None or evaluation.fold == fold)
        and (model is None or evaluation.model == model)
    ]
    if where is not None:
        named = dict.fromkeys(name for one in requested.proposals for name in one.params)
        chosen = _where(chosen, where, list(named))
    if not chosen:
        return 0
    keys = {evaluation.key for evaluation, _ in chosen}
    # One that is left would serve in its place.
    every = {r["key"] for e, r in requested.records(folder / LEDGER, every=True) if e.key in keys}
    ledger.remove(folder / LEDGER, every)
    (folder / EVALUATED).unlink(missing_ok=True)
    return len(chosen)


def _where(
    chosen: list[tuple[Evaluation, dict[str, Any]]], condition: str, names: list[str]
) -> list[tuple[Evaluation, dict[str, Any]]]:
    import pandas as pd

    table = pd.DataFrame([evaluation.params for evaluation, _ in chosen], columns=names)
    try:
        rows = table.eval(condition, engine="python")
    except Exception as error:
        raise FoldworkError(
            f"--where {condition!r}: {one_line(error)}; the parameters are {', '.join(names)}"
        ) from error
    if not isinstance(rows, pd.Series) or rows.dtype.kind != "b" or len(rows) != len(chosen):
        raise FoldworkError(f"--where {condition!r}: is no condition such as '{names[0] if names else 'C'} > 10'")
    return [each for each, meets in zip(chosen, rows, strict=True) if meets]
