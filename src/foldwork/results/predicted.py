"""The table of the best candidate's predictions, as classes with their scores or as numbers."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Predicted:
    """Out-of-fold predictions of one target.

    Attributes
    ----------
    fold : ndarray of int, shape (n,)
    y : ndarray, shape (n,)
        Of a classifier codes: positions in `classes`.
    prediction : ndarray, shape (n,), or None
        The same for what is predicted; None if it is not stored.
    classes : list of str
        Names of the classes in the order of `classes_`; empty for a regressor.
    scores : ndarray, shape (n, n_classes), or None
        Of a classifier: probabilities, or decision values.
    are_probabilities : bool
    row : ndarray of int, shape (n,), or None
        Row numbers in the original table.
    """

    fold: np.ndarray
    y: np.ndarray
    prediction: np.ndarray | None
    classes: list[str]
    scores: np.ndarray | None = None
    are_probabilities: bool = False
    row: np.ndarray | None = None

    @property
    def folds(self) -> list[int]:
        """Numbers of the folds, ascending."""
        return np.unique(self.fold).tolist()

    def of_fold(self, fold: int) -> "Predicted":
        """Return the predictions of one fold."""
        chosen = self.fold == fold
        arrays = {name: getattr(self, name) for name in ("fold", "y", "prediction", "scores", "row")}
        return replace(self, **{name: None if each is None else each[chosen] for name, each in arrays.items()})

    @property
    def is_binary(self) -> bool:
        """Whether there are two classes; the second one is positive."""
        return len(self.classes) == 2


def predicted(table: "pd.DataFrame", *, classifies: bool) -> Predicted | None:
    """Return the predictions of a table; None if it has no target, or several.

    Parameters
    ----------
    table : DataFrame
        predictions.parquet.
    classifies : bool
        Whether the model is a classifier.
    """
    if "y" not in table or table["y"].isna().any():
        return None
    fold = table["fold"].to_numpy()
    row = table["row"].to_numpy() if "row" in table and table["row"].notna().all() else None
    given = table["prediction"] if "prediction" in table and table["prediction"].notna().all() else None
    if not classifies:
        prediction = None if given is None else given.to_numpy(float)
        return Predicted(fold, table["y"].to_numpy(float), prediction, [], row=row)
    values = _sorted({*table["y"].tolist(), *([] if given is None else given.tolist())})
    names = [str(value) for value in values]
    scores, are_probabilities, ordered = _class_scores(table, names)
    code = {value: ordered.index(str(value)) for value in values}
    y = np.array([code[value] for value in table["y"]], dtype=int)
    prediction = None if given is None else np.array([code[value] for value in given], dtype=int)
    return Predicted(fold, y, prediction, ordered, scores, are_probabilities, row)


def _sorted(values: set[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:  # of several types
        return sorted(values, key=str)


def _class_scores(table: "pd.DataFrame", names: list[str]) -> tuple[np.ndarray | None, bool, list[str]]:
    """Return a score for each class, whether these are probabilities, and the classes in the order of the columns."""
    for kind in ("proba", "decision"):
        columns = [name for name in table if name.startswith(f"{kind}_")]
        classes = [name.removeprefix(f"{kind}_") for name in columns]
        if columns and set(names) <= set(classes):
            return table[columns].to_numpy(float), kind == "proba", classes
    if "decision" in table and len(names) == 2 and table["decision"].notna().all():
        decision = table["decision"].to_numpy(float)
        return np.column_stack([-decision, decision]), False, names
    return None, False, names
