"""Numbers as text: as short as keeps different values different."""

from collections.abc import Sequence

import numpy as np


def format_numbers(values: Sequence[float], *, scientific: bool | None = None) -> list[str]:
    """Return labels for `values`, all in one notation.

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


def format_tick(value: float) -> str:
    """Return a round number with all of its digits."""
    return minus((_plain if 1e-4 <= abs(value) < 1e6 or not value else _scientific)(value, 10))


class ScoreFormat:
    """Writes the scores of one picture with one number of decimals, as many as tell the best ones apart.

    Parameters
    ----------
    scores : list of ndarray, each of shape (n_candidates,)
        Mean test scores of each model; NaN is ignored.
    """

    def __init__(self, scores: Sequence[np.ndarray]) -> None:
        rivals = []
        for mean in scores:
            # The best of a model and the one after it: their first different digit decides.
            rivals += np.unique(mean[np.isfinite(mean)])[-2:].tolist()
        largest = max((abs(value) for value in rivals), default=0.0)
        self.scientific = bool(largest) and not 1e-4 <= largest < 1e6
        usual = 3 if self.scientific or not largest else int(np.clip(3 - np.floor(np.log10(largest)), 0, 4))
        # Sums in another order differ by less than this.
        apart = {round(value / (1e-9 * largest)) for value in rivals} if largest else set()
        for self.decimals in range(usual, usual + 6):
            if len({self(value) for value in rivals}) >= len(apart):
                break

    def __call__(self, value: float) -> str:
        """Return a score as text; NaN as ``no value``."""
        if not np.isfinite(value):
            return "no value" if np.isnan(value) else str(value)
        return minus(f"{value:.{self.decimals}e}" if self.scientific else f"{value:.{self.decimals}f}")

    def short(self, value: float) -> str:
        """Return a score as text for a small cell: four decimals at most."""
        return minus(f"{value:.2e}" if self.scientific else f"{value:.{min(self.decimals, 4)}f}")


def minus(text: str) -> str:
    """Return a number's text with the sign that Matplotlib writes on axes."""
    return text.replace("-", "−", 1) if text.startswith("-") else text


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
