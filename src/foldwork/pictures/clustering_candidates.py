"""Draw every candidate of a clustering from its records, in colours that stay with their clusters."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from foldwork.data.fold_files import open_file
from foldwork.pictures.clusters import draw_clusters
from foldwork.pictures.label_matching import order_centers
from foldwork.pictures.partitions import partitions
from foldwork.pictures.projection import project
from foldwork.results.results import Results, results_of
from foldwork.storage.atomic_write import replacing


def plot(inputs: Mapping[str, Path], output: Path) -> None:
    """Draw a picture of each candidate of a clustering.

    Parameters
    ----------
    inputs : dict of str to Path
        ``evaluated`` (evaluated.json) and ``dataset`` (folder of the dataset).
    output : Path
        Folder of the pictures.
    """
    results = results_of(inputs["evaluated"])
    fold = results.request.folds[0]
    points = open_file(str(inputs["dataset"] / fold.file), fold.sha256).fresh()["X"]
    output.mkdir(parents=True, exist_ok=True)
    draw_candidates(results, points, output)


def draw_candidates(results: Results, X: Any, folder: Path) -> None:
    """Draw `{model}-{candidate}.png` for every candidate that has labels.

    Parameters
    ----------
    results : Results
        Of a clustering.
    X : array-like, shape (n_samples, n_features)
        The points.
    folder : Path
        Where the pictures go.
    """
    points, projection = project(X)
    for evaluation, record, labels, names, title in partitions(results):
        centers = record["centers"]
        placed = None if centers is None else projection(order_centers(np.asarray(centers, dtype=float), names))
        with replacing(folder / f"{evaluation.model}-{evaluation.candidate}.png") as temporary:
            draw_clusters(points, labels, placed, temporary, title=title, axes_names=projection.axes_names)
