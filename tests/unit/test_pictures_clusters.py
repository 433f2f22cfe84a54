"""What the pictures of clusterings promise: lasting names and colours, and points and centres on one sheet."""

import tracemalloc

import numpy as np
import pytest

from foldwork.pictures.clusters import draw_clusters
from foldwork.pictures.label_matching import match_labels, order_centers
from foldwork.pictures.palette import COLORS, color_of, marker_of
from foldwork.pictures.projection import project

PNG = b"\x89PNG\r\n\x1a\n"


def same_partition(one, other):
    return len({*zip(one.tolist(), other.tolist(), strict=True)}) == len(np.unique(one)) == len(np.unique(other))


def shuffled(labels, rng):
    """The same partition under other numbers; noise stays noise."""
    numbers = rng.permutation(labels.max() + 1)
    return np.where(labels >= 0, numbers[labels], labels)


@pytest.mark.parametrize("seed", range(20))
def test_matching_never_changes_the_partition(seed):
    rng = np.random.default_rng(seed)
    previous, labels = rng.integers(-1, 7, 200), rng.integers(-1, rng.integers(1, 12), 200)
    for before in (None, previous):
        renamed, mapping = match_labels(before, labels)
        assert same_partition(labels, renamed)
        assert np.array_equal(renamed == -1, labels == -1)
        assert len(set(mapping.values())) == len(mapping)
        assert all(mapping[old] == new for old, new in zip(labels.tolist(), renamed.tolist(), strict=True) if old >= 0)


@pytest.mark.parametrize("seed", range(10))
def test_names_do_not_depend_on_the_clusterers_numbers(seed):
    rng = np.random.default_rng(seed)
    previous, labels = rng.integers(-1, 5, 60), rng.integers(-1, 8, 60)
    for before in (None, previous):
        one, _ = match_labels(before, labels)
        other, _ = match_labels(before, shuffled(labels, rng))
        assert np.array_equal(one, other)


def test_a_partition_that_stays_keeps_all_its_names():
    rng = np.random.default_rng(0)
    previous, _ = match_labels(None, rng.integers(-1, 9, 300))
    renamed, _ = match_labels(previous, shuffled(previous, rng))
    assert np.array_equal(renamed, previous)


def test_a_cluster_that_splits_leaves_its_name_to_the_larger_part():
    renamed, _ = match_labels([0] * 10 + [1] * 10, [5] * 3 + [0] * 7 + [1] * 10)
    assert renamed.tolist() == [2] * 3 + [0] * 7 + [1] * 10


def test_a_new_cluster_never_takes_the_name_of_one_that_is_gone():
    renamed, _ = match_labels([0, 0, 1, 1, -1, -1], [0, 0, 0, 0, 1, 1])
    assert renamed.tolist() == [0, 0, 0, 0, 2, 2]


def test_as_many_points_as_can_keep_their_name():
    # Cluster 7 shares most points with name 0; but then 8, which shares none with name 1, would need a new name.
    renamed, mapping = match_labels([0] * 5 + [1] * 4 + [0] * 4, [7] * 9 + [8] * 4)
    assert mapping == {7: 1, 8: 0}
    assert renamed.tolist() == [1] * 9 + [0] * 4


def test_without_a_previous_picture_the_largest_cluster_is_0():
    renamed, mapping = match_labels(None, [4, 4, 9, 9, 9, -1, 2])
    assert renamed.tolist() == [1, 1, 0, 0, 0, -1, 2]
    assert mapping == {2: 2, 4: 1, 9: 0}


def test_labels_of_other_points_are_refused():
    with pytest.raises(ValueError, match=r"3 points.*2"):
        match_labels([0, 1, 1], [0, 1])
    with pytest.raises(ValueError, match="whole numbers"):
        match_labels(None, [0.5, 1])


def test_centres_follow_their_clusters_as_whole_rows():
    labels = np.array([1, 1, 1, 0, 0, 2])
    centers = np.array([[10.0, 1.0], [20.0, 0.0], [0.0, 30.0]])
    renamed, mapping = match_labels(None, labels)
    ordered = order_centers(centers, mapping)
    for old, new in zip(labels, renamed, strict=True):
        assert np.array_equal(ordered[new], centers[old])


def test_two_columns_are_drawn_as_they_are():
    X = np.random.default_rng(0).normal(size=(20, 2))
    points, place = project(X)
    assert np.array_equal(points, X) and np.array_equal(place(X[:3]), X[:3])


def test_one_column_lies_on_a_line():
    points, place = project(np.arange(5.0)[:, None])
    assert points.tolist() == [[i, 0] for i in range(5)]
    assert place([[2.5]]).tolist() == [[2.5, 0]]


