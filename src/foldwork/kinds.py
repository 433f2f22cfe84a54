"""Which estimators share work, by their names: what the client groups evaluations by, and an engine goes by too.

Nothing here needs NumPy or scikit-learn, which the client does not import.
"""

from typing import Any

MACHINES = dict.fromkeys(("SVC", "NuSVC", "SVR", "NuSVR"), "svm") | {"KernelRidge": "ridge"}
"""Kernel machines, and by whose rules the Gram matrix of each is computed."""

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

    They are where randomness starts from a number. `settings` are the ensemble's parameters; what is not among them has its default.
    """
    seed = settings.get("random_state")
    if not isinstance(seed, int) or isinstance(seed, bool) or settings.get("warm_start") or settings.get("oob_score"):
        return None
    return ENSEMBLES.get(_own(path), (None,))[0]


def _own(path: str) -> str:
    """Return the bare name of a class of scikit-learn's, nothing for the classes of others."""
    package, _, _ = path.partition(".")
    return path.rpartition(".")[2] if package == "sklearn" else ""
