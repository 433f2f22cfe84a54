"""What the candidates of a search show of its parameters, without a further fit: importances, and box plots of scores."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from foldwork.pictures import parameter_importance, score_boxes
from foldwork.pictures.canvas import save, style, text_figure
from foldwork.pictures.parameter_axis import varying_axes
from foldwork.pictures.score_table import Spaces, by_model, numbers_of, spaces_of
from foldwork.results.completeness import completeness_note
from foldwork.results.csv_table import ranking_column, write_table
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed


def plot(inputs: Mapping[str, Path], output: Path, *, metric: str) -> None:
    """Write boxes.csv and boxes.png, and with Optuna importance.csv and importance.png.

    Parameters
    ----------
    inputs : dict of str to Path
        ``scores`` (scores.csv) and ``evaluated`` (evaluated.json).
    output : Path
        Folder of the files.
    metric : str
        Name of the metric that ranks.
    """
    evaluated = read_signed(inputs["evaluated"], "it")
    scores, note = compared(pd.read_csv(inputs["scores"])), completeness_note(evaluated)
    output.mkdir(parents=True, exist_ok=True)
    write_boxes(scores, output, metric=metric, note=note)
    if parameter_importance.is_available():
        write_importance(scores, output, note=note, spaces=spaces_of(evaluated))
    else:
        print(f"{evaluated['search']}: {parameter_importance.MISSING}", file=sys.stderr)


def compared(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the candidates that can be compared: with successive halving those with the most resources, each evaluated once."""
    if "n_resources" not in scores:
        return scores
    most = scores.groupby("model")["n_resources"].transform("max")
    return scores[scores["n_resources"] == most]


def write_boxes(scores: pd.DataFrame, folder: Path, *, metric: str = "score", note: str = "") -> None:
    """Write boxes.csv and boxes.png.

    Parameters
    ----------
    scores : DataFrame
        scores.csv.
    folder : Path
    metric, note : str
        What the score is called in the picture, and small text below it.
    """
    column = ranking_column(scores.columns)
    suffix = column.removeprefix("mean_test_")
    columns = [name for name in scores if name.startswith("split") and name.endswith(f"_test_{suffix}")]
    table: list[dict[str, Any]] = []
    with style():
        figures = []
        for name, rows in by_model(scores):
            mean = numbers_of(rows[column])
            folds = np.column_stack([numbers_of(rows[each]) for each in columns])
            if "n_folds" in rows:  # of a race: candidates that were dropped have not met the last folds
                folds = folds[np.isfinite(mean)]
            panels = [(axis.name, score_boxes.by_values(axis, mean)) for axis in varying_axes(rows)]
            panels.append(("fold", score_boxes.by_folds(folds)))
            for place, (by, groups) in enumerate(panels):
                column_name = "fold" if place == len(panels) - 1 else f"param_{by}"
                table += score_boxes.box_rows(name, column_name, groups)
            figures += score_boxes.draw_boxes(panels, metric, name)
        write_table(folder / "boxes.csv", score_boxes.COLUMNS, table)
        with replacing(folder / "boxes.png") as path:
            save(figures or [text_figure("No candidates: there is nothing to draw.", 6.4)], path, note)


def write_importance(scores: pd.DataFrame, folder: Path, *, note: str = "", spaces: Spaces | None = None) -> None:
    """Write importance.csv and importance.png; parameters as for `write_boxes`, and the spaces of the models, which say where ratios count."""
    column = ranking_column(scores.columns)
    table: list[dict[str, Any]] = []
    with style():
        figures = []
        for name, rows in by_model(scores):
            found = parameter_importance.importance_rows(
                name, varying_axes(rows, (spaces or {}).get(name)), numbers_of(rows[column])
            )
            table += found
            figures += parameter_importance.draw_importance(found, name)
        write_table(folder / "importance.csv", parameter_importance.COLUMNS, table)
        with replacing(folder / "importance.png") as path:
            save(figures or [text_figure("No candidates: there is nothing to draw.", 6.4)], path, note)
