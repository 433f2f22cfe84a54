"""Work that evaluations of one fold share: the fitted beginnings of pipelines, and the Gram matrices of kernel machines.

An engine keeps the last few intermediates, bounded in bytes. What it hands out are copies, so that no step can spoil them for the next
evaluation. A shared pipeline gives scikit-learn's scores to the last bit: each step sees the very arrays that it would see alone. So does a Gram
matrix, where NumPy's and SciPy's BLAS agree: its elements are computed in libsvm's own steps.

Whether something is shared depends on the config and on the shape and type of the data, never on which evaluations happen to meet: the same
evaluation takes the same route wherever and however often it runs.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from foldwork.gram import by_class, gram_of, products
from foldwork.kinds import kernel_machine, path_of, writes

KEEP_BYTES = 1 << 30
"""Intermediates that an engine keeps, at most."""

KEEP_TIMES = 8
"""It keeps no more than so many of the largest: evaluations of one group follow each other, and memory that is used again is quick."""

KEEP_ALWAYS = 1 << 26
"""So much it keeps in any case."""


class Spoils(Exception):
    """A step wrote into its input: this model's evaluations go the plain way."""


class Shelf:
    """Keeps what was computed last, up to a number of bytes."""

    def __init__(self, most: int = KEEP_BYTES) -> None:
        self.most = most
        self.bytes = 0
        self._largest = 0
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """Return what is kept under `key`, or compute it and keep it. What is too large is not kept."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        value = compute()
        size = _size(value)
        if size <= self.most:
            self._kept[key] = (value, size)
            self.bytes += size
            self._largest = max(self._largest, size)
            while self.bytes > min(self.most, max(KEEP_ALWAYS, KEEP_TIMES * self._largest)):
                _, (_, gone) = self._kept.popitem(last=False)
                self.bytes -= gone
        return value


def _size(value: Any) -> int:
    if isinstance(value, tuple):
        return sum(_size(part) for part in value)
    if hasattr(value, "nbytes"):
        return value.nbytes
    if hasattr(value, "memory_usage"):
        return int(np.sum(value.memory_usage(deep=True)))
    return sum(
        _size(getattr(value, part))
        for part in ("data", "indices", "indptr")
        if isinstance(getattr(value, part, None), np.ndarray)
    )


def steps_of(estimator: Any) -> list[tuple[str, Any]]:
    """Return the steps that an estimator comes to, the last one being what is fitted in the end; nested pipelines at the end are unfolded.

    A pipeline with a cache of its own, or one that hands metadata to its steps, is left whole.
    """
    if (
        type(estimator).__name__ == "Pipeline"
        and estimator.memory is None
        and not getattr(estimator, "transform_input", None)
    ):
        *before, (name, last) = estimator.steps
        if last is not None and not isinstance(last, str):
            return (
                [*before, *((f"{name}__{inner}", step) for inner, step in steps_of(last))]
                if hasattr(last, "steps")
                else estimator.steps
            )
    return [("", estimator)]


def possible(estimator: Any) -> bool:
    """Return whether an estimator has something to share, and no parameter by which it may write into its input."""
    if not (hasattr(estimator, "steps") or kernel_machine(path_of(estimator))):
        return False
    parameters = estimator.get_params(deep=True) if hasattr(estimator, "get_params") else {}
    return not any(writes(name, value) for name, value in parameters.items())


def _guarded(function: Callable[[Any], Any], X: Any) -> Any:
    """Call a step with a copy of X, and see that it leaves that as it is."""
    given = _copy(X)
    result = function(given)
    if isinstance(X, np.ndarray) and not np.array_equal(given, X, equal_nan=X.dtype.kind in "fc"):
        raise Spoils
    return result


def belongs(parameter: str, step: str) -> bool:
    """Return whether a candidate's parameter sets something of a step, or the step itself."""
    return parameter == step or parameter.startswith(f"{step}__")


