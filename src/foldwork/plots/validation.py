"""The picture of a search: how the score depends on the parameters that vary, model by model."""

import os

import numpy as np
import pandas as pd

from .canvas import FAINT, new_figure, save, style, wrap
from .curve import TEST, draw_curve
from .numerals import format_number
from .pairs import draw_pairs, pairs_size
from .sections import add_axes, header_height, write_header
from .shading import extend, finish_colorbar, score_norm
from .surface import draw_surface, has_gaps, is_sampled
from .table import ModelScores, read_models
from .ticks import room_for_labels, turn_crowded


def draw_validation(
    scores: pd.DataFrame,
    path: str | os.PathLike,
    *,
    metric: str,
    suffix: str = "score",
    note: str = "",
) -> None:
    """Draw the scores of a search, a section a model, and save the picture as PNG.

    How many parameters of a model vary decides its section: none, a point with its error bar; one, a curve; two, a heat
    map; more, a grid of pairs, each showing the best over all the others.

    Parameters
    ----------
    scores : DataFrame
        A scores.csv: a row a candidate, with ``model``, ``param_*``, ``params`` (JSON), ``mean_test_{suffix}``,
        ``std_test_{suffix}``, and perhaps ``mean_train_{suffix}``, ``std_train_{suffix}``. An empty ``param_*`` means
        that the candidate lacks the parameter (drawn as "—").
    path : path
        Written as it is; the picture is PNG whatever the ending.
    metric : str
        What the score is called in the picture.
    suffix : str
        What its columns end in: "score", or with several metrics the metric's name.
    note : str
        Small text below ("80 of 100 evaluations, stopped"); may be empty.

    Raises
    ------
    ValueError
        If `scores` has no column ``mean_test_{suffix}``.
    OSError
        If `path` cannot be written.
    """
    models = read_models(scores, suffix)
    with style():
        sections = _sections(models, metric)
        width = max(section.width for section in sections)
        height = sum(section.height for section in sections)
        below = wrap(note, width - 0.3, points=8, lines=4) if note else ""
        foot = 0.14 * len(below.splitlines()) + 0.1 if below else 0.0
        figure = new_figure(width, height + foot)
        heights = [section.height for section in sections] + ([foot] if below else [])
        parts = np.atleast_1d(figure.subfigures(len(heights), 1, height_ratios=heights, hspace=0))
        for part, section in zip(parts, sections, strict=False):
            section.draw(part, width)
        if below:
            parts[-1].text(0.12 / width, 0.98, below, fontsize=8, color=FAINT, va="top")
        save(figure, path)


def _sections(models: list[ModelScores], metric: str) -> list:
    """What stands below each other; models that have nothing to vary share one section, where they can be compared."""
    if not models:
        return [_Message("", "No candidates: there is nothing to draw.")]
    several = len(models) > 1
    fixed = [model for model in models if not model.axes and model.best is not None]
    sections: list = []
    for model in models:
        name = model.name if several or model.best is None else ""
        if model.best is None:
            n = len(model.mean)
            words = "The one candidate has" if n == 1 else f"All {n} candidates have"
            sections.append(_Message(name, f"{words} no score: every evaluation failed or did not finish."))
        elif not model.axes:
            if model is fixed[0]:
                sections.append(_Fixed(fixed, metric))
        elif len(model.axes) == 1:
            sections.append(_Curve(name, model, metric))
        elif len(model.axes) == 2:
            sections.append(_HeatMap(name, model, metric))
        else:
            sections.append(_Pairs(name, model, metric))
    return sections


class _Message:
    """Words where there is nothing to draw."""

    width, height = 6.4, 1.7

    def __init__(self, name, words):
        self.name, self.words = name, words

    def draw(self, part, width):
        top = write_header(part, self, width, self.name)
        ax = add_axes(part, self, width, 0.15, 0.15, width - 0.3, self.height - top - 0.15)
        ax.set(xticks=[], yticks=[], facecolor="#f4f4f4")
        ax.spines[:].set_visible(False)
        words = wrap(self.words, width - 1, points=10)
        ax.text(0.5, 0.5, words, ha="center", va="center", fontsize=10, transform=ax.transAxes)


class _Fixed:
    """Models without a varying parameter: a point with its error bar each."""

    width = 6.8

    def __init__(self, models, metric):
        self.models, self.metric = models, metric
        self.height = 1.1 + 0.36 * len(models)

    def draw(self, part, width):
        names = [wrap(model.name, 2.0, points=8, lines=2) for model in self.models]
        left = 0.35 + 0.075 * max(len(line) for name in names for line in name.splitlines() or [""])
        ax = add_axes(part, self, width, left, 0.5, width - left - 0.2, self.height - 0.6)
        for place, model in enumerate(self.models):
            mean, spread = (values[model.best] for values in model.test)
            ax.errorbar([mean], [place], xerr=[np.nan_to_num(spread)], fmt="o", color=TEST, markersize=7, capsize=4)
            words = f"{format_number(mean)} ± {format_number(spread, 2)}"
            ax.annotate(words, (mean, place), (0, 7), textcoords="offset points", ha="center", fontsize=8)
        ax.set_yticks(range(len(names)), labels=names)
        # The first model stands on top, with room for the number above its point.
        ax.set_ylim(len(names) - 0.5, -0.8)
        ax.margins(x=0.25)
        ax.set_xlabel(f"{self.metric} (mean ± 1 std over the splits)")
        ax.grid(True, axis="x")
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(axis="y", length=0)


