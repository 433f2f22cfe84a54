"""One parameter as an axis: which values it takes, how they are spaced, and what stands beside the ticks."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator

from foldwork.pictures.number_format import format_numbers
from foldwork.pictures.parameter_labels import values_in_words
from foldwork.pictures.text_layout import shorten_apart, wrap_name

MISSING = "—"
"""The category of candidates whose model or sub-grid lacks the parameter."""

PREFIX = "param_"

_WORD = 16  # characters a line of a label
_NICE_STEPS = [1, 2, 2.5, 5, 10]


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

    @property
    def is_numeric(self) -> bool:
        """True if every value is a number, so that distances along the axis mean something."""
        return self.n_numbers == len(self.values)

    @cached_property
    def is_log(self) -> bool:
        """True if the numbers lie more evenly on a logarithmic axis than on a plain one."""
        numbers = self.numbers
        if len(numbers) < 2 or numbers[0] <= 0:
            return False
        ratio = numbers[-1] / numbers[0]
        if len(numbers) == 2:
            return bool(ratio >= 100)
        return bool(ratio >= 4 and _unevenness(np.log(numbers)) < 0.5 * _unevenness(numbers))

    @property
    def coordinates(self) -> np.ndarray:
        """Where the values lie on an axis drawn to scale, shape (n_values,): themselves, or their positions."""
        return self.numbers if self.is_numeric else np.arange(len(self), dtype=float)

    @cached_property
    def labels(self) -> list[str]:
        """A short text for each value, each different."""
        return [*self._write(self.numbers), *values_in_words(self.values[self.n_numbers :], self.name)]

    def cell_ticks(self, limit: int = 10) -> tuple[np.ndarray, list[str]]:
        """Return positions and labels of about `limit` ticks at most, for cells at 0, 1, 2, …

        Every value has its label where there is room; else round numbers stand where they lie between the cells.
        """
        n_words = len(self) - self.n_numbers
        if len(self) <= limit + 2 or (self.n_numbers == 0 and len(self) <= limit + 4):
            return np.arange(len(self), dtype=float), self.labels
        room = max(3, limit - n_words)
        ticks = self._round_numbers(room) if self.n_numbers > room else []
        if len(ticks) >= 3:
            scale = np.log10 if self.is_log else np.asarray
            positions = np.interp(scale(ticks), scale(self.numbers), np.arange(self.n_numbers)).tolist()
            labels = self._write(ticks)
        else:
            positions = [*range(0, self.n_numbers, math.ceil(self.n_numbers / room))]
            labels = [self.labels[code] for code in positions]
        words = range(self.n_numbers, len(self), max(1, math.ceil(n_words / limit)))
        return np.array([*positions, *words], dtype=float), [*labels, *(self.labels[code] for code in words)]

    def scale_ticks(self, limit: int = 10) -> tuple[np.ndarray, list[str]]:
        """Return positions and labels of about `limit` ticks at most, for an axis drawn to scale (`coordinates`)."""
        if not self.is_numeric:
            return self.cell_ticks(limit)
        at = np.log10(self.numbers) if self.is_log else self.numbers
        gaps = np.diff(at)
        # The values themselves where they do not crowd; round numbers where they do.
        if len(self) <= limit and (len(gaps) == 0 or gaps.min() >= 0.7 * (at[-1] - at[0]) / limit):
            return self.numbers, self.labels
        ticks = self._round_numbers(limit)
        return ticks, self._write(ticks)

    def tick(self, ax: Axes, which: str, limit: int, *, cells: bool) -> None:
        """Label `which` ("x" or "y") axis of a panel with about `limit` values, at cells or drawn to scale."""
        if not cells and self.is_numeric and self.is_log:
            ax.set(**{f"{which}scale": "log"})
        positions, labels = self.cell_ticks(limit) if cells else self.scale_ticks(limit)
        labels = [wrap_name(label, _WORD) for label in shorten_apart(labels, 3 * _WORD)]
        side = ax.xaxis if which == "x" else ax.yaxis
        side.set_ticks(positions, labels=labels)
        side.set_ticks([], minor=True)

    def _write(self, numbers: Sequence[float] | np.ndarray) -> list[str]:
        """Write numbers as the axis does: in scientific notation where ratios count, except counts such as 50, 100, 200."""
        all_numbers = self.numbers
        scientific = None
        if self.is_log:
            counts = bool(np.all(all_numbers == np.round(all_numbers))) and all_numbers[-1] < 10_000
            wide = all_numbers[-1] / all_numbers[0] >= 999 or all_numbers[0] < 0.01
            scientific = True if wide and not counts else None
        return format_numbers(numbers, scientific=scientific)

    def _round_numbers(self, limit: int) -> np.ndarray:
        low, high = self.numbers[0], self.numbers[-1]
        if self.is_log:
            for subs in ([1.0], [1.0, 2.0, 5.0]):
                ticks = LogLocator(subs=subs, numticks=limit).tick_values(low, high)
                # Room for rounding: logspace(-3, …) may start slightly above 1e-3.
                ticks = ticks[(ticks >= low * (1 - 1e-9)) & (ticks <= high * (1 + 1e-9))]
                if len(ticks) >= 3:
                    break
            return ticks[:: max(1, math.ceil(len(ticks) / limit))]
        whole = bool(np.all(self.numbers == np.round(self.numbers)))
        ticks = MaxNLocator(nbins=limit - 1, integer=whole, steps=_NICE_STEPS).tick_values(low, high)
        return ticks[(ticks >= low) & (ticks <= high)]


def varying_axes(candidates: pd.DataFrame) -> list[ParameterAxis]:
    """Return the axes of the parameters that take more than one value among `candidates` (rows of scores.csv).

    Values are those of ``params`` (JSON); without it those of the columns. A candidate whose ``params`` lack the
    parameter has the value "—".
    """
    given = [_mapping(text) for text in candidates.get("params", [None] * len(candidates))]
    axes = [
        _axis(str(column)[len(PREFIX) :], candidates[column].tolist(), given)
        for column in candidates.columns
        if str(column).startswith(PREFIX)
    ]
    return [axis for axis in axes if len(axis) > 1]


def axis_of(name: str, values: Sequence[Any]) -> ParameterAxis:
    """Return the axis of one parameter, whose values, as the config has them, are those of rows one after the other."""
    return _axis(name, list(values), [{name: value} for value in values])


def _unevenness(numbers: np.ndarray) -> float:
    gaps = np.diff(numbers)
    return float(gaps.std() / gaps.mean())


def _mapping(text: object) -> dict:
    try:
        parsed = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        parsed = None
    return parsed if isinstance(parsed, dict) else {}


def _axis(name: str, column: list, given: Sequence[dict]) -> ParameterAxis:
    values = [
        _read(settings[name]) if name in settings else MISSING if pd.isna(value) else _read(value)
        for value, settings in zip(column, given, strict=True)
    ]
    keys = [value if isinstance(value, float) else json.dumps(value) for value in values]
    distinct = dict(zip(keys, values, strict=True))
    numbers = sorted(key for key in distinct if isinstance(key, float))
    last = [json.dumps(value) for value in ("None", MISSING)]
    words = [key for key in distinct if not isinstance(key, float) and key not in last]
    if {distinct[key] if isinstance(distinct[key], str) else "" for key in words} <= {"False", "True"}:
        words.sort()
    order = [*numbers, *words, *(key for key in last if key in distinct)]
    position = {key: code for code, key in enumerate(order)}
    codes = np.array([position[key] for key in keys], dtype=int)
    return ParameterAxis(name, tuple(distinct[key] for key in order), codes, len(numbers))


def _read(value: Any) -> Any:
    """Return a number as float, and a word as str; a column with words in it has its numbers as text."""
    if value is None or isinstance(value, (bool, np.bool_)):
        return str(value)
    if isinstance(value, (dict, list)):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return number if math.isfinite(number) else str(value)
