"""Silhouette plots show scikit-learn's silhouettes of the recorded labels."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import silhouette_samples, silhouette_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from foldwork.evaluation.last_step import points_of_last_step
from foldwork.pictures import silhouettes as module
from foldwork.pictures.silhouettes import draw_silhouettes, silhouettes

PNG = b"\x89PNG\r\n\x1a\n"
X, _ = make_blobs(300, centers=4, n_features=3, random_state=0)


def labels_of(k):
    return KMeans(k, n_init=1, random_state=0).fit(X).labels_


@pytest.mark.parametrize(
    "arguments", [{}, {"metric": "cosine"}, {"sample_size": 100, "random_state": 3}, {"sample_size": 900, "random_state": 1}]
)  # fmt: skip
def test_their_mean_is_the_metric_to_the_last_bit(arguments):
    labels = labels_of(5)
    assert silhouettes(X, labels, **arguments).values.mean() == silhouette_score(X, labels, **arguments)


def test_points_without_a_cluster_are_left_out():
    labels = labels_of(3).copy()
    labels[::7] = -1
    found = silhouettes(X, labels)
    np.testing.assert_array_equal(found.values, silhouette_samples(X[labels >= 0], labels[labels >= 0]))
    assert found.note == ""


def test_of_many_points_a_sample_is_shown_and_the_picture_says_so(monkeypatch):
    monkeypatch.setattr(module, "MOST_POINTS", 120)
    found = silhouettes(X, labels_of(4))
    assert found.note == "a sample of 120 of 300 points" and len(found.values) == 120
    assert found.values.mean() == silhouette_score(X, labels_of(4), sample_size=120, random_state=0)
    assert len(silhouettes(X, labels_of(4), sample_size=200, random_state=0).values) == 120


@pytest.mark.parametrize("labels", [np.zeros(300, int), np.full(300, -1), np.arange(300)])
def test_an_undefined_silhouette_has_a_picture_that_says_so(labels, tmp_path):
    assert silhouettes(X, labels) is None
    draw_silhouettes(None, tmp_path / "a", title="one cluster")
    assert (tmp_path / "a").read_bytes().startswith(PNG)


@pytest.mark.parametrize("k", [2, 40, pytest.param(150, marks=pytest.mark.slow)])
def test_any_number_of_clusters_is_drawn_with_the_same_bytes_again(k, tmp_path):
    for name in ("a", "b"):
        draw_silhouettes(silhouettes(X, labels_of(k)), tmp_path / name, title="model: " + "long_parameter = 1, " * 20)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_points_of_a_pipeline_are_those_that_its_last_step_gets():
    pipeline = make_pipeline(StandardScaler(), KMeans(3, n_init=1, random_state=0)).fit(X)
    points, last = points_of_last_step(make_pipeline(StandardScaler(), KMeans(3)), X)
    np.testing.assert_array_equal(points, pipeline[:-1].transform(X))
    assert isinstance(last, KMeans)
    for whole in (KMeans(3), make_pipeline(KMeans(3))):
        points, last = points_of_last_step(whole, X)
        assert points is X and isinstance(last, KMeans)
