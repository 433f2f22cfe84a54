"""Score against fit time of the candidates of a search, and those that no other beats in both (the Pareto front). Times differ from run to run."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from foldwork.pictures.canvas import INK, fit, new_figure, save, style, text_figure
from foldwork.pictures.number_format import format_tick
from foldwork.pictures.palette import MARKERS, color_of
from foldwork.pictures.parameters import compared
from foldwork.pictures.score_table import by_model, numbers_of
from foldwork.pictures.text_layout import shorten, wrap_name
from foldwork.results.completeness import completeness_note
from foldwork.results.csv_table import ranking_column, write_table
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed

TIME = "mean_fit_time"
MOST_NAMES = 12
"""Models in the legend, and numbered candidates of the front."""


def plot(inputs: Mapping[str, Path], output: Path, *, metric: str) -> None:
    """Write pareto.csv and pareto.png.

    Parameters
    ----------
    inputs : dict of str to Path
        ``scores`` (scores.csv), ``timings`` (timings.csv) and ``evaluated`` (evaluated.json).
    output : Path
        Folder of the files.
    metric : str
        Name of the metric that ranks.
    """
    evaluated = read_signed(inputs["evaluated"], "it")
    scores = pd.read_csv(inputs["scores"])
    scores = compared(scores.assign(**{TIME: pd.read_csv(inputs["timings"])[TIME]}))
    output.mkdir(parents=True, exist_ok=True)
    write_pareto(scores, output, metric=metric, note=completeness_note(evaluated))


def on_front(seconds: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return the positions of the candidates than which none is both faster and better, the fastest first; NaN is on no front."""
    known = np.flatnonzero(np.isfinite(seconds) & np.isfinite(score))
    ordered = known[np.lexsort((-score[known], seconds[known]))]
    found, best = [], -np.inf
    for row in ordered:
        if score[row] > best:
            found.append(row)
            best = score[row]
    return np.array(found, dtype=int)


def write_pareto(scores: pd.DataFrame, folder: Path, *, metric: str = "score", note: str = "") -> None:
    """Write the candidates of the front as pareto.csv, and all candidates as pareto.png.

    Parameters
    ----------
    scores : DataFrame
        scores.csv with the column `mean_fit_time`.
    folder : Path
    metric, note : str
        What the score is called in the picture, and small text below it.
    """
    column = ranking_column(scores.columns)
    seconds, score = numbers_of(scores[TIME]), numbers_of(scores[column])
    front = on_front(seconds, score)
    columns = ["model", "params", TIME, column]
    table = scores.iloc[front][columns].to_dict("records")
    write_table(folder / "pareto.csv", ["number", *columns], [{"number": n, **row} for n, row in enumerate(table, 1)])
    with style():
        figure = new_figure(7, 4.4)
        ax = figure.subplots()
        if len(front):
            _draw(ax, scores, seconds, score, front)
        ax.set(xlabel="mean fit time (s)", ylabel=wrap_name(metric, 24))
        ax.grid(True)
        figure.legend(loc="outside lower center", ncols=3)
        fit(figure, ax, (5.8, 3.4))
        words = [text_figure("No candidate has a score.", 6.4)] if not len(front) else []
        with replacing(folder / "pareto.png") as path:
            save([*words, figure], path, note)


def _draw(ax: Axes, scores: pd.DataFrame, seconds: np.ndarray, score: np.ndarray, front: np.ndarray) -> None:
    places = pd.Series(range(len(scores)), index=scores.index)
    for number, (name, rows) in enumerate(by_model(scores)):
        at = places[rows.index].to_numpy()
        label = shorten(name, 30) if number < MOST_NAMES else None
        # Shapes besides colours, for those who see red and green alike.
        look = {"color": color_of(number), "marker": MARKERS[number % len(MARKERS)]}
        ax.plot(seconds[at], score[at], linestyle="none", markersize=4.5, alpha=0.6, mec="none", label=label, **look)
    words = "Pareto front" + ", numbered as in pareto.csv" * (len(front) <= MOST_NAMES)
    ax.step(seconds[front], score[front], where="post", color=INK, linewidth=1, label=words, zorder=3)
    ring = {"color": "none", "markeredgecolor": INK, "markersize": 8, "marker": "o", "linestyle": "none"}
    ax.plot(seconds[front], score[front], zorder=3, **ring)
    if len(front) <= MOST_NAMES:
        for number, row in enumerate(front, 1):
            near = {"xytext": (0, 7), "textcoords": "offset points", "ha": "center", "fontsize": 8}
            ax.annotate(str(number), (seconds[row], score[row]), **near)
    known = seconds[np.isfinite(seconds)]
    if known.min() > 0 and known.max() / known.min() >= 20:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(lambda value, _: format_tick(value))
