"""A finding: its name, a line of text, and the numbers in it."""

from dataclasses import dataclass, field
from typing import Any

from foldwork.results.choice import number


@dataclass(frozen=True)
class Finding:
    """What stands out.

    Attributes
    ----------
    name : str
        Of the kind of finding, such as `best_at_edge`.
    text : str
        One line with what was found, its number, and what may be done.
    values : dict
        The numbers, JSON-serialisable.
    """

    name: str
    text: str
    values: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the entry of findings.json. A number that is not finite becomes None."""
        plain = {name: number(value) if isinstance(value, float) else value for name, value in self.values.items()}
        return {"finding": self.name, "text": self.text, **plain}


def listed(values: list[Any], most: int = 5) -> str:
    """Return values in a text, the first ones alone if there are many: `0, 3 and 7`, `1, 2, 3, 4, 5 and 12 more`."""
    words = [str(value) for value in values]
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most:,} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def of_folds(folds: list[int]) -> str:
    """Return folds in a text: `fold 3`, `folds 0, 1 and 4`."""
    return f"fold{'s' * (len(folds) != 1)} {listed(folds)}"
