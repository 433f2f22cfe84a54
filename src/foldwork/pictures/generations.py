"""The picture of an evolutionary search: best, mean and spread of the scores in each generation, a panel a model."""

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from foldwork.pictures.canvas import FAINT, INK, fit, new_figure, save, style, text_figure
from foldwork.pictures.number_format import ScoreFormat
from foldwork.pictures.score_curve import TEST
from foldwork.results.completeness import completeness_note
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed

Rows = Sequence[Mapping[str, Any]]


def plot(inputs: Mapping[str, Path], output: Path, *, metric: str) -> None:
    """Draw the generations of a search.

    Parameters
    ----------
    inputs : dict of str to Path
        ``generations`` (generations.csv) and ``evaluated`` (evaluated.json).
    output : Path
    metric : str
        Name of the metric that ranks.
    """
    evaluated = read_signed(inputs["evaluated"], "it")
    tables: dict[str, list[dict[str, Any]]] = {}
    with open(inputs["generations"], newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            numbers: dict[str, Any] = {name: float(value or "nan") for name, value in row.items() if name != "model"}
            numbers |= {name: int(row[name]) for name in ("generation", "candidates", "failed")}
            tables.setdefault(row["model"], []).append(numbers)
    with replacing(output) as path:
        draw_generations(tables, path, metric=metric, note=completeness_note(evaluated))


def draw_generations(tables: Mapping[str, Rows], path: str | os.PathLike, *, metric: str, note: str = "") -> None:
    """Draw the scores of each generation and save the picture as PNG.

    Parameters
    ----------
    tables : mapping
        Name of a model to the rows of its generations: see `results.generations`.
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
        figures = []
        write = ScoreFormat([_column(rows, "best_so_far")[-1:] for rows in tables.values()])
        for model, rows in tables.items():
            if len(tables) > 1:
                figures.append(text_figure(model, 5.2, points=10.5, bold=True))
            if np.isfinite(_column(rows, "best_score")).any():
                figures += [text_figure(_best_words(rows, write), 6.8), _draw(rows, metric)]
            else:
                figures.append(text_figure("No candidate has a score: every evaluation failed or did not finish.", 6.4))
        if not figures:
            figures = [text_figure("No candidates: there is nothing to draw.", 6.4)]
        save(figures, path, note)


def _draw(rows: Rows, metric: str) -> Figure:
    figure = new_figure(7, 3.4)
    ax = figure.subplots()
    at, best, mean = _column(rows, "generation"), _column(rows, "best_score"), _column(rows, "mean_score")
    spread = np.nan_to_num(_column(rows, "std_score"))
    look = {"markersize": 4 if len(rows) <= 40 else 0, "linewidth": 1.5}
    ax.fill_between(at, mean - spread, mean + spread, color=TEST, alpha=0.18, linewidth=0, label="± 1 std")
    ax.plot(at, mean, color=TEST, marker="o", label="mean", **look)
    ax.plot(at, best, color=INK, marker="^", linestyle="none", markersize=4.5, label="best")
    ax.plot(at, _column(rows, "best_so_far"), color=INK, drawstyle="steps-post", linewidth=1.2, label="best so far")
    failed = _column(rows, "failed") > 0
    if failed.any():
        low = np.full(failed.sum(), 0.03)
        ax.plot(at[failed], low, "x", color=FAINT, transform=ax.get_xaxis_transform(), label="some failed")
    ax.set_xlabel("generation")
    ax.set_ylabel(metric)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(True, axis="y")
    figure.legend(loc="outside lower center", ncols=5)
    fit(figure, ax, (5.6, 2.4))
    return figure


def _best_words(rows: Rows, write: ScoreFormat) -> str:
    best = int(np.nanargmax(_column(rows, "best_score")))
    n_candidates = int(_column(rows, "candidates").sum())
    score = write(float(rows[best]["best_score"]))
    return f"best {score} in generation {rows[best]['generation']} · {n_candidates:,} candidates in {len(rows)} generations"


def _column(rows: Rows, name: str) -> np.ndarray:
    return np.array([row[name] for row in rows], float)
