"""The picture of a race: candidates against folds, and where each was dropped."""

import csv
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from foldwork.pictures.canvas import FAINT, INK, fit, new_figure, save, style, text_figure
from foldwork.pictures.color_scale import COLORS, best_mark, color_bar, score_norm
from foldwork.pictures.heat_map import NO_SCORE
from foldwork.pictures.parameter_labels import labels_of_candidates
from foldwork.pictures.score_table import spaces_of
from foldwork.pictures.text_layout import characters, shorten_apart, wrap_name
from foldwork.records.request import Request
from foldwork.results.completeness import completeness_note
from foldwork.results.csv_table import ranking_column
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed
from foldwork.strategies.racing import fold_order, numbers_of_candidates

MOST_ROWS = 40
"""More candidates than these are counted below, not drawn."""

_MOST_TICKS = 20
_ROW = 0.2  # inches
_LONGEST_LABEL = 80  # characters
_NO_SCORE = {"facecolor": "#d6d6d6", "edgecolor": "#8c8c8c", "hatch": "xxxx", "linewidth": 0}
_DROPPED = {"marker": "x", "color": INK, "markersize": 5, "markeredgewidth": 1.3, "linestyle": "none"}


def plot(inputs: Mapping[str, Path], output: Path) -> None:
    """Draw the race of a search.

    Parameters
    ----------
    inputs : dict of str to Path
        ``scores`` (scores.csv) and ``evaluated`` (evaluated.json).
    output : Path
    """
    evaluated = read_signed(inputs["evaluated"], "it")
    request = Request.from_json(evaluated["request"])
    with open(inputs["scores"], newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    options = request.spec["strategy"]["racing"] or {}
    order = fold_order(len(request.folds), options.get("random_state", 0))
    suffix = ranking_column(rows[0]).removeprefix("mean_test_")
    scores = [[float(row[f"split{k}_test_{suffix}"] or "nan") for k in order] for row in rows]
    numbers = numbers_of_candidates(spaces_of(evaluated), options)
    labels = numbered_labels([(row["model"], json.loads(row["params"])) for row in rows], numbers)
    dropped = [int(row["dropped"]) if row["dropped"] else None for row in rows]
    metric = request.metrics[0] if suffix == "score" else suffix
    with replacing(output) as path:
        draw_race(
            np.array(scores),
            labels,
            path,
            order=order,
            dropped=dropped,
            metric=metric,
            note=completeness_note(evaluated),
        )


def numbered_labels(
    candidates: Sequence[tuple[str, Mapping[str, Any]]], numbers: Mapping[str, Sequence[int]] | None = None
) -> list[str]:
    """Return a label for each candidate: its number within its model, as in the tables, and what it does not share with the others of the model.

    Parameters
    ----------
    candidates : sequence of (str, mapping)
        Models and parameters.
    numbers : mapping of str to sequence of int, or None
        Numbers of each model's candidates; None counts them.
    """
    models = list(dict.fromkeys(model for model, _ in candidates))
    short = dict(zip(models, shorten_apart(models, 30), strict=True))
    counts: Counter[str] = Counter()
    labels = []
    for (model, _), words in zip(candidates, labels_of_candidates(candidates, _LONGEST_LABEL), strict=True):
        place = counts[model] if numbers is None else numbers[model][counts[model]]
        number = f"{short[model]} {place}" if len(models) > 1 else str(place)
        labels.append(f"{number}: {words}" if words else number)
        counts[model] += 1
    return labels


def draw_race(
    scores: np.ndarray,
    labels: Sequence[str],
    path: str | os.PathLike,
    *,
    order: Sequence[int],
    dropped: Sequence[int | None],
    metric: str,
    note: str = "",
) -> None:
    """Draw a race and save the picture as PNG.

    A row a candidate, a column a fold, coloured by the score. Above are the candidates that finished, the best first; below them the others, by the number
    of folds after which they were dropped, then by their mean score. The number of candidates stands below each fold.

    Parameters
    ----------
    scores : ndarray, shape (n_candidates, n_folds)
        Columns in the order of the race, higher is better; NaN where there is no score.
    labels : sequence of str, length n_candidates
    path : path
        Written as it is; the picture is PNG whatever the ending.
    order : sequence of int, length n_folds
        Indices of the folds in the order of the race.
    dropped : sequence of int or None, length n_candidates
        Number of folds after which a candidate was dropped; None if it was not. Scores beyond it are not drawn.
    metric : str
        What the score is called in the picture.
    note : str
        Small text below; may be empty.

    Raises
    ------
    ValueError
        If lengths differ.
    OSError
        If `path` cannot be written.
    """
    scores = np.array(scores, dtype=float).reshape(-1, len(order))
    if not len(scores) == len(labels) == len(dropped):
        raise ValueError(f"{len(scores)} rows of scores, {len(labels)} labels and {len(dropped)} entries of dropped")
    ends = np.array([len(order) if end is None else end for end in dropped], dtype=int)
    finished = np.array([end is None for end in dropped], dtype=bool)
    scores[~np.isfinite(scores) | (np.arange(len(order)) >= ends[:, None])] = np.nan
    rows = _by_rank(scores, ends, finished)
    with style():
        figures = [_draw(scores, labels, order, ends, finished, rows, metric)]
        figures += [
            text_figure(text, figures[0].get_figwidth(), points=8, color=FAINT)
            for text in (_not_shown(ends, finished, rows[MOST_ROWS:]), note)
            if text
        ]
        save(figures, path)


def _by_rank(scores, ends, finished):
    """Return the rows from top to bottom. A candidate without a score on one of its folds has no mean and comes after its equals."""
    seen = np.arange(scores.shape[1]) < ends[:, None]
    mean = np.array([values[here].mean() if here.any() else np.nan for values, here in zip(scores, seen, strict=True)])
    return np.lexsort((np.where(np.isfinite(mean), -mean, np.inf), -ends, ~finished))


def _draw(scores, labels, order, ends, finished, rows, metric):
    if not len(rows):
        return text_figure("No candidates: there is nothing to draw.", 6.4)
    shown = rows[:MOST_ROWS]
    size = float(np.clip(0.42 * len(order), 2.5, 9)), max(1.2, _ROW * len(shown))
    shown_labels = [labels[row] for row in shown]
    # Wide enough for labels, legend and panel before `fit` measures them.
    figure = new_figure(size[0] + 4 + 0.08 * max(map(len, shown_labels)), size[1] + 2)
    ax = figure.subplots()
    shades = _draw_cells(ax, scores[shown], ends[shown])
    handles = _draw_marks(ax, scores[shown], ends[shown], finished[shown])
    ax.set_yticks(np.arange(len(shown)), shown_labels)
    counts = [int((ends > place).sum()) for place in range(len(order))]
    step = -(-len(order) // _MOST_TICKS)
    ticks = range(0, len(order), step)
    ax.set_xticks(list(ticks), [f"{order[place]}\n{counts[place]}" for place in ticks])
    ax.set_xlabel("fold, in the order of the race;\nbelow it, the number of its candidates")
    ax.set_xlim(-0.5, len(order) - 0.5)
    ax.set_ylim(len(shown) - 0.5, -0.5)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    if np.isfinite(scores[shown]).any():
        color_bar(figure, shades, ax, scores[shown], wrap_name(metric, characters(size[1])))
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    fit(figure, ax, size)
    return figure


def _draw_cells(ax: Axes, scores: np.ndarray, ends: np.ndarray) -> ScalarMappable:
    n_rows, n_folds = scores.shape
    mesh = ax.pcolormesh(
        np.arange(n_folds + 1) - 0.5,
        np.arange(n_rows + 1) - 0.5,
        np.ma.masked_invalid(scores),
        cmap=COLORS,
        norm=score_norm(scores),
        edgecolors="white" if n_folds <= 60 else "none",
        linewidth=0.8 if n_folds <= 60 else 0,
    )
    without = np.argwhere(_without_score(scores, ends))
    if len(without):
        corners = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
        ax.add_collection(PolyCollection(without[:, None, ::-1] + corners, **_NO_SCORE), autolim=False)
    return mesh


def _draw_marks(ax, scores, ends, finished):
    """Mark where candidates were dropped, and the best. Return what the legend needs."""
    handles = []
    out = np.flatnonzero(~finished)
    if len(out):
        # In the first empty cell; right of the last column if there is none.
        ax.plot(ends[out], out, clip_on=False, **_DROPPED)
        handles.append(Line2D([], [], label="dropped", **_DROPPED))
    without = _without_score(scores, ends)
    if without.any():
        handles.append(Patch(label=NO_SCORE, **_NO_SCORE))
    if finished[0] and not without[0].any():
        ax.plot([scores.shape[1] - 1], [0], clip_on=False, **best_mark(10))
        handles.append(Line2D([], [], label="best mean", **best_mark(10)))
    return handles


def _without_score(scores, ends):
    return ~np.isfinite(scores) & (np.arange(scores.shape[1]) < ends[:, None])


def _not_shown(ends, finished, rows):
    """Return how many candidates are not drawn, by when they were dropped."""
    if not len(rows):
        return ""
    after = Counter(int(ends[row]) for row in rows if not finished[row])
    parts = [
        f"{n:,} dropped after {end} {'fold' if end == 1 else 'folds'}" for end, n in sorted(after.items(), reverse=True)
    ]
    if n_finished := int(finished[rows].sum()):
        parts.insert(0, f"{n_finished:,} that finished")
    return f"Not drawn: {', '.join(parts)}."
