"""The picture of a search whose candidates are no grid: the score against each parameter, and the best so far."""

import math
import os
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from foldwork.pictures.canvas import fit, new_figure, save, style, text_figure
from foldwork.pictures.color_scale import COLORS, best_mark
from foldwork.pictures.number_format import ScoreFormat
from foldwork.pictures.parameter_axis import ParameterAxis
from foldwork.pictures.parameter_labels import short_names
from foldwork.pictures.score_curve import TEST
from foldwork.pictures.score_table import ModelScores, Spaces, by_model, read_models
from foldwork.pictures.text_layout import wrap_name

_PANEL = (2.5, 2.1)  # inches
_A_ROW = 3
MOST_PARAMETERS = 11


def is_sampled_search(strategy: dict | None) -> bool:
    """Return whether the candidates of a strategy are drawn by this module."""
    return next(iter(strategy or {"grid": {}})) != "grid"


def draw_sampled(
    scores: pd.DataFrame,
    path: str | os.PathLike,
    *,
    metric: str,
    suffix: str = "score",
    note: str = "",
    spaces: Spaces | None = None,
    numbers: Mapping[str, Sequence[int]] | None = None,
) -> None:
    """Draw a section for each model: the scores in the order of the candidates, then against each parameter that varies.

    Parameters
    ----------
    scores : DataFrame
        A scores.csv. Where it has ``n_resources``, colours show these, and the best candidate is one of the last iteration. In a race colours show on
        how many folds a candidate was seen, and its score is the mean over these.
    path : path
        Written as it is; the picture is PNG whatever the ending.
    metric : str
        What the score is called in the picture.
    suffix : str
        What its columns end in: "score", or with several metrics the metric's name.
    note : str
        Small text below; may be empty.
    spaces : mapping of str to dict or list, or None
        The spaces of the config by model: they say which axes are logarithmic.
    numbers : mapping of str to sequence of int, or None
        Numbers of each model's candidates in the tables; None counts them.
    """
    by = "resources"
    if "n_folds" in scores:  # a race: dropped candidates have no mean over all folds
        by, scores = "folds", _of_race(scores, suffix)
    models = read_models(scores, suffix, spaces)
    write = ScoreFormat([model.mean for model in models])
    with style():
        figures = []
        for model, (_, rows) in zip(models, by_model(scores), strict=True):
            order = np.array(numbers[model.name][: len(rows)] if numbers else range(len(rows)))
            figures += _section(model, rows, metric, write, by, order, named=len(models) > 1)
        if not figures:
            figures = [text_figure("No candidates: there is nothing to draw.", 6.4)]
        save(figures, path, note)


def _of_race(scores: pd.DataFrame, suffix: str) -> pd.DataFrame:
    """Return the scores of a race with means over the folds that each candidate was seen on, and these as its resources."""
    folds = scores[[name for name in scores if name.startswith("split") and name.endswith(f"_test_{suffix}")]]
    means = {f"mean_test_{suffix}": folds.mean(axis=1), f"std_test_{suffix}": folds.std(axis=1, ddof=0)}
    return scores.assign(**means, n_resources=scores["n_folds"], iter=scores["n_folds"])


def _section(
    model: ModelScores,
    rows: pd.DataFrame,
    metric: str,
    write: ScoreFormat,
    by: str,
    order: np.ndarray,
    *,
    named: bool,
) -> list[Figure]:
    """Return the figures of one model below each other."""
    resources = rows["n_resources"].to_numpy() if "n_resources" in rows else np.zeros(len(rows))
    repeated = "iter" in rows and "n_folds" not in rows
    best = _best(model, rows)
    figures = [text_figure(model.name, 5.2, points=10.5, bold=True)] if named else []
    if not np.isfinite(model.mean).any():
        return [*figures, text_figure(f"None of the {len(rows):,} candidates has a score.", 6.4)]
    axes = model.axes[:MOST_PARAMETERS]
    n_rows, n_columns = math.ceil((len(axes) + 1) / _A_ROW), min(_A_ROW, len(axes) + 1)
    figure = new_figure(n_columns * (_PANEL[0] + 0.4) + 1, n_rows * (_PANEL[1] + 0.6) + 1)
    panels = figure.subplots(n_rows, n_columns, squeeze=False, sharey=True).ravel()
    names = short_names([axis.name for axis in axes], 26, 3)
    # With iterations a candidate has several rows, or the same number in two brackets.
    _draw_order(panels[0], order, model, resources, best, "row of the model in scores.csv" if repeated else "candidate")
    for ax, axis in zip(panels[1:], axes, strict=False):
        _draw_points(ax, axis.coordinates[axis.codes], model.mean, resources)
        if best is not None:
            _mark(ax, axis.coordinates[axis.codes[best]], model.mean[best])
        _tick(ax, axis, names[axis.name])
    for ax in panels[len(axes) + 1 :]:
        ax.set_visible(False)
    for ax in panels[::n_columns]:
        ax.set_ylabel(f"{wrap_name(metric, 26)}\n(mean)")
    if len(np.unique(resources)) > 1:
        figure.legend(loc="outside lower center", ncols=4, title=by)
    fit(figure, panels[0], _PANEL, (n_rows, n_columns))
    words = _why_no_best(rows) if best is None else _best_words(model, best, write)
    if failed := int((~np.isfinite(model.mean)).sum()):
        words += f"\n{failed:,} of {len(rows):,} candidates without a score are not drawn"
    return [*figures, text_figure(words, max(figure.get_figwidth(), 4.5)), figure]


