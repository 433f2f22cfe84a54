"""The decision threshold of a search, as its fitted model applies it."""

from pathlib import Path
from typing import Any

from foldwork.errors import FoldworkError
from foldwork.storage.atomic_write import read_json
from foldwork.storage.file_names import EVALUATED

FILE = "threshold.json"


def read_threshold(folder: Path, described: dict[str, Any]) -> dict[str, Any] | None:
    """Return the threshold of a search; None if it has none.

    Parameters
    ----------
    folder : Path
        The results folder of the search.
    described : dict
        Content of its model.json.

    Returns
    -------
    dict or None
        `threshold`, a number, and the `response_method` that it applies to.

    Raises
    ------
    FoldworkError
        When threshold.json cannot be read, or is not of the candidate that was fitted.
    """
    path = folder / FILE
    if not path.is_file() or not _wanted(folder):
        return None
    way_out = f"remove {path} and run snakemake again, or predict without it (--no-threshold, threshold=False)"
    try:
        found = read_json(path)
        found = {name: found[name] for name in ("threshold", "response_method", "model", "params")}
    except (OSError, ValueError, KeyError, TypeError):
        raise FoldworkError(f"{path}: is damaged, or was written by an earlier version; {way_out}") from None
    if any(found[name] != described[name] for name in ("model", "params")):
        raise FoldworkError(f"{path}: is of another candidate than the fitted model; {way_out}")
    return {name: found[name] for name in ("threshold", "response_method")}


def _wanted(folder: Path) -> bool:
    """Return whether the config of the search has `threshold`: without the key its file may still be there."""
    try:
        return "threshold" in read_json(folder / EVALUATED)["request"]["spec"]
    except (OSError, ValueError, KeyError, TypeError):  # a folder with the model alone
        return True


def thresholded(estimator: Any, threshold: dict[str, Any]) -> Any:
    """Return scikit-learn's classifier that predicts the second class from a threshold on.

    Parameters
    ----------
    estimator : object
        A fitted classifier of two classes.
    threshold : dict
        As `read_threshold` returned it.
    """
    from sklearn.model_selection import FixedThresholdClassifier

    return FixedThresholdClassifier(estimator, **threshold)
