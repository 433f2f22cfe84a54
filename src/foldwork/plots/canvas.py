"""The sheet that every picture is drawn on: one style, whatever the user's matplotlibrc says, and one way to save."""

import os
import textwrap

import matplotlib.style
from matplotlib.figure import Figure

DPI = 110
INK = "#333333"
FAINT = "#767676"

# Agg cannot hold a picture of 2**16 pixels or more a side.
_MOST_PIXELS = 60_000

_STYLE = {
    # Names of models and parameters are the user's: a dollar sign in one is no mathematics.
    "text.parse_math": False,
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.edgecolor": "#8a8a8a",
    "axes.linewidth": 0.8,
    "xtick.color": "#8a8a8a",
    "ytick.color": "#8a8a8a",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "hatch.linewidth": 0.7,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
}


def style():
    """Context within which a picture is drawn *and* saved: Matplotlib reads its settings at both moments."""
    return matplotlib.style.context(["default", _STYLE])


def new_figure(width: float, height: float) -> Figure:
    """An empty white figure of ``width`` x ``height`` inches, without pyplot (no global state, no display)."""
    return Figure(figsize=(width, height), dpi=DPI)


def save(figure: Figure, path: str | os.PathLike) -> None:
    """Write `figure` as PNG to exactly `path`, whatever its ending, with nothing in it that changes between runs.

    Raises
    ------
    OSError
        If `path` cannot be written.
    """
    dpi = min(DPI, _MOST_PIXELS / max(figure.get_size_inches()))
    figure.savefig(path, format="png", dpi=dpi, metadata={"Software": None})


def wrap(text: str, inches: float, *, points: float = 9, lines: int = 3) -> str:
    """Break `text` into at most `lines` lines that fit `inches` at a font of `points`; what is over becomes "…"."""
    # A character of DejaVu Sans is 0.6 of its font size wide on average.
    width = max(12, int(inches * 72 / (0.6 * points)))
    broken = [
        line
        for part in text.splitlines()
        for line in textwrap.wrap(part, width, break_on_hyphens=False, max_lines=lines, placeholder=" …") or [""]
    ]
    if len(broken) > lines:
        broken = [*broken[: lines - 1], broken[lines - 1] + " …"]
    return "\n".join(broken)


def shorten(text: str, length: int) -> str:
    """`text` in at most `length` characters, its middle left out: beginnings and ends tell values apart."""
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f"{text[: length - 1 - tail]}…{text[len(text) - tail :]}"
