"""Reading scores.csv: which columns hold a model's scores."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .axis import ParameterAxis, varying_axes
from .bests import best_row


@dataclass(frozen=True, eq=False)
class ModelScores:
    """The candidates of one model.

    Attributes
    ----------
    name : str
    axes : list of ParameterAxis
        Its varying parameters.
    test, train : (ndarray, ndarray)
        Mean and standard deviation over the splits, each of shape (n_candidates,); `train` is None where not asked for.
    """

    name: str
    axes: list[ParameterAxis]
    test: tuple[np.ndarray, np.ndarray]
    train: tuple[np.ndarray, np.ndarray] | None

    @property
    def mean(self) -> np.ndarray:
        """Mean test scores, shape (n_candidates,)."""
        return self.test[0]

    @property
    def best(self) -> int | None:
        """Position of the best candidate among those of this model; None where all have failed."""
        return best_row(self.mean)


def read_models(scores: pd.DataFrame, suffix: str) -> list[ModelScores]:
    """The models of a scores.csv, in the order in which they first appear.

    Raises
    ------
    ValueError
        If there is no column ``mean_test_{suffix}``.
    """
    column = f"mean_test_{suffix}"
    if column not in scores:
        there = ", ".join(str(name) for name in scores.columns if str(name).startswith("mean_test_")) or "none"
        raise ValueError(f"scores have no column {column!r}; mean test scores there: {there}")
    return [
        ModelScores(name, varying_axes(rows), _columns(rows, "test", suffix), _train(rows, suffix))
        for name, rows in by_model(scores)
    ]


def by_model(scores: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each model's name and rows, in the order in which models first appear; a table without ``model`` is one model."""
    if "model" not in scores:
        if len(scores):
            yield "", scores
        return
    for name, rows in scores.groupby("model", sort=False, dropna=False):
        yield str(name), rows


def numbers_of(column: pd.Series) -> np.ndarray:
    """A column as floats, shape (n_rows,); what is no finite number becomes NaN."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _columns(rows, kind, suffix):
    mean = numbers_of(rows[f"mean_{kind}_{suffix}"])
    spread = f"std_{kind}_{suffix}"
    return mean, numbers_of(rows[spread]) if spread in rows else np.zeros(len(rows))


def _train(rows, suffix):
    if f"mean_train_{suffix}" not in rows:
        return None
    train = _columns(rows, "train", suffix)
    return train if np.isfinite(train[0]).any() else None
