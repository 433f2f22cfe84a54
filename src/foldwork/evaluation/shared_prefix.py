"""Fit the beginning of a pipeline once for all evaluations of a fold that begin with the same steps.

Scores stay scikit-learn's to the last bit because of what is shared, not because of who asks: a step is shared if its exact class is listed
(`sharing_rules`), its key is made from the step itself and from the data that it saw (`shared_key`), and what it does when it is computed is watched:
it must leave its input and NumPy's global generator as they are. The first step for which this does not hold, and all after it, are fitted
by each evaluation itself. Every evaluation works on copies.

Whether something is shared depends on config and data alone, never on which evaluations happen to meet on an engine.
"""

import functools
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from foldwork.evaluation import containers
from foldwork.evaluation.gram_matrix import Gram, by_class, gram_of
from foldwork.evaluation.intermediates import Intermediates
from foldwork.evaluation.sharing_rules import TRANSFORMERS
from foldwork.evaluation.step_key import NotShareable, draws, listed, object_key, public_path

_PIPELINE = frozenset(["sklearn.pipeline.Pipeline"])

Steps = list[tuple[str, Any]]


@dataclass
class Prepared:
    """A candidate whose shared work is done: what is left to fit, and on what.

    Attributes
    ----------
    estimator : object
        Unfitted. To be fitted on `X_train` and `y_train`.
    X_test, X_again : container
        What `scored(estimator)` is scored on: the test part, and the train part as it is seen when it is predicted (`fit_transform` and
        `transform` may differ in last bits), with the target `y_again`.
    data : hashable
        Key of the data that `estimator` is fitted on.
    checked : bool
        Whether the data are Gram matrices, which scikit-learn need not search for infinite values: libsvm does not search its own.
    shared : bool
        Whether anything is shared.
    prefixed : bool
        Whether the data are transformed by shared steps.
    also : list of str
        Classes of the user's own among these steps.
    """

    estimator: Any
    X_train: Any
    y_train: Any
    X_test: Any
    X_again: Any
    y_again: Any
    data: Hashable
    checked: bool = False
    shared: bool = True
    prefixed: bool = False
    also: list[str] = field(default_factory=list)

    def scored(self, fitted: Any) -> Any:
        """Return what scorers get, given `estimator` once it is fitted (or an estimator in its place)."""
        if not self.prefixed:
            return fitted
        from sklearn.pipeline import Pipeline

        # Each call of a response method transforms anew in scikit-learn, so each gets a copy of its own here.
        return Pipeline([("shared", _copying_step()), ("rest", fitted)])


def plain(estimator: Any, arrays: dict[str, Any], fold: Hashable) -> Prepared:
    """Return a candidate that does all its work itself."""
    X_train, y_train = arrays["X_train"], arrays["y_train"]
    return Prepared(estimator, X_train, y_train, arrays["X_test"], X_train, y_train, (fold,), shared=False)


def prepare(
    estimator: Any,
    arrays: dict[str, Any],
    fold: Hashable,
    cache: Intermediates,
    *,
    also: frozenset[str] = frozenset(),
    train_scores: bool = True,
) -> Prepared:
    """Do what a candidate shares with others, or find it done.

    Parameters
    ----------
    estimator : object
        The unfitted candidate. Left as it is.
    arrays : dict
        The fold: X_train, y_train, X_test, y_test.
    fold : hashable
        Key of the fold's content.
    cache : Intermediates
        Where shared work is kept.
    also : frozenset of str
        Import paths of the user's classes that may be shared.
    train_scores : bool
        Whether `X_again` is needed.

    Returns
    -------
    Prepared
        `shared` is False if there is nothing that is known to be safe to share.
    """
    known, rest = _split(estimator, also)
    prefix = _Prefix(known, arrays, fold, cache, also, ("X_test", "X_train") if train_scores else ("X_test",))
    rest = [(name, step) for name, step, _ in known[prefix.depth :]] + rest
    last = rest[0][1] if len(rest) == 1 else None
    gram = None if last is None else gram_of(last, prefix.train)
    # Whether steps that hand on what they are given hand out one and the same array for the fit and for the train score is not known. It matters:
    # KernelRidge keeps the X that it is fitted on, and the kernel of that with itself is computed in another way than with a copy.
    uncertain = train_scores and prefix.depth and prefix.aliases_fold
    if gram is not None and not (uncertain and gram.kind == "ridge"):
        return _with_gram_matrix(last, gram, prefix, arrays["y_train"], cache)
    if not prefix.depth or uncertain or (prefix.aliases_fold and not _is_listed(rest, also)):
        return plain(estimator, arrays, fold)
    from sklearn.base import clone
    from sklearn.pipeline import Pipeline

    left = clone(last) if last is not None else Pipeline([(name, clone(step)) for name, step in rest])
    y = None if arrays["y_train"] is None else containers.copy(arrays["y_train"])
    X_test, X_again = prefix.seen["X_test"], prefix.seen.get("X_train")
    return Prepared(
        left, containers.copy(prefix.train), y, X_test, X_again, y, prefix.key, prefixed=True, also=prefix.declared()
    )


