"""Scores over three parameters or more: every pair of them, as the best over all the others."""

import numpy as np

from .axis import ParameterAxis
from .bests import best_rows, take
from .canvas import FAINT, wrap
from .curve import draw_curve
from .shading import extend, finish_colorbar, score_norm
from .surface import draw_surface
from .table import ModelScores
from .ticks import room_for_labels, turn_crowded

# More panels than these cannot be read; the parameters that matter most are kept.
MOST_PARAMETERS = 6

_PANEL, _GAP = 1.65, 0.14  # inches
_RIGHT = 0.75


def pairs_size(model: ModelScores) -> tuple[float, float]:
    """Width and height, in inches, that the panels of a model's pairs need, without a header."""
    shown = _most_telling(model)
    side = len(shown) * _PANEL + (len(shown) - 1) * _GAP
    return _left(shown) + side + _RIGHT, side + _below(shown, len(model.axes) > len(shown))


def draw_pairs(part, model: ModelScores, metric: str, *, size: tuple[float, float], header: float) -> None:
    """Draw the lower triangle of pairs: curves on the diagonal, heat maps below it, one colour bar in the free corner.

    Parameters
    ----------
    part : Figure or SubFigure
    model : ModelScores
        With three varying parameters or more.
    metric : str
        What the score is called.
    size : (float, float)
        Width and height of `part`, in inches.
    header : float
        Inches to leave free above.
    """
    axes = _most_telling(model)
    n = len(axes)
    left = _left(axes)
    scores = _panel_scores(model, axes)
    norm = score_norm(scores)
    entries: dict[str, object] = {}

    def place(row: int, column: int) -> list[float]:
        x = left + column * (_PANEL + _GAP)
        y = size[1] - header - (row + 1) * _PANEL - row * _GAP
        return [x / size[0], y / size[1], _PANEL / size[0], _PANEL / size[1]]

    shades = None
    for row in range(n):
        for column in range(row + 1):
            ax = part.add_axes(place(row, column))
            if row == column:
                joined = not (len(axes[row]) > 12 and len(axes[row]) > len(model.mean) / 2)
                draw_curve(ax, axes[row], model.test, ticks=4, star=9, joined=joined)
                _score_side(ax, model)
            else:
                shades, told = draw_surface(ax, axes[column], axes[row], model.mean, norm, ticks=(4, 5), star=9)
                entries |= {entry.get_label(): entry for entry in told}
                if column:
                    ax.set_yticklabels([])
                else:
                    ax.set_ylabel(axes[row].name)
            if row == n - 1:
                ax.set_xlabel(axes[column].name)
                turn_crowded(ax, _PANEL)
            else:
                ax.set_xticklabels([])
    # Above the second diagonal panel, right of the first one's numbers, the corner is free whatever n is.
    x = left + _PANEL + _GAP + 0.45
    y = size[1] - header - 0.8
    bar_ax = part.add_axes([x / size[0], y / size[1], 2.3 / size[0], 0.14 / size[1]])
    finish_colorbar(part.colorbar(shades, cax=bar_ax, orientation="horizontal", extend=extend(norm, scores)), norm)
    bar_ax.tick_params(labelsize=7)
    bar_ax.set_title(f"{wrap(metric, 2.3, points=8, lines=1)}: best mean score\nover the other parameters", fontsize=8)
    if entries:
        where = ((x + 1.15) / size[0], (y - 0.25) / size[1])
        part.legend(handles=list(entries.values()), loc="upper center", bbox_to_anchor=where)
    if len(model.axes) > n:
        words = f"{n} of {len(model.axes)} parameters shown: those along which the best score changes most"
        part.text(left / size[0], 0.06 / size[1], words, fontsize=8, color=FAINT, va="bottom")


def _score_side(ax, model):
    """Scores at the right of a diagonal panel, where the triangle leaves room; the same range on all of them."""
    ax.yaxis.tick_right()
    ax.spines["right"].set_visible(True)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", labelsize=7)
    ax.locator_params(axis="y", nbins=4)


def _most_telling(model: ModelScores) -> list[ParameterAxis]:
    if len(model.axes) <= MOST_PARAMETERS:
        return model.axes

    def change(axis):
        best = take(model.mean, best_rows(model.mean, axis.codes, len(axis)))
        return np.nanmax(best) - np.nanmin(best)

    kept = sorted(range(len(model.axes)), key=lambda i: -change(model.axes[i]))[:MOST_PARAMETERS]
    return [model.axes[i] for i in sorted(kept)]


def _panel_scores(model, axes):
    panels = []
    for row, y in enumerate(axes):
        for x in axes[:row]:
            cells = y.codes * len(x) + x.codes
            panels.append(take(model.mean, best_rows(model.mean, cells, len(x) * len(y))))
    return np.concatenate(panels)


def _left(axes):
    longest = max((len(label) for axis in axes[1:] for label in axis.labels), default=4)
    return 0.5 + 0.068 * min(longest, 18)


def _below(axes, some_are_left_out):
    turned = max(room_for_labels(axis.cell_ticks(4)[1], _PANEL) for axis in axes)
    return 0.58 + turned + (0.2 if some_are_left_out else 0)
