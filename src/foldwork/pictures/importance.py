"""The picture of permutation importances: a box a feature over folds and repeats, the most important one at the top; a panel a metric."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from foldwork.pictures.canvas import FAINT, INK, fit, new_figure, save, style, text_figure
from foldwork.pictures.score_curve import TEST
from foldwork.pictures.text_layout import shorten_apart, wrap_name
from foldwork.records import formatting
from foldwork.records.request import Request
from foldwork.results.completeness import completeness_note
from foldwork.results.typed_columns import FEATURES_AS_TEXT
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed

MOST_FEATURES, MOST_LETTERS = 30, 36
PANEL, ROW, LEAST_WIDTH = 4.4, 0.24, 5.0  # inches

SHADE = "#bcd0e6"


def plot(inputs: Mapping[str, Path], output: Path) -> None:
    """Draw the importances of a candidate.

    Parameters
    ----------
    inputs : dict of str to Path
        ``importance`` (importance.csv), ``repeats`` (repeats.csv) and ``evaluated`` (evaluated.json).
    output : Path
    """
    evaluated = read_signed(inputs["evaluated"], "it")
    request = Request.from_json(evaluated["request"])
    ((model, spec),) = request.spec["models"].items()
    title = formatting.candidate(model, {name: values[0] for name, values in spec["space"].items()})
    features, repeats = (pd.read_csv(inputs[name], **FEATURES_AS_TEXT) for name in ("importance", "repeats"))
    with replacing(output) as path:
        draw_importances(
            features, repeats, path, metric_of_one=request.metrics[0], title=title, note=completeness_note(evaluated)
        )


def draw_importances(
    features: pd.DataFrame,
    repeats: pd.DataFrame,
    path: str | os.PathLike,
    *,
    metric_of_one: str = "score",
    title: str = "",
    note: str = "",
) -> None:
    """Draw the importances of the most important features and save the picture as PNG.

    Parameters
    ----------
    features, repeats : DataFrame
        importance.csv and repeats.csv: see `results.importance`.
    path : path
        Written as it is; the picture is PNG whatever the ending.
    metric_of_one : str
        Name of the metric, if there is one: the columns of several have their names.
    title, note : str
        Text above and below; may be empty.

    Raises
    ------
    OSError
        If `path` cannot be written.
    """
    columns = [name for name in repeats.columns if name.startswith("importance")]
    shown = features.iloc[:MOST_FEATURES]
    with style():
        if shown.empty or shown[f"mean_{columns[0]}"].isna().all():
            words = text_figure("No importance: every fold has failed.", LEAST_WIDTH, color=FAINT)
            save([words], path, note, title=title)
            return
        height = max(ROW * len(shown), 0.5)
        figure = new_figure(PANEL * len(columns) + 2, height + 1)
        panels = figure.subplots(1, len(columns), squeeze=False, sharey=True)[0]
        for ax, column in zip(panels, columns, strict=True):
            _draw_boxes(ax, shown["feature"], repeats, column)
            metric = column.removeprefix("importance").removeprefix("_") or metric_of_one
            ax.set_xlabel(wrap_name(f"decrease of {metric} when the feature is permuted", 60))
        labels = shorten_apart(shown["feature"].tolist(), MOST_LETTERS)
        panels[0].set_yticks(range(len(shown)), labels)
        panels[0].invert_yaxis()
        fit(figure, panels[0], (PANEL, height), (1, len(columns)))
        left_out = len(features) - len(shown)
        words = [f"{left_out:,} less important features are in importance.csv"] * (left_out > 0) + [note] * bool(note)
        save([figure], path, "; ".join(words), title=title)


def _draw_boxes(ax: Axes, names: pd.Series, repeats: pd.DataFrame, column: str) -> None:
    """Draw a box for each feature: quartiles and median, whiskers to the extremes, the mean as a dot."""
    groups = repeats.dropna(subset=[column]).groupby("feature", sort=False)[column]
    low, quarter, half, three_quarters, high = (groups.quantile(q)[names] for q in (0, 0.25, 0.5, 0.75, 1))
    places = range(len(names))
    ax.axvline(0, color=FAINT, linewidth=0.8, linestyle="--")
    ax.hlines(places, low, high, color=TEST, linewidth=1)
    ax.barh(places, three_quarters - quarter, left=quarter, height=0.62, color=SHADE, edgecolor=TEST, linewidth=0.8)
    ax.vlines(half, np.arange(len(names)) - 0.31, np.arange(len(names)) + 0.31, color=TEST, linewidth=1.8)
    ax.plot(groups.mean()[names], places, "o", markersize=3.5, color=INK)
    ax.set_ylim(-0.6, len(names) - 0.4)
    ax.grid(True, axis="x")