def _best(model: ModelScores, rows: pd.DataFrame) -> int | None:
    """Return the position of the best row, of the last iteration where there are several; None if no row has a score, or if all were dropped in a race."""
    mean = model.mean.copy()
    if "dropped" in rows:
        mean[rows["dropped"].notna().to_numpy()] = np.nan
    if "iter" in rows:
        last = rows.groupby(rows["bracket"] if "bracket" in rows else np.zeros(len(rows)))["iter"].transform("max")
        mean[(rows["iter"] < last).to_numpy()] = np.nan
    return int(np.nanargmax(mean)) if np.isfinite(mean).any() else None


def _best_words(model: ModelScores, best: int, write: ScoreFormat) -> str:
    settings = model.settings(best)
    return f"★ best {write(model.mean[best])} ± {write(model.test[1][best])}" + (f": {settings}" if settings else "")


def _why_no_best(rows: pd.DataFrame) -> str:
    if "dropped" not in rows or rows["dropped"].isna().any():
        return "No candidate that is left has a score: there is no best one."
    least, most = int(rows["n_folds"].min()), int(rows["n_folds"].max())
    who = f"All {len(rows):,} candidates were" if len(rows) > 1 else "The one candidate was"
    folds = f"{most} fold{'s' * (most != 1)}" if least == most else f"{least} to {most} folds"
    return f"{who} dropped, after {folds}: there is no best one."


def _draw_order(
    ax: Axes, order: np.ndarray, model: ModelScores, resources: np.ndarray, best: int | None, words: str
) -> None:
    """Draw the scores in the order of the candidates, and the best so far of those with equal resources."""
    _draw_points(ax, order, model.mean, resources, labels=True)
    if best is not None and len(np.unique(resources)) == 1:
        so_far = np.fmax.accumulate(model.mean)
        ax.step(order, so_far, where="post", color=TEST, linewidth=1.2, label="best so far")
    if best is not None:
        _mark(ax, order[best], model.mean[best])
    margin = max(0.6, 0.03 * order[-1])
    ax.set_xlim(-margin, order[-1] + margin)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    ax.set_xlabel(words)
    ax.grid(True, axis="y")


def _draw_points(ax: Axes, x: np.ndarray, mean: np.ndarray, resources: np.ndarray, *, labels: bool = False) -> None:
    """Draw the candidates, those with most resources on top."""
    levels = np.unique(resources)
    colors = colormaps[COLORS](np.linspace(0.05, 0.85, len(levels))) if len(levels) > 1 else [TEST]
    size = 12 if len(mean) <= 300 else 5
    for level, color in zip(levels, colors, strict=True):
        of_level = resources == level
        drawn = bool(np.isfinite(mean[of_level]).any())
        label = f"{level:,}" if labels and drawn and len(levels) > 1 else None
        ax.scatter(x[of_level], mean[of_level], s=size, color=[color], alpha=0.75, linewidths=0, label=label)


def _mark(ax: Axes, x: float, y: float) -> None:
    ax.plot([x], [y], zorder=4, **best_mark(11))


def _tick(ax: Axes, axis: ParameterAxis, name: str) -> None:
    axis.tick(ax, "x", 5, cells=False)
    ax.set_xlabel(name)
    ax.grid(True, axis="y")
