"""Box plots of the scores of a search: by the values of each parameter, and by fold."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from foldwork.pictures.canvas import INK, fit, new_figure, text_figure
from foldwork.pictures.number_format import format_numbers
from foldwork.pictures.parameter_axis import ParameterAxis
from foldwork.pictures.score_curve import TEST
from foldwork.pictures.text_layout import shorten_apart, wrap_name
from foldwork.results.csv_table import Row

COLUMNS = ["model", "by", "value", "n", "min", "q1", "median", "q3", "max"]

MOST_BOXES = 12
"""Of a panel. More values of a number are put into bins with equal numbers of candidates; of words the most frequent remain."""

_PANEL = 4.6, 1.9

Groups = list[tuple[str, np.ndarray]]
"""Labels, and the scores of each."""


def by_values(axis: ParameterAxis, mean: np.ndarray) -> Groups:
    """Return the mean scores of the candidates with each value of a parameter, or with the values in each bin."""
    codes, labels = axis.codes, axis.labels
    if len(axis) > MOST_BOXES and axis.is_numeric:
        edges = np.unique(np.quantile(axis.numbers[codes], np.linspace(0, 1, MOST_BOXES + 1), method="lower"))
        bins = np.clip(np.searchsorted(edges, axis.numbers, side="right") - 1, 0, max(0, len(edges) - 2))
        ends = [axis.numbers[bins == place] for place in range(max(1, len(edges) - 1))]
        texts = format_numbers([end for each in ends if len(each) for end in (each[0], each[-1])])
        pairs = iter(zip(texts[::2], texts[1::2], strict=True))
        labels = ["" if not len(each) else "–".join(dict.fromkeys(next(pairs))) for each in ends]
        codes = bins[codes]
    kept = range(len(labels))
    if len(labels) > MOST_BOXES:
        counts = np.bincount(codes, minlength=len(labels))
        kept = sorted(np.argsort(-counts, kind="stable")[:MOST_BOXES].tolist())
    groups = ((labels[code], mean[codes == code]) for code in kept)
    return [(label, _finite(scores)) for label, scores in groups if len(_finite(scores))]


def by_folds(folds: np.ndarray) -> Groups:
    """Return the scores of all candidates on each fold, from an array of shape (n_candidates, n_folds)."""
    groups = ((str(fold), _finite(scores)) for fold, scores in enumerate(folds.T))
    return [(label, scores) for label, scores in groups if len(scores)]


def box_rows(model: str, by: str, groups: Groups) -> Iterator[Row]:
    """Yield a row for each box; quartiles are those of NumPy's default method, as in the picture."""
    for label, scores in groups:
        numbers = np.quantile(scores, [0, 0.25, 0.5, 0.75, 1]).tolist()
        quartiles = dict(zip(("min", "q1", "median", "q3", "max"), numbers, strict=True))
        yield {"model": model, "by": by, "value": label, "n": len(scores), **quartiles}


def draw_boxes(panels: Sequence[tuple[str, Groups]], metric: str, title: str) -> list[Figure]:
    """Return the figures of one model: a panel for each parameter, then one for the folds.

    Parameters
    ----------
    panels : sequence of (str, Groups)
        What each panel is by, and its boxes.
    metric, title : str
    """
    panels = [panel for panel in panels if panel[1]]
    if not panels:
        return [text_figure(title, 6.4, bold=True), text_figure("No candidate has a score.", 6.4)]
    columns = min(2, len(panels))
    grid = -(-len(panels) // columns), columns
    figure = new_figure(_PANEL[0] * columns, (_PANEL[1] + 0.6) * grid[0])
    axes = figure.subplots(*grid, squeeze=False, sharey=True)
    for place, ax in enumerate(axes.flat):
        if place < len(panels):
            _draw(ax, *panels[place])
        else:
            ax.remove()
    for row in axes:
        row[0].set_ylabel(wrap_name(metric, 24))
    fit(figure, axes[0, 0], _PANEL, grid)
    return [text_figure(title, figure.get_figwidth(), bold=True), figure]


def _draw(ax: Axes, by: str, groups: Groups) -> None:
    labels = [wrap_name(label, 16) for label in shorten_apart([label for label, _ in groups], 32)]
    look = {"color": INK, "linewidth": 0.9}
    ax.boxplot(
        [scores for _, scores in groups],
        positions=range(len(groups)),
        widths=0.6,
        patch_artist=True,
        boxprops={"facecolor": "#c9d9ee", "edgecolor": TEST, "linewidth": 0.9},
        medianprops={"color": INK, "linewidth": 1.6},
        whiskerprops=look,
        capprops=look,
        flierprops={"marker": "o", "markersize": 2.5, "markeredgecolor": "none", "markerfacecolor": INK, "alpha": 0.6},
    )
    ax.set_xticks(range(len(groups)), labels)
    ax.set_xlabel(by)
    ax.grid(True, axis="y")


def _finite(scores: np.ndarray) -> np.ndarray:
    return scores[np.isfinite(scores)]
