"""Load a dataset once, check it, and persist it as arrays that can be memory-mapped."""

import contextlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from foldwork.data import description, input_files
from foldwork.data.digests import content_digest
from foldwork.data.file_digest import file_sha256
from foldwork.data.input_files import files_of
from foldwork.data.opened_files import OpenedFiles
from foldwork.data.read_file import date_formats, read_file
from foldwork.data.target_labels import encode
from foldwork.errors import FoldworkError, one_line
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import write_signed
from foldwork.study.messages import did_you_mean, some_of
from foldwork.study.objects import build, locate
from foldwork.study.source_code import drop_bytecode
from foldwork.study.target import column_of_target
from foldwork.study.versions import files_behind

FILE = "data.joblib"
MANIFEST = "dataset.json"

Report = Callable[[str], None]
"""Takes a line for the screen and the log."""


def _ignore(line: str) -> None:
    """Report nothing."""


def load(name: str, spec: dict[str, Any], report: Report = _ignore) -> dict[str, Any]:
    """Return the arrays of a dataset.

    Parameters
    ----------
    name : str
        Its name in the config, for messages.
    spec : dict
        `load` and `args` (a callable that returns a Bunch, a mapping, `(X, y)`, `(X, y, groups)` or a DataFrame) or `file`; `target`,
        `groups`, `drop`, `dtype`.
    report : callable
        Called with each warning about what is probably not intended.

    Returns
    -------
    dict
        `X` (n_samples rows), `y` and `groups` (n_samples, or None), in the containers that were loaded, as for `GridSearchCV`. Lists become
        arrays.

    Raises
    ------
    FoldworkError
        For data that cannot be loaded, or cannot be right: a missing column, NaN in the target, X and y of different lengths.
    """
    where = f"datasets.{name}"

    def warn(line: str) -> None:
        report(f"warning: {where}: {line}")

    loaded = read_file(where, spec, warn) if spec.get("file") else _call_loader(where, spec, warn)
    X, y, groups = _parts(where, spec, loaded)
    for line in description.column_warnings(X):
        warn(line)
    texts = isinstance(X, list) and X and isinstance(X[0], str)
    X = np.asarray(X, dtype=object) if texts else _as_array(X)
    if spec.get("dtype"):
        X = _as_dtype(where, X, spec["dtype"])
    y, groups = _as_array(y), _as_array(groups)
    _check_arrays(where, X, y, groups)
    return {"X": X, "y": y, "groups": groups}


def _call_loader(where: str, spec: dict[str, Any], warn: Callable[[str], None]) -> Any:
    """Call the loader. Warn of files that it reads and that the config does not name: changes in them would not be noticed."""
    code = files_behind({"load": spec["load"]}, Path.cwd())
    drop_bytecode(code)
    opened = OpenedFiles(Path.cwd())
    try:
        with contextlib.chdir(Path.cwd()):  # back to it, if the loader changes the folder
            loaded = locate(spec["load"])(**build(spec.get("args") or {}))
        if loaded is None:
            raise FoldworkError(f"{spec['load']} returned None; must return X, (X, y), (X, y, groups) or a Bunch")
        if unnamed := opened.end([*files_of(spec), *map(str, code)]):
            names = some_of(unnamed, 5)
            warn(f"{spec['load']} read {names}, whose changes are not noticed; write inputs: [{names}]")
        return loaded
    except FoldworkError as error:
        raise FoldworkError(f"{where}.load: {error}") from error
    except (Exception, SystemExit) as error:
        if isinstance(error, SystemExit) and type(error) is not SystemExit:
            raise  # not the loader's: Snakemake has ended
        raise FoldworkError(f"{where}.load: {spec['load']} raised {one_line(error)}") from error


def _is_frame(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "iloc")


def _take(where: str, what: str, name: str, container: Any) -> Any:
    """Return the column or the value of the key `name`."""
    return container[_key(where, what, name, container)]


