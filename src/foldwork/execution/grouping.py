"""Guess which evaluations can share work, so that they travel together.

It is a guess from the config's words, and decides only which evaluations lie in one bundle. Whether anything is shared is decided on the engine, from
the objects themselves (`evaluation.shared_prefix.prepare`).
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
    """Turns evaluations of a request into what the plan orders.

    Parameters
    ----------
    request : Request
    """

    def __init__(self, request: Request) -> None:
        models = request.spec["models"] if request.shares else {}
        self._guesses = {name: guess(model["estimator"]) for name, model in models.items()}

    def pending(self, evaluation: Evaluation) -> Pending:
        """Return an evaluation with the group in which it travels."""
        if (of_params := self._guesses.get(evaluation.model)) is None:
            return Pending(evaluation)
        share, near, stages = of_params(evaluation.params)
        return Pending(evaluation, share and f"{evaluation.model} {share}", near, stages)


def guess(
    estimator: dict[str, Any] | list[dict[str, Any]],
) -> Callable[[dict[str, Any]], tuple[str | None, str, int | None]] | None:
    """Return a function from a candidate's parameters to (group, order, stages); None where the model's candidates share nothing.

    Parameters
    ----------
    estimator : dict or list
        The model's estimator, as the config has it.

    Returns
    -------
    callable or None
        `group` is a text of the parameters of all pipeline steps but the last (None where there are no such steps, and no kernel). Of evaluations
        of one fold and group the fitted steps are the same. `order` is a text of the parameters of the last step's kernel, or of all parameters
        but the number of stages of an ensemble: within a group, evaluations of one `order` share more. `stages` is that number, else None.
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
        if not any(f"{name}__".startswith(f"{n}__") for n in of_steps):  # else the last step is another one
            own = {n.removeprefix(prefix): v for n, v in params.items() if n.startswith(prefix)}
            parameter = stages_parameter(path, last | own)
            if type(stages := own.get(parameter)) is int and known and is_known(params):
                return group, json.dumps({n: v for n, v in params.items() if n != f"{prefix}{parameter}"}), stages
        return group, json.dumps({n: v for n, v in params.items() if n in kernel}), None

    return of_params
