"""Parameter spaces: from what the config says to the candidates, in the order of scikit-learn's ParameterGrid.

Values stay as the config has them (JSON-able); engines build the objects that they describe. The Snakefile's process counts candidates, so
NumPy is imported only where values are computed.
"""

import itertools
import math
from typing import Any

RANGES = ("logspace", "linspace", "range")
DISTRIBUTIONS = ("loguniform", "uniform", "randint")

N_SAMPLES = "n_samples"
"""The resource that is a number of rows. Any other is an integer parameter of the estimators."""

BURN_IN = 3
"""Number of folds before the first decision of a race, unless the config gives another."""

Space = dict[str, Any] | list[dict[str, Any]]


def grids_of(space: Space) -> list[dict[str, Any]]:
    """Return a space as a list of mappings from parameter to values: a space of one mapping is a list of one."""
    return space if isinstance(space, list) else [space]


def is_distribution(spec: Any) -> bool:
    """Return whether values of a parameter are drawn from a distribution, not from a list or a range."""
    return isinstance(spec, dict) and bool(spec.keys() & set(DISTRIBUTIONS))


def has_distribution(space: Space) -> bool:
    """Return whether a parameter of a space has a distribution instead of values."""
    specs = (spec for grid in grids_of(space) for spec in grid.values())
    return any(map(is_distribution, specs))


def parameter_values(spec: list | dict) -> list:
    """Return the values of one parameter.

    Parameters
    ----------
    spec : list or dict
        A list is returned as it is. `{logspace: [start, stop, num, base]}` (base 10 by default) and
        `{linspace: [start, stop, num]}` include the end, `{range: [start, stop, step]}` excludes it, as in NumPy.

    Returns
    -------
    list
        Plain Python values.

    Examples
    --------
    >>> parameter_values({"logspace": [-1, 2, 4]})
    [0.1, 1.0, 10.0, 100.0]
    >>> parameter_values({"range": [2, 5]})
    [2, 3, 4]
    """
    if isinstance(spec, list):
        return list(spec)
    import numpy as np

    ((word, numbers),) = spec.items()
    if word == "range":
        return np.arange(*numbers).tolist()
    start, stop, num, *base = numbers
    if word == "logspace":
        return np.logspace(start, stop, num, base=base[0] if base else 10.0).tolist()
    return np.linspace(start, stop, num).tolist()


def count(spec: list | dict) -> int:
    """Return the number of values of one parameter, without computing them."""
    if isinstance(spec, list):
        return len(spec)
    ((word, numbers),) = spec.items()
    if word != "range":
        return numbers[2]
    start, stop, step = (0, *numbers, 1) if len(numbers) == 1 else (*numbers, 1)[:3]
    # As numpy.arange: integers exactly, others by a division of floats.
    if all(isinstance(number, int) for number in (start, stop, step)):
        return len(range(start, stop, step))
    return max(0, math.ceil((stop - start) / step))


def count_candidates(space: Space) -> int:
    """Return the number of candidates of a space, without listing them."""
    return sum(math.prod(map(count, grid.values())) for grid in grids_of(space))


def candidates(space: Space) -> list[dict[str, Any]]:
    """Return all candidates of a space, in the order of scikit-learn's ParameterGrid.

    Parameters
    ----------
    space : dict or list of dict
        Parameter name to values (see `parameter_values`). Names are sorted, the last one varies fastest. The mappings of a list follow one
        another. A mapping without parameters is one candidate: the estimator as it is.

    Returns
    -------
    list of dict
        Parameter name to value. Equal candidates are kept, as in scikit-learn.

    Examples
    --------
    >>> candidates({"b": [1, 2], "a": ["x"]})
    [{'a': 'x', 'b': 1}, {'a': 'x', 'b': 2}]
    """
    found = []
    for grid in grids_of(space):
        names = sorted(grid)
        values = [parameter_values(grid[name]) for name in names]
        found += [dict(zip(names, setting, strict=True)) for setting in itertools.product(*values)]
    return found
