"""Check splits: splitters with their arguments, and their groups."""

import contextlib
from typing import Any

from foldwork.study import file_formats
from foldwork.study.checks.imports import import_named
from foldwork.study.checks.randomness import is_unseeded, not_reproducible
from foldwork.study.checks.signatures import check_arguments, name_of, parameters_of
from foldwork.study.checks.values import arguments_of, check_object
from foldwork.study.messages import config_error, described, shown
from foldwork.study.objects import build, splitter_name

_NUMBERS = ("n_splits", "n_repeats", "n_groups", "p", "test_size", "train_size", "random_state", "gap")
"""Parameters of splitters that are numbers, whatever their default."""


def check_split(split: dict[str, Any], path: list, config: dict[str, Any]) -> list[str]:
    """Check splits and return warnings; see `check_config`."""
    found = check_splitter(split["cv"], [*path, "cv"], split["dataset"], config, path)
    if split.get("holdout"):
        here = [*path, "holdout"]
        found += check_splitter(split["holdout"], here, split["dataset"], config, here)
    return found


def check_splitter(spec: dict[str, Any], here: list, dataset: str, config: dict[str, Any], path: list) -> list[str]:
    """Check a splitter and return warnings.

    Parameters
    ----------
    spec : dict
    here : list
        Its path in the config.
    dataset : str
        Name of the dataset that it splits.
    config : dict
    path : list
        What the warnings name.

    Raises
    ------
    FoldworkError
        When it is no splitter, its arguments are wrong, or the dataset has no groups for it.
    """
    cls, arguments = import_named(splitter_name(spec["class"]), [*here, "class"]), arguments_of(spec)
    if "." not in spec["class"] and not hasattr(cls, "split"):  # train_test_split, GridSearchCV
        raise _no_splitter(spec, here)
    if callable(cls):
        check_arguments(cls, arguments, here)
        _check_numbers(cls, arguments, here)
    splitter = check_object({**spec, "class": splitter_name(spec["class"])}, here)
    if isinstance(splitter, type) or not hasattr(splitter, "split"):
        raise _no_splitter(spec, here)
    if "Group" in type(splitter).__name__ and lacks_groups(config["datasets"][dataset]):
        raise config_error([*here, "class"], f"{name_of(cls)} needs groups: name a column in datasets.{dataset}.groups")
    return [not_reproducible(path, name_of(cls), "its folds are")] if is_unseeded(cls, arguments) else []


def number_of_folds(spec: dict[str, Any]) -> int | None:
    """Return the number of folds of a splitter in the config, None if it depends on the data or cannot be known."""
    with contextlib.suppress(Exception):
        return int(build({**spec, "class": splitter_name(spec["class"])}).get_n_splits())
    return None


def _no_splitter(spec: dict[str, Any], path: list) -> Exception:
    return config_error([*path, "class"], f"{shown(spec['class'])} is no splitter: it has no split(X, y, groups)")


def lacks_groups(dataset: dict[str, Any]) -> bool:
    """Return whether a dataset is known to have no groups. Data without names of columns (a Bunch, an NPZ file) may bring them."""
    file_format = file_formats.format_of(dataset.get("file", ""))
    return file_format is not None and file_format.has_column_names and "groups" not in dataset


def _check_numbers(cls: Any, arguments: dict[str, Any], path: list) -> None:
    """Refuse a string for a number: most splitters would not raise before they split."""
    parameters = parameters_of(cls)
    for key, value in arguments.items():
        default = parameters[key].default if key in parameters else None
        is_number = isinstance(default, int | float) and not isinstance(default, bool)
        if isinstance(value, str) and (is_number or key in _NUMBERS):
            raise config_error([*path, key], f"must be a number, not {described(value)}")
