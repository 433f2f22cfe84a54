"""Check clusterings: their models, and the arguments of their metrics."""

from typing import Any

from foldwork.study.checks.models import check_model
from foldwork.study.checks.values import check_call
from foldwork.study.clustering_metrics import METRICS
from foldwork.study.messages import config_error, dotted
from foldwork.study.objects import locate, metric_name


def check_clustering(clustering: dict[str, Any], path: list, config: dict[str, Any]) -> list[str]:
    """Check a clustering and return warnings; see `check_config`."""
    found = []
    for name, model in clustering["models"].items():
        found += check_model(model, [*path, "models", name], "its clustering is")[1]
    for place, metric in enumerate(clustering["metrics"]):
        if isinstance(metric, dict) and metric[metric_name(metric)]:
            found += _check_metric(metric, [*path, "metrics", place], path)
    return found


def _check_metric(metric: dict[str, Any], path: list, clustering: list) -> list[str]:
    """Check a metric with arguments; return warnings."""
    name = metric_name(metric)
    arguments, here = metric[name], [*path, name]
    if METRICS[name].function is None:
        raise config_error([*here, next(iter(arguments))], f"unknown argument; {name} takes none")
    check_call(locate(f"sklearn.metrics.{METRICS[name].function}"), arguments, here, skip=2, strict=True)
    if "sample_size" in arguments and arguments.get("random_state") is None:
        return [f"{dotted(clustering)}: {name} has a sample_size but no random_state; it is not reproducible"]
    return []
