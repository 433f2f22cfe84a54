"""The fitted model of a search: load it, and predict new data with it."""

import importlib.metadata
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foldwork.data.target_labels import decode
from foldwork.errors import FoldworkError, one_line
from foldwork.model.applied_threshold import read_threshold, thresholded
from foldwork.model.features import conform
from foldwork.model.refit import FILE
from foldwork.storage.signed_json import read_signed

if TYPE_CHECKING:
    import pandas as pd


class Model:
    """The fitted model of a search.

    Parameters
    ----------
    estimator : object
        The fitted estimator, of scikit-learn's interface. It predicts what it was fitted on: codes, if the target is encoded.
    description : dict
        Content of model.json.
    threshold : dict, optional
        Of its labels: see `applied_threshold.read_threshold`. Default: the labels are those of the estimator.

    Examples
    --------
    >>> model = foldwork.read("results/searches/forest").model()  # doctest: +SKIP
    >>> model.predict(table)  # doctest: +SKIP
    """

    def __init__(self, estimator: Any, description: dict[str, Any], threshold: dict[str, Any] | None = None) -> None:
        self.estimator = estimator
        self.description = description
        self.threshold = threshold

    @property
    def labels(self) -> list[Any] | None:
        """Original values of an encoded target, in the order of their codes; None for another one, and for a model that is no classifier."""
        return self.description["labels"] if self.description["is_classifier"] else None

    @property
    def classes(self) -> list[Any] | None:
        """Classes of a classifier in the order of the columns of `predict_proba`, as original values."""
        classes = self.description["classes"]
        return classes if classes is None or self.labels is None else decode(classes, self.labels).tolist()

    def check(self, X: Any, where: str = "X", drop: Collection[str] = (), first_row: int = 0) -> Any:
        """Return new data in the form on which the model was fitted.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix
            The columns of target and groups, and those that the dataset drops, may be there; they are not used.
        where : str
            Name of the data, for messages.
        drop : collection of str
            More columns that are not used.
        first_row : int
            Number of the first row, for messages.

        Raises
        ------
        FoldworkError
            In one line, for a column that is missing, unknown or of another type.
        """
        described = self.description
        ignored = {*drop, *described["left_out"], *filter(None, [described["target"]])}
        return conform(X, described["features"], where, ignored, first_row)

    def predict(self, X: Any) -> np.ndarray:
        """Return the predictions for new data, by the threshold if there is one; of an encoded target as original values.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix
            Checked as by `check`.

        Returns
        -------
        ndarray, shape (n_samples,) or (n_samples, n_outputs)
        """
        return decode(self._call("predict", self.check(X)), self.labels)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probabilities of the classes, in the order of `classes`.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix

        Returns
        -------
        ndarray, shape (n_samples, n_classes)
        """
        return self._call("predict_proba", self.check(X))

    def table(
        self, X: Any, proba: bool = False, where: str = "X", drop: Collection[str] = (), first_row: int = 0
    ) -> "pd.DataFrame":
        """Return predictions as a table.

        Parameters
        ----------
        X, where, drop, first_row
            As for `check`.
        proba : bool
            Whether to add the probability of each class.

        Returns
        -------
        DataFrame
            `row` (from `first_row` on), `prediction` (of several outputs `prediction_0`, …), and with `proba` a column `proba_<class>` for each class.
        """
        import pandas as pd

        X = self.check(X, where, drop, first_row)
        found = decode(self._call("predict", X, where), self.labels)
        columns = {"row": np.arange(first_row, first_row + X.shape[0])}
        columns |= (
            {"prediction": found}
            if found.ndim == 1
            else {f"prediction_{i}": found[:, i] for i in range(found.shape[1])}
        )
        if proba:
            probabilities = self._call("predict_proba", X, where)
            if isinstance(probabilities, list) or self.classes is None:
                raise FoldworkError("--proba: is for a target with one column of classes")
            columns |= {f"proba_{name}": probabilities[:, place] for place, name in enumerate(self.classes)}
        return pd.DataFrame(columns)

    def _call(self, method: str, X: Any, where: str = "X") -> Any:
        estimator = self.estimator
        if method == "predict" and self.threshold is not None:
            estimator = thresholded(estimator, self.threshold)
        if not hasattr(estimator, method):
            raise FoldworkError(
                f"{type(self.estimator).__name__}, the model of {self.description['search']}, has no {method}"
            )
        try:
            return getattr(estimator, method)(X)
        except Exception as error:
            raise FoldworkError(
                f"{where}: {type(self.estimator).__name__}.{method} raised {one_line(error)}"
            ) from error

    def other_versions(self) -> list[str]:
        """Return how the packages here differ from those that the model was fitted with: `scikit-learn 1.9.1, here 1.9.0`."""
        found = []
        for name, version in self.description["versions"].items():
            if name != "python" and not name.startswith(("source of ", "content of ")):
                try:
                    here = importlib.metadata.version(name)
                except importlib.metadata.PackageNotFoundError:
                    here = "not installed"
                found += [f"{name} {version}, here {here}"] * (here != version)
        return found


def read_model(folder: str | Path, *, threshold: bool = True) -> Model:
    """Load the fitted model of a search.

    Parameters
    ----------
    folder : path-like
        The results folder of the search.
    threshold : bool
        Whether labels are those of the decision threshold of the search, where it has one.

    Raises
    ------
    FoldworkError
        When there is no model, its file is not the one that model.json describes, or threshold.json is of another candidate.
    """
    from foldwork.model.model_file import load

    folder = Path(folder)
    if not (folder / FILE).is_file():
        there = "" if folder.is_dir() else f"; there is no folder {folder}"
        raise FoldworkError(
            f"{folder}: has no model (yet): no {FILE}{there}; snakemake writes it, unless the search is nested or has refit: false"
        )
    described = read_signed(folder / FILE, "it")
    if described["file"] is None:
        raise FoldworkError(f"{folder}: has no model: no candidate of the search has a score on every fold")
    study = folder.resolve().parents[2]
    found = read_threshold(folder, described) if threshold else None
    return Model(load(folder / described["file"], described["format"], described["sha256"], study), described, found)
