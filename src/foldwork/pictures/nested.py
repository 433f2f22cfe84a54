"""The picture of a nested search: inner and outer score of each outer fold, and which candidate each of them has chosen."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from foldwork.pictures.canvas import FAINT, INK, fit, new_figure, save, style, text_figure
from foldwork.pictures.number_format import ScoreFormat, minus
from foldwork.pictures.parameter_labels import labels_of_candidates
from foldwork.pictures.score_curve import TEST
from foldwork.pictures.text_layout import characters, shorten_apart, wrap_name
from foldwork.results.completeness import completeness_note
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed
from foldwork.study.objects import metric_name

MOST_ROWS = 30
"""More chosen candidates than these are counted below, not drawn."""

_MOST_TICKS = 20
_ROW = 0.22  # inches
_SCORES = 2.3  # inches
_LONGEST_LABEL = 80  # characters


def plot(inputs: Mapping[str, Path], output: Path) -> None:
    """Draw a nested search from its files.

    Parameters
    ----------
    inputs : dict of str to Path
        `nested` (nested.csv), `summary` (nested.json) and `evaluated` (evaluated.json).
    output : Path
    """
    evaluated = read_signed(inputs["evaluated"], "it")
    folds = pd.read_csv(inputs["nested"])
    scoring = evaluated["request"]["spec"]["scoring"]
    suffix = next(name.removeprefix("outer_") for name in folds.columns if name.startswith("outer_"))
    metric = metric_name(scoring[0]) if scoring and suffix == "score" else suffix
    chosen = json.loads(inputs["summary"].read_text())["chosen"]
    scores = (folds[f"{part}_{suffix}"].to_numpy(float) for part in ("outer", "inner"))
    with replacing(output) as path:
        draw_nested(*scores, chosen, path, metric=metric, note=completeness_note(evaluated))


def draw_nested(
    outer: np.ndarray,
    inner: np.ndarray,
    chosen: Sequence[Mapping[str, Any]],
    path: str | os.PathLike,
    *,
    metric: str,
    note: str = "",
) -> None:
    """Draw a nested search and save the picture as PNG.

    Above are the inner and the outer score of each outer fold with their means; below, a row a candidate, which folds have chosen it.

    Parameters
    ----------
    outer, inner : ndarray of shape (n_outer_folds,)
        NaN where there is no score.
    chosen : sequence of mapping
        `chosen` of nested.json.
    path : path
        Written as it is; the picture is PNG whatever the ending.
    metric : str
        What the score is called in the picture.
    note : str
        Small text below; may be empty.

    Raises
    ------
    OSError
        If `path` cannot be written.
    """
    with style():
        figures = [
            text_figure(_words(outer, inner, chosen, metric), 7),
            _draw(outer, inner, chosen[:MOST_ROWS], metric),
        ]
        hidden = len(chosen) - MOST_ROWS
        more = f"Not drawn: {hidden:,} more candidates, chosen by one fold each or few." if hidden > 0 else ""
        figures += [text_figure(text, 7, points=8, color=FAINT) for text in (more, note) if text]
        save(figures, path)


def _words(outer: np.ndarray, inner: np.ndarray, chosen: Sequence[Mapping[str, Any]], metric: str) -> str:
    if not np.isfinite(outer).any():
        return "No outer fold has a score."
    write = ScoreFormat([outer[np.isfinite(outer)]])
    mean, count = np.mean(outer), f"{len(chosen)} candidate{'s' * (len(chosen) != 1)} chosen"
    if not np.isfinite(mean):
        return f"{(~np.isfinite(outer)).sum()} of {len(outer)} outer folds have no score · {count}"
    optimism = minus(f"{np.mean(inner) - mean:+.2g}")
    return f"outer {metric} {write(mean)} ± {write(np.std(outer))} · inner minus outer {optimism} · {count}"


def _draw(outer: np.ndarray, inner: np.ndarray, chosen: Sequence[Mapping[str, Any]], metric: str) -> Figure:
    rows = max(1.0, _ROW * len(chosen))
    labels = _labels(chosen)
    width = float(np.clip(0.42 * len(outer), 3, 9))
    # Wide enough for the labels before `fit` measures them.
    figure = new_figure(width + 4 + 0.08 * max(map(len, labels), default=0), _SCORES + rows + 1)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[_SCORES, rows])
    _draw_scores(above, outer, inner, metric)
    _draw_choices(below, chosen, labels, len(outer))
    figure.legend(*above.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    fit(figure, above, (width, _SCORES))
    return figure


def _draw_scores(ax: Axes, outer: np.ndarray, inner: np.ndarray, metric: str) -> None:
    at = np.arange(len(outer))
    ax.vlines(at, inner, outer, color=FAINT, linewidth=0.8)
    ax.plot(at, inner, "o", color=INK, markerfacecolor="white", markersize=5, label="inner: best mean of the search")
    ax.plot(at, outer, "o", color=TEST, markersize=5.5, label="outer: that candidate on the outer fold")
    if np.isfinite(outer).all():
        ax.axhline(np.mean(outer), color=TEST, linewidth=1, linestyle="--", label="mean outer")
    missing = ~np.isfinite(outer)
    if missing.any():
        low = np.full(missing.sum(), 0.03)
        ax.plot(at[missing], low, "x", color=FAINT, transform=ax.get_xaxis_transform(), label="no score")
    ax.set_ylabel(wrap_name(metric, characters(_SCORES)))
    ax.grid(True, axis="y")


def _draw_choices(ax: Axes, chosen: Sequence[Mapping[str, Any]], labels: Sequence[str], n_folds: int) -> None:
    for row, candidate in enumerate(chosen):
        ax.plot(candidate["folds"], [row] * len(candidate["folds"]), "s", color=TEST, markersize=7)
    ax.set_yticks(range(len(chosen)), labels)
    step = -(-n_folds // _MOST_TICKS)
    ax.set_xticks(range(0, n_folds, step))
    ax.set_xlim(-0.5, n_folds - 0.5)
    ax.set_ylim(max(len(chosen), 1) - 0.5, -0.5)
    ax.set_xlabel("outer fold")
    ax.tick_params(axis="y", length=0)
    ax.grid(True)


def _labels(chosen: Sequence[Mapping[str, Any]]) -> list[str]:
    models = list(dict.fromkeys(candidate["model"] for candidate in chosen))
    short = dict(zip(models, shorten_apart(models, 30), strict=True))
    settings = labels_of_candidates([(candidate["model"], candidate["params"]) for candidate in chosen], _LONGEST_LABEL)
    return [
        f"{candidate['count']} × {short[candidate['model']]}{': ' * bool(words)}{words}"
        for candidate, words in zip(chosen, settings, strict=True)
    ]
