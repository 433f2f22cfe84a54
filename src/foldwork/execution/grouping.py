"""Guess which evaluations can share work, so that they are put into the same bundle.

The guess is made from the config, without importing estimators, and only decides how evaluations are bundled. What is shared is decided on the engine,
from the objects themselves (`evaluation.shared_prefix.prepare`).
"""

import json
from collections.abc import Callable
from typing import Any

from foldwork.evaluation.sharing_rules import (
    ENSEMBLES,
    KERNEL_MACHINES,
    KERNEL_PARAMETERS,
    is_known,
    stages_parameter,
)
from foldwork.execution.plan import Pending
from foldwork.records.evaluation import Evaluation
from foldwork.records.request import Request
from foldwork.study.pipeline_steps import unfold


class Grouping:
    """Assigns the evaluations of a request to groups for the plan.

    Parameters
    ----------
    request : Request
    """

    def __init__(self, request: Request) -> None:
        models = request.spec["models"] if request.shares else {}
        self._guesses = {name: guess(model["estimator"]) for name, model in models.items()}

    def pending(self, evaluation: Evaluation) -> Pending:
        """Return an evaluation with its group."""
        if (of_params := self._guesses.get(evaluation.model)) is None:
            return Pending(evaluation)
        group, near, stages = of_params(evaluation.params)
        return Pending(evaluation, group and f"{evaluation.model} {group}", near, stages)

    def sets_stages(self, model: str, params: dict[str, Any], name: str) -> bool:
        """Return whether a parameter of a candidate sets the number of stages of an ensemble, whose first ones do not depend on it."""
        if (of_params := self._guesses.get(model)) is None:
            return False
        of_group, near, stages = of_params(params)
        return stages is not None and of_params(params | {name: stages + 1}) == (of_group, near, stages + 1)


def guess(
    estimator: dict[str, Any] | list[dict[str, Any]],
) -> Callable[[dict[str, Any]], tuple[str | None, str, int | None]] | None:
    """Return a function from the parameters of a candidate to (group, near, stages); None if candidates of the model share nothing.

    Parameters
    ----------
    estimator : dict or list
        Estimator of the model, as in the config.

    Returns
    -------
    callable or None
        `group` : str or None, the parameters of all pipeline steps but the last. Evaluations of one fold and group have the same fitted steps. None
        if there are no such steps, and no kernel. `near` : str, the parameters of the kernel of the last step, or all parameters but the number of
        stages of an ensemble. Evaluations of one group and `near` share more. `stages` : int or None, the number of stages of an ensemble.
    """
    *before, (name, last) = unfold(estimator)
    prefix = f"{name}__" if name else ""
    last = last if isinstance(last, dict) else {}
    path = last.get("class", "")
    kernel = {f"{prefix}{parameter}" for parameter in KERNEL_PARAMETERS} if path in KERNEL_MACHINES else set()
    if not before and not kernel and path not in ENSEMBLES:
        return None
    known = is_known(estimator)

    def of_params(params: dict[str, Any]) -> tuple[str | None, str, int | None]:
        of_steps = {n: v for n, v in params.items() if not n.startswith(prefix)}
        group = json.dumps(of_steps) if before or kernel else None
        if not any(f"{name}__".startswith(f"{n}__") for n in of_steps):  # otherwise a parameter replaces the last step
            own = {n.removeprefix(prefix): v for n, v in params.items() if n.startswith(prefix)}
            parameter = stages_parameter(path, last | own)
            if type(stages := own.get(parameter)) is int and known and is_known(params):
                return group, json.dumps({n: v for n, v in params.items() if n != f"{prefix}{parameter}"}), stages
        return group, json.dumps({n: v for n, v in params.items() if n in kernel}), None

    return of_params
