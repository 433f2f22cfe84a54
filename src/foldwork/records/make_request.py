"""Make the request of a search or clustering from its config and the persisted data. Refuse requests that do not suit the data."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from foldwork.data.input_files import check_source, source_of_splits
from foldwork.errors import FoldworkError
from foldwork.records.curve_spec import spec_of_curve
from foldwork.records.request import Fold, Request, made_id
from foldwork.storage.signed_json import read_signed
from foldwork.strategies.by_name import assessments, takes_resource
from foldwork.strategies.interface import Data
from foldwork.study import choice_rule, clustering_check
from foldwork.study.objects import build_estimator, metric_name
from foldwork.study.search_space import N_SAMPLES
from foldwork.study.versions import EVALUATION, dependencies, digest, names_in

AFTER_EVALUATION = ("compare", "diagnosis", "refit", *choice_rule.KEYS)
"""Keys of a search that say what is made of its scores. A change of them evaluates nothing."""


def spec_and_source(
    settings: dict[str, Any], kind: str, name: str, best: Path | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the config of a search or clustering, and that of its data; of a curve the spec of the search that it is.

    Parameters
    ----------
    settings : dict
        The validated config.
    kind : {"search", "clustering", "curve"}
    name : str
        Name of the search, clustering or curve.
    best : Path, optional
        best.json of the search of a curve of its best candidate.

    Returns
    -------
    spec : dict
        Its part of the config, without what evaluations do not depend on.
    source : dict
        For a search or curve its splits (see `source_of_splits`), for a clustering its dataset.
    """
    if kind == "clustering":
        spec = settings["clusterings"][name]
        return spec, settings["datasets"][spec["dataset"]]
    spec = spec_of_curve(settings, name, best) if kind == "curve" else evaluated_part(settings["searches"][name])
    return spec, source_of_splits(settings["splits"][spec["splits"]])


