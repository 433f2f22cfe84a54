"""Continue the fit of an ensemble from a shorter one of the same candidate, which an earlier evaluation of this run has kept in a file.

Scikit-learn's `warm_start` adds the stages. Each engine first compares, to the last bit, a continued fit with one from the start on synthetic data: in gradient
boosting, code that a compiler has made to round a sum of products once would give other last bits.
"""

import contextlib
import functools
import hashlib
import os
import pickle
import tempfile
import warnings
from collections.abc import Hashable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from foldwork.platforms import cpu_kind

if TYPE_CHECKING:
    from foldwork.evaluation.ensembles import LastFit

_DIGEST = hashlib.sha256().digest_size


def path_of(folder: Path, key: str) -> Path:
    """Return the file for the ensemble of an evaluation in the folder of a run."""
    return folder / f"{key}.ensemble"


class Growth:
    """The files with ensembles that evaluations of one bundle continue or leave.

    Parameters
    ----------
    told : dict or None
        `folder`, of the run; `shorter`, key of an evaluation to the key of the one that it may continue; `keep`, key of an evaluation whose ensemble is kept to
        the number of bytes that its file may have. None keeps nothing.
    """

    def __init__(self, told: dict[str, Any] | None) -> None:
        self._told = told or {"folder": "", "shorter": {}, "keep": {}}

    def shorter(self, key: str) -> Path | None:
        """Return the file with the shorter ensemble of an evaluation, which need not exist; None if it begins anew."""
        return self._path(found) if (found := self._told["shorter"].get(key)) else None

    def finish(self, key: str, record: dict[str, Any], last_fit: "LastFit") -> None:
        """Keep the ensemble of a finished evaluation if it was fitted without a warning, and remove the shorter one. Never raises.

        The warnings of a continued fit are then those of a fit from the start.

        Parameters
        ----------
        key : str
        record : dict
            Of the evaluation.
        last_fit : LastFit
        """
        limit = self._told["keep"].get(key)
        if limit is not None and last_fit.may_grow and record["status"] == "ok" and not record.get("warnings"):
            with contextlib.suppress(Exception):  # a full disk, say: the longer one is then fitted from the start
                write(self._path(key), last_fit.kept, limit)
        if (path := self.shorter(key)) is not None:
            with contextlib.suppress(OSError):
                path.unlink()

    def _path(self, key: str) -> Path:
        return path_of(Path(self._told["folder"]), key)


class _Digesting:
    """A file to pickle into, which digests what is written, and raises an OSError beyond a number of bytes."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self._file, self._left, self.state = file, limit, hashlib.sha256()

    def write(self, data: Any) -> int:
        self._left -= memoryview(data).nbytes
        if self._left < 0:
            raise OSError("the ensemble is larger than a file may be")
        self.state.update(data)
        return self._file.write(data)


def write(path: Path, kept: tuple[Hashable, Any], limit: int) -> None:
    """Write an ensemble with its key to a file, atomically.

    Parameters
    ----------
    path : Path
        In a folder that exists. It is not made: an engine that outlives its run must leave nothing.
    kept : (hashable, object)
        The key of data and parameters, and the fitted ensemble.
    limit : int
        Bytes of the largest file.

    Raises
    ------
    OSError
        If the file would be larger, or cannot be written.
    Exception
        What pickle raises.
    """
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(bytes(_DIGEST))
            digesting = _Digesting(file, limit)
            pickle.dump((cpu_kind(), *kept), digesting, protocol=5)
            file.seek(0)
            file.write(digesting.state.digest())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def read(path: Path, key: Hashable) -> Any:
    """Return the ensemble in a file; None if it is missing or damaged, has another key, or comes from another kind of CPU."""
    with contextlib.suppress(Exception), open(path, "rb") as file:
        digest = file.read(_DIGEST)
        if hashlib.file_digest(file, "sha256").digest() == digest:
            file.seek(_DIGEST)
            kind, found, ensemble = pickle.load(file)
            return ensemble if kind == cpu_kind() and found == key else None
    return None


def grown(path: Path, key: Hashable, estimator: Any, parameter: str, X: Any, y: Any) -> Any:
    """Return the ensemble in a file with further stages; None if that cannot be done.

    Parameters
    ----------
    path : Path
    key : hashable
        Of the data, and of all parameters but the number of stages.
    estimator : object
        Unfitted, of a class in `sharing_rules.GROWING`.
    parameter : str
        Sets its number of stages.
    X, y : array-like, shape (n_samples, n_features), (n_samples,) or (n_samples, n_outputs)
        What the shorter one was fitted on.

    Returns
    -------
    object
        Its parameters are those of `estimator`.
    """
    length, kind = getattr(estimator, parameter), type(estimator)
    ensemble = read(path, key)
    if type(ensemble) is not kind or type(length) is not int or not 0 < getattr(ensemble, parameter) < length:
        return None
    try:
        if not exact_here(kind, parameter):
            return None
        ensemble.set_params(warm_start=True, **{parameter: length}).fit(X, y)
        return ensemble.set_params(warm_start=estimator.warm_start)
    except Exception:  # a fit from the start raises the same, and there it is scikit-learn's
        return None


@functools.cache
def exact_here(kind: type, parameter: str) -> bool:
    """Return whether a continued fit of a class predicts on this machine what a fit from the start does, to the last bit, on synthetic data.

    Parameters
    ----------
    kind : type
    parameter : str
        Sets the number of stages.
    """
    import numpy as np
    from sklearn.base import is_classifier

    X = np.random.RandomState(0).uniform(size=(150, 4))
    y = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2 + X[:, 3]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are not the evaluation's
        once, twice = (kind(random_state=0, **{parameter: length}) for length in (12, 4))
        method = "predict"
        if is_classifier(once):
            y, method = (y > np.median(y)).astype(int), "predict_proba"
        twice = pickle.loads(pickle.dumps(twice.fit(X, y), protocol=5))
        twice.set_params(warm_start=True, **{parameter: 12}).fit(X, y)
        expected, found = (getattr(each, method)(X) for each in (once.fit(X, y), twice))
    return expected.tobytes() == found.tobytes()