def _key(where: str, what: str, name: str, container: Any) -> Any:
    """Return the column or key whose text is `name`: a DataFrame may have numbers as column names.

    Raises
    ------
    FoldworkError
        For an unknown or ambiguous name; lists the known ones.
    """
    keys = list(container.columns if _is_frame(container) else container)
    names = {str(key): key for key in keys}
    if [str(key) for key in keys].count(name) > 1:
        raise FoldworkError(f"{where}.{what}: more than one column is named {name!r}; give each a name of its own")
    if name not in names:
        known = did_you_mean(name, names) or f"; there is {some_of(names)}"
        raise FoldworkError(f"{where}.{what}: the data has no {name!r}{known}")
    return names[name]


def _parts(where: str, spec: dict[str, Any], loaded: Any) -> tuple[Any, Any, Any]:
    """Split loaded data into X, y and groups."""
    target, groups_name = column_of_target(spec), spec.get("groups")
    y = groups = None
    loaded = _as_pandas(where, loaded)
    if isinstance(loaded, Mapping):
        X, y, groups = _parts_of_mapping(where, spec, loaded)
    elif isinstance(loaded, tuple) and len(loaded) in (2, 3):
        X, y, *rest = loaded
        groups = rest[0] if rest else None
    else:
        X = loaded
    X, y, groups = (_as_pandas(where, part) for part in (X, y, groups))
    if _is_frame(X):
        X, y, groups = _parts_of_frame(where, spec, X, y, groups)
    elif target and y is None:
        raise FoldworkError(f"{where}.target: the data has no columns to take {target!r} from; {_load_parts(X)}")
    elif spec.get("drop"):
        raise FoldworkError(f"{where}.drop: the data has no columns by name to drop")
    if groups_name and groups is None:
        keys = [str(key) for key in loaded] if isinstance(loaded, Mapping) else []
        raise FoldworkError(
            f"{where}.groups: the data has no {groups_name!r}; "
            + (f"there is {', '.join(keys)}" if keys else _load_parts(X))
        )
    return X, y, groups


def _parts_of_mapping(where: str, spec: dict[str, Any], loaded: Mapping) -> tuple[Any, Any, Any]:
    """Return X, y and groups of a Bunch or another mapping; y and groups may still be columns of X."""
    target, groups_name = column_of_target(spec), spec.get("groups")
    X = next((loaded[key] for key in ("data", "X") if loaded.get(key) is not None), None)
    if X is None:
        raise FoldworkError(f"{where}: the data has no 'X' (or 'data'); there is {', '.join(map(str, loaded))}")
    if target:
        y = _take(where, "target", target, loaded)
    else:
        y = next((loaded[key] for key in ("target", "y") if key in loaded), None)
    return X, y, loaded.get(groups_name or "groups")


def _parts_of_frame(where: str, spec: dict[str, Any], X: Any, y: Any, groups: Any) -> tuple[Any, Any, Any]:
    """Move the columns of target and groups out of a DataFrame, and drop those that the config drops."""
    if (target := column_of_target(spec)) and y is None:
        key = _key(where, "target", target, X)
        y, X = X[key], X.drop(columns=[key])
    if spec.get("groups") and groups is None:
        key = _key(where, "groups", spec["groups"], X)
        groups, X = X[key], X.drop(columns=[key])
    X = X.drop(columns=[_key(where, "drop", column, X) for column in spec.get("drop") or []])
    if not X.shape[1]:
        raise FoldworkError(f"{where}: no column is left for X beside target, groups and drop")
    return X, y, groups


def _as_pandas(where: str, value: Any) -> Any:
    """Return a frame or column of another library (polars, Arrow) as one of pandas; anything else as it is."""
    if hasattr(value, "collect_schema"):  # a lazy frame of polars
        value = value.collect()
    if _is_pandas(value) or not hasattr(value, "to_pandas"):
        return value
    try:
        return value.to_pandas()
    except ImportError:  # polars needs pyarrow to convert whole frames
        import pandas as pd

        if hasattr(value, "columns"):
            return pd.DataFrame({name: value[name].to_numpy() for name in value.columns})
        return pd.Series(value.to_numpy(), name=value.name)
    except Exception as error:
        raise FoldworkError(
            f"{where}: a {type(value).__name__} cannot become a DataFrame of pandas: {one_line(error)}; have the loader return one"
        ) from error


