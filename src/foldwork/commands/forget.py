"""`foldwork forget`: remove records from a ledger, so that the next run evaluates them again."""

import argparse
from pathlib import Path
from typing import Any

from foldwork.commands.search_folders import folder_of, request_of, requested_of, running
from foldwork.errors import FoldworkError, one_line
from foldwork.records.evaluation import Evaluation
from foldwork.storage import ledger
from foldwork.storage.file_names import EVALUATED, LEDGER
from foldwork.study.messages import hint

HELP = "Remove records, so that the next snakemake evaluates them again. They are saved in a dated file."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("search", metavar="SEARCH", help="name of a search or clustering")
    parser.add_argument("--failed", action="store_true", help="only failed evaluations")
    parser.add_argument("--fold", type=int, metavar="K", help="only fold K")
    parser.add_argument("--model", metavar="M", help="only model M")
    parser.add_argument("--where", metavar="CONDITION", help="only candidates whose parameters satisfy it: 'C > 10'")


def run(options: argparse.Namespace) -> None:
    """Remove records."""
    folder = folder_of(options.results, options.search)
    removed = forget(folder, failed=options.failed, fold=options.fold, model=options.model, where=options.where)
    print(f"{folder.name}: {removed:,} records removed" + ("; snakemake evaluates them again" if removed else ""))


def forget(
    folder: Path, *, failed: bool = False, fold: int | None = None, model: str | None = None, where: str | None = None
) -> int:
    """Remove the records that satisfy all given conditions. They are saved in a dated file beside the ledger.

    Parameters
    ----------
    folder : Path
        Results folder of the search or clustering.
    failed : bool
        Only failed evaluations.
    fold : int, optional
        Only this fold; of a nested search this outer fold with its inner folds.
    model : str, optional
        Only this model.
    where : str, optional
        Condition on parameters, in the syntax of pandas' `DataFrame.query`: `C > 10 and gamma < 1`.

    Returns
    -------
    int
        Number of evaluations whose records were removed.

    Raises
    ------
    FoldworkError
        When the search is running, has no such fold or model, or the condition is invalid.
    """
    if running(folder):
        raise FoldworkError(
            f"{folder.name} is running; `foldwork stop {folder.name}` first, or wait until it has ended"
        )
    request = request_of(folder)
    requested = requested_of(folder)
    models = request.spec["models"]
    if model is not None and model not in models:
        raise FoldworkError(f"--model {model!r}: {folder.name} has no such model{hint(model, models)}")
    if fold is not None and not 0 <= fold < len(request.outer_folds):
        raise FoldworkError(f"--fold {fold}: {folder.name} has folds 0 to {len(request.outer_folds) - 1}")
    chosen = [
        (evaluation, record)
        for evaluation, record in requested.records(folder / LEDGER)
        if (not failed or record["status"] != "ok")
        and (fold is None or request.folds[evaluation.fold].outer == fold)
        and (model is None or evaluation.model == model)
    ]
    if where is not None:
        named = dict.fromkeys(name for one in requested.proposals for name in one.params)
        chosen = _where(chosen, where, list(named))
    if not chosen:
        return 0
    keys = {evaluation.key for evaluation, _ in chosen}
    # If an evaluation has several records, all are removed: the next one would serve instead.
    every = {r["key"] for e, r in requested.records(folder / LEDGER, every=True) if e.key in keys}
    ledger.remove(folder / LEDGER, every | {ledger.PREDICTIONS + key for key in every})
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
        raise FoldworkError(f"--where {condition!r}: is not a condition like '{names[0] if names else 'C'} > 10'")
    return [each for each, selected in zip(chosen, rows, strict=True) if selected]