@pytest.mark.parametrize("shape", [(200, 5), (30, 1200)])
def test_many_columns_are_drawn_by_their_principal_components(shape):
    rng = np.random.default_rng(0)
    X = rng.normal(size=shape)
    X[:, 0] *= 60
    X[:, 1] *= 30
    X += 1000
    points, place = project(X)
    centered = X - X.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centered, full_matrices=False)
    assert np.abs(points) == pytest.approx(np.abs(left[:, :2] * sizes[:2]), abs=1e-4)
    assert place(X[:7]) == pytest.approx(points[:7])
    # The mean of points is the point of the mean: centres lie among their points.
    assert place(X[:7].mean(axis=0)[None])[0] == pytest.approx(points[:7].mean(axis=0))
    assert np.array_equal(project(X.copy())[0], points)


def test_signs_do_not_depend_on_the_order_of_rows():
    X = np.random.default_rng(1).normal(size=(100, 6)) * [9, 5, 1, 1, 1, 1]
    assert project(X[::-1])[0][::-1] == pytest.approx(project(X)[0])


def test_sparse_points_are_drawn_as_dense_ones():
    sparse = pytest.importorskip("scipy.sparse")
    rng = np.random.default_rng(0)
    for columns in (2, 8, 40, 1001):
        X = rng.poisson(0.3, size=(50, columns)) * np.linspace(9, 1, columns).round() ** 2
        X[7, 1] = np.nan
        points, place = project(sparse.csr_matrix(X))
        assert points == pytest.approx(project(X)[0], nan_ok=True)
        assert place(X[:2]) == pytest.approx(points[:2])


def test_sparse_points_of_many_columns_are_projected_without_making_them_dense():
    sparse = pytest.importorskip("scipy.sparse")
    rng = np.random.default_rng(0)
    tracemalloc.start()
    try:
        places = rng.integers(1_000, size=2_000), rng.integers(20_000, size=2_000)
        project(sparse.csr_array((rng.random(2_000), places), shape=(1_000, 20_000)))
        assert tracemalloc.get_traced_memory()[1] < 30_000_000  # dense: 160 MB
    finally:
        tracemalloc.stop()


def test_rows_without_a_value_do_not_spoil_the_others():
    X = np.random.default_rng(0).normal(size=(50, 4))
    X[7, 2] = np.nan
    points, _ = project(X)
    assert np.isnan(points[7]).all() and np.isfinite(np.delete(points, 7, axis=0)).all()


def test_what_is_no_table_of_numbers_is_refused():
    with pytest.raises(ValueError, match="shape"):
        project(np.zeros(3))
    with pytest.raises(ValueError, match="numbers"):
        project(np.array([["a", "b", "c"]]))


def test_constant_data_have_a_picture(tmp_path):
    points, _ = project(np.ones((5, 3)))
    draw_clusters(points, np.zeros(5, dtype=int), points[:1], tmp_path / "c.png", title="constant")


def test_twenty_eight_names_have_colours_of_their_own_and_more_differ_in_shape():
    assert len(set(COLORS)) == len(COLORS) >= 24
    looks = {(color_of(name), marker_of(name)) for name in range(150)}
    assert len(looks) == 150


def picture(path, n=600, k=6, noise=True, centers=True, **more):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, k, n)
    points = rng.normal(size=(n, 2)) + 6 * np.stack([labels % 5, labels // 5], axis=1)
    if noise:
        labels[: n // 10] = -1
    middles = 6.0 * np.stack([np.arange(k) % 5, np.arange(k) // 5], axis=1) if centers else None
    draw_clusters(points, labels, middles, path, **{"title": f"kmeans: n_clusters = {k}", **more})
    return path.read_bytes()


def test_same_points_give_the_same_bytes(tmp_path):
    assert picture(tmp_path / "a.png") == picture(tmp_path / "b.tmp")


def test_noise_and_centres_are_seen(tmp_path):
    pictures = {picture(tmp_path / "c.png", noise=noise, centers=c) for noise in (0, 1) for c in (0, 1)}
    assert len(pictures) == 4


@pytest.mark.parametrize("size", [{"n": 0}, {"n": 1, "k": 1}, {"k": 60}, {"n": 210_000, "k": 3}])
def test_few_and_many_points_have_a_picture(size, tmp_path):
    assert picture(tmp_path / "c.png", **size, noise=False).startswith(PNG)


def test_a_partition_of_noise_alone_has_a_picture(tmp_path):
    draw_clusters(
        np.eye(2), np.array([-1, -1]), None, tmp_path / "c.png", title="dbscan " * 60, axes_names=("a$", "$b")
    )
    assert (tmp_path / "c.png").read_bytes().startswith(PNG)


def test_labels_that_do_not_fit_the_points_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\(3, 2\).*\(2,\)"):
        draw_clusters(np.zeros((3, 2)), np.zeros(2), None, tmp_path / "c.png", title="")