def _split(estimator: Any, also: frozenset[str]) -> tuple[list[tuple[str, Any, Hashable]], Steps]:
    """Return the leading steps that are known, each with its name and key, and the other steps; the last step is always among the others."""
    known: list[tuple[str, Any, Hashable]] = []
    rest = _steps(estimator)
    while len(rest) > 1:
        name, step = rest[0]
        if step is not None and step != "passthrough":
            try:
                if listed(step, TRANSFORMERS | also) is None:
                    break
                known.append((name, step, object_key(step, also)))
            except NotShareable:
                break
        rest.pop(0)
    return known, rest


def _steps(estimator: Any) -> Steps:
    """Return the steps of a pipeline; nested pipelines at its end are unfolded.

    A pipeline with a cache of its own, or one that hands metadata to its steps, is left whole.
    """
    if listed(estimator, _PIPELINE) and estimator.memory is None and not getattr(estimator, "transform_input", None):
        *before, (name, last) = estimator.steps
        if last is not None and not isinstance(last, str):
            nested = [(f"{name}-{inner}" if inner else name, step) for inner, step in _steps(last)]
            return [*before, *nested]
    return [("", estimator)]


def _is_listed(rest: Steps, also: frozenset[str]) -> bool:
    """Return whether none of these steps writes into its input."""
    try:
        object_key([step for _, step in rest], also)
    except NotShareable:
        return False
    return True


