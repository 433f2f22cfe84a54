"""Encode a target of classes as integers, and decode predictions."""

from typing import Any

import numpy as np

from foldwork.errors import FoldworkError


def encode(where: str, spec: dict[str, Any], y: Any) -> tuple[Any, list[Any]]:
    """Replace the values of a target by their places among its sorted values.

    Parameters
    ----------
    where : str
        Key of the target in the config, for messages.
    spec : dict
        `encode: label`; `positive`, for two classes the value that becomes 1.
    y : array-like, shape (n_samples,)

    Returns
    -------
    codes : ndarray or Series of int64
        In the container of y.
    labels : list
        The original values, in the order of their codes, as JSON has them.
    """
    if y is None:
        raise FoldworkError(f"{where}: the data has no target to encode; name its column")
    if len(y.shape) != 1 or hasattr(y, "tocsr"):
        raise FoldworkError(f"{where}.encode: the target has {y.shape[-1]} columns; only a single one can be encoded")
    values = np.asarray(y)
    try:
        labels, codes = np.unique(values, return_inverse=True)
    except TypeError:
        raise FoldworkError(
            f"{where}.encode: the target has values of several types, which cannot be sorted; make them one"
        ) from None
    found = labels.tolist()
    if not all(isinstance(label, (str, int, float, bool)) for label in found):
        raise FoldworkError(f"{where}.encode: the target must hold text, numbers or booleans, not {values.dtype}")
    if "positive" in spec:
        place = _place(where, spec["positive"], found)
        if place == 0:
            found, codes = found[::-1], 1 - codes
    codes = codes.astype(np.int64)
    return (type(y)(codes, index=y.index, name=y.name) if hasattr(y, "iloc") else codes), found


def _place(where: str, positive: Any, labels: list[Any]) -> int:
    """Return the place of the positive class."""
    if len(labels) != 2:
        raise FoldworkError(f"{where}.positive: is for two classes; the target has {len(labels)}")
    texts = [str(label) for label in labels]
    if str(positive) not in texts:
        raise FoldworkError(f"{where}.positive: the target has no {positive!r}; its classes are {' and '.join(texts)}")
    return texts.index(str(positive))


def decode(codes: Any, labels: list[Any] | None) -> np.ndarray:
    """Return the original values for predicted codes; the predictions themselves where the target is not encoded.

    Parameters
    ----------
    codes : array-like
    labels : list or None
        As `encode` returned them: `labels` of dataset.json.
    """
    codes = np.asarray(codes)
    if labels is None:
        return codes
    return np.asarray(labels, dtype=object if any(isinstance(label, str) for label in labels) else None)[
        codes.astype(np.intp)
    ]
