"""Labels of a clustering as text, for a record."""

import base64
import zlib

import numpy as np


def pack(labels: np.ndarray) -> str:
    """Return labels (int, shape (n_samples,)) as text: little-endian int32, compressed by zlib, in Base64."""
    return base64.b64encode(zlib.compress(labels.astype("<i4").tobytes(), 6)).decode()


def unpack(text: str) -> np.ndarray:
    """Return the labels of a text that `pack` has made: int32, shape (n_samples,)."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype="<i4")
