"""What a search or clustering asks for: every evaluation, and the key under which the ledger has it.

A key is the SHA-256 of all that can change a score: the model (its spec, and the versions of all code that it names), how it is scored, the
threads of an engine, the parameters, and the fold's content.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from foldwork.files import read_json
from foldwork.plan import Evaluation
from foldwork.space import candidates
from foldwork.versions import EVALUATION, dependencies, digest

MADE = "made:"
"""Key prefix of the ledger's lines that say which versions made the records after them."""


def make(kind: str, name: str, spec: dict[str, Any], manifest: Path, study: Path, cpus: int) -> dict[str, Any]:
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

    Returns
    -------
    dict
        `kind`, `name`, `spec`, `folds` (each with `path`, `sha256`, `digest`), `threads`, and `made`: for each model an `id` and what it stands for.
    """
    found = read_json(manifest)
    folder = manifest.parent
    parts = (
        found["folds"]
        if kind == "search"
        else [{"file": found["file"], "sha256": found["sha256"], "digest": found["digest"]}]
    )
    folds = [
        {**part, "index": index, "path": str((folder / part["file"]).resolve())} for index, part in enumerate(parts)
    ]
    how = {key: spec.get(key) for key in ("scoring", "train_scores", "metrics")}
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


def evaluations(request: dict[str, Any]) -> Iterator[Evaluation]:
    """Yield every evaluation that is asked for: models in the config's order, candidates in ParameterGrid's, folds last."""
    for model, model_spec in request["spec"]["models"].items():
        made = request["made"][model]["id"]
        for index, params in enumerate(candidates(model_spec["space"])):
            start = json.dumps([made, params], sort_keys=True, separators=(",", ":"))
            for fold in request["folds"]:
                key = digest([start, fold["digest"]])
                yield Evaluation(key, model, params, index, fold["index"])


def fold_count(request: dict[str, Any]) -> int:
    """Return how many folds there are."""
    return len(request["folds"])


def lower_is_better(asked: dict[str, Any]) -> bool:
    """Return whether the first metric is better when it is lower."""
    metrics = asked["spec"].get("metrics") or []
    return bool(metrics) and metrics[0] in ("inertia", "davies_bouldin")
