"""Read the config from files, check it without importing what it names, and fill in its defaults.

The Snakefile calls this each time it is parsed, in every job, so neither scikit-learn nor NumPy is imported here. Signatures, parameters and
metrics are checked by `foldwork.study.checks`, which imports what the config names.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from foldwork.study import yaml12
from foldwork.study.messages import config_error
from foldwork.study.validation.curves import check_curve
from foldwork.study.validation.datasets import check_dataset
from foldwork.study.validation.fill_defaults import fill_defaults
from foldwork.study.validation.schema_errors import check_schema
from foldwork.study.validation.searches import check_clustering, check_search, check_split

SECTIONS = ("datasets", "splits", "searches", "clusterings", "curves")

_EXPONENT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+")


def read(paths: Iterable[str | os.PathLike], overrides: Mapping | None = None) -> dict[str, Any]:
    """Read config files, each merged over those before it, and `overrides` (from `--config`) over all.

    As in Snakemake, mappings are merged key by key and lists are replaced. The result is not checked: see `validate`.
    """
    merged: dict[str, Any] = {}
    for path in paths:
        _merge(merged, yaml12.load(path))
    return _merge(merged, numbers_of(overrides or {}))


def _merge(below: dict, above: Mapping) -> dict:
    for key, value in above.items():
        if isinstance(value, Mapping):
            under = below.get(key)
            below[key] = _merge(under if isinstance(under, dict) else {}, value)
        else:
            below[key] = value
    return below


def numbers_of(config: Any) -> Any:
    """Return a config that PyYAML has read, with strings such as `1e-3` as floats, at any depth.

    For configs from Snakemake itself (`--config`, modules), where a quoted '1e-3' can no longer be distinguished from a bare one.
    """
    if isinstance(config, Mapping):
        return {key: numbers_of(value) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return [numbers_of(value) for value in config]
    return float(config) if isinstance(config, str) and _EXPONENT.fullmatch(config) else config


def validate(config: Mapping, schema: str | os.PathLike) -> dict[str, Any]:
    """Check a config without importing what it names, and fill in the defaults.

    Parameters
    ----------
    config : mapping
        As read; it is not changed.
    schema : path-like
        workflow/schemas/config.schema.json.

    Returns
    -------
    dict
        The config as plain JSON-able data. Every section and every key with a default is there. A key that was null has its default or is
        gone. A single word where a list may be is a list of one. A mapping whose keys are not strings (`class_weight: {0: 1}`) is
        `{dict: [[0, 1]]}`.

    Raises
    ------
    FoldworkError
        For the first mistake, in one line: `config: searches.x.scorring: unknown key; did you mean 'scoring'?`.
    """
    rules = json.loads(Path(schema).read_text(encoding="utf-8"))
    filled = fill_defaults(config, rules)
    check_schema(filled, rules)
    for name, dataset in filled["datasets"].items():
        check_dataset(dataset, ["datasets", name])
    strategies = rules["$defs"]["search"]["properties"]["strategy"]["properties"]
    check_one = partial(check_search, strategies=strategies)
    checks = {"splits": check_split, "searches": check_one, "clusterings": check_clustering, "curves": check_curve}
    for section, check in checks.items():
        for name, part in filled[section].items():
            check(part, [section, name], filled)
    if not filled["searches"] and not filled["clusterings"]:
        raise config_error([], "there is nothing to do: 'searches' and 'clusterings' are both empty")
    return filled
