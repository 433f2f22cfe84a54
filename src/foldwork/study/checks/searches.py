"""Check searches: their models, metrics and declared transformers."""

from typing import Any

from foldwork.study.checks.imports import import_named
from foldwork.study.checks.models import check_model
from foldwork.study.checks.scoring import check_scoring
from foldwork.study.checks.splits import check_splitter
from foldwork.study.checks.strategies import check_burn_in, check_packages, check_rows, check_strategy
from foldwork.study.messages import config_error, dotted, shown


def check_search(search: dict[str, Any], path: list, config: dict[str, Any]) -> list[str]:
    """Check a search and return warnings; see `check_config`."""
    found, here, split = [], [*path, "strategy"], config["splits"][search["splits"]]
    if "racing" in search["strategy"]:
        check_burn_in(search, split["cv"], here)
    check_rows(search, split, config["datasets"][split["dataset"]], here)
    check_packages(search, here)
    for name, model in search["models"].items():
        estimator, warnings = check_model(model, [*path, "models", name], "its search is")
        found += warnings
        check_scoring(estimator, search["scoring"], [*path, "scoring"], name)
        found += check_strategy(search["strategy"], name, model["space"], estimator, here)
    if "inner" in search:
        found += check_splitter(search["inner"], [*path, "inner"], split["dataset"], config, [*path, "inner"])
    if isinstance(search["share"], dict):
        for place, name in enumerate(search["share"]["also"]):
            _check_transformer(name, [*path, "share", "also", place])
    if split.get("holdout") and ("inner" in search or search.get("refit") is False):
        why = "a nested search has no model" if "inner" in search else "refit: false"
        found.append(f"{dotted(path)}: the held-out rows of splits {search['splits']} are not scored, as {why}")
    return found


def _check_transformer(name: str, path: list) -> None:
    cls = import_named(name, path)
    missing = [method for method in ("fit", "transform", "get_params") if not hasattr(cls, method)]
    if not isinstance(cls, type) or missing:
        reason = f": it has no {missing[0]}" if missing else ""
        raise config_error(path, f"{shown(name)} is no transformer{reason}")
