"""Draw the picture for choosing a number of clusters: each metric along the parameter that varies."""

import os
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from foldwork.pictures.canvas import FAINT, fit, new_figure, save, style, text_figure
from foldwork.pictures.palette import color_of
from foldwork.pictures.parameter_axis import ParameterAxis, varying_axes
from foldwork.pictures.parameter_labels import settings_in_words
from foldwork.pictures.score_table import by_model, numbers_of
from foldwork.pictures.text_layout import shorten, wrap_name
from foldwork.records.request import Request
from foldwork.results.completeness import completeness_note
from foldwork.storage.atomic_write import read_json, replacing
from foldwork.storage.signed_json import read_signed

_PANEL = 4.8, 2.4  # inches
# More settings of the other parameters than these are drawn as faint lines without a name.
_MOST_LINES = 4
_PREFERRED = "n_clusters"


@dataclass(frozen=True)
class Assessed:
    """What a panel shows of each candidate.

    Attributes
    ----------
    name : str
        What it is, for the legend.
    column : str
        Column of the scores that is drawn.
    label : str
        Of the vertical axis.
    spread : str
        Column with half the length of the error bars.
    estimate : str, optional
        Column that is 1 for the candidates that are marked by a diamond.
    """

    name: str
    column: str
    label: str
    spread: str
    estimate: str | None = None


STABILITY = Assessed("stability", "mean_ari", "stability (adjusted Rand index)", "std_ari")
GAP = Assessed("gap", "gap", "gap", "s", "estimate")


def plot(inputs: Mapping[str, Path], output: Path) -> None:
    """Draw the metrics of a clustering against the number of clusters.

    Parameters
    ----------
    inputs : dict of str to Path
        ``scores`` (scores.csv), ``chosen`` (chosen.json) and ``evaluated`` (evaluated.json); where requested ``stability`` (stability.csv) and ``gap``
        (gap.csv).
    output : Path
    """
    evaluated = read_signed(inputs["evaluated"], "it")
    metrics = Request.from_json(evaluated["request"]).metrics
    scores, note = pd.read_csv(inputs["scores"]), completeness_note(evaluated)
    models = read_json(inputs["chosen"])["models"]
    rows = dict(by_model(scores))
    chosen = {
        model: None if found["candidate"] is None else rows[model].index[found["candidate"]]
        for model, found in models.items()
    }
    reasons = [f"{model}: {found['reason']}" for model, found in models.items()]
    more = {name: panel for name, panel in (("stability", STABILITY), ("gap", GAP)) if name in inputs}
    for name, panel in more.items():  # the rows of these tables are those of scores.csv
        columns = list(filter(None, (panel.column, panel.spread, panel.estimate)))
        scores = scores.join(pd.read_csv(inputs[name])[columns])
    with replacing(output) as path:
        draw_selection(
            scores, path, metrics=metrics, chosen=chosen, reasons=reasons, more=list(more.values()), note=note
        )


def draw_selection(
    scores: pd.DataFrame,
    path: str | os.PathLike,
    *,
    metrics: list[str],
    chosen: dict[str, Hashable | None] | None = None,
    reasons: Sequence[str] = (),
    more: Sequence[Assessed] = (),
    note: str = "",
) -> None:
    """Draw each metric against ``n_clusters``, or against what else varies, and save the picture as PNG.

    A panel a metric, a line a model (and a setting of its other parameters, where they are few). Models along different
    parameters stand side by side with a common scale. A model without a varying parameter is a dashed level line; one
    without a value of the metric is left out of the panel.

    Parameters
    ----------
    scores : DataFrame
        The scores.csv of a clustering: a row a candidate: ``model``, ``param_*``, ``params``, and the metrics.
    path : path
        Written as it is; the picture is PNG whatever the ending.
    metrics : list of str
        Columns of `scores`; one that is not there gives a panel that says so.
    chosen : dict of str to row label, or None
        For each model the row marked by a vertical line, with its value in the legend.
    reasons : sequence of str
        Why these were chosen: lines of text below the panels.
    more : sequence of Assessed
        Further panels, with error bars.
    note : str
        Small text below; may be empty.

    Raises
    ------
    ValueError
        If `metrics` is empty, or a chosen label is not in the index of `scores`.
    OSError
        If `path` cannot be written.
    """
    if not metrics:
        raise ValueError("no metric to draw")
    marked = {label for label in (chosen or {}).values() if label is not None}
    if unknown := marked - set(scores.index):
        raise ValueError(f"chosen rows {unknown} are not in the index of the scores")
    models = [_read(number, name, rows, marked) for number, (name, rows) in enumerate(by_model(scores))]
    columns = list(dict.fromkeys(model.axis.name for model in models if model.axis)) or [""]
    drawn = [*(Assessed(metric, metric, metric, "") for metric in metrics), *more]
    with style():
        grid = (len(drawn), len(columns))
        figure = new_figure(_PANEL[0] * grid[1] + 3, _PANEL[1] * grid[0] + 0.5)
        panels = figure.subplots(*grid, squeeze=False, sharex="col", sharey="row")
        for panel, row in zip(drawn, panels, strict=True):
            _draw_row(row, models, columns, panel)
        for parameter, ax in zip(columns, panels[-1], strict=True):
            ax.set_xlabel(parameter)
        fit(figure, panels[0, 0], _PANEL, grid)
        width = figure.get_figwidth()
        below = [text_figure(reason, width, points=8.5) for reason in reasons]
        save([figure, *below], path, note)


