"""Save a fitted estimator with skops where its types are known to be safe, else with joblib; load it again, verified."""

import copy
import sys
import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from foldwork.data.file_digest import file_sha256
from foldwork.errors import FoldworkError, one_line
from foldwork.model.trusted_types import TRUSTED
from foldwork.study.messages import some_of

RESPONSES = ("predict", "predict_proba", "decision_function", "transform")
"""Methods whose results are compared before and after saving."""


def save(estimator: Any, sample: Any, stem: Path) -> dict[str, Any]:
    """Save a fitted estimator as `{stem}.skops` or `{stem}.joblib`, and verify that the file gives the same predictions.

    Parameters
    ----------
    estimator : object
        Fitted.
    sample : array-like
        Rows for the comparison.
    stem : Path
        Path of the file without its ending.

    Returns
    -------
    dict
        `format` ("skops" or "joblib"), `path`, `sha256`; `types`, for skops the listed types in the file, for joblib those that keep it
        from being a skops file; `reason`, None or why it is no skops file.

    Raises
    ------
    FoldworkError
        If the estimator cannot be saved, or its file gives other predictions.
    """
    sample = copy.deepcopy(sample)  # kernels of an array with itself differ from those with a copy in their last bits
    before = _responses(estimator, sample)
    again = _responses(estimator, sample)
    before = {name: found for name, found in before.items() if _equal(found, again[name])}  # others draw random numbers
    types, reason = _save_skops(estimator, before, sample, Path(f"{stem}.skops"))
    if reason is None:
        return _described("skops", Path(f"{stem}.skops"), types, None)
    Path(f"{stem}.skops").unlink(missing_ok=True)
    path = Path(f"{stem}.joblib")
    try:
        joblib.dump(estimator, path)
        after = _responses(joblib.load(path), sample)
    except OSError:
        raise
    except Exception as error:
        raise FoldworkError(f"the fitted model cannot be saved: {one_line(error)}") from error
    if not _same(before, after):
        raise FoldworkError("the fitted model cannot be saved: its file gives other predictions than the model itself")
    return _described("joblib", path, types, reason)


def _save_skops(estimator: Any, before: dict[str, Any], sample: Any, path: Path) -> tuple[list[str], str | None]:
    """Write a skops file. Return its types that skops does not trust by itself, and None or why the file cannot be used."""
    from skops import io

    try:
        io.dump(estimator, path)
        types = sorted(io.get_untrusted_types(file=path))
        if others := [name for name in types if name not in TRUSTED]:
            return others, "it holds " + some_of(others, 5)
        after = _responses(io.load(path, trusted=types), sample)
    except OSError:
        raise
    except Exception as error:
        return [], f"skops cannot hold it ({one_line(error)})"
    return types, None if _same(before, after) else "a skops file of it gives other predictions"


def _described(format_: str, path: Path, types: list[str], reason: str | None) -> dict[str, Any]:
    return {"format": format_, "path": str(path), "sha256": file_sha256(path), "types": types, "reason": reason}


def load(path: Path, format_: str, sha256: str, study: Path) -> Any:
    """Load a saved estimator.

    Parameters
    ----------
    path : Path
    format_ : {"skops", "joblib"}
    sha256 : str
        Expected digest of the file. A joblib file runs code when it is loaded, so another file is refused before.
    study : Path
        The study's directory, which holds the user's own modules.

    Raises
    ------
    FoldworkError
        When the file is missing or has another digest, or cannot be loaded.
    """
    try:
        found = file_sha256(path)
    except OSError as error:
        raise FoldworkError(f"{path}: {error.strerror}; remove model.json beside it and run snakemake again") from error
    if found != sha256:
        raise FoldworkError(
            f"{path}: is not the file that model.json describes (SHA-256 differs), and is not loaded; remove model.json and run snakemake again"
        )
    if str(study) not in sys.path:
        sys.path.insert(0, str(study))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions: the caller compares them
            if format_ == "joblib":
                return joblib.load(path)
            from skops import io

            return io.load(path, trusted=sorted(TRUSTED & set(io.get_untrusted_types(file=path))))
    except Exception as error:
        raise FoldworkError(f"{path}: cannot be loaded: {one_line(error)}") from error


def _responses(estimator: Any, sample: Any) -> dict[str, Any]:
    """Return what the estimator answers on a sample, by method; what a method raises in place of its answer."""
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in RESPONSES:
            if hasattr(estimator, name):
                try:
                    found[name] = getattr(estimator, name)(sample)
                except Exception as error:
                    found[name] = one_line(error)
    return found


def _same(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return before.keys() <= after.keys() and all(_equal(before[name], after[name]) for name in before)


def _equal(one: Any, other: Any) -> bool:
    """Return whether two answers have the same bits."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if hasattr(one, "tocsr") and hasattr(other, "tocsr"):
        return _equal(one.tocsr().data, other.tocsr().data)
    one, other = np.asarray(one), np.asarray(other)
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    return np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")


def remove_others(folder: Path, keep: str | None) -> None:
    """Remove the model files of a folder except one."""
    for name in ("model.skops", "model.joblib"):
        if name != keep:
            (folder / name).unlink(missing_ok=True)
