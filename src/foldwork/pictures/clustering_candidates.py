"""Draw every candidate of a clustering from its records, in colours that stay with their clusters."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from foldwork.data.fold_files import open_file
from foldwork.evaluation.labels import unpack
from foldwork.pictures.clusters import draw_clusters
from foldwork.pictures.label_matching import match_labels, order_centers
from foldwork.pictures.parameter_labels import settings_in_words
from foldwork.pictures.projection import project
from foldwork.records.formatting import value_in_words
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
    previous: dict[str, np.ndarray] = {}
    for evaluation in results.candidates():
        record = results.record(evaluation)
        if record is None or record["status"] != "ok":
            continue
        labels, names = match_labels(previous.get(evaluation.model), unpack(record["labels"]))
        previous[evaluation.model] = labels
        centers = record["centers"]
        placed = None if centers is None else projection(order_centers(np.asarray(centers, dtype=float), names))
        with replacing(folder / f"{evaluation.model}-{evaluation.candidate}.png") as temporary:
            draw_clusters(
                points,
                labels,
                placed,
                temporary,
                title=_title(evaluation, record, results.metrics),
                axes_names=projection.axes_names,
            )


def _title(evaluation: Any, record: dict[str, Any], metrics: list[str]) -> str:
    settings = settings_in_words((name, value_in_words(value, name)) for name, value in evaluation.params.items())
    values = {name: float(record["test"][name]) for name in metrics}  # the record may hold more, in another order
    figures = [f"{name} {value:.6g}" for name, value in values.items() if value == value]
    return f"{evaluation.model}: {', '.join([*filter(None, [settings]), *figures])}"
