"""All private parts of scikit-learn that foldwork uses, a function or a constant for each.

Private is a name with an underscore, a text of a message, and a default that the documentation does not promise.
tests/unit/test_private_interfaces.py has a test for each; a failing one names the function here that a new version of scikit-learn breaks.

The functions import scikit-learn, the module does not: the Snakefile's process imports it.
"""

import contextlib
import re
from types import FunctionType
from typing import Any

from foldwork.errors import one_line

HIST_GRADIENT_BOOSTING_STAGES = "_predictors"
"""Attribute of a fitted HistGradientBoosting estimator that holds its trees, stage by stage."""


def remember_parameter_names() -> None:
    """Let scikit-learn look only once for the parameters of each class.

    `clone` and `set_params` inspect the constructor's signature each time: three times in an evaluation, a third of what it takes besides fit and score.
    """
    from sklearn.base import BaseEstimator

    inspect_constructor = vars(BaseEstimator)["_get_param_names"].__func__
    if getattr(inspect_constructor, "remembers", False):
        return
    known: dict[Any, list[str]] = {}

    def names_of(cls: type) -> list[str]:
        # Names follow from the code of a plain function; one that is wrapped, or has a signature set, has attributes.
        init = cls.__init__
        if type(init) is not FunctionType or vars(init):
            return inspect_constructor(cls)
        if init.__code__ not in known:
            known[init.__code__] = inspect_constructor(cls)
        return list(known[init.__code__])

    names_of.remembers = True  # type: ignore[attr-defined]
    BaseEstimator._get_param_names = classmethod(names_of)


def take_rows(container: Any, rows: Any) -> Any:
    """Return rows of an array, DataFrame or sparse matrix as `GridSearchCV` takes them: same type, same memory order.

    Parameters
    ----------
    container : array-like, shape (n_samples, ...)
    rows : ndarray of int
    """
    from sklearn.utils import _safe_indexing

    return _safe_indexing(container, rows)


def validate_steps(pipeline: Any) -> None:
    """Check the steps of an unfitted Pipeline: it has parameters of its own (`memory`) that no step may be named after.

    Raises
    ------
    ValueError, TypeError
        As `Pipeline.fit` raises.
    """
    if hasattr(pipeline, "_validate_steps"):
        pipeline._validate_steps()


def needs_square_matrix(estimator: Any) -> bool:
    """Return whether an estimator takes a square matrix of kernel values or distances as X."""
    with contextlib.suppress(Exception):  # third-party classes may have no tags
        return bool(estimator.__sklearn_tags__().input_tags.pairwise)
    return False


def predicts_probabilities(kernel_machine: Any) -> bool:
    """Return whether an SVC or NuSVC fits a probability model as well. The parameter's default may be the string "deprecated"."""
    return getattr(kernel_machine, "probability", False) not in (False, "deprecated")


def public_module(module: str) -> str:
    """Return the public module of a class in a private one: `sklearn.svm` for `sklearn.svm._classes`."""
    return module.partition("._")[0]


def warns_of_ignored_groups(message: str) -> bool:
    """Return whether a warning says that a splitter makes no use of `groups`."""
    return "groups parameter is ignored" in message


# ---- constraints on parameters


def parameter_constraints(found: Any) -> dict[str, Any]:
    """Return the constraints on the parameters of a class or function of scikit-learn's; empty for other packages."""
    kept = getattr(found, "_parameter_constraints", None) or getattr(found, "_skl_parameter_constraints", None)
    return kept if isinstance(kept, dict) else {}


def constraint_violation(parameter: str, value: Any, constraints: Any, owner: str) -> tuple[str, list[str]] | None:
    """Check a value against the constraints on its parameter.

    Parameters
    ----------
    parameter : str
    value : object
    constraints : list or str
        The parameter's entry in `parameter_constraints`.
    owner : str
        Name of the class or function.

    Returns
    -------
    (str, list of str) or None
        What is wrong (`must be a float in the range (0.0, inf], not -1`), and the words that the parameter may be. None for a valid value,
        and where this version of scikit-learn has no such function: then the fits raise.
    """
    try:
        from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints
    except ImportError:
        return None
    try:
        validate_parameter_constraints({parameter: constraints}, {parameter: value}, caller_name=owner)
    except InvalidParameterError as error:
        text = one_line(error).partition(": ")[2]
        parts = re.fullmatch(r"The .* parameter of .*? (must be .*)\. Got (.*) instead\.", text)
        return (f"{parts[1]}, not {parts[2]}", re.findall(r"'(\w+)'", parts[1])) if parts else (text, [])
    return None


def string_violation(word: str, constraints: Any) -> str | None:
    """Check a string against a parameter that takes no string at all.

    Parameters
    ----------
    word : str
    constraints : list or str
        The parameter's entry in `parameter_constraints`.

    Returns
    -------
    str or None
        What the parameter must be (`must be an int`). None where the parameter takes this string, or other strings: one that the estimator
        itself refuses is a failed evaluation, not an error in the config.
    """
    if not isinstance(constraints, list):
        return None
    try:
        from sklearn.utils._param_validation import MissingValues, Options, _InstancesOf, make_constraint
    except ImportError:
        return None
    made = [make_constraint(constraint) for constraint in constraints]
    for constraint in made:
        of_type = getattr(constraint, "type", None) if isinstance(constraint, Options | _InstancesOf) else None
        takes_strings = isinstance(of_type, type) and issubclass(str, of_type)
        if takes_strings or isinstance(constraint, MissingValues) or constraint.is_satisfied_by(word):
            return None
    return f"must be {' or '.join(str(constraint) for constraint in made if not constraint.hidden)}"


# ---- scorers


def response_methods(scorer: Any) -> list[tuple[str, ...]] | None:
    """Return for each metric of a scorer the response methods that it may call: the first one that the estimator has.

    Returns
    -------
    list of tuple of str, or None
        None if any metric is not one of scikit-learn's scorers (made by `make_scorer`), so that it may do anything with the estimator.
    """
    from sklearn.metrics._scorer import _MultimetricScorer, _Scorer

    each = list(scorer._scorers.values()) if type(scorer) is _MultimetricScorer else [scorer]
    if not all(type(one) is _Scorer for one in each):
        return None
    methods = [one._response_method for one in each]
    if not all(isinstance(found, (str, list, tuple)) for found in methods):
        return None
    return [(found,) if isinstance(found, str) else tuple(found) for found in methods]


def is_own_score(scorer: Any) -> bool:
    """Return whether a scorer is the estimator's own `score` method."""
    from sklearn.metrics._scorer import _PassthroughScorer

    return type(scorer) is _PassthroughScorer


def pos_label_of_threshold(classifier: Any) -> Any:
    """Return the class that a fitted TunedThresholdClassifierCV predicts from its threshold on; None for the second one."""
    return classifier._curve_scorer._get_pos_label()
