"""Whether the models of a search are all classifiers, or all regressors."""

from typing import Any

CLASSIFIERS, REGRESSORS = "classifiers", "regressors"


def kind_of(estimators: list[Any]) -> str | None:
    """Return CLASSIFIERS or REGRESSORS; None for models of several kinds, of another kind, or of a kind that scikit-learn cannot tell.

    Parameters
    ----------
    estimators : list of object
        Unfitted.
    """
    from sklearn.base import is_classifier, is_regressor

    for kind, test in ((CLASSIFIERS, is_classifier), (REGRESSORS, is_regressor)):
        try:
            if all(map(test, estimators)):
                return kind
        except Exception:  # a class of the user's without scikit-learn's tags, also as a step of a pipeline
            return None
    return None
