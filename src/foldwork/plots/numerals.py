"""Numbers as a person reads them on an axis: short, yet different where the values are."""

from collections.abc import Sequence

import numpy as np


def format_numbers(values: Sequence[float], *, scientific: bool | None = None) -> list[str]:
    """Labels for `values`, all in one notation.

    Parameters
    ----------
    values : sequence of float
        Finite numbers.
    scientific : bool or None
        ``1e-3`` rather than ``0.001``. None decides by size: very small or very large values become scientific.

    Returns
    -------
    list of str
        As few digits as keep different values different (at least two significant, at most eight).
    """
    numbers = [float(value) for value in values]
    sizes = [abs(number) for number in numbers if number]
    if scientific is None:
        scientific = bool(sizes) and (min(sizes) < 1e-4 or max(sizes) >= 1e6)
    write = _scientific if scientific else _plain
    labels: list[str] = []
    for digits in range(2, 9):
        labels = [write(number, digits) for number in numbers]
        if len(set(labels)) == len(set(numbers)):
            break
    return labels


def format_number(value: float, digits: int = 4) -> str:
    """One number by itself, with `digits` significant digits; ``nan`` as ``no value``."""
    if not np.isfinite(value):
        return "no value" if np.isnan(value) else str(value)
    if value and not 1e-4 <= abs(value) < 1e6:
        return _scientific(value, digits)
    return _plain(value, digits)


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def _plain(value: float, digits: int) -> str:
    # Digits before the point are never rounded away: 1234 stays 1234.
    if value == int(value):
        return str(int(value))
    before = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    return np.format_float_positional(value, precision=max(digits, before), fractional=False, trim="-")
