"""Check datasets: loaders with their arguments, and types of columns."""

from typing import Any

from foldwork.study.checks.imports import import_named
from foldwork.study.checks.randomness import is_unseeded, not_reproducible
from foldwork.study.checks.signatures import name_of
from foldwork.study.checks.values import check_call
from foldwork.study.messages import config_error, shown


def check_dataset(dataset: dict[str, Any], path: list, config: dict[str, Any]) -> list[str]:
    """Check a dataset and return warnings; see `check_config`."""
    if "load" not in dataset:
        _check_dtypes((dataset.get("read") or {}).get("dtype"), [*path, "read", "dtype"])
        return []
    load = import_named(dataset["load"], [*path, "load"])
    if not callable(load):
        raise config_error([*path, "load"], f"{shown(dataset['load'])} cannot be called: it is no loader")
    check_call(load, dataset["args"], [*path, "args"])
    return [not_reproducible(path, name_of(load), "its data are")] if is_unseeded(load, dataset["args"]) else []


def _check_dtypes(dtype: str | dict | None, path: list) -> None:
    """Check the type of all columns of a table, or a mapping from columns to types."""
    from pandas.api.types import pandas_dtype

    for key, value in dtype.items() if isinstance(dtype, dict) else [] if dtype is None else [(None, dtype)]:
        try:
            pandas_dtype(value)
        except (TypeError, ValueError):
            raise config_error(
                path if key is None else [*path, key],
                f"pandas knows no type {shown(value)}; str, category, float64 and int64 are some",
            ) from None