def evaluated_part(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the config of a search without what evaluations do not depend on."""
    return {key: value for key, value in spec.items() if key not in AFTER_EVALUATION}


def make_request(
    kind: str,
    name: str,
    spec: dict[str, Any],
    manifest: Path,
    study: Path,
    threads: int,
    source: Any = None,
    inner: Path | None = None,
) -> Request:
    """Make the request of a search or clustering.

    Parameters
    ----------
    kind : {"search", "clustering", "curve"}
        A curve becomes a request of the kind "search".
    name : str
    spec : dict
        Its part of the (normalised) config.
    manifest : Path
        `splits.json` for a search. `dataset.json` for a clustering, whose only fold is the whole dataset.
    study : Path
        The study's directory.
    threads : int
        Threads of each engine.
    source : dict, optional
        Config of the splits (see `source_of_splits`) or of the dataset. The persisted data must have been made from it.
    inner : Path, optional
        Folder of the inner folds of a nested search.

    Raises
    ------
    FoldworkError
        When the persisted data are damaged or were made from another config, or do not suit the request.
    """
    kind = "search" if kind == "curve" else kind
    found = read_signed(manifest, "its folder")
    folder = manifest.parent
    if kind == "search":
        check_source(folder, source_of_splits(found), source)
        _check_target(name, spec, found)
        parts = found["folds"]
    else:
        check_source(folder, found["source"], source)
        clustering_check.check(name, spec, found)
        parts = [{key: found[key] for key in ("file", "sha256", "digest")}]
    folds = _folds(folder, parts)
    if spec.get("inner"):
        from foldwork.data import inner_splits  # imports scikit-learn

        folds += _inner_folds(folds, inner, inner_splits.read(inner, spec["inner"], parts))
    folds = _with_groups(folds, folder, found) if keeps_groups(spec) else folds
    made = _made(kind, spec, study, threads)
    values = {
        model: _value_versions(model_spec, made[model]["how"], study) for model, model_spec in spec["models"].items()
    }
    return Request(kind, name, spec, folds, threads, made, values, _data(spec, folds, found, study))


def _folds(folder: Path, parts: list[dict[str, Any]]) -> tuple[Fold, ...]:
    names = Fold.__dataclass_fields__
    return tuple(
        Fold(
            index=index,
            path=str((folder / part["file"]).resolve()),
            **{key: value for key, value in part.items() if key in names},
        )
        for index, part in enumerate(parts)
    )


def _inner_folds(outer: tuple[Fold, ...], folder: Path, parts: list[dict[str, Any]]) -> tuple[Fold, ...]:
    """Return the inner folds of all outer folds, with indices that follow those of the outer folds."""
    found: list[Fold] = []
    for fold, part in zip(outer, parts, strict=True):
        rows = {"path": str((folder / part["file"]).resolve()), "file": part["file"], "sha256": part["sha256"]}
        for index, inner in enumerate(part["folds"]):
            described = {"of": fold.index, "index": index, **rows}
            found.append(replace(fold, index=len(outer) + len(found), inner=described, **inner))
    return tuple(found)


def keeps_groups(spec: dict[str, Any]) -> bool:
    """Return whether candidates are evaluated on part of the rows, and with whole groups."""
    return any((arguments or {}).get("keep_groups", False) for arguments in (spec.get("strategy") or {}).values())


def _with_groups(folds: tuple[Fold, ...], folder: Path, manifest: dict[str, Any]) -> tuple[Fold, ...]:
    """Return the folds with the file of their groups; their digests cover the groups, too, on which scores depend."""
    if not {"rows", "groups"} <= manifest.keys():
        raise FoldworkError(
            f"splits {manifest['splits']} were written by an earlier version; remove {folder} and run snakemake again"
        )
    if manifest["groups"] is None:
        raise FoldworkError(
            f"keep_groups: dataset {manifest['dataset']} has no groups; name a column in datasets.{manifest['dataset']}.groups"
        )
    file, sha256 = manifest["groups"]["file"], manifest["groups"]["sha256"]
    groups = {"path": str((folder / file).resolve()), "sha256": sha256}
    return tuple(replace(fold, groups=groups, digest=digest(f"{fold.digest} {sha256} {fold.index}")) for fold in folds)


def _data(spec: dict[str, Any], folds: tuple[Fold, ...], manifest: dict[str, Any], study: Path) -> Data:
    """Return what the strategy of a search or clustering may need to know of the data."""
    if assessments(spec):
        return Data(len(folds), manifest["shape"][0])
    ((strategy, arguments),) = (spec.get("strategy") or {"grid": {}}).items()
    if not takes_resource(strategy) or (arguments or {}).get("resource", N_SAMPLES) != N_SAMPLES:
        return Data(
            len(folds),
            n_train=tuple(fold.n_train or 0 for fold in folds),
            n_test=tuple(fold.n_test or 0 for fold in folds),
            inner=_inner_indices(folds),
        )
    if "n_samples" not in manifest:
        raise FoldworkError(
            f"splits {spec['splits']} were written by an earlier version; remove its folder in results/splits and run snakemake again"
        )
    from sklearn.base import is_classifier

    if str(study) not in sys.path:
        sys.path.insert(0, str(study))
    models = {model: build_estimator(model_spec["estimator"]) for model, model_spec in spec["models"].items()}
    classifiers = tuple(model for model, estimator in models.items() if is_classifier(estimator))
    return Data(len(folds), manifest["n_samples"], manifest["n_classes"], classifiers)


def _inner_indices(folds: tuple[Fold, ...]) -> tuple[tuple[int, ...], ...]:
    """Return for each outer fold the indices of its inner folds; nothing if there are none."""
    found: dict[int, list[int]] = {}
    for fold in folds:
        found.setdefault(fold.outer, []).extend([fold.index] * (fold.inner is not None))
    return tuple(map(tuple, found.values())) if any(found.values()) else ()


def _made(kind: str, spec: dict[str, Any], study: Path, threads: int) -> dict[str, dict[str, Any]]:
    """Return for each model the description of how its records are made."""
    how = {key: spec.get(key) for key in ("scoring", "train_scores", "metrics")}
    # Earlier versions stored the version of the sharing code, on which scores do not depend. A new member here, or of a description below, must be
    # equal for a record to serve; `serving.differences` compares some in a way of their own.
    how["share"] = None
    if importance := spec.get("curve", {}).get("permutation_importance"):
        how["permutation_importance"] = importance
    made = {}
    for model, model_spec in spec["models"].items():
        description = {
            "kind": kind,
            "estimator": model_spec["estimator"],
            "how": how,
            "threads": threads,
            "evaluation": EVALUATION,
            "versions": dependencies([model_spec, how], study, files=True),
        }
        made[model] = {"id": made_id(description), **description}
    return made


def _value_versions(model_spec: dict[str, Any], how: dict[str, Any], study: Path) -> dict[str, list[str]]:
    """Return for each package that values of the space name the versions that only candidates with such values depend on."""
    always = dependencies([model_spec["estimator"], how], study)
    packages = {name.partition(".")[0] for name in names_in(model_spec["space"])}
    found = {package: dependencies({"class": package}, study).keys() - always.keys() for package in sorted(packages)}
    return {package: sorted(names) for package, names in found.items() if names}


def _check_target(name: str, spec: dict[str, Any], splits: dict[str, Any]) -> None:
    """Raise if a metric needs a target and the dataset has none."""
    if splits.get("has_target", True):
        return
    for index, metric in enumerate(spec["scoring"]):
        # A custom scorer may not need a target.
        if isinstance(metric, str) or any(path.startswith("sklearn.metrics.") for path in names_in(metric)):
            raise FoldworkError(
                f"config: searches.{name}.scoring[{index}]: {metric_name(metric)} needs a target, and dataset {splits['dataset']} has none; "
                f"name one in datasets.{splits['dataset']}.target, or leave scoring out for the estimator's own score"
            )
