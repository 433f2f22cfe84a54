"""Round sampled floats, so that the same seed gives the same candidates on every processor.

Vector instructions and versions of the C library differ in the last bits of `exp`, `log` and `pow`. A run that is resumed on another node must find its records
under the same parameters.
"""

SIGNIFICANT_DIGITS = 12


def rounded(value: float, low: float, high: float) -> float:
    """Return a float to 12 significant digits, within its bounds.

    Examples
    --------
    >>> rounded(0.12345678901234567, 0, 1)
    0.123456789012
    """
    return min(max(float(f"{float(value):.{SIGNIFICANT_DIGITS}g}"), float(low)), float(high))