class _Curve:
    """One varying parameter."""

    width = 7.0

    def __init__(self, name, model, metric):
        self.name, self.model, self.metric = name, model, metric
        self.below = 0.78 + room_for_labels(model.axes[0].scale_ticks()[1], self.width - 1.2)
        self.height = 2.75 + header_height(self.width, name, _best_words(model)) + self.below

    def draw(self, part, width):
        top = write_header(part, self, width, self.name, _best_words(self.model))
        ax = add_axes(part, self, width, 0.95, self.below, width - 1.15, self.height - top - self.below)
        axis = self.model.axes[0]
        draw_curve(ax, axis, self.model.test, self.model.train)
        turn_crowded(ax, self.width - 1.2)
        ax.set_xlabel(axis.name)
        ax.set_ylabel(f"{self.metric} (mean ± 1 std)")
        handles, labels = ax.get_legend_handles_labels()
        # Curves first, then the marks on them.
        order = sorted(range(len(labels)), key=lambda i: _LEGEND_ORDER.index(labels[i]))
        handles, labels = [handles[i] for i in order], [labels[i] for i in order]
        part.legend(handles, labels, loc="lower center", bbox_to_anchor=(0.5 + 0.4 / width, 0), ncols=4)


class _HeatMap:
    """Two varying parameters."""

    def __init__(self, name, model, metric):
        self.name, self.model, self.metric = name, model, metric
        first, second = model.axes
        # The first parameter upwards, as in scikit-learn's examples, unless that makes a tower.
        self.y, self.x = (first, second) if len(first) <= 2 * len(second) else (second, first)
        if is_sampled(self.x, self.y):
            self.box = (5.0, 4.2)
        else:
            sides = [float(np.clip(0.62 * len(axis), 1.3, 5.0)) for axis in (self.x, self.y)]
            self.box = (max(sides[0], 2.6), sides[1])
        # A tick label needs 0.35 inches beside the next one, and 0.25 above it.
        self.ticks = (int(np.clip(self.box[0] / 0.35, 3, 10)), int(np.clip(self.box[1] / 0.25, 3, 10)))
        self.left = 0.5 + 0.07 * max(map(len, self.y.cell_ticks(self.ticks[1])[1]))
        self.below = 0.55 + room_for_labels(self.x.cell_ticks(self.ticks[0])[1], self.box[0])
        self.below += 0.3 if has_gaps(self.x, self.y, model.mean) else 0
        self.width = max(5.2, self.left + self.box[0] + 1.2)
        self.height = self.below + self.box[1] + header_height(self.width, name, _best_words(model))

    def draw(self, part, width):
        write_header(part, self, width, self.name, _best_words(self.model))
        left = self.left + max(0.0, (min(width, 8.0) - self.left - self.box[0] - 1.2) / 2)
        ax = add_axes(part, self, width, left, self.below, *self.box)
        norm = score_norm(self.model.mean)
        shades, entries = draw_surface(ax, self.x, self.y, self.model.mean, norm, annotate=True, ticks=self.ticks)
        turn_crowded(ax, self.box[0])
        ax.set_xlabel(self.x.name)
        ax.set_ylabel(self.y.name)
        bar_ax = add_axes(part, self, width, left + self.box[0] + 0.13, self.below, 0.16, self.box[1])
        finish_colorbar(part.colorbar(shades, cax=bar_ax, extend=extend(norm, self.model.mean), extendfrac=0.04), norm)
        bar_ax.set_ylabel(wrap(f"mean test score: {self.metric}", self.box[1], lines=2))
        if entries:
            part.legend(
                handles=entries, loc="lower center", bbox_to_anchor=((left + self.box[0] / 2) / width, 0), ncols=2
            )


class _Pairs:
    """Three varying parameters or more."""

    def __init__(self, name, model, metric):
        self.name, self.model, self.metric = name, model, metric
        self.width, height = pairs_size(model)
        self.height = height + header_height(self.width, name, _best_words(model))

    def draw(self, part, width):
        top = write_header(part, self, width, self.name, _best_words(self.model))
        draw_pairs(part, self.model, self.metric, size=(width, self.height), header=top)


_LEGEND_ORDER = ["test score", "training score", "best", "no score: failed or not finished"]


def _best_words(model: ModelScores) -> str:
    best = model.best
    mean, spread = (values[best] for values in model.test)
    settings = ", ".join(f"{axis.name} = {axis.labels[axis.codes[best]]}" for axis in model.axes)
    return f"★ best {format_number(mean)} ± {format_number(spread, 2)}:  {settings}"
