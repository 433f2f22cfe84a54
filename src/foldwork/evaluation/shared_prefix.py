"""Fit the leading steps of a pipeline once for all evaluations of a fold that begin with the same steps.

Scores equal scikit-learn's to the last bit, because only work that is known to be safe is shared: a step whose exact class is listed
(`sharing_rules`), under a key made from the step and from the data that it was given (`step_key`), and which, when it was computed, changed neither
its input nor NumPy's global random state. The first step that fails this, and all steps after it, are fitted by each evaluation itself. Every
evaluation works on copies.

Whether something is shared depends on config and data alone, never on which evaluations an engine happens to run.
"""

from collections.abc import Callable, Hashable
from typing import Any

from foldwork.evaluation import containers
from foldwork.evaluation.gram_matrix import Gram, class_order, gram_of
from foldwork.evaluation.intermediates import Intermediates
from foldwork.evaluation.prepared import Prepared, plain
from foldwork.evaluation.sharing_rules import TRANSFORMERS
from foldwork.evaluation.step_key import NotShareable, global_random_state, listed, object_key, public_path
from foldwork.study.pipeline_steps import Steps, unfold

_PIPELINE = frozenset(["sklearn.pipeline.Pipeline"])


def prepare(
    estimator: Any,
    arrays: dict[str, Any],
    fold: Hashable,
    cache: Intermediates,
    *,
    also: frozenset[str] = frozenset(),
    train_scores: bool = True,
) -> Prepared:
    """Compute the work that a candidate shares with others, or take it from the cache.

    Parameters
    ----------
    estimator : object
        The unfitted candidate; it is not changed.
    arrays : dict
        The fold: X_train, X_test of shape (n_samples, n_features); y_train, y_test of shape (n_samples,) or (n_samples, n_outputs), or None.
    fold : hashable
        Key of the fold's content.
    cache : Intermediates
        Shared work of this engine.
    also : frozenset of str
        Public import paths of the user's classes that may be shared.
    train_scores : bool
        Whether `X_train_scored` is needed.

    Returns
    -------
    Prepared
        `shared` is False if nothing is known to be safe to share.

    Raises
    ------
    Exception
        What `clone`, a container or the computation of a Gram matrix raises; the candidate is then to be evaluated without sharing.
    """
    known, rest = _split(estimator, also)
    if not known and (len(rest) > 1 or gram_of(rest[0][1], arrays["X_train"]) is None):
        return plain(estimator, arrays, fold)
    prefix = _Prefix(known, arrays, fold, cache, also, ("X_test", "X_train") if train_scores else ("X_test",))
    rest = [(name, step) for name, step, _ in known[prefix.depth :]] + rest
    last = rest[0][1] if len(rest) == 1 else None
    gram = None if last is None else gram_of(last, prefix.train)
    # Steps may return their input. Whether a pipeline would then fit and score the train part on one array is not known, and it matters:
    # KernelRidge keeps the X that it is fitted on, and computes its kernel with itself in another way than with a copy.
    uncertain = train_scores and prefix.depth and prefix.aliases_fold
    if gram is not None and not (uncertain and gram.kind == "ridge"):
        return _with_gram_matrix(last, gram, prefix, arrays["y_train"], cache)
    if not prefix.depth or uncertain or (prefix.aliases_fold and not _leave_input_unchanged(rest, also)):
        return plain(estimator, arrays, fold)
    return _with_prefix(prefix, rest, arrays["y_train"])


def _with_prefix(prefix: "_Prefix", rest: Steps, y_train: Any) -> Prepared:
    """Return the steps after a prefix, to be fitted and scored on the data that it has transformed."""
    from sklearn.base import clone
    from sklearn.pipeline import Pipeline

    left = clone(rest[0][1]) if len(rest) == 1 else Pipeline([(name, clone(step)) for name, step in rest])
    y = None if y_train is None else containers.copy(y_train)
    return Prepared(
        left,
        containers.copy(prefix.train),
        y,
        prefix.transformed["X_test"],
        prefix.transformed.get("X_train"),
        y,
        prefix.key,
        transformed=True,
        also=prefix.declared(),
    )


def _split(estimator: Any, also: frozenset[str]) -> tuple[list[tuple[str, Any, Hashable]], Steps]:
    """Return the leading steps of listed classes as (name, step, key), and the remaining steps; the last step is always one of these."""
    known: list[tuple[str, Any, Hashable]] = []
    rest = unfold(estimator, _steps_of, "-")
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


def _steps_of(estimator: Any) -> Steps | None:
    """Return the steps of a pipeline; None for any other estimator, and for a pipeline that is left whole.

    Left whole is a pipeline with a cache of its own, one that hands metadata to its steps, and one without an estimator at its end.
    """
    if not listed(estimator, _PIPELINE) or estimator.memory is not None or getattr(estimator, "transform_input", None):
        return None
    last = estimator.steps[-1][1]
    return None if last is None or isinstance(last, str) else estimator.steps


def _leave_input_unchanged(rest: Steps, also: frozenset[str]) -> bool:
    """Return whether all these steps are known not to write into their input."""
    try:
        object_key([step for _, step in rest], also)
    except NotShareable:
        return False
    return True


