"""The picture of a learning or validation curve: train and test scores with bands of one standard deviation, a panel a metric."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from foldwork.pictures.canvas import fit, new_figure, save, style
from foldwork.pictures.heat_map import NO_SCORE
from foldwork.pictures.parameter_axis import ParameterAxis, axis_of
from foldwork.pictures.score_curve import TEST, TRAIN
from foldwork.pictures.text_layout import wrap_name
from foldwork.records import formatting
from foldwork.records.request import Request
from foldwork.results.completeness import completeness_note
from foldwork.results.curves import varied
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed
from foldwork.study.search_space import parameter_values

PANEL = 5.6, 2.8  # inches
MOST_DOTS = 40


def plot(inputs: Mapping[str, Path], output: Path) -> None:
    """Draw the scores of a curve.

    Parameters
    ----------
    inputs : dict of str to Path
        ``curve`` (curve.csv) and ``evaluated`` (evaluated.json).
    output : Path
    """
    evaluated = read_signed(inputs["evaluated"], "it")
    table = pd.read_csv(inputs["curve"])
    axis, words = axis_and_candidate(Request.from_json(evaluated["request"]), table)
    with replacing(output) as path:
        draw_curve(table, path, axis=axis, title=words, note=completeness_note(evaluated))


def axis_and_candidate(request: Request, table: pd.DataFrame) -> tuple[ParameterAxis, str]:
    """Return what varies along a curve, and the candidate in words."""
    ((model, spec),) = request.spec["models"].items()
    parameter = request.spec["curve"].get("parameter")
    fixed = {name: values[0] for name, values in spec["space"].items() if name != parameter}
    column = varied(request.spec)
    # The table has no types: None and objects are read from the config.
    values = table[column].tolist() if parameter is None else parameter_values(spec["space"][parameter])
    axis = axis_of("train sizes" if parameter is None else parameter, values, spec["space"])
    return axis, formatting.candidate(model, fixed)


def draw_curve(
    table: pd.DataFrame, path: str | os.PathLike, *, axis: ParameterAxis, title: str = "", note: str = ""
) -> None:
    """Draw the scores of a curve and save the picture as PNG.

    Parameters
    ----------
    table : DataFrame
        curve.csv: see `results.curves`.
    path : path
        Written as it is; the picture is PNG whatever the ending.
    axis : ParameterAxis
        What varies, a code for each row of the table.
    title, note : str
        Text above and below; may be empty.

    Raises
    ------
    OSError
        If `path` cannot be written.
    """
    prefix = "mean_test_"
    metrics = [name.removeprefix(prefix) for name in table.columns if name.startswith(prefix)]
    with style():
        figure = new_figure(PANEL[0] + 1, PANEL[1] * len(metrics) + 1)
        panels = figure.subplots(len(metrics), squeeze=False, sharex=True)[:, 0]
        for metric, ax in zip(metrics, panels, strict=True):
            for part, color, shift in (("train", TRAIN, 0.12), ("test", TEST, 0.0)):
                mean, std = (table[f"{what}_{part}_{metric}"].to_numpy(float) for what in ("mean", "std"))
                draw_band(ax, axis, mean, std, color=color, label=f"{part} score", shift=shift)
            ax.set_ylabel(wrap_name(metric, 24))
            ax.grid(True, axis="y")
        axis.tick(panels[-1], "x", 10, cells=False)
        panels[-1].set_xlabel(axis.name)
        handles = {
            label: handle for ax in panels for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3)
        fit(figure, panels[0], PANEL, (len(metrics), 1))
        save([figure], path, note, title=title)


def draw_band(
    ax: Axes,
    axis: ParameterAxis,
    mean: Sequence[float] | np.ndarray,
    std: Sequence[float] | np.ndarray,
    *,
    color: str,
    label: str,
    shift: float = 0.0,
) -> None:
    """Draw means with a band of one standard deviation; where values are words, points with error bars, between categories moved by `shift`."""
    mean, std = np.asarray(mean, float), np.nan_to_num(np.asarray(std, float))
    order = np.argsort(axis.codes, kind="stable")
    at, mean, std = axis.coordinates[axis.codes[order]], mean[order], std[order]
    known = np.isfinite(mean)
    if not known.all():
        low = np.full((~known).sum(), 0.03)
        ax.plot(at[~known], low, "x", color="#8c8c8c", transform=ax.get_xaxis_transform(), label=NO_SCORE)
    look: dict[str, Any] = {"color": color, "label": label}
    if axis.is_numeric and len(axis) > 1:
        dots = 4 if known.sum() <= MOST_DOTS else 0
        ax.plot(at[known], mean[known], marker="o", markersize=dots, linewidth=1.5, **look)
        ax.fill_between(at[known], (mean - std)[known], (mean + std)[known], color=color, alpha=0.18, linewidth=0)
    else:
        shift = 0.0 if axis.is_to_scale else shift
        ax.errorbar(at[known] + shift, mean[known], yerr=std[known], fmt="o", markersize=5, capsize=3, **look)
