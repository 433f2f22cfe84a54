"""The style, size and file of every picture, whatever the user's matplotlibrc says."""

import os
from collections.abc import Sequence

import matplotlib.image
import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from foldwork.pictures.text_layout import wrap

DPI = 110
INK = "#333333"
FAINT = "#767676"

# A PNG of 2**16 pixels or more a side cannot be opened by many viewers.
_MOST_PIXELS = 60_000

_STYLE = {
    # Names of models and parameters may contain dollar signs, which are not math text.
    "text.parse_math": False,
    "font.size": 9,
    "axes.titlesize": 9,
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
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def style():
    """Return the context within which a picture is drawn and saved: Matplotlib reads its settings at both moments."""
    return matplotlib.style.context(["default", _STYLE])


def new_figure(width: float, height: float, layout: str | None = "constrained") -> Figure:
    """Return a white figure of ``width`` x ``height`` inches, without pyplot (no global state, no display)."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout=layout)
    FigureCanvasAgg(figure)
    return figure


def text_figure(text: str, width: float, *, points: float = 9, bold: bool = False, color: str = INK) -> Figure:
    """Return a figure of text alone, wrapped to `width` inches."""
    text = wrap(text, width - 0.3, points=points, lines=8)
    height = 1.45 * points / 72 * (text.count("\n") + 1) + 0.05
    figure = new_figure(width, height, None)
    weight = "bold" if bold else "normal"
    figure.text(0.12 / width, 0.5, text, va="center", fontsize=points, weight=weight, color=color, linespacing=1.3)
    return figure


def fit(figure: Figure, ax: Axes, size: tuple[float, float], grid: tuple[int, int] = (1, 1)) -> None:
    """Resize a figure until its panels have their size beside all labels, as constrained layout measures these.

    Parameters
    ----------
    figure : Figure
    ax : Axes
        One of the panels, which are all of one size.
    size : (float, float)
        Width and height of a panel in inches.
    grid : (int, int)
        Rows and columns of panels.
    """
    for each in figure.axes:
        _turn_crowded(each, size[0])
    # What the labels need does not change with the size, so one measurement is enough; the drawing lays out again.
    figure.get_layout_engine().execute(figure)
    box, (width, height) = ax.get_position(), figure.get_size_inches()
    more = size[0] - box.width * width, size[1] - box.height * height
    # No narrower than a legend: panels are wider then.
    legends = [legend.get_window_extent().width / figure.dpi + 0.2 for legend in figure.legends]
    figure.set_size_inches(max(width + grid[1] * more[0], *legends, 0), height + grid[0] * more[1])


def save(figures: Sequence[Figure], path: str | os.PathLike, note: str = "", *, title: str = "") -> None:
    """Write figures below each other as one PNG to exactly `path`, with a title above and a note in small text below them; both may be empty.

    The bytes are the same in every run.

    Raises
    ------
    OSError
        If `path` cannot be written.
    """
    inches = max(figure.get_figwidth() for figure in figures)
    above = [text_figure(title, inches, bold=True)] if title else []
    below = [text_figure(note, inches, points=8, color=FAINT)] if note else []
    figures = [*above, *figures, *below]
    sizes = np.array([figure.get_size_inches() for figure in figures])
    dpi = min(DPI, _MOST_PIXELS / max(sizes[:, 0].max(), sizes[:, 1].sum()))
    parts = []
    for figure in figures:
        figure.set_dpi(dpi)
        figure.canvas.draw()
        parts.append(np.asarray(figure.canvas.buffer_rgba())[..., :3])
    width = max(part.shape[1] for part in parts)
    wide = [np.pad(part, ((0, 0), (0, width - part.shape[1]), (0, 0)), constant_values=255) for part in parts]
    matplotlib.image.imsave(path, np.concatenate(wide), format="png", dpi=dpi, metadata={"Software": None})


def _turn_crowded(ax: Axes, width: float) -> None:
    """Turn the labels below a panel that will be `width` inches wide, where they would touch each other."""
    labels = ax.get_xticklabels()
    if len(labels) < 2 or not any(label.get_text() for label in labels):
        return
    places = ax.transData.transform([(label.get_position()[0], 0) for label in labels])
    at = np.sort(ax.transAxes.inverted().transform(places)[:, 0]) * width
    widest = max(label.get_window_extent().width for label in labels) / ax.figure.dpi
    if widest + 0.06 > np.diff(at).min():
        texts = [label.get_text().replace("\n", " ") for label in labels]
        ax.set_xticks(ax.get_xticks(), texts, rotation=35, ha="right", rotation_mode="anchor")
