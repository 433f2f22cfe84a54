"""The points that the last step of a pipeline clusters, without a fit of that step."""

from typing import Any


def points_of_last_step(estimator: Any, X: Any) -> tuple[Any, Any]:
    """Fit the steps before the last one on X, and transform it.

    Parameters
    ----------
    estimator : estimator
        Its steps before the last are fitted in place.
    X : array-like, shape (n_samples, n_features)

    Returns
    -------
    points : array-like, shape (n_samples, n_features_out)
        X itself if there are no such steps.
    last : estimator
        The last step, not fitted.
    """
    if not hasattr(estimator, "steps"):
        return X, estimator
    if len(estimator.steps) == 1:
        return X, estimator[-1]
    before = estimator[:-1]
    return before.fit(X).transform(X), estimator[-1]
