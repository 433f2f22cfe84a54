"""The picture of the times of a curve: fit time along the curve, and test score against fit time. Times differ from run to run."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from foldwork.pictures.canvas import fit, new_figure, save, style
from foldwork.pictures.curve import PANEL, axis_and_candidate, draw_band
from foldwork.pictures.parameter_axis import ParameterAxis
from foldwork.pictures.score_curve import TEST
from foldwork.pictures.text_layout import wrap_name
from foldwork.records.request import Request
from foldwork.results.completeness import completeness_note
from foldwork.results.csv_table import ranking_column
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed

TIME = "#5b3f8f"


def plot(inputs: Mapping[str, Path], output: Path) -> None:
    """Draw the times of a curve.

    Parameters
    ----------
    inputs : dict of str to Path
        ``curve`` (curve.csv), ``timings`` (timings.csv) and ``evaluated`` (evaluated.json).
    output : Path
    """
    evaluated = read_signed(inputs["evaluated"], "it")
    table, times = pd.read_csv(inputs["curve"]), pd.read_csv(inputs["timings"])
    axis, words = axis_and_candidate(Request.from_json(evaluated["request"]), table)
    with replacing(output) as path:
        draw_times(table, times, path, axis=axis, title=words, note=completeness_note(evaluated))


def draw_times(
    table: pd.DataFrame, times: pd.DataFrame, path: Path, *, axis: ParameterAxis, title: str = "", note: str = ""
) -> None:
    """Draw fit times beside scores and save the picture as PNG.

    Parameters
    ----------
    table, times : DataFrame
        curve.csv and timings.csv: see `results.curves`.
    path : path
    axis : ParameterAxis
        What varies, a code for each row of the tables.
    title, note : str
        Text above and below; may be empty.
    """
    column = ranking_column(table.columns)
    seconds, spread = (times[f"{what}_fit_time"].to_numpy(float) for what in ("mean", "std"))
    score, error = table[column].to_numpy(float), np.nan_to_num(table[column.replace("mean", "std", 1)].to_numpy(float))
    with style():
        figure = new_figure(2 * PANEL[0], PANEL[1] + 1)
        left, right = figure.subplots(1, 2)
        draw_band(left, axis, seconds, spread, color=TIME, label="fit time")
        axis.tick(left, "x", 8, cells=False)
        left.set(xlabel=axis.name, ylabel="fit time (s)")
        left.grid(True, axis="y")
        right.errorbar(seconds, score, yerr=error, fmt="o", color=TEST, markersize=4, capsize=2, elinewidth=0.8)
        right.set(xlabel="fit time (s)", ylabel=wrap_name(column.removeprefix("mean_").replace("_", " ", 1), 24))
        right.grid(True)
        fit(figure, left, (4.2, PANEL[1]), (1, 2))
        save([figure], path, note, title=title)
