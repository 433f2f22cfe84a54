"""Find the strategies of a search by the name that the config gives."""

import importlib
import inspect
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from foldwork.strategies import nested
from foldwork.strategies.interface import Data, SearchStrategy
from foldwork.study.number_of_clusters import n_clusters_parameter


def strategies_of(spec: Mapping[str, Any], data: Data) -> list[SearchStrategy]:
    """Return the independent strategies of a search, before their first round: of a nested search one for each outer fold. A clustering evaluates its
    whole grid, and with `stability` or `gap` its candidates on other points, too.

    Parameters
    ----------
    spec : mapping
        The search's part of the (normalised) config: `models`, and `strategy` as `{name: arguments}`.
    data : Data
    """
    ((name, arguments),) = (spec.get("strategy") or {"grid": {}}).items()
    spaces = {model: model_spec["space"] for model, model_spec in spec["models"].items()}
    if assessed := assessments(spec):
        numbers = {model: n_clusters_parameter(model_spec["estimator"]) for model, model_spec in spec["models"].items()}
        name, arguments = "resamples", {"numbers": numbers, **assessed}
    module = _module(name)

    def of_data(data: Data) -> list[SearchStrategy]:
        return module.strategies(spaces, data, **(arguments or {}))

    return list(nested.strategies(of_data, data)) if data.inner else of_data(data)


def takes_resource(name: str) -> bool:
    """Return whether a strategy has the argument `resource`: it evaluates candidates with few resources first."""
    return "resource" in inspect.signature(_module(name).strategies).parameters


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"foldwork.strategies.{name}")


def assessments(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a clustering that ask for evaluations on subsamples and on reference data."""
    return {key: spec[key] for key in ("stability", "gap") if spec.get(key)}
