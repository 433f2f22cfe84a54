"""One candidate on growing subsets of the train part of each fold, as scikit-learn's `learning_curve` takes them."""

from collections.abc import Sequence
from typing import Any

from foldwork.errors import FoldworkError
from foldwork.strategies.interface import Data, Proposal, SearchStrategy, Spaces
from foldwork.strategies.one_round import OneRound
from foldwork.study.search_space import candidates, parameter_values

TRAIN_SIZES = "train_sizes"
"""Column with the number of rows of a subset."""


def strategies(
    spaces: Spaces,
    data: Data,
    *,
    train_sizes: list | dict,
    shuffle: bool = False,
    random_state: int | None = None,
) -> list[SearchStrategy]:
    """Return the strategy that proposes the candidate on each size.

    Parameters
    ----------
    spaces : mapping
        One model with one candidate.
    data : Data
        With `n_train`.
    train_sizes : list or dict
        As the config has it.
    shuffle : bool
        Whether to shuffle the train parts, one after the other, before their first rows are taken.
    random_state : int, optional
        Seed of the shuffles.
    """
    ((model, space),) = spaces.items()
    (params,) = candidates(space)
    proposals: list[Proposal] = []
    for size in sizes_of(train_sizes, data.n_train[0])[0]:
        folds: dict[tuple[bool, int], list[int]] = {}
        for fold, n_train in enumerate(data.n_train):
            # A whole train part is evaluated as in a search. A shuffled one depends on how often the generator was called before.
            whole = size >= n_train and not shuffle
            folds.setdefault((whole, fold if shuffle else 0), []).append(fold)
        for (whole, fold), same in folds.items():
            resource = None if whole else _resource(size, data.n_train[:fold], random_state if shuffle else None)
            some = None if len(same) == len(data.n_train) else tuple(same)
            columns = {TRAIN_SIZES: size}
            proposals.append(Proposal(model, len(proposals), params, folds=some, resource=resource, columns=columns))
    return [OneRound(proposals)]


def _resource(size: int, before: Sequence[int], random_state: int | None) -> dict[str, Any]:
    """Return the resource of a subset; see `evaluation.subsample`. `before` are the sizes of the train parts that were shuffled before this one."""
    if random_state is None:
        return {"n_samples": size, "train": "first"}
    return {"n_samples": size, "train": "shuffled", "random_state": random_state, "before": list(before)}


def sizes_of(train_sizes: list | dict, n_max: int) -> tuple[list[int], str]:
    """Return sizes in rows, as scikit-learn's `_translate_train_sizes` (sklearn/model_selection/_validation.py) finds them.

    Parameters
    ----------
    train_sizes : list or dict
        As the config has it: fractions if a number among them has a decimal point, else numbers of rows.
    n_max : int
        Number of rows of the train part of the first fold.

    Returns
    -------
    list of int
        Ascending and different.
    str
        scikit-learn's warning if there were equal sizes, else an empty text.

    Raises
    ------
    FoldworkError
        When a size is 0 or above `n_max`.
    """
    import numpy as np

    sizes = np.asarray(parameter_values(train_sizes))
    low, high = sizes.min().item(), sizes.max().item()
    if np.issubdtype(sizes.dtype, np.floating):
        if low <= 0 or high > 1:
            raise FoldworkError(
                f"train_sizes: must be fractions of the train rows in (0, 1], or whole numbers of rows; they are within [{low:g}, {high:g}]"
            )
        rows = np.clip((sizes * n_max).astype(int), 1, n_max)
    elif low <= 0 or high > n_max:
        raise FoldworkError(
            f"train_sizes: must be within 1 and {n_max:,}, the train rows of fold 0; they are within [{low}, {high}]"
        )
    else:
        rows = sizes
    unique = np.unique(rows).tolist()
    if len(unique) == len(sizes):
        return unique, ""
    return unique, (
        "Removed duplicate entries from 'train_sizes'. Number of ticks will be less than the size of 'train_sizes': "
        f"{len(unique)} instead of {len(sizes)}."
    )
