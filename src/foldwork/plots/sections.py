"""Sections of a picture that stand below each other, laid out in inches so that no text meets another."""

from matplotlib.axes import Axes

from .canvas import wrap

_LINE = 0.19  # inches


def header_height(width: float, name: str, words: str) -> float:
    """Inches above a section, `width` inches wide, that its header needs (see `write_header`)."""
    return 0.21 + _LINE * len(_fit(words, width).splitlines()) + (_LINE + 0.04 if name else 0)


def write_header(part, section, width: float, name: str, words: str = "") -> float:
    """Write a model's `name` and `words` about its best at the top of `part`; returns the inches they take.

    `section` has a ``height`` and `part` (a SubFigure) a width of `width`, in inches.
    """
    below_top = 0.09
    if name:
        title = wrap(name, width - 0.3, points=11, lines=1)
        part.text(0.12 / width, 1 - below_top / section.height, title, va="top", fontsize=10.5, weight="bold")
        below_top += _LINE + 0.04
    text = _fit(words, width)
    part.text(0.12 / width, 1 - below_top / section.height, text, va="top", fontsize=9, linespacing=1.35)
    return below_top + _LINE * len(text.splitlines()) + 0.12


def add_axes(part, section, width: float, left: float, bottom: float, across: float, up: float) -> Axes:
    """Axes `across` x `up` inches, `left` and `bottom` inches from the corner of `part`."""
    return part.add_axes([left / width, bottom / section.height, across / width, up / section.height])


def _fit(words, width):
    return wrap(words, width - 0.3, points=9, lines=2)
