"""One parameter as an axis: which values it takes, how they are spaced, and what stands beside the ticks."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from .canvas import shorten
from .numerals import format_numbers

MISSING = "—"
"""The category of candidates whose model or sub-grid lacks the parameter."""

PREFIX = "param_"


@dataclass(frozen=True, eq=False)
class ParameterAxis:
    """The distinct values of one parameter, in the order in which they are drawn.

    Attributes
    ----------
    name : str
        The parameter, without ``param_``.
    values : tuple
        Distinct values: numbers first, ascending; then words in the order they appear; then ``None``, then "—".
    codes : ndarray of int, shape (n_rows,)
        For each candidate the position of its value in `values`.
    n_numbers : int
        How many of `values` are numbers; they stand first.
    """

    name: str
    values: tuple
    codes: np.ndarray
    n_numbers: int

    def __len__(self) -> int:
        return len(self.values)

    @property
    def numbers(self) -> np.ndarray:
        """The values that are numbers, ascending."""
        return np.array(self.values[: self.n_numbers], dtype=float)

    @cached_property
    def is_numeric(self) -> bool:
        """Whether every value is a number, so that distances along the axis mean something."""
        return self.n_numbers == len(self.values)

    @cached_property
    def is_log(self) -> bool:
        """Whether the numbers are spaced by ratios rather than by differences."""
        return spaced_by_ratio(self.numbers)

    @cached_property
    def coordinates(self) -> np.ndarray:
        """Where the values lie on an axis drawn to scale, shape (n_values,): themselves, or their positions."""
        return self.numbers if self.is_numeric else np.arange(len(self), dtype=float)

    @cached_property
    def scientific(self) -> bool | None:
        """Whether labels are in scientific notation; None leaves it to the size of the numbers."""
        if not self.is_log:
            return None
        # Counts such as 50, 100, 200 are read more easily as they are.
        counts = bool(np.all(self.numbers == np.round(self.numbers))) and self.numbers[-1] < 10_000
        wide = self.numbers[-1] / self.numbers[0] >= 999 or self.numbers[0] < 0.01
        return True if wide and not counts else None

    @cached_property
    def labels(self) -> list[str]:
        """A short text for each value."""
        words = [shorten(str(value), 18) for value in self.values[self.n_numbers :]]
        return [*format_numbers(self.numbers, scientific=self.scientific), *words]

    def cell_ticks(self, limit: int = 10) -> tuple[np.ndarray, list[str]]:
        """Positions and labels of about `limit` ticks at most, for cells at 0, 1, 2, …

        Every value has its label where there is room; else round numbers stand where they lie between the cells.
        """
        if len(self) <= limit + 2 or (self.n_numbers == 0 and len(self) <= limit + 4):
            return np.arange(len(self), dtype=float), self.labels
        n_words = len(self) - self.n_numbers
        positions: list[float] = []
        labels: list[str] = []
        if self.n_numbers:
            room = max(3, limit - n_words)
            round_numbers = _round_numbers(self.numbers, self.is_log, room)
            if self.n_numbers > room and len(round_numbers) >= 3:
                scale = np.log10 if self.is_log else np.asarray
                at = np.interp(scale(round_numbers), scale(self.numbers), np.arange(self.n_numbers))
                positions += at.tolist()
                labels += format_numbers(round_numbers, scientific=self.scientific)
            else:
                shown = range(0, self.n_numbers, math.ceil(self.n_numbers / room))
                positions += map(float, shown)
                labels += [self.labels[code] for code in shown]
        if n_words:
            shown = range(self.n_numbers, len(self), math.ceil(n_words / limit))
            positions += map(float, shown)
            labels += [self.labels[code] for code in shown]
        return np.array(positions), labels

    def scale_ticks(self, limit: int = 10) -> tuple[np.ndarray, list[str]]:
        """Positions and labels of about `limit` ticks at most, for an axis drawn to scale (`coordinates`)."""
        if not self.is_numeric:
            return self.cell_ticks(limit)
        at = np.log10(self.numbers) if self.is_log else self.numbers
        gaps = np.diff(at)
        # The values themselves where they do not crowd; round numbers where they do.
        if len(self) <= limit and (len(gaps) == 0 or gaps.min() >= 0.7 * (at[-1] - at[0]) / limit):
            return self.numbers, self.labels
        ticks = _round_numbers(self.numbers, self.is_log, limit)
        return ticks, format_numbers(ticks, scientific=self.scientific)


def varying_axes(candidates: pd.DataFrame) -> list[ParameterAxis]:
    """The axes of the parameters that take more than one value among `candidates` (rows of scores.csv).

    An empty cell is the value ``None`` where the candidate's ``params`` say so, and else "—": the parameter is lacking.
    """
    given = _parameters_given(candidates)
    axes = [
        _axis(str(column)[len(PREFIX) :], candidates[column], given)
        for column in candidates.columns
        if str(column).startswith(PREFIX)
    ]
    return [axis for axis in axes if len(axis) > 1]


def spaced_by_ratio(numbers: np.ndarray) -> bool:
    """Whether ascending `numbers`, shape (n,), lie more evenly on a logarithmic axis than on a plain one."""
    if len(numbers) < 2 or numbers[0] <= 0:
        return False
    ratio = numbers[-1] / numbers[0]
    if len(numbers) == 2:
        return bool(ratio >= 100)
    return bool(ratio >= 4 and _unevenness(np.log(numbers)) < 0.5 * _unevenness(numbers))


def _unevenness(numbers: np.ndarray) -> float:
    gaps = np.diff(numbers)
    return float(gaps.std() / gaps.mean())


def _round_numbers(numbers: np.ndarray, is_log: bool, limit: int) -> np.ndarray:
    low, high = numbers[0], numbers[-1]
    if is_log:
        exponents = np.arange(math.floor(np.log10(low)), math.ceil(np.log10(high)) + 1)
        inside = 10.0**exponents
        # Room for rounding: logspace(-3, …) may start a hair above 1e-3.
        inside = inside[(inside >= low * (1 - 1e-9)) & (inside <= high * (1 + 1e-9))]
        if len(inside) < 3:
            inside = np.sort(np.outer([1.0, 2.0, 5.0], 10.0**exponents).ravel())
            inside = inside[(inside >= low * (1 - 1e-9)) & (inside <= high * (1 + 1e-9))]
        return inside[:: max(1, math.ceil(len(inside) / limit))]
    whole = bool(np.all(numbers == np.round(numbers)))
    ticks = MaxNLocator(nbins=limit - 1, integer=whole, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return ticks[(ticks >= low) & (ticks <= high)]


def _parameters_given(candidates: pd.DataFrame) -> list[dict]:
    if "params" not in candidates:
        return [{}] * len(candidates)
    given = []
    for text in candidates["params"]:
        try:
            parsed = json.loads(text) if isinstance(text, str) else text
        except ValueError:
            parsed = None
        given.append(parsed if isinstance(parsed, dict) else {})
    return given


def _axis(name: str, column: pd.Series, given: Sequence[dict]) -> ParameterAxis:
    values = [_read(value, name in settings) for value, settings in zip(column.tolist(), given, strict=True)]
    distinct = list(dict.fromkeys(values))
    numbers = sorted(value for value in distinct if isinstance(value, float))
    words = [value for value in distinct if not isinstance(value, float) and value not in ("None", MISSING)]
    if set(words) <= {"False", "True"}:
        words.sort()
    order = (*numbers, *words, *(value for value in ("None", MISSING) if value in distinct))
    position = {value: code for code, value in enumerate(order)}
    return ParameterAxis(name, order, np.array([position[value] for value in values], dtype=int), len(numbers))


def _read(value: object, is_given: bool) -> float | str:
    """A value of a param_ column as a number (float) or a word; a column with words in it has its numbers as text."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "None" if is_given else MISSING
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)
    return number if math.isfinite(number) else str(value)
