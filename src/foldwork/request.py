"""What a search or clustering asks for: every evaluation, and the key under which the ledger has it.

A key is the SHA-256 of all that can change a score: the model (its spec, and the versions of all code that it names), how it is scored, the
threads of an engine, the parameters, and the fold's content.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from foldwork import clustering_rules
from foldwork.errors import FoldworkError
from foldwork.files import read_signed
from foldwork.inputs import check_source
from foldwork.objects import metric_name
from foldwork.plan import Evaluation
from foldwork.sharing_rules import ENSEMBLES, KERNEL_MACHINES, KERNEL_PARAMETERS, is_known, stages_parameter
from foldwork.space import candidates
from foldwork.versions import EVALUATION, dependencies, digest, names_in

MADE = "made:"
"""Key prefix of the ledger's lines that say which versions made the records after them."""


def wanted(settings: dict[str, Any], kind: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the config says of a search or clustering, and of what it is evaluated on: its splits (`dataset`, `cv`) or its dataset."""
    if kind == "clustering":
        spec = settings["clusterings"][name]
        return spec, settings["datasets"][spec["dataset"]]
    spec = settings["searches"][name]
    splits = settings["splits"][spec["splits"]]
    return spec, {"dataset": splits["dataset"], "cv": splits["cv"]}


def make(
    kind: str, name: str, spec: dict[str, Any], manifest: Path, study: Path, cpus: int, source: Any = None
) -> dict[str, Any]:
    """Return what is asked for, as JSON-able data.

    Parameters
    ----------
    kind : {"search", "clustering"}
    name : str
        Its name in the config.
    spec : dict
        Its part of the (normalised) config.
    manifest : Path
        `splits.json`, or `dataset.json` for a clustering (which has the dataset as its one fold).
    study : Path
        The study's directory.
    cpus : int
        Threads of an engine.
    source : dict, optional
        What the config says of the splits (`dataset`, `cv`) or of the dataset: what is persisted must come from that.

    Returns
    -------
    dict
        `kind`, `name`, `spec`, `folds` (each with `path`, `sha256`, `digest`), `threads`, and `made`: for each model an `id` and what it stands for.
    """
    found = read_signed(manifest, "its folder")
    folder = manifest.parent
    if kind == "search":
        check_source(folder, {key: found.get(key) for key in ("dataset", "cv")}, source)
        _check_target(name, spec, found)
    else:
        check_source(folder, found["source"], source)
        clustering_rules.check(name, spec, found)
    parts = (
        found["folds"]
        if kind == "search"
        else [{"file": found["file"], "sha256": found["sha256"], "digest": found["digest"]}]
    )
    folds = [
        {**part, "index": index, "path": str((folder / part["file"]).resolve())} for index, part in enumerate(parts)
    ]
    how = {key: spec.get(key) for key in ("scoring", "train_scores", "metrics")}
    how["share"] = None  # once the version of the sharing code; scores do not depend on the route
    made = {}
    for model, model_spec in spec["models"].items():
        what = {
            "kind": kind,
            "estimator": model_spec["estimator"],
            "how": how,
            "threads": cpus,
            "evaluation": EVALUATION,
            "versions": dependencies([model_spec, how], study),
        }
        made[model] = {"id": digest(what), **what}
    return {"kind": kind, "name": name, "spec": spec, "folds": folds, "threads": cpus, "made": made}


def _check_target(name: str, spec: dict[str, Any], splits: dict[str, Any]) -> None:
    """Refuse a metric that needs a target for a dataset that has none, before any fit."""
    if splits.get("has_target", True):
        return
    for place, metric in enumerate(spec["scoring"]):
        # A scorer of the user's own may do without.
        if isinstance(metric, str) or any(path.startswith("sklearn.metrics.") for path in names_in(metric)):
            raise FoldworkError(
                f"config: searches.{name}.scoring[{place}]: {metric_name(metric)} needs a target, and dataset {splits['dataset']} has none; "
                f"name one in datasets.{splits['dataset']}.target, or leave scoring out for the estimator's own score"
            )


def evaluations(request: dict[str, Any]) -> Iterator[Evaluation]:
    """Yield every evaluation that is asked for: models in the config's order, candidates in ParameterGrid's, folds last."""
    for model, model_spec in request["spec"]["models"].items():
        made = request["made"][model]["id"]
        common = sharing(model_spec["estimator"]) if shares(request) else None
        for index, params in enumerate(candidates(model_spec["space"])):
            share, near, stages = common(params) if common else (None, "", None)
            for fold, key in zip(request["folds"], keys(made, params, request["folds"]), strict=True):
                yield Evaluation(
                    key, model, params, index, fold["index"], share and f"{model} {share}", near, stages=stages
                )


def keys(made: str, params: dict[str, Any], folds: list[dict[str, Any]]) -> list[str]:
    """Return the key of a candidate's record on each fold, if it was made as the id `made` says."""
    start = json.dumps([made, params], sort_keys=True, separators=(",", ":"))
    return [digest([start, fold["digest"]]) for fold in folds]


def task(request: dict[str, Any]) -> dict[str, Any]:
    """Return what an engine must know besides fold and candidate: the description of an `evaluate.Task`."""
    spec = request["spec"]
    return {
        "kind": request["kind"],
        "models": {name: model["estimator"] for name, model in spec["models"].items()},
        "scoring": spec.get("scoring"),
        "metrics": spec.get("metrics"),
        "train_scores": spec.get("train_scores", False),
        "timeout": spec.get("timeout"),
        "share": shares(request),
        "also": also(request),
        "rank": ranking(request)[0],
    }


def also(request: dict[str, Any]) -> list[str]:
    """Return the import paths of the user's classes that may be shared."""
    share = request["spec"].get("share")
    return share.get("also", []) if isinstance(share, dict) else []


def shares(request: dict[str, Any]) -> bool:
    """Return whether evaluations may share work. A scorer of the user's own may look at X itself, and so gets candidate and fold as they are."""
    spec = request["spec"]
    return request["kind"] == "search" and spec.get("share", True) and all(isinstance(m, str) for m in spec["scoring"])


def sharing(
    estimator: dict[str, Any] | list[dict[str, Any]],
) -> Callable[[dict[str, Any]], tuple[str | None, str, int | None]] | None:
    """Return how to guess what candidates of a model share on one fold; None where they share nothing.

    It is a guess from the config's words, and decides only who travels with whom: whether anything is shared is decided on the engine,
    from the objects themselves (`shared_prefix.prepare`).

    The function returned takes a candidate's parameters. It gives a text of what it sets of the pipeline's steps but the last (None where
    there are no such, and no kernel); another of what it sets of the kernel of a last step that has one, or of all but the number of stages
    of an ensemble; and that number, None for all others. By these evaluations are grouped and ordered, so that they meet on an engine.
    """
    *before, (name, last) = _steps(estimator)
    prefix = f"{name}__" if name else ""
    last = last if isinstance(last, dict) else {}
    path = last.get("class", "")
    kernel = {f"{prefix}{parameter}" for parameter in KERNEL_PARAMETERS} if path in KERNEL_MACHINES else set()
    if not before and not kernel and path not in ENSEMBLES:
        return None
    known = is_known(estimator)

    def shared(params: dict[str, Any]) -> tuple[str | None, str, int | None]:
        of_steps = {n: v for n, v in params.items() if not n.startswith(prefix)}
        share = json.dumps(of_steps) if before or kernel else None
        if not any(f"{name}__".startswith(f"{n}__") for n in of_steps):  # else the last step is another one
            own = {n.removeprefix(prefix): v for n, v in params.items() if n.startswith(prefix)}
            parameter = stages_parameter(path, last | own)
            if type(stages := own.get(parameter)) is int and known and is_known(params):
                return share, json.dumps({n: v for n, v in params.items() if n != f"{prefix}{parameter}"}), stages
        return share, json.dumps({n: v for n, v in params.items() if n in kernel}), None

    return shared


def _steps(estimator: Any, name: str = "") -> list[tuple[str, Any]]:
    """Return the steps of an estimator's spec, with the names that parameters begin with; nested pipelines at the end are unfolded."""
    if not isinstance(estimator, list):
        return [(name, estimator)]
    *before, last = [
        (f"{name}__{step}" if name else step, spec) for item in estimator for step, spec in list(item.items())[:1]
    ]
    return [*before, *_steps(last[1], last[0])]


def fold_count(request: dict[str, Any]) -> int:
    """Return how many folds there are."""
    return len(request["folds"])


PREFERRED = {"silhouette": False, "calinski_harabasz": False, "davies_bouldin": True}
"""Metrics that can rank partitions, and whether lower is better. Inertia cannot: it falls with every cluster that is added."""


def ranking(asked: dict[str, Any]) -> tuple[str | None, bool]:
    """Return the metric that ranks the candidates (None where none can), and whether it is better when it is lower."""
    if asked["kind"] == "search":
        scoring = asked["spec"]["scoring"]
        return metric_name(scoring[0]) if scoring else "score", False
    names = [metric_name(metric) for metric in asked["spec"]["metrics"]]
    chosen = next((name for name in PREFERRED if name in names), None)
    return chosen, PREFERRED.get(chosen, False)
