"""Fit one candidate on one fold and score it, as scikit-learn's `GridSearchCV` does."""

import contextlib
import time
from typing import Any

from foldwork.evaluation import responses, shared_prefix
from foldwork.evaluation.ensembles import LastFit, fit
from foldwork.evaluation.intermediates import Intermediates
from foldwork.evaluation.permuting import Permuting
from foldwork.evaluation.prepared import Prepared, plain
from foldwork.evaluation.responses import Wanted
from foldwork.evaluation.scores import score
from foldwork.evaluation.task import Task
from foldwork.study.versions import SHARING

NOTHING = Wanted()

intermediates = Intermediates()
"""Shared steps and data of this engine."""

last_fit = LastFit()
"""The ensemble that this engine has fitted last."""


def fit_and_score(
    task: Task,
    model: str,
    params: dict[str, Any],
    arrays: dict[str, Any],
    record: dict[str, Any],
    fold: str = "",
    wanted: Wanted = NOTHING,
) -> None:
    """Fit a candidate on a fold and score it; fill `record` as far as this gets.

    The public calls of scikit-learn's `_fit_and_score` (sklearn/model_selection/_validation.py) with `error_score=nan`, in its order: clone,
    `set_params`, fit on the train part, score the test part, then the train part. If the fit raises, every metric is NaN; of several metrics
    one that raises is NaN alone.

    Parameters
    ----------
    task : Task
        Of a search.
    model : str
        Name of the model.
    params : dict
        The candidate's parameters as the config has them.
    arrays : dict
        X_train and X_test, array-like or sparse, of shape (n_samples, n_features); y_train and y_test, array-like of shape (n_samples,) or
        (n_samples, n_outputs), or None.
    record : dict
        Has `status` and `error`. Gets `test` and `train` (metric to score), `fit_time` and `score_time` (seconds), `route` ("plain", or "shared"
        and then `sharing`, the version of the code for it), and the error of a metric that fails. If wanted also `predictions`, as `responses.described`
        returns it, or what `Permuting` adds.
    fold : str
        Key of the fold's content.
    wanted : Wanted
        Which predictions are kept.

    Raises
    ------
    BaseException
        What the estimator raises.
    """
    start = time.perf_counter()
    record["test"] = dict.fromkeys(task.metrics, "nan")
    record["train"] = dict.fromkeys(task.metrics, "nan") if task.description["train_scores"] else None
    record["route"] = "plain"
    try:
        estimator = task.candidate(model, params)
    finally:
        record["fit_time"], record["score_time"] = time.perf_counter() - start, 0.0
    if task.shares and _shared_fit_and_score(task, model, estimator, arrays, record, fold, start, wanted):
        return
    _fit_and_score_prepared(task, model, plain(estimator, arrays, fold), arrays["y_test"], record, start, wanted)


def _shared_fit_and_score(
    task: Task,
    model: str,
    estimator: Any,
    arrays: dict[str, Any],
    record: dict[str, Any],
    fold: str,
    start: float,
    wanted: Wanted,
) -> bool:
    """Evaluate a candidate with shared steps or Gram matrices; return False, and leave `record`, if there are none or anything fails.

    The plain route follows then: it meets the same error, and it is scikit-learn's there.
    """
    with contextlib.suppress(Exception):
        prepared = shared_prefix.prepare(
            estimator,
            arrays,
            fold,
            intermediates,
            also=frozenset(task.also),
            train_scores=task.description["train_scores"],
        )
        if prepared.shared:
            found = dict(record)
            _fit_and_score_prepared(task, model, prepared, arrays["y_test"], found, start, wanted)
            if found["status"] == "ok":
                record.update(found)
                return True
    return False


def _fit_and_score_prepared(
    task: Task, model: str, prepared: Prepared, y_test: Any, record: dict[str, Any], start: float, wanted: Wanted
) -> None:
    """Fit what is left to fit and score it; fill in scores, times and route. `start` is when the evaluation began."""
    shared = prepared.shared
    try:
        with _finiteness_checks(skip=prepared.assume_finite):
            if task.shares:
                data = prepared.data, prepared.estimator, prepared.X_train, prepared.y_train
                fitted, of_another = last_fit.fit(*data)
                shared = shared or of_another
            else:
                fitted = fit(prepared.estimator, prepared.X_train, prepared.y_train)
    finally:
        record["fit_time"], record["score_time"] = time.perf_counter() - start, 0.0
        if shared:
            record |= {"route": "shared", "sharing": SHARING}
            if prepared.also:
                record["also"] = [task.also[path] for path in prepared.also]
    _score_prepared(task, model, prepared, prepared.scored(fitted), y_test, record, wanted)


def _score_prepared(
    task: Task, model: str, prepared: Prepared, scored: Any, y_test: Any, record: dict[str, Any], wanted: Wanted
) -> None:
    """Score a fitted candidate, and keep what the scorers get from it."""
    start = time.perf_counter()
    scorer, kept = task.scorers[model], {part: {} for part in wanted.parts}
    if (arguments := task.description.get("permutation_importance")) is not None:
        scorer = Permuting(scorer, arguments, task.metrics, record)
    with _finiteness_checks(skip=prepared.assume_finite):
        with responses.kept(scorer, scored, prepared.X_test, kept.get("test")):
            record["test"] = score(scorer, scored, prepared.X_test, y_test, task.metrics, record)
        record["score_time"] = time.perf_counter() - start
        if task.description["train_scores"]:
            X, y = prepared.X_train_scored, prepared.y_train_scored
            with responses.kept(scorer, scored, X, kept.get("train")):
                record["train"] = score(scorer, scored, X, y, task.metrics, record)
    if kept:
        responses.ask(scored, prepared.X_test, kept["test"], wanted)
        record["predictions"] = responses.described(scored, kept)


def _finiteness_checks(*, skip: bool) -> contextlib.AbstractContextManager[None]:
    """Skip scikit-learn's finiteness checks on Gram matrices: libsvm does not check those that it computes itself."""
    if not skip:
        return contextlib.nullcontext()
    import sklearn

    return sklearn.config_context(assume_finite=True)
