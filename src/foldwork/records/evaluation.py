"""The unit of work: one candidate fitted and scored on one fold."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One candidate on one fold. Evaluations are equal if their keys are equal.

    Attributes
    ----------
    key : str
        Key of its record in the ledger: a SHA-256 of everything that can change its scores.
    model : str
        Name of the model in the config.
    candidate : int
        Index of the candidate among those of its model, in the order in which the strategy proposed them.
    params : dict
        Parameter values as written in the config.
    fold : int
        Index of the fold in the request.
    resource : dict, optional
        The part of the rows to evaluate it on: see `evaluation.subsample`, and of a clustering `evaluation.resampled_points`. None for all.
    fold_label : str, optional
        Name of the fold in messages. Default: `fold` and its index.
    """

    key: str
    model: str = field(compare=False)
    candidate: int = field(compare=False)
    params: dict[str, Any] = field(compare=False)
    fold: int = field(compare=False)
    resource: dict[str, Any] | None = field(default=None, compare=False)
    fold_label: str = field(default="", compare=False)

    def __str__(self) -> str:
        params = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.model}({params}) {self.fold_label or f'fold {self.fold}'}{self._rows()}"

    def _rows(self) -> str:
        if not self.resource:
            return ""
        if "reference" in self.resource:
            return f" on reference data {self.resource['reference']}"
        resample = f"subsample {self.resource['resample']} of " if "resample" in self.resource else ""
        return f" on {resample}{self.resource['n_samples']:,} rows"