def _load_parts(X: Any) -> str:
    """Return how to load target and groups beside an X whose columns have no names."""
    what = "a sparse matrix" if hasattr(X, "tocsr") else "an array"
    return f"the columns of {what} have no names: give the data by a 'load' that returns (X, y) or (X, y, groups)"


def _as_array(values: Any) -> Any:
    """Return features, a target or groups in a container that scikit-learn splits without a conversion."""
    if values is None or _is_pandas(values):
        return values
    if hasattr(values, "tocsr"):  # GridSearchCV converts other sparse formats before it splits
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


def _check_arrays(where: str, X: Any, y: Any, groups: Any) -> None:
    """Refuse an empty X, a target or groups of another length, and missing values in them."""
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
            raise FoldworkError(f"{where}: X has {shape[0]} rows, {what} has {length}; they must have the same length")
        rows = np.flatnonzero(_missing(values))
        if rows.size:
            raise FoldworkError(
                f"{where}: {what} has no value (NaN) in {rows.size} of {shape[0]} rows, the first is row {rows[0]}; "
                "drop these rows or fill in the values before"
            )


def _missing(values: Any) -> np.ndarray:
    """Return for each row whether any of its values is missing."""
    if hasattr(values, "tocsr"):
        return np.bincount(values.tocoo().row[np.isnan(values.tocoo().data)], minlength=values.shape[0]) > 0
    if not _is_pandas(values) and not values.dtype.hasobject:
        missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, dtype=bool)
    else:
        import pandas as pd

        missing = np.asarray(pd.isna(values))  # None, NaN, and pandas' NA, which has no truth value
    return missing.reshape(len(missing), -1).any(axis=1)


def describe(X: Any) -> dict[str, Any]:
    """Return shape and dtypes of X for dataset.json, of a DataFrame those of the first 100 columns."""
    if _is_frame(X):
        dtypes = {str(column): str(dtype) for column, dtype in X.dtypes.iloc[: description.MOST_NAMES].items()}
        return {"shape": list(X.shape), "dtypes": dtypes}
    return {"shape": list(X.shape), "dtypes": str(X.dtype)}


def _compact(values: Any) -> Any:
    """Return values that are contiguous in memory, in the same order: joblib keeps the order of contiguous arrays alone."""
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
    report: Report = _ignore,
) -> dict[str, Any]:
    """Load a dataset and write `data.joblib` (a dict of X, y, groups) and `dataset.json` (its description, digest and config).

    Parameters
    ----------
    name, spec
        As for `load`.
    folder : Path
        Where to write.
    content : dict, optional
        Digests of the files that it is read from (see `input_files`). They must not change meanwhile.
    report : callable
        Called with a line on the data, and with each warning about what is probably not intended.

    Returns
    -------
    dict
        The content of dataset.json. `labels` has the original values of an encoded target in the order of their codes, `date_formats` columns of dates.
    """
    arrays = {part: _compact(values) for part, values in load(name, spec, report).items()}
    formats = date_formats(spec, arrays["X"]) if spec.get("file") else {}
    input_files.check_unchanged(f"datasets.{name}", content or {})
    for unwatched in input_files.unwatched_folders(spec):
        report(
            f"warning: datasets.{name}: {unwatched} is a folder, and changes in it are not noticed; "
            f"if its files are read, write inputs: [{json.dumps(unwatched)}]"
        )
    found = description.summary(arrays["X"], arrays["y"])
    n_groups = None if arrays["groups"] is None else len(np.unique(np.asarray(arrays["groups"])))
    report(f"{name}: {description.summary_line(found, column_of_target(spec) or 'y', n_groups)}")
    labels = None
    if isinstance(spec.get("target"), dict) and "encode" in spec["target"]:
        arrays["y"], labels = encode(f"datasets.{name}.target", spec["target"], arrays["y"])
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
        **({} if labels is None else {"labels": labels}),
        **({"date_formats": formats} if formats else {}),
        "groups": n_groups,
        "source": spec,
        "files": content or {},
    }
    write_signed(folder / MANIFEST, manifest)
    return manifest
