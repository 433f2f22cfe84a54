"""Draw candidates from parameter spaces with scikit-learn's `ParameterSampler`."""

import json
import warnings
from typing import Any

from foldwork.study.search_space import Space, grids_of, is_distribution, parameter_values


def draw(space: Space, n_iter: int, random_state: int) -> list[dict[str, Any]]:
    """Return the candidates that `ParameterSampler(space, n_iter, random_state=random_state)` draws.

    Parameters
    ----------
    space : dict or list of dict
        Parameter name to a list of values, a range, or a distribution: `{loguniform: [low, high]}`, `{uniform: [low, high]}` or
        `{randint: [low, high]}` (the end excluded), which are SciPy's.
    n_iter : int
        Number of candidates. Fewer are returned if all parameters have lists with fewer combinations; these are drawn without replacement.
    random_state : int

    Returns
    -------
    list of dict
        Parameter name to a JSON-serialisable value.
    """
    from sklearn.model_selection import ParameterSampler

    grids = [{name: _distribution(spec) for name, spec in grid.items()} for grid in grids_of(space)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the space is smaller than n_iter: the check of the config says so
        drawn = list(ParameterSampler(grids, n_iter, random_state=random_state))
    return [
        {name: value.item() if hasattr(value, "item") else value for name, value in params.items()} for params in drawn
    ]


def identity(params: dict[str, Any]) -> str:
    """Return a text that is equal for equal candidates."""
    return json.dumps(params, sort_keys=True)


def _distribution(spec: Any) -> Any:
    """Return a list of values or a frozen distribution of SciPy."""
    if not is_distribution(spec):
        return parameter_values(spec)
    from scipy import stats

    ((word, (low, high)),) = spec.items()
    if word == "uniform":
        return stats.uniform(low, high - low)
    return getattr(stats, word)(low, high)
