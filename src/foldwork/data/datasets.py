"""Load a dataset once, look it over, and persist it as arrays that can be memory-mapped."""

import difflib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from foldwork.data import description, input_files
from foldwork.data.digests import content_digest
from foldwork.data.fold_files import file_sha256
from foldwork.data.read_file import read_file
from foldwork.errors import FoldworkError, one_line
from foldwork.storage.atomic_write import replacing, write_signed
from foldwork.study.objects import build, locate

FILE = "data.joblib"
MANIFEST = "dataset.json"


def load(name: str, spec: dict[str, Any], say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Return the arrays of a dataset.

    Parameters
    ----------
    name : str
        Its name in the config, for messages.
    spec : dict
        `load` and `args` (a callable that gives a Bunch, a mapping, `(X, y)`, `(X, y, groups)` or a DataFrame) or `file` (CSV or NPZ);
        `target`, `groups`, `drop`, `dtype`.
    say : callable
        Gets a line for each thing that is probably not meant.

    Returns
    -------
    dict
        `X` (n_samples rows), `y` and `groups` (n_samples, or None), in the containers in which they came: estimators and scorers see
        what they would see in `GridSearchCV`. Lists become arrays.

    Raises
    ------
    FoldworkError
        What cannot be loaded, or cannot be right: a missing column, NaN in the target, X and y of different length.
    """
    where = f"datasets.{name}"
    doubts: list[str] = []
    try:
        loaded = read_file(where, spec, doubts) if spec.get("file") else _call(where, spec)
        X, y, groups = _parts(where, spec, loaded)
        doubts += description.doubts(X)
    finally:  # they may be the cause of what is refused
        for doubt in doubts:
            say(f"warning: {where}: {doubt}")
    texts = isinstance(X, list) and X and isinstance(X[0], str)
    X = np.asarray(X, dtype=object) if texts else _as_array(X)
    if spec.get("dtype"):
        X = _as_dtype(where, X, spec["dtype"])
    y, groups = _as_array(y), _as_array(groups)
    _look_over(where, X, y, groups)
    return {"X": X, "y": y, "groups": groups}


def _call(where: str, spec: dict[str, Any]) -> Any:
    try:
        return locate(spec["load"])(**build(spec.get("args") or {}))
    except FoldworkError as error:
        raise FoldworkError(f"{where}.load: {error}") from error
    except Exception as error:
        raise FoldworkError(f"{where}.load: {spec['load']} raised {one_line(error)}") from error


def _is_frame(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "iloc")


def _take(where: str, what: str, name: str, container: Any) -> Any:
    """Return the column or key `name`, or say which ones there are."""
    return container[_key(where, what, name, container)]


def _key(where: str, what: str, name: str, container: Any) -> Any:
    """Return what the column or key `name` is to the container itself: a DataFrame may count its columns."""
    keys = list(container.columns if _is_frame(container) else container)
    names = {str(key): key for key in keys}
    if [str(key) for key in keys].count(name) > 1:
        raise FoldworkError(f"{where}.{what}: more than one column is named {name!r}; give each a name of its own")
    if name not in names:
        close = difflib.get_close_matches(name, names, 1)
        hint = f"did you mean {close[0]!r}?" if close else f"there is {', '.join(list(names)[:12])}"
        raise FoldworkError(f"{where}.{what}: the data has no {name!r}; {hint}")
    return names[name]


def _parts(where: str, spec: dict[str, Any], loaded: Any) -> tuple[Any, Any, Any]:
    """Take what was loaded apart into X, y and groups."""
    target, groups_name = spec.get("target"), spec.get("groups")
    X = y = groups = None
    loaded = _as_pandas(where, loaded)
    if isinstance(loaded, Mapping):
        X = next((loaded[key] for key in ("data", "X") if loaded.get(key) is not None), None)
        if X is None:
            raise FoldworkError(f"{where}: the data has no 'X' (or 'data'); there is {', '.join(map(str, loaded))}")
        y = (
            _take(where, "target", target, loaded)
            if target
            else next((loaded[k] for k in ("target", "y") if k in loaded), None)
        )
        if groups_name and groups_name in loaded:
            groups = loaded[groups_name]
        elif not groups_name:
            groups = loaded.get("groups")
    elif isinstance(loaded, tuple) and len(loaded) in (2, 3):
        X, y, *rest = loaded
        groups = rest[0] if rest else None
    else:
        X = loaded
    X, y, groups = (_as_pandas(where, part) for part in (X, y, groups))
    if _is_frame(X):
        if target and y is None:
            key = _key(where, "target", target, X)
            y, X = X[key], X.drop(columns=[key])
        if groups_name and groups is None:
            key = _key(where, "groups", groups_name, X)
            groups, X = X[key], X.drop(columns=[key])
        X = X.drop(columns=[_key(where, "drop", column, X) for column in spec.get("drop") or []])
        if not X.shape[1]:
            raise FoldworkError(f"{where}: no column is left for X beside target, groups and drop")
    elif target and y is None:
        raise FoldworkError(f"{where}.target: the data has no columns to take {target!r} from; {_instead(X)}")
    elif spec.get("drop"):
        raise FoldworkError(f"{where}.drop: the data has no columns by name to drop")
    if groups_name and groups is None:
        keys = [str(key) for key in loaded] if isinstance(loaded, Mapping) else []
        raise FoldworkError(
            f"{where}.groups: the data has no {groups_name!r}; "
            + (f"there is {', '.join(keys)}" if keys else _instead(X))
        )
    return X, y, groups


def _as_pandas(where: str, value: Any) -> Any:
    """Return a frame or column of another library (polars, Arrow) as one of pandas; all else as it is."""
    if hasattr(value, "collect_schema"):  # a lazy frame of polars
        value = value.collect()
    if _is_pandas(value) or not hasattr(value, "to_pandas"):
        return value
    try:
        return value.to_pandas()
    except ImportError:  # pyarrow, without which polars does not convert whole frames
        import pandas as pd

        if hasattr(value, "columns"):
            return pd.DataFrame({name: value[name].to_numpy() for name in value.columns})
        return pd.Series(value.to_numpy(), name=value.name)
    except Exception as error:
        raise FoldworkError(
            f"{where}: a {type(value).__name__} cannot become a DataFrame of pandas: {one_line(error)}; have the loader return one"
        ) from error


def _instead(X: Any) -> str:
    """Return how to give the target or groups of an X whose columns have no names."""
    what = "a sparse matrix" if hasattr(X, "tocsr") else "an array"
    return f"the columns of {what} have no names: give the data by a 'load' that returns (X, y) or (X, y, groups)"


def _as_array(values: Any) -> Any:
    """Return features, a target or groups in a container that scikit-learn would split as it is."""
    if values is None or _is_pandas(values):
        return values
    if hasattr(values, "tocsr"):  # scikit-learn splits no other sparse format: GridSearchCV converts first, too
        return values.tocsr()
    return np.asarray(values)


def _is_pandas(value: Any) -> bool:
    return hasattr(value, "iloc")


def _as_dtype(where: str, X: Any, dtype: str) -> Any:
    try:
        if _is_frame(X) and X.shape[1] > X.select_dtypes("number").shape[1]:
            return X.astype(dict.fromkeys(X.select_dtypes("number").columns, dtype))
        return X.astype(dtype)
    except (ValueError, TypeError) as error:
        raise FoldworkError(f"{where}.dtype: X cannot become {dtype}: {one_line(error)}") from error


def _look_over(where: str, X: Any, y: Any, groups: Any) -> None:
    shape = X.shape
    if not shape or shape[0] == 0:
        raise FoldworkError(f"{where}: X has no rows")
    if hasattr(X, "tocsr") and len(shape) != 2:
        raise FoldworkError(f"{where}: X must be a table; it is a sparse array with {len(shape)} dimension")
    for what, values in (("y", y), ("groups", groups)):
        if values is None:
            continue
        if not values.shape or values.shape[0] != shape[0]:
            length = f"{values.shape[0]} rows" if values.shape else "one value"
            raise FoldworkError(
                f"{where}: X has {shape[0]} rows, {what} has {length}; they must be as long as each other"
            )
        rows = np.flatnonzero(_missing(values))
        if rows.size:
            raise FoldworkError(
                f"{where}: {what} has no value (NaN) in {rows.size} of {shape[0]} rows, the first is row {rows[0]}; "
                "drop those rows or fill them before they come here"
            )


def _missing(values: Any) -> np.ndarray:
    """Return for each row whether a value of it is missing."""
    if hasattr(values, "tocsr"):
        return np.bincount(values.tocoo().row[np.isnan(values.tocoo().data)], minlength=values.shape[0]) > 0
    if not _is_pandas(values) and not values.dtype.hasobject:
        missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, dtype=bool)
    else:
        import pandas as pd

        missing = np.asarray(pd.isna(values))  # None, NaN, and pandas' own NA, which has no truth
    return missing.reshape(len(missing), -1).any(axis=1)


def describe(X: Any) -> dict[str, Any]:
    """Return shape and dtypes (of the first 100 columns of a DataFrame) of X as they stand in dataset.json."""
    if _is_frame(X):
        dtypes = {str(column): str(dtype) for column, dtype in X.dtypes.iloc[: description.MOST_NAMES].items()}
        return {"shape": list(X.shape), "dtypes": dtypes}
    return {"shape": list(X.shape), "dtypes": str(X.dtype)}


def _compact(values: Any) -> Any:
    """Return values without gaps in memory, rows and columns in their order there: a file keeps the order of those alone."""
    if _is_pandas(values):
        return values.copy()
    if isinstance(values, np.ndarray) and not values.flags.forc:
        return values.copy(order="K")
    return values


def _describe_target(y: Any) -> dict[str, Any] | None:
    if y is None:
        return None
    dtype = {str(name): str(each) for name, each in y.dtypes.items()} if _is_frame(y) else str(y.dtype)
    return {"shape": list(y.shape), "dtype": dtype}


def persist(
    name: str,
    spec: dict[str, Any],
    folder: Path,
    content: dict[str, str | None] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Load a dataset and write it: `data.joblib` (a dict of X, y, groups) and `dataset.json` (digest, what was read, source).

    Parameters
    ----------
    name, spec
        As for `load`.
    folder : Path
        Where to write.
    content : dict, optional
        Digests of the files that it comes from (see `inputs`), which must not change meanwhile.
    say : callable
        Gets a line on what was read, and one for each thing that is probably not meant.

    Returns
    -------
    dict
        What stands in dataset.json.
    """
    arrays = {part: _compact(values) for part, values in load(name, spec, say).items()}
    input_files.check_unchanged(f"datasets.{name}", content or {})
    for left in input_files.folders_left_out(spec):
        say(
            f"warning: datasets.{name}: {left} is a folder, and changes in it are not noticed; "
            f"if its files are read, write inputs: [{json.dumps(left)}]"
        )
    found = description.summary(arrays["X"], arrays["y"])
    say(f"{name}: {description.in_words(found, spec.get('target') or 'y')}")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    with replacing(path) as temporary:
        joblib.dump(arrays, temporary)
    manifest = {
        "dataset": name,
        "file": FILE,
        "digest": content_digest(arrays),
        "sha256": file_sha256(path),
        **describe(arrays["X"]),
        "sparse": hasattr(arrays["X"], "tocsr"),
        **found,
        "target": _describe_target(arrays["y"]),
        "groups": None if arrays["groups"] is None else len(np.unique(np.asarray(arrays["groups"]))),
        "source": spec,
        "files": content or {},
    }
    write_signed(folder / MANIFEST, manifest)
    return manifest