def _draw_row(row, models, columns, panel):
    handles: dict[str, object] = {}
    for parameter, ax in zip(columns, row, strict=True):
        if not _draw_panel(ax, models, parameter, panel):
            words = f"no value of {panel.name}" if len(columns) == 1 else f"no value of {panel.name} here"
            ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color=FAINT)
        handles |= dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True))
    row[0].set_ylabel(wrap_name(panel.label, 24))
    if handles:
        row[-1].legend(handles.values(), handles.keys(), loc="upper left", bbox_to_anchor=(1.01, 1.02))


@dataclass(frozen=True, eq=False)
class _Model:
    number: int
    name: str
    rows: pd.DataFrame
    axis: ParameterAxis | None
    lines: list[tuple[str, np.ndarray]]  # a label and the positions of its rows, along the axis
    chosen: list[int]  # positions of rows

    @property
    def color(self):
        return color_of(self.number)


def _read(number, name, rows, marked):
    axes = varying_axes(rows)
    axis = next((axis for axis in axes if axis.name.rpartition("__")[2] == _PREFERRED), axes[0] if axes else None)
    others = [other for other in axes if other is not axis]
    lines = _lines(name, rows, axis, others)
    chosen = [at for at, label in enumerate(rows.index) if label in marked]
    return _Model(number, name, rows, axis, lines, chosen)


def _lines(name, rows, axis, others):
    if axis is None:
        return [(name, np.arange(len(rows)))]
    groups: dict[str, list[int]] = {}
    for at in np.argsort(axis.codes, kind="stable"):
        words = settings_in_words((other.name, other.labels[other.codes[at]]) for other in others)
        groups.setdefault(words, []).append(at)
    if len(groups) > _MOST_LINES:  # without its name in the legend a line is still drawn
        return [("" if n else f"{name} ({len(groups)} settings)", np.array(at)) for n, at in enumerate(groups.values())]
    return [(f"{name}: {words}" if words else name, np.array(at)) for words, at in groups.items()]


def _draw_panel(ax, models, parameter, panel):
    drawn = False
    for model in models:
        values = _numbers(model, panel.column)
        if not np.isfinite(values).any():
            continue
        if model.axis is None:
            _level(ax, model, values)
        elif model.axis.name == parameter:
            _curves(ax, model, values, _numbers(model, panel.spread))
            _mark_chosen(ax, model, values, panel.name)
            if panel.estimate:
                _mark_estimates(ax, model, values, _numbers(model, panel.estimate) == 1)
        else:
            continue
        drawn = True
    along = [model.axis for model in models if model.axis and model.axis.name == parameter]
    if along:
        # Models share the panel, so its ticks are those of the model with the most values.
        max(along, key=len).tick(ax, "x", 10, cells=False)
    else:
        ax.set_xticks([])
    ax.grid(True, axis="y")
    return drawn


def _numbers(model, column):
    return numbers_of(model.rows[column]) if column in model.rows else np.full(len(model.rows), np.nan)


def _level(ax, model, values):
    for value in dict.fromkeys(values[np.isfinite(values)]):
        label = shorten(f"{model.name}: {value:,.6g}", 44)
        ax.axhline(value, color=model.color, linestyle="--", linewidth=1.4, label=label)


def _curves(ax, model, values, spread):
    faint = len(model.lines) > _MOST_LINES
    styles = ("-", (0, (5, 1.5)), (0, (3, 1, 1, 1)), (0, (1, 1)))
    for number, (label, at) in enumerate(model.lines):
        known = at[np.isfinite(values[at])]
        x = model.axis.coordinates[model.axis.codes[known]]
        look = {"markersize": 2.5, "linewidth": 0.8, "alpha": 0.5} if faint else {"markersize": 4, "linewidth": 1.5}
        dashes = "-" if faint else styles[number % len(styles)] if model.axis.is_numeric else "none"
        label = shorten(label, 44) or None
        if np.isfinite(spread[known]).any():
            ax.errorbar(x, values[known], spread[known], color=model.color, fmt="none", capsize=2, linewidth=0.9)
        ax.plot(x, values[known], color=model.color, marker="o", linestyle=dashes, label=label, **look)


def _mark_chosen(ax, model, values, metric):
    for at in model.chosen:
        x = model.axis.coordinates[model.axis.codes[at]]
        setting = f"{model.axis.name} = {model.axis.labels[model.axis.codes[at]]}"
        value = f"{values[at]:,.6g}" if np.isfinite(values[at]) else "no value"
        label = f"chosen, {shorten(model.name, 30)}:\n{setting},\n{metric} = {value}"
        # Dashes of two models at one position alternate, so that both are visible.
        dashes = (3 * (model.number % 2), (2, 4))
        ax.axvline(x, color=model.color, linestyle=dashes, linewidth=1.5, label=label)
        ring = {"marker": "o", "markersize": 9, "color": "none", "markeredgecolor": model.color, "markeredgewidth": 1.5}
        ax.plot([x], [values[at]], **ring)


def _mark_estimates(ax, model, values, estimated):
    for at in np.flatnonzero(estimated & np.isfinite(values)):
        x = model.axis.coordinates[model.axis.codes[at]]
        setting = f"{model.axis.name} = {model.axis.labels[model.axis.codes[at]]}"
        label = f"estimate, {shorten(model.name, 30)}:\n{setting}"
        ring = {"marker": "D", "markersize": 11, "color": "none", "markeredgecolor": model.color, "linestyle": "none"}
        ax.plot([x], [values[at]], **ring, label=label)
