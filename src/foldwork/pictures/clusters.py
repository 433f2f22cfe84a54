"""The picture of one clustering: points in the colours of their clusters, centres, and noise."""

import os

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from foldwork.pictures.canvas import new_figure, save, style
from foldwork.pictures.palette import NOISE, color_of, marker_of
from foldwork.pictures.text_layout import wrap

MOST_POINTS = 200_000
MANY_POINTS = 20_000

# All pictures of one clustering have the same frame, so that they can be compared.
_WIDTH, _HEIGHT = 8.2, 6.0
_FRAME = (0.75, 0.6, 5.7, 4.85)  # left, bottom, width, height in inches
_MOST_ENTRIES = 44


def draw_clusters(
    points: np.ndarray,
    labels: np.ndarray,
    centers2d: np.ndarray | None,
    path: str | os.PathLike,
    *,
    title: str,
    axes_names: tuple[str, str] = ("x0", "x1"),
) -> None:
    """Draw a partition of points and save the picture as PNG.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Points that are not finite are left out. Of more than 200,000 a fixed sample is drawn; counts are of all.
    labels : ndarray of int, shape (n,)
        Names of the clusters: a name has the same colour in every picture (see `match_labels`). Negative: noise.
    centers2d : ndarray, shape (k, 2), or None
        Centres in the order of the clusters' names (see `order_centers`), each marked with its name; where there are
        more or fewer than clusters, they are marked without.
    path : path
        Written as it is; the picture is PNG whatever the ending.
    title : str
        Model, parameters, inertia, …: wrapped to three lines.
    axes_names : (str, str)

    Raises
    ------
    ValueError
        If shapes do not fit.
    OSError
        If `path` cannot be written.
    """
    points, labels = np.asarray(points, dtype=float), np.asarray(labels).astype(int)
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1]:
        raise ValueError(f"want points of shape (n, 2) and n labels; have shapes {points.shape} and {labels.shape}")
    names, counts = np.unique(labels[labels >= 0], return_counts=True)
    with style():
        figure = new_figure(_WIDTH, _HEIGHT, None)
        left, bottom, across, up = _FRAME
        ax = figure.add_axes([left / _WIDTH, bottom / _HEIGHT, across / _WIDTH, up / _HEIGHT])
        _scatter(ax, points, labels)
        # Clusterers measure distances, and equal scales show them; but not where one axis would become too narrow.
        spans = np.ptp(points[np.isfinite(points).all(axis=1)], axis=0) if np.isfinite(points).any() else np.zeros(2)
        if spans.min() > 0 and spans.max() / spans.min() < 4:
            ax.set_aspect("equal", adjustable="datalim")
            ax.apply_aspect()
        ax.set(aspect="auto", xlim=ax.get_xlim(), ylim=ax.get_ylim())
        if centers2d is not None:
            _mark_centers(ax, np.asarray(centers2d, dtype=float), names)
        ax.set(xlabel=axes_names[0], ylabel=axes_names[1])
        words = wrap(title, _WIDTH - left - 0.3, points=9.5)
        figure.text(left / _WIDTH, (bottom + up + 0.08) / _HEIGHT, words, fontsize=9.5, va="bottom")
        corner = ((left + across + 0.1) / _WIDTH, (bottom + up) / _HEIGHT)
        _legend(figure, corner, names, counts, int((labels < 0).sum()))
        save([figure], path)


def _scatter(ax: Axes, points: np.ndarray, labels: np.ndarray) -> None:
    shown = np.flatnonzero(np.isfinite(points).all(axis=1))
    if len(shown) > MOST_POINTS:
        shown = np.sort(np.random.default_rng(0).choice(shown, MOST_POINTS, replace=False))
    points, labels = points[shown], labels[shown]
    many = len(points) > MANY_POINTS
    size = 1.5 if many else float(np.clip(16_000 / max(len(points), 1), 5, 30))
    noise = labels < 0
    look = {"rasterized": many, "linewidths": 0.5 if not many else 0.2}
    ax.scatter(*points[noise].T, s=size, marker="x", color=NOISE, zorder=1, **look)
    # In the order of the data, not cluster by cluster: else the last cluster would hide the others where they meet.
    markers = np.array([marker_of(name) for name in labels])
    for marker in sorted(set(markers[~noise])):
        chosen = ~noise & (markers == marker)
        colors = [color_of(name) for name in labels[chosen]]
        edge = {"edgecolors": "none" if len(points) > 2_000 else "white", "linewidths": 0.3}
        ax.scatter(*points[chosen].T, s=size, marker=marker, c=colors, rasterized=many, zorder=2, **edge)


def _mark_centers(ax: Axes, centers: np.ndarray, names: np.ndarray) -> None:
    named = len(names) == len(centers)
    small = len(centers) > 40
    size = 40 if small else 150
    ax.scatter(*centers.T, s=size, marker="o", c="white", edgecolors="black", linewidths=1.1, alpha=0.9, zorder=3)
    for i, center in enumerate(centers):
        if named and np.isfinite(center).all():
            look = {"ha": "center", "va": "center_baseline", "color": "black", "zorder": 4, "clip_on": True}
            ax.text(*center, str(names[i]), fontsize=4.5 if small else 7, **look)


def _legend(figure, corner, names: np.ndarray, counts: np.ndarray, n_noise: int) -> None:
    dot = {"linestyle": "none", "markersize": 5.5}
    entries = [
        Line2D([], [], color=color_of(name), marker=marker_of(name), label=f"{name}  ({n:,})", **dot)
        for name, n in zip(names[:_MOST_ENTRIES], counts, strict=False)
    ]
    if len(names) > _MOST_ENTRIES:
        entries.append(Line2D([], [], linestyle="none", label=f"… {len(names) - _MOST_ENTRIES} more"))
    if n_noise:
        entries.append(Line2D([], [], color=NOISE, marker="x", label=f"noise  ({n_noise:,})", **dot))
    look = {"title": "cluster (points)", "title_fontsize": 8, "alignment": "left", "borderaxespad": 0}
    size = {"ncols": 1, "fontsize": 8} if len(entries) <= 24 else {"ncols": 2, "fontsize": 6.5}
    place = {"loc": "upper left", "bbox_to_anchor": corner, "handletextpad": 0.2, "columnspacing": 0.5}
    figure.legend(handles=entries, **look, **size, **place)
