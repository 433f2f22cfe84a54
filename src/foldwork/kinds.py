"""Which estimators share work, by their names: what the client groups evaluations by, and an engine goes by too.

Nothing here needs NumPy or scikit-learn, which the client does not import.
"""

from typing import Any

MACHINES = dict.fromkeys(("SVC", "NuSVC", "SVR", "NuSVR"), "svm") | {"KernelRidge": "ridge"}
"""Kernel machines, and by whose rules the Gram matrix of each is computed."""

IN_PLACE = {"copy": False, "copy_X": False, "copy_x": False, "inplace": True}
"""Parameters by which estimators write into what they are given. Then the order of calls matters, and nothing is shared."""

KERNEL_PARAMETERS = ("kernel", "gamma", "degree", "coef0")
"""What a Gram matrix depends on besides the rows."""

_TREES = ("n_estimators", ("estimators_",))
_ROUNDS = ("max_iter", ("_predictors",))
_WEIGHTED = ("n_estimators", ("estimators_", "estimator_weights_", "estimator_errors_"))
ENSEMBLES = {
    f"{name}{task}": kind
    for task in ("Classifier", "Regressor")
    for name, kind in {
        "RandomForest": _TREES,
        "ExtraTrees": _TREES,
        "GradientBoosting": _TREES,
        "HistGradientBoosting": _ROUNDS,
        "AdaBoost": _WEIGHTED,
    }.items()
}
"""Ensembles that are made stage by stage: the parameter that says how many, and the attributes that hold a part for each."""


def path_of(estimator: Any) -> str:
    """Return the name of an estimator's class, with its module."""
    return f"{type(estimator).__module__}.{type(estimator).__name__}"


def kernel_machine(path: str) -> str | None:
    """Return by whose rules a class computes Gram matrices that can be shared ("svm" or "ridge"), None where it has none."""
    return MACHINES.get(_own(path))


def is_ensemble(path: str) -> bool:
    """Return whether a class makes ensembles of which the first stages can be those of a shorter one."""
    return _own(path) in ENSEMBLES


def stages_parameter(path: str, settings: dict[str, Any]) -> str | None:
    """Return the parameter that says how many stages an ensemble has, if its first ones are the same however many follow; else None.

    They are the same if the ensemble's random numbers follow from a seed, and no estimator inside it may change the data between two calls.

    Parameters
    ----------
    path : str
        Its class.
    settings : dict
        Its parameters, as the config has them or as objects; what is not among them has its default.
    """
    seed = settings.get("random_state")
    if not isinstance(seed, int) or isinstance(seed, bool) or settings.get("warm_start") or settings.get("oob_score"):
        return None
    return ENSEMBLES[_own(path)][0] if is_ensemble(path) and leaves_data(settings) else None


def writes(name: str, value: Any) -> bool:
    """Return whether a parameter of this name, with this value, lets an estimator write into what it is given."""
    return isinstance(value, bool) and IN_PLACE.get(name.rpartition("__")[2]) is value


def leaves_data(settings: Any) -> bool:
    """Return whether scikit-learn's own estimators alone are at work, none of which is told to write into what it is given.

    `settings` are parameters, or a piece of config: what is nested in it is looked at, too.
    """
    if isinstance(settings, list):
        return all(map(leaves_data, settings))
    if hasattr(settings, "fit"):
        return bool(_own(path_of(settings)))
    if not isinstance(settings, dict):
        return True
    if "ref" in settings or ("class" in settings and not _own(settings["class"])):
        return False
    return not any(writes(name, value) for name, value in settings.items()) and all(map(leaves_data, settings.values()))


def _own(path: str) -> str:
    """Return the bare name of a class of scikit-learn's, nothing for the classes of others."""
    package, _, _ = path.partition(".")
    return path.rpartition(".")[2] if package == "sklearn" else ""
