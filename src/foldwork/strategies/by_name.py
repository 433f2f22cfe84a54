"""Find the strategy that a search names."""

import importlib
from collections.abc import Mapping
from typing import Any

from foldwork.strategies.interface import SearchStrategy


def strategy_of(spec: Mapping[str, Any]) -> SearchStrategy:
    """Return the strategy of a search, before its first round. A clustering evaluates its whole grid.

    Parameters
    ----------
    spec : mapping
        The search's part of the (normalised) config: `models`, and `strategy` as `{name: arguments}`.
    """
    ((name, arguments),) = (spec.get("strategy") or {"grid": {}}).items()
    spaces = {model: model_spec["space"] for model, model_spec in spec["models"].items()}
    return importlib.import_module(f"foldwork.strategies.{name}").Strategy(spaces, **(arguments or {}))
