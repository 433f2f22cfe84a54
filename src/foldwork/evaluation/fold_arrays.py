"""The arrays of one evaluation: from the content of a fold's file to train and test part."""

from typing import Any

from foldwork.data.fold_files import slices
from foldwork.evaluation.inner_rows import take_inner_fold
from foldwork.evaluation.subsample import subsample


def arrays_of(content: dict[str, Any], fold: dict[str, Any], resource: dict[str, Any] | None) -> dict[str, Any]:
    """Return X_train, y_train, X_test and y_test of an evaluation.

    Parameters
    ----------
    content : dict
        Of the fold's file.
    fold : dict
        As `Fold.for_engine` returns it.
    resource : dict or None
        Of the evaluation: the part of the rows.
    """
    return part_of(slices(content, fold), fold, resource)


def part_of(arrays: dict[str, Any], fold: dict[str, Any], resource: dict[str, Any] | None) -> dict[str, Any]:
    """Return the arrays of an evaluation from those of its fold, of an inner fold from those of its outer fold. For the parameters see `arrays_of`.

    X_train and X_test may be row numbers: the same rows are taken of them.
    """
    if "inner" in fold:
        arrays = take_inner_fold(arrays, fold["inner"])
    return arrays if resource is None else subsample(arrays, resource, fold)
