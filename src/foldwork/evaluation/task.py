"""What all evaluations of a search, or of a clustering, have in common."""

import functools
import json
from typing import Any

from foldwork.evaluation.step_key import public_path
from foldwork.sklearn_private import remember_parameter_names
from foldwork.study import objects

KEEP = 4
"""Tasks that an engine keeps."""


class Task:
    """Estimators and scorers of a search or of a clustering, and how to use them.

    Parameters
    ----------
    description : dict
        The keys of the search or clustering in the config (see `Request.task`), with
        `kind` ("search" or "clustering"), `models` (name to estimator spec), `timeout` (seconds, or None) and `rank` (the metric that ranks, or None).
        Of a search also `scoring` (list of metrics), `train_scores`, `share` (bool) and `also` (import paths of the user's classes that may be
        shared), and `permutation_importance` (arguments of scikit-learn's function, or None); of a clustering `metrics`, and `dispersion` (bool),
        whether to record the dispersion of partitions.

    Attributes
    ----------
    models : dict
        Name of a model to its unfitted estimator.
    metrics : list of str
        Names of the metrics, of a search alone; so are the following.
    scorers : dict
        Name of a model to its scorer, a callable `(estimator, X, y)`.
    shares : bool
        Whether evaluations may share work.
    also : dict
        Public import path of each class that the user lets be shared, to its path in the config.

    Raises
    ------
    FoldworkError, ImportError
        If an object that the description names cannot be built.
    """

    def __init__(self, description: dict[str, Any]) -> None:
        self.description = description
        self.kind: str = description["kind"]
        self.timeout: float | None = description.get("timeout")
        self.rank: str | None = description.get("rank")
        remember_parameter_names()
        self.models = {name: objects.build_estimator(spec) for name, spec in description["models"].items()}
        if self.kind == "search":
            scoring = description["scoring"]
            self.metrics = [objects.metric_name(metric) for metric in scoring] or ["score"]
            self.scorers = {name: objects.build_scorer(model, scoring) for name, model in self.models.items()}
            self.shares = bool(description.get("share"))
            self.also = {public_path(objects.locate(name)): name for name in description.get("also") or []}

    def candidate(self, model: str, params: dict[str, Any]) -> Any:
        """Return an unfitted estimator with these parameters, made as `GridSearchCV` makes it.

        Parameters
        ----------
        model : str
            Name of the model.
        params : dict
            Parameters as the config has them: a value may be the description of an object.
        """
        from sklearn.base import clone

        estimator = clone(self.models[model])
        if params:
            estimator.set_params(**clone({name: objects.build(value) for name, value in params.items()}, safe=False))
        return estimator


@functools.lru_cache(maxsize=KEEP)
def task_of(text: str) -> Task:
    """Return the task that a JSON text describes; an engine builds each once."""
    return Task(json.loads(text))
