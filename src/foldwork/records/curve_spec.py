"""The request of a curve as that of a search: one candidate on subsets of the rows, a grid of one parameter, or one candidate with importances."""

from pathlib import Path
from typing import Any

from foldwork.errors import FoldworkError
from foldwork.records.request import Request
from foldwork.storage.atomic_write import read_json
from foldwork.strategies.learning_curve import sizes_of

_OF_SEARCH = ("splits", "scoring", "on_error", "timeout", "share")
"""Keys of the search that its curves have, too."""


def possible_spec(settings: dict[str, Any], name: str) -> dict[str, Any]:
    """Return all of the config that a curve depends on: `curve`, and of its search the settings and the models that it may be of.

    Parameters
    ----------
    settings : dict
        The validated config.
    name : str
        Name of the curve.
    """
    curve = settings["curves"][name]
    search, of = settings["searches"][curve["search"]], curve["of"]
    models = search["models"] if of == "best" else {of["model"]: search["models"][of["model"]]}
    return {**{key: search[key] for key in _OF_SEARCH if key in search}, "models": models, "curve": curve}


def spec_of_curve(settings: dict[str, Any], name: str, best: Path | None = None) -> dict[str, Any]:
    """Return a curve as the spec of a search, with train scores unless it permutes features.

    Records of learning and validation curves have the keys that those of a search would have, so that they serve each other. The member `curve` is the
    curve's own config.

    Parameters
    ----------
    settings : dict
        The validated config.
    name : str
        Name of the curve.
    best : Path, optional
        best.json of its search, for `of: best`.

    Raises
    ------
    FoldworkError
        When best.json cannot be read, or names a model that the search does not have.
    """
    spec = possible_spec(settings, name)
    curve = spec["curve"]
    chosen = curve["of"] if curve["of"] != "best" else _best(best, spec["models"])
    space = {parameter: [value] for parameter, value in chosen["params"].items()}
    if "train_sizes" in curve:
        arguments = {key: curve[key] for key in ("train_sizes", "shuffle", "random_state") if key in curve}
        strategy: dict[str, Any] = {"learning_curve": arguments}
    elif "permutation_importance" in curve:
        strategy = {"grid": {}}
    else:
        space, strategy = space | {curve["parameter"]: curve["values"]}, {"grid": {}}
    estimator = spec["models"][chosen["model"]]["estimator"]
    return spec | {
        "models": {chosen["model"]: {"estimator": estimator, "space": space}},
        "train_scores": "permutation_importance" not in curve,
        "strategy": strategy,
    }


def _best(path: Path | None, models: dict[str, Any]) -> dict[str, Any]:
    try:
        found = read_json(path)
        if found["model"] in models and isinstance(found["params"], dict):
            return found
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise FoldworkError(f"{path}: has no model of the search; remove it and run snakemake again")


def warning_of(request: Request) -> str:
    """Return scikit-learn's warning of equal train sizes; an empty text if there are none."""
    arguments = request.spec.get("strategy", {}).get("learning_curve")
    try:
        return sizes_of(arguments["train_sizes"], request.data.n_train[0])[1] if arguments else ""
    except FoldworkError:  # the run raises it, with the key of the config
        return ""