class _Prefix:
    """The longest sequence of leading steps that is safe to share, fitted, and the data that it transforms.

    Parameters
    ----------
    steps : list of (str, object, hashable)
        Name, unfitted step and key of the step, of listed classes.
    arrays : dict
        The fold: X_train, y_train, X_test.
    fold : hashable
        Key of the fold's content.
    cache : Intermediates
    also : frozenset of str
        Public import paths of the user's classes that may be shared.
    parts : tuple of str
        The parts to score on: "X_test", "X_train".

    Attributes
    ----------
    depth : int
        Number of the steps.
    train : container
        The train part as `fit_transform` returns it.
    transformed : dict
        Each of `parts` as `transform` returns it.
    key : hashable
        Key of this data.
    aliases_fold : bool
        Whether `train` may be a view of the fold.
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
            self.transformed = {part: self._transformed(self.depth, part) for part in parts} if found else {}
            if found and all(value is not None for value in self.transformed.values()):
                break
        _, self.train, self.aliases_fold = found
        self.key = self._keys[self.depth]

    def declared(self) -> list[str]:
        """Return the sorted public import paths of the user's classes among the steps."""
        used = {public_path(type(step)) for _, step, _ in self._steps[: self.depth]}
        return sorted(used & self._also)

    def _fitted(self, depth: int) -> tuple[Any, Any, bool] | None:
        """Return the last of the first `depth` steps, fitted, the train part that it returns, and whether this may be a view of the fold.

        None if the step is not safe to share.
        """
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

            found = self._call_checked(step, fit_transform, before[1], lambda result: result[1])
            if found is None:
                return None
            (fitted, result), aliases = found
            return fitted, result, aliases and before[2]

        return self._cache.get((self._keys[depth], "train"), compute)

    def _transformed(self, depth: int, part: str) -> Any:
        """Return X_test or X_train as the first `depth` fitted steps transform it; None if a step is not safe to share."""
        if depth == 0:
            return self._arrays[part]

        def compute() -> Any:
            fitted, X = self._fitted(depth), self._transformed(depth - 1, part)
            if fitted is None or X is None:
                return None
            found = self._call_checked(fitted[0], fitted[0].transform, X, lambda result: result)
            return None if found is None else found[0]

        return self._cache.get((self._keys[depth], part), compute)

    def _call_checked(
        self, step: Any, call: Callable[[Any], Any], X: Any, data_of: Callable[[Any], Any]
    ) -> tuple[Any, bool] | None:
        """Call a step on a copy of X; return its result, and whether this may be a view of X.

        None if the call raises (each evaluation then meets the error itself), writes into X or y, draws from NumPy's global generator, or returns a
        container that cannot be copied exactly; for the user's classes, also if a second call returns anything else.

        Parameters
        ----------
        step : object
            For its class.
        call : callable
            Takes a copy of X.
        X : container
        data_of : callable
            Returns the data in what `call` returns.
        """
        y = self._arrays["y_train"]
        if not containers.is_known(X) or not (y is None or containers.is_known(y)):
            return None
        calls = []
        for _ in range(2 if public_path(type(step)) in self._also else 1):
            X_copy, y_copy = containers.copy(X), None if y is None else containers.copy(y)
            state = global_random_state()
            try:
                result = call(X_copy)
            except Exception:
                return None
            data = data_of(result)
            if not (containers.same(X_copy, X) and containers.same(y_copy, y) and global_random_state() == state):
                return None
            if not containers.is_known(data):
                return None
            calls.append((result, containers.may_share_memory(data, X_copy)))
            if not containers.same(data, data_of(calls[0][0])):
                return None
        return calls[0]


def _with_gram_matrix(last: Any, gram: Gram, prefix: _Prefix, y: Any, cache: Intermediates) -> Prepared:
    """Return a kernel machine to be fitted and scored on Gram matrices.

    Parameters
    ----------
    last : object
        The unfitted kernel machine.
    gram : Gram
        Computes its matrices.
    prefix : _Prefix
        The steps before it.
    y : array-like or None
        Target of the train part.
    cache : Intermediates
    """
    from sklearn.base import clone

    order = class_order(last, y)
    # Candidates may replace the machine itself: the rows of a classifier's matrix are in another order.
    key = (*prefix.key, gram.kind, order is None)

    def ordered(values: Any) -> Any:
        return values if order is None else values[order]

    fitted_on = cache.get((key, "ordered"), lambda: ordered(prefix.train))

    def matrix(X: Any, part: str) -> Any:
        base = cache.get((key, "base", part, gram.kernel == "rbf"), lambda: gram.base(X, fitted_on, fit=part == "fit"))
        return cache.get((key, "gram", part, gram.key), lambda: gram(X, fitted_on, base))

    machine = clone(last).set_params(kernel="precomputed")
    fit = matrix(fitted_on, "fit")
    scored = {part: matrix(X, part) for part, X in prefix.transformed.items()}
    if gram.kind == "ridge" and not prefix.depth and "X_train" in scored:
        scored["X_train"] = fit
    return Prepared(
        machine,
        fit,
        ordered(y),
        scored["X_test"],
        scored.get("X_train"),
        y,
        key,
        assume_finite=True,
        also=prefix.declared(),
    )
