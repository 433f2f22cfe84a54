"""Draw a silhouette plot of each candidate of a clustering from its recorded labels, as Rousseeuw (1987) has it.

The silhouette of a point is (b - a) / max(a, b): a is its mean distance to the other points of its cluster, b the lowest mean distance to the points of
another one. The clusterer is not fitted again. The steps of a pipeline before it are, as the metric is computed from the points that they give.

References
----------
Rousseeuw (1987), Silhouettes: a graphical aid to the interpretation and validation of cluster analysis, Journal of Computational and Applied
Mathematics 20, 53-65
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from foldwork.data.fold_files import open_file
from foldwork.evaluation.last_step import points_of_last_step
from foldwork.evaluation.task import Task
from foldwork.pictures.canvas import FAINT, INK, new_figure, save, style
from foldwork.pictures.palette import color_of
from foldwork.pictures.partitions import partitions
from foldwork.pictures.text_layout import wrap
from foldwork.results.results import results_of
from foldwork.sklearn_private import take_rows
from foldwork.storage.atomic_write import replacing
from foldwork.study.objects import build, metric_name

MOST_POINTS = 10_000
"""The silhouettes of more points are those of a sample: their time is quadratic in the number of points."""

_WIDTH = 8.2  # inches
_FRAME = 0.75, 0.6, 5.7  # left, bottom, width in inches
_LINE = 0.135  # height of a cluster's label in inches


class Silhouettes(NamedTuple):
    """Silhouettes of a partition.

    Attributes
    ----------
    values : ndarray, shape (n,)
    labels : ndarray of int, shape (n,)
    note : str
        Which points these are; empty if all that are in a cluster.
    """

    values: np.ndarray
    labels: np.ndarray
    note: str


def plot(inputs: Mapping[str, Path], output: Path) -> None:
    """Draw `{model}-{candidate}.png` for every candidate that has labels.

    Parameters
    ----------
    inputs : dict of str to Path
        ``evaluated`` (evaluated.json) and ``dataset`` (folder of the dataset) of a clustering with the metric `silhouette`.
    output : Path
        Folder of the pictures.
    """
    results = results_of(inputs["evaluated"])
    if (study := str(inputs["evaluated"].resolve().parents[3])) not in sys.path:
        sys.path.insert(0, study)  # for the user's own estimators
    request = results.request
    (metric,) = (metric for metric in request.spec["metrics"] if metric_name(metric) == "silhouette")
    arguments = build(metric["silhouette"] or {}) if isinstance(metric, dict) else {}
    task = Task(request.task())
    file = open_file(str(inputs["dataset"] / request.folds[0].file), request.folds[0].sha256)
    output.mkdir(parents=True, exist_ok=True)
    for evaluation, _, labels, _, title in partitions(results):
        points, _ = points_of_last_step(task.candidate(evaluation.model, evaluation.params), file.fresh()["X"])
        found = silhouettes(points, labels, **arguments)
        with replacing(output / f"{evaluation.model}-{evaluation.candidate}.png") as temporary:
            draw_silhouettes(found, temporary, title=title)


def silhouettes(
    points: Any, labels: np.ndarray, *, sample_size: int | None = None, random_state: Any = None, **arguments: Any
) -> Silhouettes | None:
    """Return the silhouettes whose mean is scikit-learn's `silhouette_score` with the same arguments.

    Parameters
    ----------
    points : array-like or sparse, shape (n_samples, n_features)
    labels : ndarray of int, shape (n_samples,)
        Points with negative labels are left out.
    sample_size, random_state, **arguments
        As for `silhouette_score`. The sample is what that function draws, of at most MOST_POINTS points. A sample without a seed is drawn with 0.

    Returns
    -------
    Silhouettes or None
        None if the silhouette is not defined: for fewer than two clusters, or as many as points.
    """
    from sklearn.metrics import silhouette_samples
    from sklearn.utils import check_random_state

    rows = np.flatnonzero(labels >= 0)
    size = min(sample_size or len(rows), MOST_POINTS)
    note = ""
    if sample_size is not None or size < len(rows):
        note = f"a sample of {min(size, len(rows)):,} of {len(rows):,} points"
        rows = rows[check_random_state(random_state or 0).permutation(len(rows))[:size]]
    labels = labels[rows]
    if not 2 <= np.unique(labels).size < labels.size:
        return None
    return Silhouettes(silhouette_samples(take_rows(points, rows), labels, **arguments), labels, note)


def draw_silhouettes(found: Silhouettes | None, path: str | os.PathLike, *, title: str) -> None:
    """Draw the silhouettes of each cluster in descending order, clusters one below the other, and save the picture as PNG.

    Parameters
    ----------
    found : Silhouettes or None
        None: the picture says that there are none.
    path : path
        Written as it is; the picture is PNG whatever the ending.
    title : str
        Wrapped to three lines.
    """
    n_clusters = 0 if found is None else np.unique(found.labels).size
    height = max(4.4, _LINE * n_clusters * 1.15)  # of the panel, in inches
    left, bottom, across = _FRAME
    top = 0.75
    with style():
        figure = new_figure(_WIDTH, bottom + height + top, None)
        whole = bottom + height + top
        ax = figure.add_axes([left / _WIDTH, bottom / whole, across / _WIDTH, height / whole])
        words = wrap(title, _WIDTH - left - 0.3, points=9.5)
        figure.text(left / _WIDTH, (bottom + height + 0.08) / whole, words, fontsize=9.5, va="bottom")
        if found is None:
            text = "the silhouette is not defined:\nit needs two clusters, and more points than clusters"
            ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=FAINT)
            ax.set(xticks=[], yticks=[])
        else:
            _fill(ax, found, height)
            ax.set_xlabel("silhouette" + (f" ({found.note})" if found.note else ""))
            ax.set_ylabel("points of each cluster, sorted")
        save([figure], path)


def _fill(ax, found: Silhouettes, height: float) -> None:
    names, counts = np.unique(found.labels, return_counts=True)
    # Between two clusters there is a gap of 1 % of the height, of at most 30 % of the height in all.
    gap = len(found.labels) * min(0.01, 0.3 / len(names))
    top, centres, means = 0.0, [], []
    for name, count in zip(names, counts, strict=True):
        values = np.sort(found.values[found.labels == name])[::-1]
        edges = top + np.arange(count + 1)
        ax.fill_betweenx(edges, 0, np.append(values, values[-1]), step="post", color=color_of(name), linewidth=0)
        centres.append(top + count / 2)
        means.append(values.mean())
        top += count + gap
    total = top - gap
    mean = found.values.mean()
    ax.axvline(mean, color=INK, linestyle="--", linewidth=1.2)
    ax.axvline(0, color=FAINT, linewidth=0.6)
    low = min(float(found.values.min()), 0.0)
    side = "right" if mean > (low + 1) / 2 else "left"
    ax.text(mean, 1.0, f" mean {mean:.3g} ", transform=ax.get_xaxis_transform(), ha=side, va="top", fontsize=8)
    ax.set(xlim=(low - 0.03 * (1 - low), 1.0), ylim=(total * 1.004, -total * 0.05), yticks=[])
    ax.grid(True, axis="x")
    places = _apart(np.array(centres), _LINE / height * total * 1.054)
    beside = ax.get_yaxis_transform()
    for place, centre, name, count, own in zip(places, centres, names, counts, means, strict=True):
        line = {"arrowstyle": "-", "color": color_of(name), "shrinkA": 1, "shrinkB": 0, "relpos": (0.0, 0.5)}
        ax.annotate(
            f"{name}  ({count:,}; mean {own:.3g})",
            xy=(1.0, centre),
            xycoords=beside,
            xytext=(1.035, place),
            textcoords=beside,
            arrowprops=line,
            annotation_clip=False,
            va="center",
            fontsize=7.5,
        )


def _apart(places: np.ndarray, distance: float) -> np.ndarray:
    """Return ascending places moved as little as needed to be `distance` apart, within the range of clusters' centres where there is room."""
    moved = places.copy()
    for at in range(1, len(moved)):  # down
        moved[at] = max(moved[at], moved[at - 1] + distance)
    if len(moved) and moved[-1] > places[-1]:
        moved[-1] = places[-1]
        for at in range(len(moved) - 2, -1, -1):  # and up again
            moved[at] = min(moved[at], moved[at + 1] - distance)
    return moved
