"""Suggest candidates of a search's models with a trial of Optuna.

All models and all mappings of their spaces are one space of Optuna: a categorical choice of the model, then of the mapping, then the parameters of that mapping.
"""

from collections.abc import Mapping
from typing import Any

from foldwork.strategies.expanded_space import expanded
from foldwork.strategies.float_rounding import rounded
from foldwork.study.search_space import Space, is_distribution


class OptunaSpace:
    """The parameter space of a search, for Optuna.

    Parameters
    ----------
    spaces : mapping
        Name of a model to its parameter space as the config has it.

    Attributes
    ----------
    conditional : bool
        Whether trials differ in their parameters: several models, or a space of several mappings. A parameter's name in Optuna is that of the config if not,
        otherwise `model[mapping].parameter`.
    """

    def __init__(self, spaces: Mapping[str, Space]) -> None:
        self._grids = {model: expanded(space) for model, space in spaces.items()}
        self.conditional = sum(map(len, self._grids.values())) > 1

    def suggest(self, trial: Any) -> tuple[str, dict[str, Any]]:
        """Return the model and the parameters that a trial suggests.

        Parameters
        ----------
        trial : optuna.Trial

        Returns
        -------
        model : str
        params : dict
            JSON-serialisable values. Floats have 12 significant digits.
        """
        model = _choose(trial, "model", list(self._grids))
        grids = self._grids[model]
        place = _choose(trial, f"{model}.mapping", range(len(grids)))
        prefix = f"{model}[{place}]." if self.conditional else ""
        return model, {name: _suggest_value(trial, prefix + name, spec) for name, spec in grids[place].items()}


def _choose(trial: Any, name: str, choices: Any) -> Any:
    """Return one of several choices by its index: Optuna compares choices, and cannot tell 1 from True."""
    return choices[0 if len(choices) == 1 else trial.suggest_categorical(name, list(range(len(choices))))]


def _suggest_value(trial: Any, name: str, spec: Any) -> Any:
    if not is_distribution(spec):
        return _choose(trial, name, spec)
    ((word, (low, high)),) = spec.items()
    if word == "randint":
        return int(trial.suggest_int(name, low, high - 1))
    return rounded(trial.suggest_float(name, float(low), float(high), log=word == "loguniform"), low, high)
