"""One parameter as a gene of an individual."""

import math
from dataclasses import dataclass
from typing import Any

from foldwork.strategies.float_rounding import rounded
from foldwork.study.search_space import is_distribution


@dataclass(frozen=True)
class Gene:
    """One parameter. What an individual has of it is an allele.

    The allele of an ordered parameter (a distribution, or a list of numbers) is a position: a float from 0 for the lowest value to 1 for the highest, on a log
    scale for `loguniform`. Positions outside are mirrored at the ends. The allele of any other list is the index of a value.

    Attributes
    ----------
    values : tuple, optional
        The values of a list, sorted if they are numbers; None for a distribution.
    word : str
        Name of the distribution; empty for a list.
    low, high : float
        Its bounds.
    """

    values: tuple | None = None
    word: str = ""
    low: float = 0
    high: float = 1

    @classmethod
    def of(cls, spec: Any) -> "Gene":
        """Return the gene of a parameter with a list of values or a distribution."""
        if is_distribution(spec):
            ((word, (low, high)),) = spec.items()
            return cls(None, word, low, high)
        return cls(tuple(sorted(spec) if all(map(_is_number, spec)) else spec))

    @property
    def ordered(self) -> bool:
        """Whether neighbours are likely to have similar scores."""
        return self.values is None or all(map(_is_number, self.values))

    @property
    def n_values(self) -> float:
        """Number of values; infinite for floats of a distribution."""
        if self.values is not None:
            return len(self.values)
        return self.high - self.low if self.word == "randint" else math.inf

    @property
    def varies(self) -> bool:
        """Whether the parameter has more than one value."""
        return self.n_values > 1

    def value(self, allele: float) -> Any:
        """Return the parameter's value, JSON-serialisable. Floats of distributions have 12 significant digits."""
        if self.values is not None and not self.ordered:
            return self.values[int(allele)]
        position = allele % 2
        position = 2 - position if position > 1 else position
        if self.word == "uniform":
            return rounded(self.low + position * (self.high - self.low), self.low, self.high)
        if self.word == "loguniform":
            low, high = math.log(self.low), math.log(self.high)
            return rounded(math.exp(low + position * (high - low)), self.low, self.high)
        place = min(int(position * self.n_values), int(self.n_values) - 1)
        return int(self.low) + place if self.values is None else self.values[place]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
