"""Rules for the section `curves` that the schema cannot express."""

from typing import Any

from foldwork.study.messages import config_error, described, did_you_mean, shown
from foldwork.study.search_space import count
from foldwork.study.validation.searches import check_reference
from foldwork.study.validation.spaces import check_values


def check_curve(curve: dict[str, Any], path: list, config: dict[str, Any]) -> None:
    """Check a curve without importing what it names: its search, candidate, sizes and values.

    Raises
    ------
    FoldworkError
        For the first mistake.
    """
    check_reference(config, "searches", curve["search"], [*path, "search"])
    search = config["searches"][curve["search"]]
    if "inner" in search:
        raise config_error(
            [*path, "search"], f"{curve['search']} is a nested search; a curve needs one without 'inner'"
        )
    _check_candidate(curve["of"], search["models"], [*path, "of"])
    if "train_sizes" in curve and "parameter" in curve:
        raise config_error(
            [*path, "parameter"], "cannot be combined with 'train_sizes': a learning curve has these, a validation curve has 'parameter' and 'values'"
        )  # fmt: skip
    if "permutation_importance" in curve:
        _check_importance(curve, path)
    elif "train_sizes" in curve:
        _check_learning_curve(curve, path)
    elif "parameter" in curve:
        _check_validation_curve(curve, path)
    else:
        raise config_error(
            path, "needs 'train_sizes' (a learning curve), 'parameter' and 'values' (a validation curve), or 'permutation_importance'"
        )  # fmt: skip


def _check_importance(curve: dict[str, Any], path: list) -> None:
    for key in ("train_sizes", "parameter", "values", "random_state"):
        if key in curve:
            where = "; its seed is permutation_importance.random_state" if key == "random_state" else ""
            raise config_error([*path, key], f"cannot be combined with 'permutation_importance'{where}")
    if curve["shuffle"]:
        raise config_error([*path, "shuffle"], "cannot be combined with 'permutation_importance'")
    most = curve["permutation_importance"]["max_samples"]
    if isinstance(most, float) and most > 1:
        raise config_error(
            [*path, "permutation_importance", "max_samples"],
            f"must be a fraction of the test rows in (0, 1], or a whole number of them, not {shown(most)}",
        )


def _check_candidate(of: str | dict[str, Any], models: dict[str, Any], path: list) -> None:
    if isinstance(of, str) and of != "best":
        raise config_error(path, f"must be best or {{model: …, params: {{…}}}}, not {shown(of)}")
    if isinstance(of, dict) and of["model"] not in models:
        raise config_error(
            [*path, "model"], f"no {shown(of['model'])} in 'models' of the search{did_you_mean(of['model'], models)}"
        )


def _check_learning_curve(curve: dict[str, Any], path: list) -> None:
    if "values" in curve:
        raise config_error([*path, "values"], "cannot be combined with 'train_sizes'")
    if curve["shuffle"] and "random_state" not in curve:
        raise config_error(
            [*path, "random_state"], "is missing: with 'shuffle' the subsets need a seed to be reproducible"
        )
    if "random_state" in curve and not curve["shuffle"]:
        raise config_error([*path, "random_state"], "has no effect without 'shuffle: true'")
    here, sizes = [*path, "train_sizes"], curve["train_sizes"]
    check_values(sizes, "a learning curve", here)
    places: list[Any] = list(range(len(sizes))) if isinstance(sizes, list) else [next(iter(sizes))] * 2
    numbers = sizes if isinstance(sizes, list) else _ends(sizes)
    for place, size in zip(places, numbers, strict=False):
        if isinstance(size, bool) or not isinstance(size, int | float):
            raise config_error([*here, place], f"must be a number of rows or a fraction, not {described(size)}")
        if not size > 0:
            raise config_error([*here, place], f"must be above 0, not {shown(size)}")
    if any(isinstance(size, float) for size in numbers) and max(numbers) > 1:
        place, large = next((place, size) for place, size in zip(places, numbers, strict=False) if size > 1)
        raise config_error(
            [*here, place], f"must be at most 1, as sizes with a decimal point are fractions of the train rows; not {shown(large)}"
        )  # fmt: skip


def _ends(sizes: dict[str, Any]) -> list[int | float]:
    """Return the first and the last value of a range, floats if some value is one, without NumPy."""
    ((word, numbers),) = sizes.items()
    if word == "range":
        start, _, step = (0, *numbers, 1) if len(numbers) == 1 else (*numbers, 1)[:3]
        return [start, start + step * (count(sizes) - 1)]
    ends = [float(number) for number in numbers[: min(2, numbers[2])]]
    base = float(numbers[3]) if len(numbers) == 4 else 10.0
    return ends if word == "linspace" else [base**end for end in ends]


def _check_validation_curve(curve: dict[str, Any], path: list) -> None:
    if "values" not in curve:
        raise config_error([*path, "values"], f"is missing: the values of {curve['parameter']}")
    if curve["shuffle"] or "random_state" in curve:
        key = "shuffle" if curve["shuffle"] else "random_state"
        raise config_error([*path, key], "is for learning curves alone, those with 'train_sizes'")
    check_values(curve["values"], "a validation curve", [*path, "values"])
