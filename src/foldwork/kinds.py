"""Which estimators share work, by their names: what the client groups evaluations by, and an engine goes by too.

Nothing here needs NumPy or scikit-learn, which the client does not import.
"""

from typing import Any

MACHINES = dict.fromkeys(("SVC", "NuSVC", "SVR", "NuSVR"), "svm") | {"KernelRidge": "ridge"}
"""Kernel machines, and by whose rules the Gram matrix of each is computed."""

KERNEL_PARAMETERS = ("kernel", "gamma", "degree", "coef0")
"""What a Gram matrix depends on besides the rows."""


def path_of(estimator: Any) -> str:
    """Return the name of an estimator's class, with its module."""
    return f"{type(estimator).__module__}.{type(estimator).__name__}"


def kernel_machine(path: str) -> str | None:
    """Return by whose rules a class computes Gram matrices that can be shared ("svm" or "ridge"), None where it has none."""
    return MACHINES.get(_own(path))


def _own(path: str) -> str:
    """Return the bare name of a class of scikit-learn's, nothing for the classes of others."""
    package, _, _ = path.partition(".")
    return path.rpartition(".")[2] if package == "sklearn" else ""
