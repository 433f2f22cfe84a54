"""Check clusterings: their models, and the arguments of their metrics."""

from typing import Any

from foldwork.study.checks.imports import import_named
from foldwork.study.checks.models import check_model
from foldwork.study.checks.values import check_call
from foldwork.study.clustering_metrics import METRICS
from foldwork.study.messages import config_error, dotted
from foldwork.study.objects import metric_name


def check_clustering(clustering: dict[str, Any], path: list, config: dict[str, Any]) -> list[str]:
    """Check a clustering and return warnings; see `check_config`."""
    found = []
    for name, model in clustering["models"].items():
        found += check_model(model, [*path, "models", name], "its clustering is")[1]
    for place, metric in enumerate(clustering["metrics"]):
        found += _check_metric(metric, [*path, "metrics", place], path)
    return found


def _check_metric(metric: str | dict[str, Any], path: list, clustering: list) -> list[str]:
    """Check a metric, its function and arguments; return warnings."""
    name = metric_name(metric)
    arguments, here = (metric[name], [*path, name]) if isinstance(metric, dict) else ({}, path)
    function = METRICS[name].function
    if function is None:
        if arguments:
            raise config_error([*here, next(iter(arguments))], f"unknown argument; {name} takes none")
        return []
    check_call(import_named(function, path), arguments, here, skip=2, strict=True)
    if "sample_size" in arguments and arguments.get("random_state") is None:
        return [f"{dotted(clustering)}: {name} has a sample_size but no random_state; it is not reproducible"]
    return []
