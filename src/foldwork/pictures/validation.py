"""The picture of a search: how the score depends on the parameters that vary, model by model."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from foldwork.pictures.canvas import FAINT, fit, new_figure, save, style, text_figure
from foldwork.pictures.color_scale import bend_in_words, color_bar, score_norm
from foldwork.pictures.heat_map import draw_heat_map, is_sampled
from foldwork.pictures.number_format import ScoreFormat
from foldwork.pictures.pair_grid import draw_pairs, pair_scores, shown_axes
from foldwork.pictures.parameter_labels import short_names
from foldwork.pictures.sampled import draw_sampled, is_sampled_search
from foldwork.pictures.score_curve import TEST, TRAIN, draw_curve
from foldwork.pictures.score_table import ModelScores, Spaces, read_models, spaces_of
from foldwork.pictures.text_layout import characters, wrap_name
from foldwork.results.completeness import completeness_note
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed
from foldwork.strategies.racing import numbers_of_candidates
from foldwork.study.objects import metric_name


def plot(inputs: Mapping[str, Path], output: Path, *, metric: str) -> None:
    """Draw the picture of a search by one metric.

    Parameters
    ----------
    inputs : dict of str to Path
        ``scores`` (scores.csv) and ``evaluated`` (evaluated.json).
    output : Path
    metric : str
        Name of a metric of the search, "score" if it has none.
    """
    evaluated = read_signed(inputs["evaluated"], "it")
    spec = evaluated["request"]["spec"]
    scores = pd.read_csv(inputs["scores"])
    # With one metric the suffix is "score", or there are the names of the scores that a custom scorer returned.
    suffixes = [name.removeprefix("mean_test_") for name in scores.columns if name.startswith("mean_test_")]
    names = [metric_name(each) for each in spec["scoring"]] or ["score"]
    if names != [metric]:
        suffixes = [metric]
    elif suffixes != ["score"]:
        metric = suffixes[0]
    more: dict[str, Any] = {"note": completeness_note(evaluated), "spaces": spaces_of(evaluated)}
    with replacing(output) as path:
        if is_sampled_search(spec.get("strategy")):
            if "racing" in spec["strategy"]:
                more["numbers"] = numbers_of_candidates(more["spaces"], spec["strategy"]["racing"] or {})
            draw_sampled(scores, path, metric=metric, suffix=suffixes[0], **more)
        else:
            draw_validation(
                scores,
                path,
                metric=metric,
                suffix=suffixes[0],
                also=suffixes[1:],
                stopped=bool(evaluated.get("stop")),
                **more,
            )


def draw_validation(
    scores: pd.DataFrame,
    path: str | os.PathLike,
    *,
    metric: str,
    suffix: str = "score",
    note: str = "",
    also: Sequence[str] = (),
    spaces: Spaces | None = None,
    stopped: bool = False,
) -> None:
    """Draw the scores of a search, a section a model, and save the picture as PNG.

    How many parameters of a model vary decides its section: none, a point with its error bar; one, a curve; two, a heat
    map; more, a grid of pairs, each showing the best over all the others. Colours mean the same in all sections. Train
    scores stand beside test scores where the table has them.

    Parameters
    ----------
    scores : DataFrame
        A scores.csv: a row a candidate, with ``model``, ``param_*``, ``params`` (JSON), ``mean_test_{suffix}``,
        ``std_test_{suffix}``, and perhaps ``mean_train_{suffix}``, ``std_train_{suffix}``. A parameter that a candidate
        lacks is drawn as "—".
    path : path
        Written as it is; the picture is PNG whatever the ending.
    metric : str
        What the score is called in the picture.
    suffix : str
        What its columns end in: "score", or with several metrics the metric's name.
    note : str
        Small text below ("80 of 100 evaluations, stopped"); may be empty.
    also : sequence of str
        Suffixes of more scores, drawn below: those that a scorer of the user's own returns, whose names no config has.
    spaces : mapping of str to dict or list, or None
        The spaces of the config by model: they say which axes are logarithmic.
    stopped : bool
        Whether a rule of `stop` has ended the search, so that candidates of the grid may be missing.

    Raises
    ------
    ValueError
        If `scores` has no column ``mean_test_{suffix}``.
    OSError
        If `path` cannot be written.
    """
    names = [(metric, suffix), *((name, name) for name in also)]
    tables = [(name, read_models(scores, column, spaces, stopped=stopped)) for name, column in names]
    with style():
        figures = []
        for name, models in tables:
            drawn = _sections(models, name)
            if len(tables) > 1:
                drawn.insert(0, text_figure(name, 7, points=12, bold=True))
            figures += drawn
        save(figures, path, note)


def _sections(models: list[ModelScores], metric: str) -> list[Figure]:
    """Return what stands below each other; models that have nothing to vary share one section, where they can be compared."""
    if not models:
        return [text_figure("No candidates: there is nothing to draw.", 6.4)]
    scored = [model for model in models if model.best is not None]
    fixed = [model for model in scored if not model.axes]
    write = ScoreFormat([model.mean for model in models])
    norms = {kind: score_norm(values) for kind, values in _colored(scored).items()}
    figures = []
    for model in models:
        if model in fixed:
            if model is fixed[0]:
                settings = [(each.name, each.settings(each.best)) for each in fixed]
                figures += [text_figure(f"{name}: {words}", 6.8) for name, words in settings if words]
                figures.append(_draw_fixed(fixed, metric, write))
            continue
        if len(models) > 1 or model.best is None:
            figures.append(text_figure(model.name, 5.2, points=10.5, bold=True))
        if model.best is None:
            n = len(model.mean)
            words = "The one candidate has" if n == 1 else f"All {n} candidates have"
            figures.append(text_figure(f"{words} no score: every evaluation failed or did not finish.", 6.4))
            continue
        if len(model.axes) == 1:
            drawn = _draw_one(model, metric)
        elif len(model.axes) == 2:
            drawn = _draw_two(model, metric, norms, write)
        else:
            drawn = draw_pairs(model, metric, norms)
        figures += [text_figure(_best_words(model, write), max(drawn.get_figwidth(), 4.5)), drawn]
    if words := bend_in_words(norms):
        figures.append(text_figure(words, max(figure.get_figwidth() for figure in figures), points=8, color=FAINT))
    return figures


def _colored(models: list[ModelScores]) -> dict[str, np.ndarray]:
    """Return all scores that are drawn as colours: one scale for all of them lets models be compared."""
    drawn: dict[str, list[np.ndarray]] = {"test": [], "train": []}
    for model in models:
        if len(model.axes) > 1:
            for kind, values in (model.kinds if len(model.axes) == 2 else pair_scores(model)).items():
                drawn[kind].append(values)
    return {kind: np.concatenate([*values, []]) for kind, values in drawn.items()}


def _draw_fixed(models: list[ModelScores], metric: str, write: ScoreFormat) -> Figure:
    """Draw models without a varying parameter: a point with its error bar each."""
    figure = new_figure(6.8, 2)
    ax = figure.subplots()
    for place, model in enumerate(models):
        kinds = [(model.test, TEST, "test score", 0.0)]
        if model.train is not None:
            kinds.append((model.train, TRAIN, "train score", 0.2))
        for (means, spreads), color, label, shift in kinds:
            mean, spread = means[model.best], spreads[model.best]
            look = {"fmt": "o", "color": color, "markersize": 6, "capsize": 4, "label": "" if place else label}
            ax.errorbar([mean], [place + shift], xerr=[np.nan_to_num(spread)], **look)
        words = f"{write(model.mean[model.best])} ± {write(model.test[1][model.best])}"
        ax.annotate(words, (model.mean[model.best], place), (0, 7), textcoords="offset points", ha="center", fontsize=8)
    ax.set_yticks(range(len(models)), labels=[wrap_name(model.name, 26, 2) for model in models])
    # The first model stands on top, with room for the number above its point.
    ax.set_ylim(len(models) - 0.5, -0.8)
    ax.margins(x=0.25)
    ax.set_xlabel(f"{metric} (mean ± 1 std over the splits)")
    ax.grid(True, axis="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    if models[0].train is not None:
        figure.legend(loc="outside lower center", ncols=2)
    fit(figure, ax, (5.0, 0.3 + 0.4 * len(models)))
    return figure


def _draw_one(model: ModelScores, metric: str) -> Figure:
    """Draw one varying parameter as a curve."""
    figure = new_figure(7, 3.4)
    ax = figure.subplots()
    draw_curve(ax, model.axes[0], model)
    ax.set_xlabel(model.axes[0].name)
    ax.set_ylabel(f"{wrap_name(metric, 26)}\n(mean ± 1 std)")
    figure.legend(loc="outside lower center", ncols=4)
    fit(figure, ax, (5.9, 2.6))
    return figure


def _draw_two(model: ModelScores, metric: str, norms: dict[str, Normalize], write: ScoreFormat) -> Figure:
    """Draw two varying parameters as a heat map, that of train scores beside it."""
    y, x = model.axes
    # The first parameter upwards, as in scikit-learn's examples, unless the panel would be far higher than wide.
    if len(y) > 2 * len(x):
        x, y = y, x
    if is_sampled(x, y):
        size = (5.0, 4.2)
    else:
        size = tuple(float(np.clip(0.62 * len(axis), least, 5.0)) for axis, least in ((x, 2.6), (y, 1.3)))
    # A tick label needs 0.35 inches beside the next one, and 0.25 above it.
    ticks = (int(np.clip(size[0] / 0.35, 3, 10)), int(np.clip(size[1] / 0.25, 3, 10)))
    names = short_names([x.name, y.name], 26, 3)
    figure = new_figure(len(model.kinds) * (size[0] + 1.2) + 1, size[1] + 1)
    panels = figure.subplots(1, len(model.kinds), squeeze=False)[0]
    entries = {}
    for ax, (kind, colors) in zip(panels, model.kinds.items(), strict=True):
        look = {"colors": colors, "write": write.short, "ticks": ticks, "absent": model.absent}
        shades, told = draw_heat_map(ax, x, y, model.mean, norms[kind], **look)
        color_bar(figure, shades, ax, colors, f"mean {kind} score:\n{wrap_name(metric, characters(size[1]))}")
        entries |= told
        ax.set_xlabel(names[x.name])
    panels[0].set_ylabel(names[y.name])
    for ax in panels[1:]:
        ax.tick_params(labelleft=False)
    if entries:
        figure.legend(handles=list(entries.values()), loc="outside lower center", ncols=2)
    fit(figure, panels[0], size, (1, len(panels)))
    return figure


def _best_words(model: ModelScores, write: ScoreFormat) -> str:
    best = model.best
    mean, spread = (write(values[best]) for values in model.test)
    train = f" (train {write(model.train[0][best])} ± {write(model.train[1][best])})" if model.train is not None else ""
    words = f"★ best {mean} ± {spread}{train}: {model.settings(best)}"
    if model.ties:
        words += f"\n{model.ties:,} other candidate{'s have' if model.ties > 1 else ' has'} the same best score"
    if len(shown := shown_axes(model)) < len(model.axes):
        words += f"\n{len(shown)} of {len(model.axes)} parameters shown: those along which the best score changes most"
    return words
