"""Predictions of a candidate as a table: a row for each row of each test part."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foldwork.results.predictions import FoldPredictions
from foldwork.storage.atomic_write import replacing

if TYPE_CHECKING:
    import pandas as pd


def table(folds: Sequence[FoldPredictions]) -> "pd.DataFrame":
    """Return predictions as a DataFrame.

    Columns: `row`, number of the row in the original table, and `fold` (of inner folds also `inner_fold`); `y` and `prediction`, of several outputs `y_0`, `y_1`,
    …; `proba_<class>` from predict_proba; `decision_<class>` from decision_function, or `decision` if it has one column. What is not stored is missing: a
    column, or its values for a fold. With repeated splits a row of the original table has several rows.

    Parameters
    ----------
    folds : sequence of FoldPredictions
    """
    import pandas as pd

    parts = [_columns(each) for each in folds]
    names = ["row", "fold", *["inner_fold"] * any("inner_fold" in part for part in parts)]
    for group in ("y", "prediction", "proba", "decision"):
        names += _sorted(parts, group) or ["prediction"] * (group == "prediction")
    found = pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True) if parts else pd.DataFrame()
    return found.reindex(columns=names)


def _sorted(parts: Sequence[dict[str, Any]], group: str) -> list[str]:
    """Return the columns of a group in the order in which the folds have them, each new one after that which precedes it in its fold."""
    order: list[str] = []
    for part in parts:
        at = 0
        for name in [name for name in part if name.partition("_")[0] == group]:
            if name in order:
                at = order.index(name) + 1
            else:
                order.insert(at, name)
                at += 1
    return order


def _columns(fold: FoldPredictions) -> dict[str, Any]:
    """Return the columns of one fold by their names."""
    stored = [fold.predict, fold.predict_proba, fold.decision_function]
    length = next((len(_first(each)) for each in [fold.rows, fold.y, *stored] if each is not None), 0)
    found: dict[str, Any] = {} if fold.rows is None else {"row": fold.rows}
    found["fold"] = np.full(length, fold.fold)
    if fold.inner_fold is not None:
        found["inner_fold"] = np.full(length, fold.inner_fold)
    found |= _outputs("y", fold.y) | _outputs("prediction", fold.predict)
    found |= _by_class("proba", fold.predict_proba, fold.classes)
    return found | _by_class("decision", fold.decision_function, fold.classes)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def _outputs(name: str, values: np.ndarray | None) -> dict[str, np.ndarray]:
    """Return a column, or of several outputs a column each."""
    if values is None:
        return {}
    if values.ndim == 1:
        return {name: values}
    flat = values.reshape(len(values), -1)
    return {f"{name}_{k}": flat[:, k] for k in range(flat.shape[1])}


def _by_class(name: str, values: Any, classes: Any) -> dict[str, np.ndarray]:
    """Return a column for each class; of several outputs `{name}_{output}_{class}`."""
    if values is None:
        return {}
    if isinstance(values, list):
        several = classes if isinstance(classes, list) else [None] * len(values)
        found: dict[str, np.ndarray] = {}
        for k, (each, of_output) in enumerate(zip(values, several, strict=True)):
            found |= _by_class(f"{name}_{k}", each, of_output)
        return found
    if values.ndim == 1:
        return {name: values}
    named = isinstance(classes, np.ndarray) and len(classes) == values.shape[1]
    names = classes.tolist() if named else range(values.shape[1])
    return {f"{name}_{each}": values[:, k] for k, each in enumerate(names)}


def write(path: Path, found: "pd.DataFrame") -> None:
    """Write a table as Parquet or CSV, by the end of the file's name. Equal tables give equal bytes."""
    with replacing(path) as temporary:
        if path.suffix == ".csv":
            found.to_csv(temporary, index=False, lineterminator="\n")
        else:
            import pyarrow as pa
            from pyarrow import parquet

            columns = {name: pa.array(found[name], from_pandas=True) for name in found.columns}
            parquet.write_table(pa.table(columns), temporary, compression="zstd")