class _Prefix:
    """The leading steps of a candidate, fitted, as far as they prove safe to share; and the data as they transform it.

    Attributes
    ----------
    depth : int
        How many steps these are.
    train : container
        The train part as `fit_transform` gives it.
    seen : dict
        X_test (and X_train once more) as `transform` gives it.
    key : hashable
        Key of this data.
    aliases_fold : bool
        Whether it may be a view of the fold.
    """

    def __init__(
        self,
        steps: list[tuple[str, Any, Hashable]],
        arrays: dict[str, Any],
        fold: Hashable,
        cache: Intermediates,
        also: frozenset[str],
        parts: tuple[str, ...],
    ) -> None:
        self._steps, self._arrays, self._cache, self._also = steps, arrays, cache, also
        self._keys = [(fold, *(key for _, _, key in steps[:depth])) for depth in range(len(steps) + 1)]
        for self.depth in range(len(steps), -1, -1):
            found = self._fitted(self.depth)
            self.seen = {part: self._transformed(self.depth, part) for part in parts} if found else {}
            if found and all(value is not None for value in self.seen.values()):
                break
        _, self.train, self.aliases_fold = found
        self.key = self._keys[self.depth]

    def declared(self) -> list[str]:
        """Return the classes of the user's own among the steps, which the config says may be shared."""
        used = {public_path(type(step)) for _, step, _ in self._steps[: self.depth]}
        return sorted(used & self._also)

    def _fitted(self, depth: int) -> tuple[Any, Any, bool] | None:
        """Return the fitted step before `depth`, the train part after it, and whether that may be a view of the fold; None if refused."""
        if depth == 0:
            return None, self._arrays["X_train"], True

        def compute() -> tuple[Any, Any, bool] | None:
            from sklearn.base import clone

            if (before := self._fitted(depth - 1)) is None:
                return None
            step, y = self._steps[depth - 1][1], self._arrays["y_train"]

            def fit_transform(X: Any) -> tuple[Any, Any]:
                fitted = clone(step)
                if hasattr(fitted, "fit_transform"):
                    return fitted, fitted.fit_transform(X, y)
                return fitted, fitted.fit(X, y).transform(X)

            found = self._watched(step, fit_transform, before[1], lambda result: result[1])
            if found is None:
                return None
            (fitted, result), aliases = found
            return fitted, result, aliases and before[2]

        return self._cache.get((self._keys[depth], "train"), compute)

    def _transformed(self, depth: int, part: str) -> Any:
        """Return X_test, or X_train once more, as the first `depth` fitted steps transform it; None if refused."""
        if depth == 0:
            return self._arrays[part]

        def compute() -> Any:
            fitted, X = self._fitted(depth), self._transformed(depth - 1, part)
            if fitted is None or X is None:
                return None
            found = self._watched(fitted[0], fitted[0].transform, X, lambda result: result)
            return None if found is None else found[0]

        return self._cache.get((self._keys[depth], part), compute)

    def _watched(
        self, step: Any, call: Callable[[Any], Any], X: Any, data_of: Callable[[Any], Any]
    ) -> tuple[Any, bool] | None:
        """Call a step on a copy of X; return what it gives, and whether that may be a view of X.

        None if the step raises (each evaluation then meets the error itself), writes into X or y, draws from the global generator, or gives a container
        that cannot be copied exactly; of the user's own classes, also if a second call gives anything else.
        """
        y = self._arrays["y_train"]
        if not containers.is_known(X) or not (y is None or containers.is_known(y)):
            return None
        calls = []
        for _ in range(2 if public_path(type(step)) in self._also else 1):
            given, target, state = containers.copy(X), None if y is None else containers.copy(y), draws()
            try:
                result = call(given)
            except Exception:
                return None
            data = data_of(result)
            if not (containers.same(given, X) and containers.same(target, y) and draws() == state):
                return None
            if not containers.is_known(data):
                return None
            calls.append((result, containers.may_share_memory(data, given)))
            if not containers.same(data, data_of(calls[0][0])):
                return None
        return calls[0]


def _with_gram_matrix(last: Any, gram: Gram, prefix: _Prefix, y: Any, cache: Intermediates) -> Prepared:
    """Return a kernel machine that is fitted and scored on Gram matrices."""
    from sklearn.base import clone

    order = by_class(last, y)
    # Machines replace each other among candidates: matrices of those with classes lie in another order.
    key = (*prefix.key, gram.kind, order is None)

    def ordered(values: Any) -> Any:
        return values if order is None else values[order]

    fitted_on = cache.get((key, "ordered"), lambda: ordered(prefix.train))

    def matrix(X: Any, part: str) -> Any:
        base = cache.get((key, "base", part, gram.kernel == "rbf"), lambda: gram.base(X, fitted_on, fit=part == "fit"))
        return cache.get((key, "gram", part, gram.key), lambda: gram(X, fitted_on, base))

    machine = clone(last).set_params(kernel="precomputed")
    fit = matrix(fitted_on, "fit")
    seen = {part: matrix(X, part) for part, X in prefix.seen.items()}
    if gram.kind == "ridge" and not prefix.depth and "X_train" in seen:
        seen["X_train"] = fit
    X_test, X_again = seen["X_test"], seen.get("X_train")
    return Prepared(machine, fit, ordered(y), X_test, X_again, y, key, checked=True, also=prefix.declared())


@functools.cache
def _copying_step() -> Any:
    """Return a fitted transformer that gives a copy of X: the next step may write into it."""
    from sklearn.base import BaseEstimator, TransformerMixin

    class CopyingStep(TransformerMixin, BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Any:
            return self

        def transform(self, X: Any) -> Any:
            return containers.copy(X)

        def __sklearn_is_fitted__(self) -> bool:
            return True

    return CopyingStep()
