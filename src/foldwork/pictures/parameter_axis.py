"""One parameter as an axis: which values it takes, how they are spaced, and what stands beside the ticks."""

import json
import math
from collections.abc import Mapping, Sequence
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
from foldwork.study.search_space import Space, grids_of

MISSING = "—"
"""The category of candidates whose model or sub-grid lacks the parameter."""

PREFIX = "param_"

_WORD = 16  # characters a line of a label
_NICE_STEPS = [1, 2, 2.5, 5, 10]
_LOG_WORDS = {
    "loguniform": True,
    "logspace": True,
    "uniform": False,
    "linspace": False,
    "randint": False,
    "range": False,
}
_FEWEST_NUMBERS = 3
"""Beside words, fewer numbers than these are categories as well."""
_GAP = 0.12
"""Distance between words beyond the lowest number, as a share of the length of the axis of numbers."""


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
    log : bool or None
        Whether the space says that ratios of the numbers count; None if it does not say.
    """

    name: str
    values: tuple
    codes: np.ndarray
    n_numbers: int
    log: bool | None = None

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
        """True if the space says so; if it does not say, if the numbers lie more evenly on a logarithmic axis than on a plain one."""
        numbers = self.numbers
        if len(numbers) < 2 or numbers[0] <= 0:
            return False
        if self.log is not None:
            return self.log
        ratio = numbers[-1] / numbers[0]
        if len(numbers) == 2:
            return bool(ratio >= 100)
        return bool(ratio >= 4 and _unevenness(np.log(numbers)) < 0.5 * _unevenness(numbers))

    @property
    def is_to_scale(self) -> bool:
        """True if the numbers are drawn to scale, and words at places of their own beyond the lowest number."""
        n_words = len(self) - self.n_numbers
        return not n_words or self.n_numbers >= max(_FEWEST_NUMBERS, n_words)

    @property
    def coordinates(self) -> np.ndarray:
        """Where the values lie on an axis drawn to scale, shape (n_values,): numbers themselves, or the positions of categories."""
        if not self.is_to_scale:
            return np.arange(len(self), dtype=float)
        numbers = self.numbers
        at = np.log10(numbers) if self.is_log else numbers
        # The word that comes first stands farthest from the numbers, so that "—" is next to them.
        steps = np.arange(len(self) - self.n_numbers)[::-1]
        words = at[:1] - _GAP * (steps + 1.5) * (np.ptp(at) if len(at) else 0.0)
        return np.r_[numbers, 10**words if self.is_log else words]

    @property
    def limits(self) -> tuple[float, float] | None:
        """The ends of an axis of categories; None for one drawn to scale."""
        return None if self.is_to_scale else (-0.5, len(self) - 0.5)

    @cached_property
    def labels(self) -> list[str]:
        """A short text for each value, each different."""
        return [*self._write(self.numbers), *values_in_words(self.values[self.n_numbers :])]

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
        # Where cells are at uneven values round numbers may crowd: every n-th value is labelled then.
        if len(ticks) < 3 or np.diff(positions).min() < 0.6 * len(self) / limit:
            positions = [*range(0, self.n_numbers, math.ceil(self.n_numbers / room))]
            labels = [self.labels[code] for code in positions]
        words = range(self.n_numbers, len(self), max(1, math.ceil(n_words / limit)))
        return np.array([*positions, *words], dtype=float), [*labels, *(self.labels[code] for code in words)]

    def scale_ticks(self, limit: int = 10) -> tuple[np.ndarray, list[str]]:
        """Return positions and labels of about `limit` ticks at most, for an axis drawn to scale (`coordinates`)."""
        if not self.is_to_scale:
            return self.cell_ticks(limit)
        at = np.log10(self.numbers) if self.is_log else self.numbers
        gaps = np.diff(at)
        n, words = self.n_numbers, self.labels[self.n_numbers :]
        limit = max(3, limit - len(words))
        # The values themselves where they do not crowd; round numbers where they do.
        if n <= limit and (len(gaps) == 0 or gaps.min() >= 0.7 * (at[-1] - at[0]) / limit):
            return self.coordinates, self.labels
        ticks = self._round_numbers(limit)
        return np.r_[ticks, self.coordinates[n:]], [*self._write(ticks), *words]

    def tick(self, ax: Axes, which: str, limit: int, *, cells: bool) -> None:
        """Label `which` ("x" or "y") axis of a panel with about `limit` values, at cells or drawn to scale."""
        if not cells and self.is_to_scale and self.is_log:
            ax.set(**{f"{which}scale": "log"})
        positions, labels = self.cell_ticks(limit) if cells else self.scale_ticks(limit)
        labels = [wrap_name(label, _WORD) for label in shorten_apart(labels, 3 * _WORD)]
        side = ax.xaxis if which == "x" else ax.yaxis
        side.set_ticks(positions, labels=labels)
        side.set_ticks([], minor=True)
        if not cells and self.limits:
            ax.set(**{f"{which}lim": self.limits})
        if not cells and self.is_to_scale and not self.is_numeric:
            self._separate(ax, which)

    def _separate(self, ax: Axes, which: str) -> None:
        """Draw a line between words and numbers."""
        first, last = self.coordinates[self.n_numbers], self.coordinates[0]
        middle = math.sqrt(first * last) if self.is_log else (first + last) / 2
        draw = ax.axvline if which == "x" else ax.axhline
        draw(middle, color="#b5b5b5", linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)

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


def varying_axes(candidates: pd.DataFrame, space: Space | None = None) -> list[ParameterAxis]:
    """Return the axes of the parameters that take more than one value among `candidates` (rows of scores.csv).

    Values are those of ``params`` (JSON); without it those of the columns. A candidate whose ``params`` lack the
    parameter has the value "—". `space` is that of the config, which says whether an axis is logarithmic.
    """
    logs = _logs(space or {})
    given = [read_params(text) for text in candidates.get("params", [None] * len(candidates))]
    axes = [
        _axis(str(column)[len(PREFIX) :], candidates[column].tolist(), given, logs)
        for column in candidates.columns
        if str(column).startswith(PREFIX)
    ]
    return [axis for axis in axes if len(axis) > 1]


def axis_of(name: str, values: Sequence[Any], space: Space | None = None) -> ParameterAxis:
    """Return the axis of one parameter, whose values, as the config has them, are those of rows one after the other."""
    return _axis(name, list(values), [{name: value} for value in values], _logs(space or {}))


def _logs(space: Space) -> dict[str, bool | None]:
    """Return for each parameter whether the words of its space ("loguniform", "range") mean a logarithmic axis; None if lists or different words leave it open."""
    found: dict[str, set[bool | None]] = {}
    for grid in grids_of(space):
        for name, spec in grid.items():
            found.setdefault(name, set()).add(_LOG_WORDS.get(next(iter(spec), "")) if isinstance(spec, dict) else None)
    return {name: next(iter(words)) if len(words) == 1 else None for name, words in found.items()}


def _unevenness(numbers: np.ndarray) -> float:
    gaps = np.diff(numbers)
    return float(gaps.std() / gaps.mean())


def read_params(text: object) -> dict:
    """Return a cell of ``params`` as a dict; an empty one where it is none."""
    try:
        parsed = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        parsed = None
    return parsed if isinstance(parsed, dict) else {}


def _axis(name: str, column: list, given: Sequence[dict], logs: Mapping[str, bool | None]) -> ParameterAxis:
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
    return ParameterAxis(name, tuple(distinct[key] for key in order), codes, len(numbers), logs.get(name))


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
