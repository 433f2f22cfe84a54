"""What X a model was fitted on, and new data in the same form."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from foldwork.data.dates import as_dates, format_of_dates, is_text
from foldwork.data.description import quoted, with_count
from foldwork.errors import FoldworkError, one_line


def describe(X: Any) -> dict[str, Any]:
    """Return a JSON-able description of X.

    Parameters
    ----------
    X : array-like or sparse matrix, shape (n_samples, ...)

    Returns
    -------
    dict
        `container`: "frame", "sparse", "text" (a one-dimensional array of strings) or "array". Of a frame `columns`, for each its `name`, `dtype`, whether it
        holds `text`, and of a category its `categories` and whether they are `ordered`; of others `shape` without the number of rows, and `dtype`.
    """
    if hasattr(X, "columns") and hasattr(X, "iloc"):
        return {"container": "frame", "columns": [_describe_column(name, X.iloc[:, i]) for i, name in enumerate(X)]}
    shape = {"shape": list(X.shape[1:]), "dtype": str(X.dtype)}
    if hasattr(X, "tocsr"):
        return {"container": "sparse", **shape}
    return {"container": "text" if X.ndim == 1 else "array", **shape}


def _describe_column(name: Any, column: Any) -> dict[str, Any]:
    from pandas.api.types import infer_dtype

    found = {"name": name if isinstance(name, (str, int)) else str(name), "dtype": str(column.dtype)}
    found["text"] = not hasattr(column, "cat") and infer_dtype(column, skipna=True) == "string"
    if hasattr(column, "cat"):
        values = [value.item() if hasattr(value, "item") else value for value in column.cat.categories]
        if all(isinstance(value, (str, int, float, bool)) for value in values):
            found |= {"categories": values, "ordered": bool(column.cat.ordered)}
    return found


def width(features: dict[str, Any]) -> int:
    """Return the number of values of a row."""
    if features["container"] == "frame":
        return len(features["columns"])
    return int(np.prod(features["shape"], dtype=np.int64))


def text_columns(features: dict[str, Any]) -> list[str] | None:
    """Return the names of the columns that hold text, categories among them: digits of a category of texts are no numbers. None: all columns do."""
    if features["container"] == "text" or np.dtype(features.get("dtype", "f8")).kind == "U":
        return None
    return [str(c["name"]) for c in features.get("columns", []) if c["text"] or _are_texts(c.get("categories"))]


def with_date_formats(features: dict[str, Any], formats: dict[str, str]) -> dict[str, Any]:
    """Return a description whose columns of dates have their `date_format`, in which new data are read.

    Parameters
    ----------
    features : dict
        As `describe` returned.
    formats : dict
        Name of a column to its format; a column that no file held has none.
    """
    dates = {name: formats[name] for name in date_columns(features) if name in formats}
    if not dates:
        return features
    columns = [
        {**column, "date_format": dates[str(column["name"])]} if str(column["name"]) in dates else column
        for column in features["columns"]
    ]
    return {**features, "columns": columns}


def date_columns(features: dict[str, Any]) -> dict[str, str | None]:
    """Return the names of the columns that hold dates, and the formats in which they were read, None where that is not known."""
    columns = [c for c in features.get("columns", []) if c["dtype"].startswith("datetime64")]
    return {str(c["name"]): c.get("date_format") for c in columns}


def _are_texts(categories: list[Any] | None) -> bool:
    return bool(categories) and all(isinstance(value, str) for value in categories)


def conform(X: Any, features: dict[str, Any], where: str, ignored: Collection[str] = (), first_row: int = 0) -> Any:
    """Return new data as the model was fitted on: the same container, columns in the same order, of the same types.

    Parameters
    ----------
    X : array-like, DataFrame or sparse matrix
    features : dict
        As `describe` returned for the X of the fit.
    where : str
        Name of the data, for messages.
    ignored : collection of str
        Columns that may be there and are left out: the target, the groups, and what the dataset drops.
    first_row : int
        Number of the first row, for messages.

    Raises
    ------
    FoldworkError
        In one line: for missing and unknown columns, and for columns of another type.
    """
    if features["container"] == "frame":
        return _conform_frame(X, features["columns"], where, ignored, first_row)
    if features["container"] == "sparse":
        if not hasattr(X, "tocsr"):
            raise FoldworkError(
                f"{where}: the model was fitted on a sparse matrix; give one, written by scipy.sparse.save_npz"
            )
        X = X.tocsr()
    elif hasattr(X, "tocsr"):
        raise FoldworkError(f"{where}: is a sparse matrix; the model was fitted on an array")
    if hasattr(X, "iloc"):
        X = _array_of_frame(X, features, where, ignored, first_row)
    X = X if hasattr(X, "tocsr") else np.asarray(X)
    if list(X.shape[1:]) != features["shape"]:
        raise FoldworkError(f"{where}: {_shape(X.shape[1:])}; the model was fitted on {_shape(features['shape'])}")
    return _as_type(X, np.dtype(features["dtype"]), where)


def _shape(shape: Iterable[int]) -> str:
    shape = list(shape)
    return with_count(shape[0], "column") if len(shape) == 1 else f"rows of shape {tuple(shape)}"


def _as_type(X: Any, dtype: np.dtype, where: str) -> Any:
    """Return an array of numbers with the type of the fit, where no value but the last bits of a float changes."""
    numbers = X.dtype.kind in "biuf"
    if dtype.kind in "biuf" and not numbers:
        raise FoldworkError(f"{where}: holds values of type {X.dtype}; the model was fitted on numbers ({dtype})")
    if X.dtype != dtype and (dtype.kind == "f" or (dtype.kind in "iu" and X.dtype.kind in "iu")):
        found = X.astype(dtype)
        # An integer beyond the range of the type of the fit would become another number.
        return found if dtype.kind == "f" or not (found != X).sum() else X
    return X.astype(object) if dtype.hasobject and not X.dtype.hasobject else X


def _check_names(names: list[str], wanted: list[str], ignored: Collection[str], where: str) -> None:
    missing = [name for name in wanted if name not in names]
    unknown = [name for name in names if name not in wanted and name not in ignored]
    if missing:
        raise FoldworkError(
            f"{where}: the {'column' if len(missing) == 1 else 'columns'} {quoted(missing)}, which the model was fitted on, "
            f"{_is(missing)} missing" + (f"; {quoted(unknown)} {_is(unknown)} unknown" if unknown else "")
        )
    if unknown:
        them = "it" if len(unknown) == 1 else "them"
        raise FoldworkError(
            f"{where}: the {'column' if len(unknown) == 1 else 'columns'} {quoted(unknown)} {_is(unknown)} unknown: "
            f"the model was not fitted on {them}; leave {them} out with --drop {' '.join(unknown[:3])}"
        )
    if twice := [name for name, count in Counter(names).items() if count > 1 and name in wanted]:
        raise FoldworkError(f"{where}: more than one column is named {quoted(twice)}")


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _conform_frame(X: Any, columns: list[dict[str, Any]], where: str, ignored: Collection[str], first_row: int) -> Any:
    import pandas as pd

    if not hasattr(X, "iloc") or not hasattr(X, "columns"):
        raise FoldworkError(f"{where}: has no column names; the model was fitted on a table with the columns "
                            f"{quoted([str(column['name']) for column in columns])}")  # fmt: skip
    names, wanted = [str(name) for name in X.columns], [str(column["name"]) for column in columns]
    _check_names(names, wanted, ignored, where)
    taken = X.iloc[:, [names.index(name) for name in wanted]]
    found = {
        place: _conform_column(taken.iloc[:, place], column, where, first_row) for place, column in enumerate(columns)
    }
    frame = pd.DataFrame(found, index=X.index)
    frame.columns = pd.Index([column["name"] for column in columns])
    return frame


def _array_of_frame(X: Any, features: dict[str, Any], where: str, ignored: Collection[str], first_row: int) -> Any:
    """Return the array of a table whose columns have no names that count."""
    X = X[[name for name in X.columns if str(name) not in ignored]] if hasattr(X, "columns") else X.to_frame()
    if features["container"] == "text":
        if X.shape[1] != 1:
            raise FoldworkError(f"{where}: has {X.shape[1]} columns; the model was fitted on texts, one a row")
        return X.iloc[:, 0].to_numpy(dtype=object)
    if [X.shape[1]] != features["shape"]:
        raise FoldworkError(f"{where}: {_shape(X.shape[1:])}; the model was fitted on {_shape(features['shape'])}")
    # An array of text has the length of the longest one in its type: a longer one would be cut off.
    texts = np.dtype(features["dtype"]).kind == "U"
    described = {"dtype": "object", "text": True} if texts else {"dtype": features["dtype"]}
    columns = [
        _conform_column(X.iloc[:, place], {"name": X.columns[place], **described}, where, first_row)
        for place in range(X.shape[1])
    ]
    found = np.column_stack([column.to_numpy() for column in columns])
    return found.astype(str) if texts and not any(column.isna().any() for column in columns) else found


def _conform_column(column: Any, described: dict[str, Any], where: str, first_row: int) -> Any:
    """Return a column with the type of the fit."""
    import pandas as pd

    name, dtype = described["name"], described["dtype"]
    is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    empty = column.isna().all()
    try:
        if "categories" in described:
            return _as_category(column, described)
        wanted = pd.api.types.pandas_dtype(dtype)
        if pd.api.types.is_numeric_dtype(wanted) and not pd.api.types.is_bool_dtype(wanted):
            if not is_number and not empty:
                raise FoldworkError(_other_type(column, name, dtype, "numbers", where, first_row))
            return _as_number(column, wanted)
        if described.get("text"):
            if not empty and (is_number or pd.api.types.is_bool_dtype(column)):
                raise FoldworkError(_other_type(column, name, dtype, "text", where, first_row))
            return column.astype(wanted)
        if pd.api.types.is_datetime64_any_dtype(wanted):
            if column.dtype.kind in "iu" and "date_format" in described:
                column = column.astype(str)  # such as 20250304: pandas would take it for nanoseconds since 1970
            if not empty and column.dtype.kind in "iufb":
                raise FoldworkError(_other_type(column, name, dtype, "dates", where, first_row))
            return _as_dates(column, described, where, first_row).astype(wanted)
        if pd.api.types.is_bool_dtype(wanted) and not pd.api.types.is_bool_dtype(column) and len(column):
            raise FoldworkError(_other_type(column, name, dtype, "true and false", where, first_row))
        return column.astype(wanted)
    except (ValueError, TypeError) as error:
        raise FoldworkError(
            f"{where}: column '{name}' cannot become {dtype}, on which the model was fitted: {one_line(error)}"
        ) from error


def _as_number(column: Any, wanted: Any) -> Any:
    """Return a column of numbers with the type of the fit, if that holds all its values: not those that are missing, fractions, or beyond the range of integers."""
    if wanted.kind not in "iu":
        return column.astype(wanted)
    if column.dtype.kind in "iu" or not (column.isna().any() or (column % 1 != 0).any()):
        with np.errstate(invalid="ignore"):
            found = column.astype(wanted)
        if (found == column).all():
            return found
    return column if column.dtype.kind in "iu" else column.astype("float64")


def _as_dates(column: Any, described: dict[str, Any], where: str, first_row: int) -> Any:
    """Return a column of text as dates, in the format of the fit where that is known."""
    if not is_text(column):
        return column
    known = described.get("date_format")
    return as_dates(
        column, known or format_of_dates(column), described["name"], where, first_row, of_fit=known is not None
    )


def _as_category(column: Any, described: dict[str, Any]) -> Any:
    """Return a category with the codes of the fit; values that the fit has not seen get codes after them."""
    import pandas as pd

    known = described["categories"]
    if _are_texts(known):
        column = column.astype(object).where(column.isna(), column.astype(str))
    elif not pd.api.types.is_numeric_dtype(column):
        column = _numbers_where_known(column.astype(object), known)
    values = column.cat.categories if hasattr(column, "cat") else column.dropna().unique()
    new = sorted(set(values) - set(known), key=str)
    return column.astype(pd.CategoricalDtype([*known, *new], ordered=described["ordered"]))


def _numbers_where_known(column: Any, known: list[Any]) -> Any:
    """Return a column with the categories of the fit in place of texts of the same value: a single word makes all of a file text."""
    by_text = {str(value): value for value in known}

    def one(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        number = _as_float(value)
        return by_text.get(value, value if number is None else number)

    return column.map(one)


def _as_float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _other_type(column: Any, name: Any, dtype: str, what: str, where: str, first_row: int) -> str:
    """Return the message for a column of another type, with an example."""
    import pandas as pd

    if what == "numbers":
        bad = column.notna() & pd.to_numeric(column, errors="coerce").isna()
    else:
        bad = (
            column.map(lambda value: not isinstance(value, (bool, np.bool_)))
            if what not in ("text", "dates")
            else column.notna()
        )
    place = int(np.argmax(bad.to_numpy(dtype=bool)))
    value = column.iloc[place]
    shown = "no value" if pd.isna(value) else f"'{str(value)[:40]}'"
    return (
        f"{where}: column '{name}' holds {shown} in row {first_row + place}; the model was fitted on {what} ({dtype})"
    )
