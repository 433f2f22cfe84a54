"""Rules for the sections `splits`, `searches` and `clusterings` that the schema cannot express."""

import math
from typing import Any

from foldwork.study.clustering_metrics import METRICS
from foldwork.study.messages import config_error, described, did_you_mean, hint, shown
from foldwork.study.number_of_clusters import N_CLUSTERS, n_clusters_parameter
from foldwork.study.objects import metric_name
from foldwork.study.prediction_setting import WORDS, prediction_setting
from foldwork.study.search_space import grids_of
from foldwork.study.validation.choice import check_choice
from foldwork.study.validation.models import check_models
from foldwork.study.validation.names import NAME_RULE, is_name
from foldwork.study.validation.strategies import Schemas, check_nested, check_strategy, whole_grid


def check_split(split: dict[str, Any], path: list, config: dict[str, Any]) -> None:
    """Check that the dataset of splits is there."""
    check_reference(config, "datasets", split["dataset"], [*path, "dataset"])


def check_search(search: dict[str, Any], path: list, config: dict[str, Any], strategies: Schemas) -> None:
    """Check a search without importing what it names: its splits, models, metrics, timeout and rope."""
    check_reference(config, "splits", search["splits"], [*path, "splits"])
    check_models(search["models"], whole_grid(search["strategy"], strategies), [*path, "models"])
    check_strategy(search, path, strategies)
    if "inner" in search:
        check_nested(search, path, strategies)
    _check_metric_names(search["scoring"], [*path, "scoring"])
    for place, metric in enumerate(search["scoring"]):
        if isinstance(metric, dict):
            name = metric_name(metric)
            if not isinstance(metric[name], dict) or not {"ref", "class"} & set(metric[name]):
                raise config_error(
                    [*path, "scoring", place, name], "must be {ref: import.path} or {class: import.path}"
                )
    check_choice(search, path)
    if "inner" in search and search.get("refit"):
        raise config_error(
            [*path, "refit"],
            "cannot be used with 'inner': each outer fold chooses a candidate of its own; leave it out",
        )
    _check_timeout(search["timeout"], [*path, "timeout"])
    _check_predictions(search, [*path, "predictions"])
    if "threshold" in search:
        _check_threshold(search, [*path, "threshold"])
    if not math.isfinite(search["compare"]["rope"]):
        raise config_error([*path, "compare", "rope"], "must be a finite number, in units of the first metric")


def check_clustering(clustering: dict[str, Any], path: list, config: dict[str, Any]) -> None:
    """Check a clustering without importing what it names: its dataset, models, metrics and timeout."""
    check_reference(config, "datasets", clustering["dataset"], [*path, "dataset"])
    check_models(clustering["models"], "grid", [*path, "models"])
    _check_metric_names(clustering["metrics"], [*path, "metrics"])
    for place, metric in enumerate(clustering["metrics"]):
        name, here = metric_name(metric), [*path, "metrics", place]
        if name not in METRICS:
            raise config_error(here, f"unknown metric {shown(name)}{hint(name, METRICS)}")
        if isinstance(metric, dict) and not isinstance(metric[name], dict):
            raise config_error([*here, name], f"must be a mapping of arguments, not {described(metric[name])}")
    _check_timeout(clustering["timeout"], [*path, "timeout"])
    if "gap" in clustering and not any(map(_varies_n_clusters, clustering["models"].values())):
        raise config_error([*path, "gap"], f"needs a model with {N_CLUSTERS} of its last step in its space")


def _varies_n_clusters(model: dict[str, Any]) -> bool:
    parameter = n_clusters_parameter(model["estimator"])
    return any(parameter in grid for grid in grids_of(model["space"]))


def check_reference(config: dict[str, Any], section: str, name: str, path: list) -> None:
    """Raise unless a section of the config has a part of this name. `path` is that of the key that gives the name."""
    if name not in config[section]:
        raise config_error(path, f"no {shown(name)} in '{section}'{did_you_mean(name, config[section])}")


def _check_predictions(search: dict[str, Any], path: list) -> None:
    given = search["predictions"]
    if isinstance(given, str) and given not in WORDS:
        raise config_error(path, f"must be 'best', 'all' or 'none', not {shown(given)}{did_you_mean(given, WORDS)}")
    if prediction_setting(search).train and not search["train_scores"]:
        raise config_error([*path, "train"], "needs train_scores: true; train sets are not predicted otherwise")


def _check_threshold(search: dict[str, Any], path: list) -> None:
    threshold = search["threshold"]
    given = [name for name in ("scoring", "cost", "gain") if name in threshold]
    if len(given) != 1:
        raise config_error(path, f"must have one of scoring, cost and gain, not {' and '.join(given) or 'none'}")
    if prediction_setting(search).of == "none":
        raise config_error(path, "needs predictions: best, or all")
    matrix = threshold.get("cost", threshold.get("gain"))
    if matrix is not None and [len(row) for row in matrix] != [2, 2]:
        raise config_error([*path, given[0]], "must be [[tn, fp], [fn, tp]], two rows of two numbers")


def _check_timeout(timeout: float | None, path: list) -> None:
    if timeout is not None and not math.isfinite(timeout):
        raise config_error(path, "must be a finite number of seconds, or null for no limit")


def _check_metric_names(metrics: list, path: list) -> None:
    """Check that each metric is a word or a one-key mapping, and that no name occurs twice: names become columns."""
    seen = set()
    for place, metric in enumerate(metrics):
        if isinstance(metric, dict) and len(metric) != 1:
            raise config_error([*path, place], f"must be a word or a mapping with one key, not with {len(metric)}")
        name = metric_name(metric)
        if not is_name(name):
            raise config_error([*path, place], f"{shown(name)} is not a name: {NAME_RULE}")
        if name in seen:
            raise config_error([*path, place], f"{shown(name)} is given twice")
        seen.add(name)
