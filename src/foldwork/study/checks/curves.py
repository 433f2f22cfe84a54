"""Check curves: the parameters that they set."""

from typing import Any

from foldwork.study.checks.randomness import not_reproducible, unseeded_classes
from foldwork.study.checks.spaces import check_space
from foldwork.study.messages import config_error, did_you_mean
from foldwork.study.objects import build, build_estimator


def check_curve(curve: dict[str, Any], path: list, config: dict[str, Any]) -> list[str]:
    """Check a curve and return warnings; see `check_config`."""
    models, of = config["searches"][curve["search"]]["models"], curve["of"]
    unseeded: list[str] = []
    for name in [of["model"]] if isinstance(of, dict) else models:
        estimator = build_estimator(models[name]["estimator"])
        before = unseeded_classes(estimator, [])
        if isinstance(of, dict):
            given = {parameter: [value] for parameter, value in of["params"].items()}
            check_space(given, estimator, [*path, "of", "params"])
            estimator.set_params(**build(of["params"]))
        unseeded += [found for found in unseeded_classes(estimator, []) if found not in before]
        if "parameter" in curve:
            values = _check_parameter(curve, name, estimator, path)
            unseeded += [found for value in values for found in unseeded_classes(value, [])]
    return [not_reproducible(path, name, "its curve is") for name in dict.fromkeys(unseeded)]


def _check_parameter(curve: dict[str, Any], model: str, estimator: Any, path: list) -> list[Any]:
    """Check that the estimator has the parameter that varies, and takes its values; return the estimators among these."""
    parameter, known = curve["parameter"], estimator.get_params(deep=True)
    if parameter not in known:
        other = "" if isinstance(curve["of"], dict) else "; of: {model: …} names another model of the search"
        near = did_you_mean(parameter, known)
        raise config_error([*path, "parameter"], f"model {model} has no parameter {parameter!r}{near or other}")
    return check_space({parameter: curve["values"]}, estimator, [*path, "values"])
