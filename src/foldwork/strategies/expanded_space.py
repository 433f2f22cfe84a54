"""Parameter spaces for strategies that learn: ranges as lists of their values, distributions as they are."""

from typing import Any

from foldwork.study.search_space import Space, grids_of, is_distribution, parameter_values


def expanded(space: Space) -> list[dict[str, Any]]:
    """Return the mappings of a space, with `logspace`, `linspace` and `range` replaced by their values.

    Parameters
    ----------
    space : dict or list of dict
        As the config has it.

    Returns
    -------
    list of dict
        Parameter name to a list of values or to a distribution, such as `{loguniform: [0.1, 10]}`.

    Examples
    --------
    >>> expanded({"C": {"loguniform": [0.1, 10]}, "degree": {"range": [2, 5]}})
    [{'C': {'loguniform': [0.1, 10]}, 'degree': [2, 3, 4]}]
    """
    return [
        {name: spec if is_distribution(spec) else parameter_values(spec) for name, spec in grid.items()}
        for grid in grids_of(space)
    ]
