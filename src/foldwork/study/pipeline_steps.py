"""The steps of pipelines, in the config (a list of one-key mappings) and as objects, and the parameters that belong to them."""

from collections.abc import Callable
from typing import Any

Steps = list[tuple[str, Any]]


def steps_of(spec: Any) -> Steps | None:
    """Return the steps of a pipeline in the config as (name, spec); None for any other estimator.

    Examples
    --------
    >>> steps_of([{"scale": None}, {"svc": {"class": "sklearn.svm.SVC"}}])
    [('scale', None), ('svc', {'class': 'sklearn.svm.SVC'})]
    """
    return [next(iter(step.items())) for step in spec] if isinstance(spec, list) else None


def unfold(estimator: Any, steps: Callable[[Any], Steps | None] = steps_of, separator: str = "__") -> Steps:
    """Return the steps of an estimator, those of a pipeline at its end in place of that pipeline.

    Parameters
    ----------
    estimator : object
        A spec of the config, or whatever `steps` takes.
    steps : callable, optional
        Returns the steps of a pipeline, None for what is to be left whole.
    separator : str, optional
        Joins the name of a pipeline and the name of a step of it. With the default, a step's name is the beginning of its parameters' names.

    Returns
    -------
    list of (str, object)
        At least one; a single estimator is one step without a name.

    Examples
    --------
    >>> unfold([{"a": None}, {"b": [{"c": "passthrough"}, {"d": {"class": "x.D"}}]}])
    [('a', None), ('b__c', 'passthrough'), ('b__d', {'class': 'x.D'})]
    """
    found = steps(estimator)
    if found is None:
        return [("", estimator)]
    *before, (name, last) = found
    nested = unfold(last, steps, separator)
    return [*before, *((f"{name}{separator}{inner}" if inner else name, step) for inner, step in nested)]


def enclosing_steps(parameter: str) -> list[str]:
    """Return the steps that a parameter belongs to, the outermost first.

    Examples
    --------
    >>> enclosing_steps("a__b__c")
    ['a', 'a__b']
    """
    parts = parameter.split("__")
    return ["__".join(parts[:n]) for n in range(1, len(parts))]