class Shared:
    """One candidate, ready to be fitted and scored with what is shared already done.

    Parameters
    ----------
    estimator : object
        The unfitted candidate.
    params : dict
        Its parameters, as the config has them.
    arrays : dict
        The fold: X_train, y_train, X_test, y_test.
    shelf : Shelf
        Where intermediates are kept.
    owner : hashable
        Says whose they are: the task, the model, the fold.

    Attributes
    ----------
    has_gram : bool
        Whether what it sees are Gram matrices. They are finite wherever X is, or would pass through libsvm as they are.
    last : object
        What is to be fitted on `train()` and `y_train`, and scored on `test()` and `train_again()`.
    prefix : str
        What the parameters of `last` begin with, among the candidate's.
    y_train : ndarray or None
        The target in the order of the rows of `train()`.
    """

    def __init__(
        self, estimator: Any, params: dict[str, Any], arrays: dict[str, Any], shelf: Shelf, owner: Hashable
    ) -> None:
        *self._before, (name, self.last) = steps_of(estimator)
        self.prefix = f"{name}__" if name else ""
        self._params, self._arrays, self._shelf, self._owner = params, arrays, shelf, owner
        self._fitted: list[Any] = []
        self._key = (owner,)
        for name, step in self._before:
            self._key += (json.dumps([name, {p: v for p, v in params.items() if belongs(p, name)}], sort_keys=True),)
            self._fitted.append((self._key, step))
        self._gram = gram_of(self.last, self._level(len(self._fitted))[1])
        self.has_gram = self._gram is not None
        self._order = by_class(self.last, arrays["y_train"]) if self.has_gram else None
        self.y_train = arrays["y_train"] if self._order is None else arrays["y_train"][self._order]
        # A step that a candidate replaces may be a classifier or not: what each has made lies apart.
        self._key += (self.has_gram and self._gram.kind, self._order is None)
        if self.has_gram:
            self.last.set_params(kernel="precomputed")

    def _level(self, depth: int) -> tuple[Any, Any]:
        """Return the fitted transformer of step `depth` (counted from 1) and the train part after it."""
        if depth == 0:
            return None, self._arrays["X_train"]
        key, step = self._fitted[depth - 1]

        def compute() -> tuple[Any, Any]:
            X = self._level(depth - 1)[1]
            if step is None or isinstance(step, str):  # passthrough
                return None, X
            y = self._arrays["y_train"]
            return step, _guarded(lambda X: step.fit_transform(X) if y is None else step.fit_transform(X, y), X)

        return self._shelf.get((key, "train"), compute)

    def _transformed(self, depth: int, part: str) -> Any:
        """Return X_test, or X_train once more, as the first `depth` fitted transformers make it."""
        if depth == 0:
            return self._arrays[part]
        key, _ = self._fitted[depth - 1]

        def compute() -> Any:
            transformer, _ = self._level(depth)
            X = self._transformed(depth - 1, part)
            return X if transformer is None else _guarded(transformer.transform, X)

        return self._shelf.get((key, part), compute)

    def train(self) -> Any:
        """Return what the last step is fitted on."""
        if self._gram is None:
            X = self._level(len(self._fitted))[1]
            return _copy(X) if self._fitted else X
        X = self._fitted_on()
        return self._shelf.get((self._key, "gram", self._gram.key), lambda: self._gram(X, X, self._base("fit", X, X)))

    def _fitted_on(self) -> np.ndarray:
        """Return the rows that the kernel machine is fitted on, in its order."""
        X = self._level(len(self._fitted))[1]
        return X if self._order is None else self._shelf.get((self._key, "ordered"), lambda: X[self._order])

    def test(self) -> Any:
        """Return what the last step is scored on."""
        return self._seen("X_test")

    def train_again(self) -> Any:
        """Return the train part as the last step sees it when it predicts: `fit_transform` and `transform` may differ in last bits."""
        return self._seen("X_train")

    def _seen(self, part: str) -> Any:
        X = self._transformed(len(self._fitted), part)
        if self._gram is None:
            return _copy(X) if self._fitted else X
        fitted_on = self._fitted_on()
        return self._shelf.get(
            (self._key, "gram", part, self._gram.key), lambda: self._gram(X, fitted_on, self._base(part, X, fitted_on))
        )

    def _base(self, part: str, X: Any, Y: Any) -> np.ndarray | None:
        """Return what Gram matrices of all parameters are made from."""
        if self._gram.kind != "svm":
            return None
        squared = self._gram.kernel == "rbf"
        return self._shelf.get(
            (self._key, "base", part, squared), lambda: products(X, Y, squared=squared, fit=part == "fit")
        )


def _copy(X: Any) -> Any:
    return X.copy(order="K") if isinstance(X, np.ndarray) else X.copy() if hasattr(X, "copy") else X
