"""What the out-of-fold predictions of the best candidate show: tables and pictures of what applies to its task."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from foldwork.data.datasets import FILE
from foldwork.data.datasets import MANIFEST as DATASET
from foldwork.data.fold_files import open_file
from foldwork.pictures.canvas import save, style
from foldwork.pictures.class_scores import draw_calibration, draw_curves
from foldwork.pictures.confusion import draw_classes, draw_confusion
from foldwork.pictures.residuals import draw_groups, draw_residuals
from foldwork.results import predicted_tables, threshold_curves
from foldwork.results.completeness import completeness_note
from foldwork.results.csv_table import Row, write_table
from foldwork.results.predicted import Predicted, predicted
from foldwork.storage.atomic_write import replacing
from foldwork.storage.signed_json import read_signed
from foldwork.study.objects import build_estimator


def plot(inputs: Mapping[str, Path], output: Path) -> None:
    """Write the tables and pictures of the best candidate's predictions.

    Parameters
    ----------
    inputs : dict of str to Path
        ``predictions`` (predictions.parquet or .csv), ``best`` (best.json), ``evaluated`` (evaluated.json) and ``dataset`` (folder of the dataset).
    output : Path
        Folder of the files.
    """
    from sklearn.base import is_classifier, is_regressor

    evaluated = read_signed(inputs["evaluated"], "it")
    model = json.loads(inputs["best"].read_text())["model"]
    sys.path.insert(0, str(Path.cwd()))
    estimator = build_estimator(evaluated["request"]["spec"]["models"][model]["estimator"])
    path = inputs["predictions"]
    table = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    output.mkdir(parents=True, exist_ok=True)
    found = None
    if is_classifier(estimator) or is_regressor(estimator):
        found = predicted(table, classifies=is_classifier(estimator))
    if found is None:
        print(
            f"{evaluated['search']}: no diagnosis of predictions: it needs one target and a classifier or regressor",
            file=sys.stderr,
        )
        return
    manifest = read_signed(inputs["dataset"] / DATASET, "its folder")
    groups = open_file(str(inputs["dataset"] / FILE), manifest["sha256"]).fresh()["groups"]
    write(with_labels(found, manifest.get("labels")), output, groups=groups, note=completeness_note(evaluated))


def with_labels(found: Predicted, labels: Sequence[Any] | None) -> Predicted:
    """Return predictions with the original values of an encoded target as the names of its classes.

    Parameters
    ----------
    found : Predicted
        Its classes are codes, as text.
    labels : list or None
        As dataset.json has them; None if the target is not encoded.
    """
    if labels is None:
        return found
    return replace(found, classes=[str(labels[int(float(code))]) for code in found.classes])


def write(found: Predicted, folder: Path, *, groups: Any = None, note: str = "") -> None:
    """Write what applies to predictions.

    Parameters
    ----------
    found : Predicted
    folder : Path
    groups : array-like, shape (n_samples,), or None
        Of each row of the original table.
    note : str
        Small text below the pictures; may be empty.
    """
    with style():
        if found.classes:
            _write_classes(found, folder, note)
        elif found.prediction is not None:
            rows = predicted_tables.error_rows(found)
            _write("residuals", rows, draw_residuals(found), folder, note)
        if groups is not None and found.row is not None and found.prediction is not None:
            rows = predicted_tables.group_rows(found, groups)
            _write("groups", rows, draw_groups(rows), folder, note)


def _write_classes(found: Predicted, folder: Path, note: str) -> None:
    if found.prediction is not None:
        _write("confusion", predicted_tables.confusion_rows(found), draw_confusion(found), folder, note)
        rows = predicted_tables.class_rows(found)
        _write("classes", rows, draw_classes(rows), folder, note)
    if found.scores is None or len(found.classes) < 2:
        return
    if curves := threshold_curves.fold_curves(found):
        _write("curves", threshold_curves.area_rows(curves), draw_curves(found, curves), folder, note)
    if found.are_probabilities and (found.is_binary is False or np.isfinite(found.scores).all()):
        rows = predicted_tables.calibration_rows(found)
        _write("calibration", rows, draw_calibration(found, rows), folder, note)


def _write(name: str, rows: Sequence[Row], figure: Figure, folder: Path, note: str) -> None:
    write_table(folder / f"{name}.csv", list(rows[0]), rows)
    with replacing(folder / f"{name}.png") as path:
        save([figure], path, note)
