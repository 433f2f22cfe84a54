"""Parameter spaces: from what the config says to the candidates, in the order of scikit-learn's ParameterGrid.

The values stay as the config has them (plain JSON-able data): an engine builds the objects that they stand for. The
Snakefile's own process counts candidates, so NumPy is imported only where values are computed.
"""

import itertools
import math
from typing import Any

RANGES = ("logspace", "linspace", "range")
DISTRIBUTIONS = ("loguniform", "uniform", "randint")


def parameter_values(spec: list | dict) -> list:
    """Return the values of one parameter.

    Parameters
    ----------
    spec : list or dict
        A list stands for itself. `{logspace: [start, stop, num, base]}` (base 10 unless given) and
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

    ((kind, numbers),) = spec.items()
    if kind == "range":
        return np.arange(*numbers).tolist()
    start, stop, num, *base = numbers
    if kind == "logspace":
        return np.logspace(start, stop, num, base=base[0] if base else 10.0).tolist()
    return np.linspace(start, stop, num).tolist()


def count(spec: list | dict) -> int:
    """Return how many values one parameter has, without computing them."""
    if isinstance(spec, list):
        return len(spec)
    ((kind, numbers),) = spec.items()
    if kind != "range":
        return numbers[2]
    start, stop, step = (0, *numbers, 1) if len(numbers) == 1 else (*numbers, 1)[:3]
    # What numpy.arange computes: whole numbers exactly, others by a division of floats.
    if all(isinstance(number, int) for number in (start, stop, step)):
        return len(range(start, stop, step))
    return max(0, math.ceil((stop - start) / step))


def count_candidates(space: dict | list) -> int:
    """Return how many candidates a space has, without making them."""
    grids = space if isinstance(space, list) else [space]
    return sum(math.prod(map(count, grid.values())) for grid in grids)


def candidates(space: dict | list) -> list[dict[str, Any]]:
    """Return every setting of a space, in the order of scikit-learn's ParameterGrid.

    Parameters
    ----------
    space : dict or list of dict
        Parameter name to values (see `parameter_values`). The names are sorted and the last one varies fastest; of a
        list, one mapping comes after the other. A mapping without parameters is one candidate: the estimator as it is.

    Returns
    -------
    list of dict
        Parameter name to value; equal candidates are kept, as scikit-learn keeps them.

    Examples
    --------
    >>> candidates({"b": [1, 2], "a": ["x"]})
    [{'a': 'x', 'b': 1}, {'a': 'x', 'b': 2}]
    """
    found = []
    for grid in space if isinstance(space, list) else [space]:
        names = sorted(grid)
        values = [parameter_values(grid[name]) for name in names]
        found += [dict(zip(names, setting, strict=True)) for setting in itertools.product(*values)]
    return found
