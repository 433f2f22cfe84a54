"""Rules for `choose`, `rank_by` and `simplest` of a search."""

from typing import Any

from foldwork.study.choice_rule import BEST, KEYS, MODEL, is_number, orders_models, position
from foldwork.study.messages import config_error, hint, shown
from foldwork.study.objects import metric_name
from foldwork.study.search_space import grids_of


def check_choice(search: dict[str, Any], path: list) -> None:
    """Check the rule by which a search chooses its candidate.

    Raises
    ------
    FoldworkError
        For a metric that `scoring` does not have, a rule without an order of simplicity, and values without an order.
    """
    if "inner" in search:
        for key in KEYS:
            if key in search and search[key] != BEST:
                raise config_error(
                    [*path, key], "cannot be used with 'inner': each outer fold takes the best mean by the first metric"
                )
        return
    _check_metric(search, path)
    simplest = search.get("simplest")
    if search["choose"] != BEST and not simplest:
        raise config_error(
            [*path, "choose"],
            f"{search['choose']} needs to know which candidate is simple; write for example simplest: {{max_depth: low}}",
        )
    if simplest is not None:
        _check_simplest(simplest, {name: model["space"] for name, model in search["models"].items()}, path)


def _check_metric(search: dict[str, Any], path: list) -> None:
    names = [metric_name(metric) for metric in search["scoring"]] or ["score"]
    may_return_several = len(search["scoring"]) == 1 and isinstance(search["scoring"][0], dict)
    rank_by = search.get("rank_by")
    if rank_by is not None and rank_by not in names and not may_return_several:
        raise config_error([*path, "rank_by"], f"{shown(rank_by)} is no metric of 'scoring'{hint(rank_by, names)}")


def _check_simplest(simplest: dict[str, Any], spaces: dict[str, Any], path: list) -> None:
    here = [*path, "simplest"]
    if not simplest:
        raise config_error(here, "must name a parameter, as in {max_depth: low}")
    of_models = orders_models(simplest, spaces.values())
    names = {name for space in spaces.values() for grid in grids_of(space) for name in grid}
    for key, order in simplest.items():
        if key == MODEL and of_models:
            _check_models(order, list(spaces), next(iter(simplest)), [*here, key])
        elif key not in names:
            raise config_error([*here, key], f"is no parameter of a space{hint(key, sorted(names))}")
        else:
            _check_order(key, order, spaces, [*here, key])


def _check_models(order: Any, models: list[str], first: str, path: list) -> None:
    if first != MODEL:
        raise config_error(path, "must come first: parameters are compared within a model")
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(models):
        raise config_error(
            path,
            f"must be the names of all models, the simplest first, such as [{', '.join(models)}], not {shown(order)}",
        )


def _check_order(name: str, order: Any, spaces: dict[str, Any], path: list) -> None:
    """Check that each value of a parameter has a place in the order."""
    if not isinstance(order, list) and order not in ("low", "high"):
        raise config_error(path, f"must be low, high or a list of its values, the simplest first, not {shown(order)}")
    for model, space in spaces.items():
        for grid in grids_of(space):
            values = grid.get(name, [])
            if not isinstance(values, list):
                if isinstance(order, list):
                    raise config_error(
                        path, f"must be low or high: the values of {name} in model {model} are numbers of a range"
                    )
                continue
            for value in values:
                _check_value(name, value, values, order, path)


def _check_value(name: str, value: Any, values: list, order: Any, path: list) -> None:
    if isinstance(order, list) and position(value, order) is None:
        raise config_error(
            path, f"lacks the value {shown(value)} of {name}; a list must have all values, the simplest first"
        )
    if not isinstance(order, list) and not is_number(value):
        raise config_error(
            path,
            f"{shown(value)} is neither low nor high; write the values of {name} in order, the simplest first, such as {shown(values)}",
        )
