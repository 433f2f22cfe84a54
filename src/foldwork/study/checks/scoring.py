"""Check the metrics of a search."""

from typing import Any

from foldwork.study.checks.user_errors import errors_at
from foldwork.study.checks.values import check_value
from foldwork.study.messages import config_error, did_you_mean, shown
from foldwork.study.objects import build_scorer, metric_name


def check_scoring(estimator: Any, scoring: list, path: list, model: str) -> None:
    """Check that all metrics are scorers, and that scikit-learn takes them together.

    Parameters
    ----------
    estimator : object
        The model's.
    scoring : list of (str or one-key mapping)
    path : list
        Path of `scoring` in the config.
    model : str
        The model's name.

    Raises
    ------
    FoldworkError
        For the first mistake.
    """
    if not scoring and not hasattr(estimator, "score"):
        raise config_error(
            path, f"is empty, and {type(estimator).__name__} ({model}) has no score of its own; name a metric"
        )
    for place, metric in enumerate(scoring):
        if isinstance(metric, str):
            _check_name(metric, [*path, place])
            continue
        here = [*path, place, metric_name(metric)]
        if not callable(check_value(metric[metric_name(metric)], here)):
            raise config_error(here, "is no scorer: it cannot be called as scorer(estimator, X, y)")
        with errors_at(here):
            build_scorer(estimator, [metric])
    with errors_at(path):
        build_scorer(estimator, scoring)


def _check_name(metric: str, path: list) -> None:
    from sklearn.metrics import get_scorer_names

    known = get_scorer_names()
    if metric not in known:
        suggestion = did_you_mean(metric, known) or "; sklearn.metrics.get_scorer_names() lists them"
        raise config_error(path, f"unknown metric {shown(metric)}{suggestion}")
