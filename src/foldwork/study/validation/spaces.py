"""Rules for parameter spaces: values, ranges, distributions, and the number of candidates."""

import math
from typing import Any

from foldwork.study.messages import config_error, described, hint, shown
from foldwork.study.search_space import DISTRIBUTIONS, RANGES, Space, count, count_candidates

MOST_CANDIDATES = 1_000_000
"""Maximum number of candidates of all models of a search or clustering together."""

MOST_VALUES = 1_000_000
"""Maximum number of values of one parameter: more is probably a typing error, and would fill the memory."""

_ARGUMENTS = {
    "logspace": ("[start, stop, num] or [start, stop, num, base]", (3, 4)),
    "linspace": ("[start, stop, num]", (3,)),
    "range": ("[stop], [start, stop] or [start, stop, step]", (1, 2, 3)),
    "loguniform": ("[low, high]", (2,)),
    "uniform": ("[low, high]", (2,)),
    "randint": ("[low, high]", (2,)),
}


def check_space(space: Any, whole_grid: str | None, path: list) -> None:
    """Check the values of a space.

    Parameters
    ----------
    space : object
        Should be a mapping of parameters to values, or a list of such mappings.
    whole_grid : str or None
        Name of the strategy if it takes the whole grid; None if it draws candidates.
    path : list
        Path of the space in the config.

    Raises
    ------
    FoldworkError
        For the first mistake.
    """
    _check_grids(space, whole_grid, path)


def check_sizes(spaces: dict[str, Space], whole_grid: str | None, path: list) -> None:
    """Check that neither a space nor all spaces together have more candidates than memory holds.

    Parameters
    ----------
    spaces : dict
        Name of a model to its space, whose values have been checked.
    whole_grid : str or None
        Name of the strategy if it takes the whole grid; None if it draws candidates.
    path : list
        Path of the models in the config.

    Raises
    ------
    FoldworkError
        When there are too many.
    """
    if whole_grid is None:
        return
    counts = {name: count_candidates(space) for name, space in spaces.items()}
    for name, found in counts.items():
        _check_size(found, [*path, name, "space"])
    _check_size(sum(counts.values()), path)


def _check_size(found: int, path: list) -> None:
    if found > MOST_CANDIDATES:
        number = f"{found:,}" if found < 10**15 else "more than 10^15"
        raise config_error(
            path, f"has {number} candidates, more than the {MOST_CANDIDATES:,} that a grid may have; give fewer values"
        )


def _check_grids(space: Space, whole_grid: str | None, path: list) -> None:
    if isinstance(space, dict):
        for name, values in space.items():
            check_values(values, whole_grid, [*path, name])
        return
    if not space:
        raise config_error(path, "is empty; leave it out, or write {}, for the estimator as it is")
    for place, grid in enumerate(space):
        if not isinstance(grid, dict):
            raise config_error([*path, place], f"must be a mapping of parameters to values, not {described(grid)}")
        _check_grids(grid, whole_grid, [*path, place])


def check_values(values: Any, whole_grid: str | None, path: list) -> None:
    """Check the values of one parameter: a list, a range or, if `whole_grid` is None, a distribution."""
    if isinstance(values, list):
        if not values:
            raise config_error(path, "is empty; a parameter needs at least one value")
        return
    if not isinstance(values, dict):
        raise config_error(
            path,
            f"must be a list of values or one of {', '.join(RANGES)}, not {described(values)}; write [{shown(values)}]",
        )
    known = [*RANGES, *DISTRIBUTIONS]
    for word in values:
        if word in ("class", "ref", "tuple", "dict"):
            raise config_error(path, f"must be a list of values; write [{{{word}: …}}]")
        if word not in known:
            raise config_error([*path, word], f"unknown key{hint(word, known)}")
    if len(values) != 1:
        raise config_error(path, f"must have exactly one of {', '.join(known)}")
    ((word, numbers),) = values.items()
    path = [*path, word]
    if word in DISTRIBUTIONS and whole_grid is not None:
        raise config_error(
            path,
            f"needs a strategy that samples, and {whole_grid!r} does not; write a list, logspace, linspace or range",
        )
    _check_numbers(word, numbers, path)
    if word in DISTRIBUTIONS:
        _check_bounds(word, numbers, path)
    else:
        _check_range(word, numbers, path)


def _check_numbers(word: str, numbers: Any, path: list) -> None:
    shape, lengths = _ARGUMENTS[word]
    if not isinstance(numbers, list) or len(numbers) not in lengths:
        raise config_error(path, f"must be {shape}, not {shown(numbers)}")
    for place, number in enumerate(numbers):
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise config_error([*path, place], f"must be a number, not {described(number)}")
        if not math.isfinite(number):
            raise config_error([*path, place], f"must be a finite number, not {shown(number)}")


def _check_bounds(word: str, numbers: list, path: list) -> None:
    if word == "randint" and not all(isinstance(number, int) and abs(number) < 2**63 for number in numbers):
        raise config_error(path, f"must be two whole numbers of 64 bits, not {shown(numbers)}")
    if not math.isfinite(float(numbers[1]) - float(numbers[0])):
        raise config_error(path, f"is too wide: {shown(numbers)}")
    if numbers[0] >= numbers[1] or (word == "loguniform" and numbers[0] <= 0):
        positive = ", both above 0" if word == "loguniform" else ""
        raise config_error(path, f"must be [low, high] with low < high{positive}")


def _check_range(word: str, numbers: list, path: list) -> None:
    """Check that a logspace, linspace or range has at least one value, not too many, and finite ones."""
    if word == "range":
        if len(numbers) == 3 and numbers[2] == 0:
            raise config_error([*path, 2], "the step must not be 0")
    elif not isinstance(numbers[2], int) or numbers[2] < 1:
        raise config_error([*path, 2], f"the number of values must be a whole number above 0, not {shown(numbers[2])}")
    if word == "logspace":
        _check_base(numbers, path)
    try:
        n_values = count({word: numbers})
    except OverflowError:
        n_values = MOST_VALUES + 1
    if n_values == 0:
        raise config_error(path, f"is empty: {shown(numbers)} holds no value, as the end is excluded")
    if n_values > MOST_VALUES:
        raise config_error(path, f"has more than {MOST_VALUES:,} values")


def _check_base(numbers: list, path: list) -> None:
    base = numbers[3] if len(numbers) == 4 else 10
    if base <= 0:
        raise config_error([*path, 3], f"the base must be above 0, not {shown(base)}")
    try:
        _ = float(base) ** numbers[0], float(base) ** numbers[1]
    except OverflowError:
        raise config_error(path, f"start and stop are exponents: {base} to the power of them is too large") from None
