"""Every estimator of scikit-learn in searches of few folds: alone, behind a step, and as a step; on several kinds of data."""

from collections.abc import Iterable, Iterator
from typing import Any

from catalogue import CLASSES, LOGISTIC, PATHS, RIDGE, spec_of

DATA = {
    "two classes": ("positive", "binary"),
    "names of classes": ("dense", "names"),
    "positive numbers": ("positive", "positive"),
    "counts": ("counts", "classes"),
    "two outputs": ("dense", "outputs"),
    "labels": ("positive", "labels"),
    "no target": ("dense", "none"),
    "one column": ("column", "number"),
    "integers alone": ("integers", "none"),
    "records": ("records", "binary"),
    "documents": ("documents", "binary"),
    "images": ("images", "binary"),
    "sparse": ("sparse", "binary"),
}
"""Kinds of X and y."""

METRICS = {
    "two classes": ["accuracy", "neg_log_loss"],
    "names of classes": ["f1_macro", "accuracy"],
    "positive numbers": ["r2", "neg_median_absolute_error"],
    "two outputs": ["r2", "neg_mean_absolute_error"],
    "labels": ["accuracy", "f1_macro"],
    "sparse": ["accuracy", "roc_auc"],
}
"""Two metrics, where two are tried beside one."""

LEARNED = [{"learned": {"ref": "mine.learned"}}]
STAGES = ("n_estimators", "max_iter")
SCALER = {"class": "sklearn.preprocessing.StandardScaler", "with_mean": False}


def models_of(name: str, target: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield an estimator alone, behind a scaler, and if it transforms before another estimator."""
    spec, cls = spec_of(name), CLASSES[name]
    space = {}
    if name.endswith(("Classifier", "Regressor")):
        parameter = next((p for p in STAGES if isinstance(spec.get(p), int)), None)
        space = {parameter: [3, 2]} if parameter else {}
    if name in ("SVC", "NuSVC", "SVR", "NuSVR", "KernelRidge"):
        space = {"kernel": ["rbf", "poly"], "gamma": [0.1, 1.0]}
    yield "alone", {"estimator": spec, "space": space}
    if hasattr(cls, "predict") or not hasattr(cls, "transform"):
        space = {"scale__with_std": [True, False], **{f"last__{p}": values for p, values in space.items()}}
        yield "last", {"estimator": [{"scale": SCALER}, {"last": spec}], "space": space}
    if hasattr(cls, "transform"):
        last = LOGISTIC if target in ("binary", "names", "classes") else RIDGE
        parameter = "last__C" if last is LOGISTIC else "last__alpha"
        yield "step", {"estimator": [{"step": spec}, {"last": last}], "space": {parameter: [0.1, 10.0]}}


def searches_of(data: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a search of all estimators with their own score, one with two metrics, and one of what they learn where they do not score."""
    X, y = DATA[data]
    scored: dict[str, Any] = {}
    silent: dict[str, Any] = {}
    for name in PATHS:
        for role, model in models_of(name, y):
            scores = role == "step" or hasattr(CLASSES[name], "score")
            (scored if scores else silent)[f"{name}-{role}"] = model
    predicts = {
        name: model
        for name, model in scored.items()
        if name.endswith("-step") or hasattr(CLASSES[name.partition("-")[0]], "predict")
    }
    yield "own", _config(X, y, scored, [])
    yield "learned", _config(X, y, silent, LEARNED)
    if data in METRICS:
        yield "two", _config(X, y, predicts, METRICS[data])


def _config(X: str, y: str, models: dict[str, Any], scoring: list) -> dict[str, Any]:
    args = {"X": X, "y": y, "rows": 40, "seed": 1}
    search = {"splits": "s", "models": models, "scoring": scoring}
    return {
        "datasets": {"d": {"load": "mine.make", "args": args}},
        "splits": {"s": {"dataset": "d", "cv": {"class": "KFold", "n_splits": 2}}},
        "searches": {"x": search},
    }


def divided(config: dict[str, Any], apart: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the config without some models, and with them alone."""
    search = config["searches"]["x"]
    parts = ({}, {})
    for name, model in search["models"].items():
        parts[name in apart][name] = model
    without, alone = ({**config, "searches": {"x": {**search, "models": models}}} for models in parts)
    return without, alone
