"""Scores over three parameters or more: every pair of them, as the best over all the others."""

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from foldwork.pictures.canvas import fit, new_figure
from foldwork.pictures.color_scale import color_bar
from foldwork.pictures.heat_map import cell_rows, draw_heat_map
from foldwork.pictures.parameter_axis import ParameterAxis
from foldwork.pictures.parameter_labels import short_names
from foldwork.pictures.score_curve import draw_curve
from foldwork.pictures.score_table import ModelScores, best_rows, take
from foldwork.pictures.text_layout import wrap

# More panels than these cannot be read; the parameters that matter most are kept.
MOST_PARAMETERS = 6

_PANEL = 1.65  # inches


def pair_scores(model: ModelScores) -> dict[str, np.ndarray]:
    """Return all scores that the panels of a model show in colour: of "test", and of "train" where there are."""
    axes = shown_axes(model)
    rows = np.concatenate([cell_rows(x, y, model.mean).ravel() for row, y in enumerate(axes) for x in axes[:row]])
    return {kind: take(means, rows) for kind, means in model.kinds.items()}


def draw_pairs(model: ModelScores, metric: str, norms: dict[str, Normalize]) -> Figure:
    """Draw curves on the diagonal, heat maps of test scores below it, and of train scores, where there are, above it.

    Parameters
    ----------
    model : ModelScores
        With three varying parameters or more.
    metric : str
        What the score is called.
    norms : dict of str to Normalize
        The scales of the colours of "test" and "train".

    Returns
    -------
    Figure
    """
    axes = shown_axes(model)
    n = len(axes)
    names = short_names([axis.name for axis in model.axes], 20, 3)
    figure = new_figure(n * (_PANEL + 0.2) + 2, n * (_PANEL + 0.1) + 1)
    panels = figure.subplots(n, n, squeeze=False)
    entries: dict[str, object] = {}
    shades = {}
    for (row, column), ax in np.ndenumerate(panels):
        if row == column:
            joined = not (len(axes[row]) > 12 and len(axes[row]) > len(model.mean) / 2)
            draw_curve(ax, axes[row], model, ticks=4, star=9, joined=joined)
            _score_side(ax)
        elif column < row or model.train is not None:
            kind = "test" if column < row else "train"
            look = {"colors": model.kinds[kind], "ticks": (4, 5), "star": 9, "absent": model.absent}
            shades[kind], told = draw_heat_map(ax, axes[column], axes[row], model.mean, norms[kind], **look)
            entries |= told
        else:
            ax.set_axis_off()
        if row == n - 1:
            ax.set_xlabel(names[axes[column].name])
        else:
            ax.tick_params(labelbottom=False)
        if column == 0 and row:
            ax.set_ylabel(names[axes[row].name])
        elif row != column:
            ax.tick_params(labelleft=False)
    scores = pair_scores(model)
    where = {"test": "below", "train": "above"}
    for kind in reversed(scores):  # the last one stands next to the panels
        title = f"{where[kind]} the diagonal: mean {kind} score, best over the other parameters"
        color_bar(figure, shades[kind], panels, scores[kind], f"{metric}\n{wrap(title, n * _PANEL)}")
    handles = dict(zip(*panels[0, 0].get_legend_handles_labels()[::-1], strict=True)) | entries
    handles = {label: handle for label, handle in handles.items() if model.train is not None or label != "test score"}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=5)
    fit(figure, panels[0, 0], (_PANEL, _PANEL), (n, n))
    return figure


def shown_axes(model: ModelScores) -> list[ParameterAxis]:
    """Return the parameters that are drawn: all, or those along which the best score changes most."""

    def change(axis):
        best = take(model.mean, best_rows(model.mean, axis.codes, len(axis)))
        return np.nanmax(best) - np.nanmin(best)

    kept = sorted(range(len(model.axes)), key=lambda i: -change(model.axes[i]))[:MOST_PARAMETERS]
    return [model.axes[i] for i in sorted(kept)]


def _score_side(ax):
    """Put scores right of a diagonal panel, where parameters have no labels."""
    ax.yaxis.tick_right()
    ax.spines["right"].set_visible(True)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", labelsize=7)
    ax.locator_params(axis="y", nbins=4)
