"""The picture of a comparison: for each pair of models the difference with its interval, and who is better how probably."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from foldwork.pictures.canvas import FAINT, INK, fit, new_figure, save, style, text_figure
from foldwork.pictures.number_format import ScoreFormat, format_tick
from foldwork.pictures.parameter_labels import settings_in_words
from foldwork.pictures.text_layout import shorten, shorten_apart, wrap_name
from foldwork.records.formatting import value_in_words
from foldwork.records.request import Request
from foldwork.results.best_of_models import BestCandidate, best_of_models
from foldwork.results.comparison import Pair, compare_all, size_ratio
from foldwork.results.completeness import completeness_note
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed

A, EQUAL, B = "#1f5fa8", "#d3d3d3", "#e08214"
BAND = "#e6efe0"
LEVEL = 0.05
"""Pairs with an adjusted p-value below this are marked."""

# Twelve models have 66 pairs. Of more models only the pairs with the best one are drawn.
_MOST_PAIRS = 66
_LONGEST_NAME = 30
_PANEL_WIDTH = 3.6  # inches


def plot(inputs: Mapping[str, Path], output: Path, *, rope: float) -> None:
    """Draw the comparison of the models of a search.

    Parameters
    ----------
    inputs : dict of str to Path
        ``scores`` (scores.csv) and ``evaluated`` (evaluated.json).
    output : Path
    rope : float
        Differences up to this much are practically equal.
    """
    evaluated = read_signed(inputs["evaluated"], "it")
    request = Request.from_json(evaluated["request"])
    suffix, best = best_of_models(inputs["scores"], request.spec["models"], len(request.folds))
    scores = {model: candidate.scores for model, candidate in best.items() if candidate}
    pairs = compare_all(scores, size_ratio(request.folds), rope)
    # With one metric the suffix is "score"; a custom scorer that returns several scores gives their names itself.
    metric = request.metrics[0] if suffix == "score" else suffix
    with replacing(output) as path:
        draw_comparison(best, pairs, path, metric=metric, rope=rope, note=completeness_note(evaluated))


def draw_comparison(
    best: Mapping[str, BestCandidate | None],
    pairs: Sequence[Pair],
    path: str | os.PathLike,
    *,
    metric: str,
    rope: float,
    note: str = "",
) -> None:
    """Draw the comparisons of the models of a search, a row a pair, and save the picture as PNG.

    On the left the difference of the mean scores with its 95% interval, on the right the posterior probabilities and the adjusted p-value. The
    candidates that are compared stand below.

    Parameters
    ----------
    best : mapping of str to BestCandidate or None
        The candidate of each model; None for a model without a complete one.
    pairs : sequence of Pair
        Their comparisons.
    path : path
        Written as it is; the picture is PNG whatever the ending.
    metric : str
        What the score is called in the picture.
    rope : float
        Differences up to this much are practically equal.
    note : str
        Small text below; may be empty.

    Raises
    ------
    OSError
        If `path` cannot be written.
    """
    shown = _shown(best, pairs)
    with style():
        figures = [_draw_pairs(shown, metric, rope)] if pairs else []
        width = figures[0].get_figwidth() if figures else 6.4
        if not pairs:
            words = "There is no pair to compare: fewer than two models have a candidate with a score on every fold."
            figures.append(text_figure(words, width))
        figures += [text_figure(line, width, points=8) for line in _candidates_in_words(best, metric)]
        for line in _remarks(pairs, shown, note):
            figures.append(text_figure(line, width, points=8, color=FAINT))
        save(figures, path)


def _shown(best: Mapping[str, BestCandidate | None], pairs: Sequence[Pair]) -> list[Pair]:
    if len(pairs) <= _MOST_PAIRS:
        return list(pairs)
    first = max((model for model, each in best.items() if each), key=lambda model: best[model].mean)
    return [pair for pair in pairs if first in (pair.model_a, pair.model_b)]


def _candidates_in_words(best: Mapping[str, BestCandidate | None], metric: str) -> list[str]:
    write = ScoreFormat([np.array([each.mean for each in best.values() if each])])
    lines = []
    for model, each in best.items():
        if each is None:
            lines.append(f"{shorten(model, 60)} is not compared: none of its candidates has a score on every fold")
            continue
        settings = settings_in_words(((name, value_in_words(value)) for name, value in each.params.items()), 160)
        with_settings = f" with {settings}" if settings else ""
        lines.append(f"{shorten(model, 60)}: mean {shorten(metric, 60)} {write(each.mean)}{with_settings}")
    return lines


def _remarks(pairs: Sequence[Pair], shown: Sequence[Pair], note: str) -> list[str]:
    remarks = []
    if len(shown) < len(pairs):
        remarks.append(
            f"{len(shown)} of {len(pairs):,} pairs shown: those with the best model. comparison.csv has all."
        )
    if any(pair.comparison.p is None for pair in shown):
        remarks.append("Fewer than two folds: there is no test.")
    if pairs:
        remarks.append("Each candidate is the best of its model on these same folds, which is optimistic.")
    return [*remarks, note] if note else remarks


def _draw_pairs(pairs: Sequence[Pair], metric: str, rope: float) -> Figure:
    labels = _labels(pairs)
    row = 0.42 if any("\n" in label for label in labels) else 0.32
    size = (_PANEL_WIDTH, row * len(pairs) + 0.3)
    figure = new_figure(2 * size[0] + 3, size[1] + 1.4)
    left, right = figure.subplots(1, 2, sharey=True)
    _draw_differences(left, pairs, rope)
    _draw_probabilities(right, pairs)
    # Room above the first row for the words above the p-values.
    left.set_ylim(len(pairs) - 0.5, -0.5 - 0.3 / row)
    left.set_yticks(range(len(pairs)), labels=labels)
    left.set_xlabel(f"{wrap_name(f'difference of {metric}', 42, 2)}\n(first minus second)")
    right.set_xlabel("probability")
    for ax in (left, right):
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
    figure.legend(handles=_legend(rope), loc="outside lower center", ncols=3)
    fit(figure, left, size, (1, 2))
    return figure


def _labels(pairs: Sequence[Pair]) -> list[str]:
    names = list(dict.fromkeys(name for pair in pairs for name in (pair.model_a, pair.model_b)))
    short = dict(zip(names, shorten_apart(names, _LONGEST_NAME), strict=True))
    labels = [(short[pair.model_a], short[pair.model_b]) for pair in pairs]
    between = " − " if all(len(a) + len(b) <= _LONGEST_NAME for a, b in labels) else "\n− "
    return [f"{a}{between}{b}" for a, b in labels]


def _draw_differences(ax: Axes, pairs: Sequence[Pair], rope: float) -> None:
    ends = [0.0]
    for place, pair in enumerate(pairs):
        difference, interval = pair.comparison.difference, pair.comparison.interval()
        significant = pair.p_holm is not None and pair.p_holm < LEVEL
        color = INK if not significant else A if difference > 0 else B
        if interval is not None:
            ax.plot(interval, [place, place], color=color, linewidth=1.5)
        ax.plot(
            [difference], [place], "o", color=color, markersize=6, markerfacecolor=color if significant else "white"
        )
        ends += [difference, *(interval or ())]
    ends = [end for end in ends if np.isfinite(end)]
    reach = max(map(abs, ends))
    # A rope that is far wider than all differences would hide them: the band then fills the panel.
    if rope <= 4 * reach or not reach:
        ends += [-rope, rope]
    low, high = min(ends), max(ends)
    margin = 0.06 * (high - low) or 1.0
    if rope:
        ax.axvspan(-rope, rope, color=BAND, linewidth=0, zorder=0)
    ax.axvline(0, color="#8a8a8a", linewidth=0.8, zorder=1)
    ax.set_xlim(low - margin, high + margin)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.grid(True, axis="x")


def _draw_probabilities(ax: Axes, pairs: Sequence[Pair]) -> None:
    for place, pair in enumerate(pairs):
        found = pair.comparison
        if found.p is None:
            continue
        start = 0.0
        parts = ((found.prob_a_better, A, "white"), (found.prob_equivalent, EQUAL, INK), (found.prob_b_better, B, INK))
        for probability, color, ink in parts:
            ax.barh(place, probability, left=start, height=0.62, color=color, linewidth=0)
            if probability >= 0.14:
                words = {"ha": "center", "va": "center", "color": ink, "fontsize": 7.5}
                ax.text(start + probability / 2, place, _percent(probability), **words)
            start += probability
        ax.text(1.03, place, _p_in_words(pair.p_holm), va="center", fontsize=8)
    if any(pair.p_holm is not None for pair in pairs):
        ax.text(1.03, -0.62, "p (Holm)", va="bottom", fontsize=8, color=FAINT)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.xaxis.set_major_formatter(PercentFormatter(1))


def _percent(probability: float) -> str:
    """Return a probability in percent. What is nearly certain is not written as certain."""
    return "> 99%" if 0.99 < probability < 1 else f"{probability:.0%}"


def _p_in_words(p: float) -> str:
    return "< 0.001" if 0 < p < 0.001 else f"{p:.3f}" if p else "0"


def _legend(rope: float) -> list[Line2D | Patch]:
    look = {"color": INK, "marker": "o", "markersize": 5, "linewidth": 1.5}
    band = [Patch(color=BAND, label=f"practically equal: within ± {format_tick(rope)}")] if rope else []
    return [
        Patch(color=A, label="first is better"),
        Patch(color=EQUAL, label="practically equal"),
        Patch(color=B, label="second is better"),
        Line2D([], [], markerfacecolor="white", label="difference, 95% interval", **look),
        Line2D([], [], label=f"p (Holm) < {LEVEL}, in the colour of the better", **look),
        *band,
    ]
