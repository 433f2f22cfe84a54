"""The unit of work: one candidate fitted and scored on one fold."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One candidate on one fold. Two evaluations are equal if their keys are.

    Attributes
    ----------
    key : str
        Under which the ledger has its record: a SHA-256 of all that can change its scores.
    model : str
        Name of the model in the config.
    candidate : int
        Place of the candidate among those of its model, in the order in which the strategy proposed them.
    params : dict
        The candidate's parameters, as the config has them.
    fold : int
    resource : int, optional
        What the fit may use where that is less than everything: a number of rows, or of an ensemble's stages.
    """

    key: str
    model: str = field(compare=False)
    candidate: int = field(compare=False)
    params: dict[str, Any] = field(compare=False)
    fold: int = field(compare=False)
    resource: int | None = field(default=None, compare=False)

    def __str__(self) -> str:
        params = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.model}({params}) fold {self.fold}"
