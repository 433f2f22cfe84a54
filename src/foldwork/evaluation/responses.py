"""Keep what scorers get from an estimator: its predictions on the test and the train part, at no further call of it."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from foldwork.sklearn_private import is_own_score, response_methods

METHODS = ("predict", "predict_proba", "decision_function")
"""Response methods whose results are kept."""

Responses = dict[str, Any]
"""Response method to what it has returned: a `Copied`, a list of them (multi-output), or None for what cannot be stored."""


class Wanted(NamedTuple):
    """Which predictions are kept.

    Attributes
    ----------
    parts : tuple of str
        Those for "test", and "train".
    ask : tuple of str
        Response methods that are called if the scorers got nothing that could be kept, as those of the user's own.
    scores : bool
        Whether probabilities or decisions are needed for the test part: they are asked for, unless the scorers have done so.
    """

    parts: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    scores: bool = False


SCORES = ("predict_proba", "decision_function")
"""Response methods that thresholds apply to, in scikit-learn's order of preference."""


class Copied(NamedTuple):
    """A copy of an array.

    Attributes
    ----------
    array : ndarray
    exact : bool
        Whether it has the memory order of the original.
    """

    array: np.ndarray
    exact: bool


@contextlib.contextmanager
def kept(scorer: Callable[..., Any], estimator: Any, X: Any, found: Responses | None) -> Iterator[None]:
    """Keep copies of what an estimator predicts for X inside the block.

    Each response method is covered by an attribute of the instance, which is removed while the method runs and after the block: the estimator itself never
    sees it. Estimators are left alone that scorers other than scikit-learn's get to see.

    Parameters
    ----------
    scorer : callable
        That is called inside the block.
    estimator : object
        Fitted.
    X : array-like or sparse matrix
        Results for other objects are not kept.
    found : dict or None
        Is filled in as methods are called; None: nothing is kept.
    """
    own = getattr(estimator, "__dict__", None)
    if found is None or not isinstance(own, dict) or not _only_predicts(scorer, estimator) or own.keys() & set(METHODS):
        yield
        return
    covers = {name: _cover(own, name, getattr(estimator, name), X, found) for name in methods_of(estimator)}
    own.update(covers)
    try:
        yield
    finally:
        for name in covers:
            own.pop(name, None)


def _cover(own: dict[str, Any], name: str, method: Callable[..., Any], X: Any, found: Responses) -> Callable[..., Any]:
    """Return a function that calls a response method and keeps its result."""

    def call(*args: Any, **kwargs: Any) -> Any:
        covers = {each: own.pop(each) for each in METHODS if each in own}
        try:
            result = method(*args, **kwargs)
        finally:
            own.update(covers)
        if len(args) == 1 and args[0] is X and not kwargs and name not in found:
            found[name] = _copied(result)  # at once: scorers change the sign of a decision in place
        return result

    call.__name__ = name  # scikit-learn reads it
    return call


def methods_of(estimator: Any) -> list[str]:
    """Return the response methods that a fitted estimator has."""
    return [name for name in METHODS if hasattr(estimator, name)]


def _only_predicts(scorer: Callable[..., Any], estimator: Any) -> bool:
    """Return whether a scorer does nothing with the estimator but call response methods. A scorer of the user's may pickle it, say."""
    if is_own_score(scorer):
        return getattr(getattr(type(estimator), "score", None), "__module__", "").startswith("sklearn.")
    return response_methods(scorer) is not None


def _copied(value: Any) -> Any:
    """Return copies in the same memory order; None for anything but arrays and lists of them."""
    if type(value) is np.ndarray:
        # The copy of a view in no order is contiguous, and sums over it may differ in their last bits.
        return Copied(value.copy("K"), value.flags.forc)
    if isinstance(value, list) and value and all(type(each) is np.ndarray for each in value):
        return [_copied(each) for each in value]
    return None


def ask(estimator: Any, X: Any, found: Responses, wanted: Wanted) -> None:
    """Call the response methods that are wanted beyond what was kept; fill in `found` with their results."""
    methods = methods_of(estimator)
    called = [name for name in methods if name in wanted.ask] if not found else []
    if wanted.scores and not found.keys() & set(SCORES):
        called += [name for name in SCORES if name in methods and name not in called][:1]
    for name in called:
        found[name] = None
        with contextlib.suppress(Exception):  # its scores do not depend on it
            found[name] = _copied(getattr(estimator, name)(X))


def described(estimator: Any, found: dict[str, Responses]) -> dict[str, Any]:
    """Return the member `predictions` of a record, with arrays in place of references.

    Parameters
    ----------
    estimator : object
        Fitted, as scorers have got it.
    found : dict
        "test" or "train" to what it has predicted for that part.

    Returns
    -------
    dict
        These, and `type` of the estimator ("classifier", "regressor", …), the `methods` that it has, and its `classes`.
    """
    from sklearn.utils import get_tags

    kind = classes = None
    with contextlib.suppress(Exception):  # an estimator of another package may have neither
        kind = get_tags(estimator).estimator_type
    with contextlib.suppress(Exception):
        classes = _copied(estimator.classes_)
    return {"type": kind, "methods": methods_of(estimator), "classes": classes, **found}
