"""Refuse estimators that take a square matrix: folds select rows of samples, and would not select the columns of such a matrix."""

from typing import Any

from foldwork.sklearn_private import needs_square_matrix
from foldwork.study.messages import config_error

_PARAMETERS = ("kernel", "metric", "affinity")
"""Those whose value `precomputed` asks for a square matrix."""


def refuse_precomputed(estimator: Any, path: list) -> None:
    """Refuse an estimator that takes a square matrix, by its parameters or by scikit-learn's tag.

    Raises
    ------
    FoldworkError
    """
    for name, value in estimator.get_params(deep=True).items():
        refuse_precomputed_value(name, value, path)
    if needs_square_matrix(estimator):
        raise config_error(
            path, f"precomputed kernels are not supported: {type(estimator).__name__} takes a square matrix"
        )


def refuse_precomputed_value(name: str, value: Any, path: list) -> None:
    """Refuse a value of a parameter by which an estimator takes a square matrix.

    Raises
    ------
    FoldworkError
    """
    if name.rpartition("__")[2] in _PARAMETERS and isinstance(value, str) and value.startswith("precomputed"):
        raise config_error(path, f"precomputed kernels are not supported: {name} is {value!r}")
