"""Reading scores.csv: the candidates of each model, their scores, and which of them is the best."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from foldwork.pictures.parameter_axis import MISSING, ParameterAxis, read_params, varying_axes
from foldwork.pictures.parameter_labels import settings_in_words
from foldwork.records.formatting import value_in_words
from foldwork.study.search_space import Space

Spaces = Mapping[str, Space]

NO_CANDIDATE = "no such candidate"
NOT_EVALUATED = "not evaluated"


@dataclass(frozen=True, eq=False)
class ModelScores:
    """The candidates of one model.

    Attributes
    ----------
    name : str
    axes : list of ParameterAxis
        Its varying parameters.
    test, train : (ndarray, ndarray)
        Mean and standard deviation over the splits, each of shape (n_candidates,); `train` is None where not requested.
    params : list
        Parameters of the candidates, as the column ``params`` has them (JSON).
    absent : str
        What it means where no candidate lies.
    """

    name: str
    axes: list[ParameterAxis]
    test: tuple[np.ndarray, np.ndarray]
    train: tuple[np.ndarray, np.ndarray] | None
    params: list[Any]
    absent: str = NO_CANDIDATE

    @property
    def mean(self) -> np.ndarray:
        """Mean test scores, shape (n_candidates,)."""
        return self.test[0]

    @property
    def kinds(self) -> dict[str, np.ndarray]:
        """Mean scores by what they are of: "test", and "train" where requested."""
        return {"test": self.mean} | ({} if self.train is None else {"train": self.train[0]})

    @property
    def best(self) -> int | None:
        """Position of the best candidate among those of this model; None where all have failed."""
        return best_row(self.mean)

    @property
    def ties(self) -> int:
        """How many other candidates of this model have the best mean score."""
        return int((self.mean == np.nanmax(self.mean)).sum()) - 1

    def settings(self, row: int) -> str:
        """Return the parameters of a candidate in words: those that vary among the candidates, or all if none does."""
        if not self.axes:
            return settings_in_words((key, value_in_words(v)) for key, v in read_params(self.params[row]).items())
        codes = [(axis, axis.codes[row]) for axis in self.axes]
        return settings_in_words((axis.name, axis.labels[at]) for axis, at in codes if axis.values[at] != MISSING)


def read_models(
    scores: pd.DataFrame, suffix: str, spaces: Spaces | None = None, *, stopped: bool = False
) -> list[ModelScores]:
    """Return the models of a scores.csv, in the order in which they first appear.

    `spaces` are those of the config by model: they say which axes are logarithmic. If a rule `stopped` the search, its
    candidates need not be all of the space.

    Raises
    ------
    ValueError
        If there is no column ``mean_test_{suffix}``.
    """
    column = f"mean_test_{suffix}"
    if column not in scores:
        there = ", ".join(str(name) for name in scores.columns if str(name).startswith("mean_test_")) or "none"
        raise ValueError(f"scores have no column {column!r}; mean test scores there: {there}")
    spaces = spaces or {}
    return [
        ModelScores(
            name,
            varying_axes(rows, spaces.get(name)),
            _mean_and_std(rows, "test", suffix),
            _train(rows, suffix),
            rows["params"].tolist() if "params" in rows else [None] * len(rows),
            _absent(spaces.get(name), stopped),
        )
        for name, rows in by_model(scores)
    ]


def _absent(space: Space | None, stopped: bool) -> str:
    if not stopped:
        return NO_CANDIDATE
    return f"{NOT_EVALUATED}, or {NO_CANDIDATE}" if isinstance(space, list) and len(space) > 1 else NOT_EVALUATED


def spaces_of(evaluated: Mapping[str, Any]) -> Spaces:
    """Return the space of each model of a search, from its evaluated.json."""
    return {name: model.get("space") or {} for name, model in evaluated["request"]["spec"]["models"].items()}


def by_model(scores: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each model's name and rows, in the order in which models first appear; without ``model`` all is one model."""
    if "model" not in scores:
        if len(scores):
            yield "", scores
        return
    for name, rows in scores.groupby("model", sort=False, dropna=False):
        yield str(name), rows


def numbers_of(column: pd.Series) -> np.ndarray:
    """Return a column as floats, shape (n_rows,); what is no finite number becomes NaN."""
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def by_score(mean: np.ndarray) -> np.ndarray:
    """Return positions of the rows from best to worst, shape (n_rows,); equals keep their order, NaN comes last."""
    return np.argsort(np.where(np.isfinite(mean), -mean, np.inf), kind="stable")


def best_row(mean: np.ndarray) -> int | None:
    """Return the position of the best row, the first among equals; None where no row has a score."""
    return int(by_score(mean)[0]) if np.isfinite(mean).any() else None


def best_rows(mean: np.ndarray, places: np.ndarray, n_places: int) -> np.ndarray:
    """Return for each place the position of its best row, shape (n_places,); -1 where no candidate lies.

    Parameters
    ----------
    mean : ndarray, shape (n_rows,)
        Mean test scores.
    places : ndarray of int, shape (n_rows,)
        Where each row lies: 0 to `n_places` - 1.
    n_places : int
    """
    rows = np.full(n_places, -1)
    order = by_score(mean)
    taken, first = np.unique(places[order], return_index=True)
    rows[taken] = order[first]
    return rows


def take(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return ``values[rows]``, with NaN where a row is -1."""
    return np.where(rows >= 0, values[rows], np.nan)


def _mean_and_std(rows, kind, suffix):
    mean = numbers_of(rows[f"mean_{kind}_{suffix}"])
    spread = f"std_{kind}_{suffix}"
    return mean, numbers_of(rows[spread]) if spread in rows else np.zeros(len(rows))


def _train(rows, suffix):
    if f"mean_train_{suffix}" not in rows:
        return None
    train = _mean_and_std(rows, "train", suffix)
    return train if np.isfinite(train[0]).any() else None
