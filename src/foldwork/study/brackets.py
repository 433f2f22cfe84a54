"""The brackets of hyperband: with how many candidates each begins."""

FACTOR = 3
"""Default of `factor`: one candidate in so many goes on to the next iteration of a bracket."""


def bracket_sizes(least: int, most: int, factor: int) -> dict[int, int]:
    """Return for each bracket s, from s_max = floor(log_factor(most ÷ least)) to 0, with how many candidates it begins.

    Parameters
    ----------
    least, most : int
        Least and most resources of a candidate.
    factor : int

    Examples
    --------
    >>> bracket_sizes(1, 27, 3)
    {3: 27, 2: 12, 1: 6, 0: 4}
    """
    n_brackets = integer_log(most // least, factor) + 1
    return {s: -(-n_brackets * factor**s // (s + 1)) for s in range(n_brackets - 1, -1, -1)}


def integer_log(number: int, base: int) -> int:
    """Return the largest integer p with base^p ≤ number, without the rounding errors of logarithms."""
    power = 0
    while base ** (power + 1) <= number:
        power += 1
    return power
