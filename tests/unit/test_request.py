"""What is asked for is refused before any fit where the data cannot do for it, or come from another config."""

import pytest

from foldwork.data.datasets import persist
from foldwork.data.splits import persist as persist_splits
from foldwork.errors import FoldworkError
from foldwork.records.make_request import make_request

KMEANS = {"class": "sklearn.cluster.KMeans"}
FEATURES = {"features": {"class": "sklearn.cluster.FeatureAgglomeration"}}


@pytest.fixture
def points(tmp_path, monkeypatch):
    """Return the folder of a dataset of five points without a target."""
    (tmp_path / "five.py").write_text("import numpy as np\n\n\ndef points():\n    return np.eye(5)\n")
    monkeypatch.syspath_prepend(tmp_path)
    persist("a", {"load": "five.points"}, tmp_path / "a")
    return tmp_path / "a"


def make(folder, estimator, space, source=None):
    spec = {"models": {"kmeans": {"estimator": estimator, "space": space}}, "metrics": ["inertia"]}
    return make_request("clustering", "sweep", spec, folder / "dataset.json", folder, 1, source)


@pytest.mark.parametrize(
    ("estimator", "space"),
    [
        (KMEANS, {"n_clusters": {"range": [2, 7]}}),
        ({**KMEANS, "n_clusters": 6}, {"n_init": [1, 2]}),
        ([FEATURES, {"last": KMEANS}], {"last__n_clusters": [6, 2]}),
        ([FEATURES, {"last": {**KMEANS, "n_clusters": 6}}], {}),
    ],
)
def test_more_clusters_than_points_are_refused(points, estimator, space):
    with pytest.raises(
        FoldworkError, match=r"^clusterings\.sweep\.models\.kmeans: n_clusters goes up to 6, dataset a has 5 points"
    ):
        make(points, estimator, space)


@pytest.mark.parametrize(
    ("estimator", "space"),
    [
        ({**KMEANS, "n_clusters": 5}, {}),
        ({**KMEANS, "n_clusters": 8}, {"n_clusters": [2, 5]}),
        ([FEATURES, {"last": KMEANS}], {"features__n_clusters": [8], "last__n_clusters": [2]}),
        ({"class": "sklearn.cluster.AgglomerativeClustering"}, {"n_clusters": [None]}),
    ],
)
def test_as_many_clusters_as_points_are_not_refused(points, estimator, space):
    assert make(points, estimator, space).kind == "clustering"


@pytest.mark.parametrize("metric", ["calinski_harabasz", {"davies_bouldin": {}}])
def test_metrics_that_take_no_sparse_points_are_refused(points, metric):
    (points.parent / "five_sparse.py").write_text(
        "from scipy.sparse import eye_array\n\n\ndef points():\n    return eye_array(5)\n"
    )
    persist("b", {"load": "five_sparse.points"}, points.parent / "b")

    def asked(estimator):
        spec = {"models": {"m": {"estimator": estimator, "space": {"n_clusters": [2]}}}, "metrics": ["inertia", metric]}
        return make_request("clustering", "sweep", spec, points.parent / "b/dataset.json", points, 1)

    with pytest.raises(
        FoldworkError, match=r"^clusterings\.sweep\.metrics\[1\]: \w+ takes no sparse points, .*dataset b is"
    ):
        asked(KMEANS)
    assert asked([{"svd": {"class": "sklearn.decomposition.TruncatedSVD"}}, {"last": KMEANS}])


def test_data_that_were_made_from_another_config_are_refused(points):
    assert make(points, KMEANS, {"n_clusters": [2]}, {"load": "five.points"})
    for refused in (
        lambda: make(points, KMEANS, {"n_clusters": [2]}, {"load": "five.others"}),
        lambda: persist_splits(
            "s", {"dataset": "a", "cv": {"class": "KFold"}}, points, points.parent / "s", {"load": "five.others"}
        ),
    ):
        with pytest.raises(
            FoldworkError, match=rf"^{points} was made from another config than the present one; remove it"
        ):
            refused()


def test_a_metric_that_needs_a_target_is_refused_where_there_is_none(points):
    cv = {"class": "KFold", "n_splits": 5}
    folder = points.parent / "s"
    persist_splits("s", {"dataset": "a", "cv": cv}, points, folder)
    mixture = {"class": "sklearn.mixture.GaussianMixture", "random_state": 0}

    def asked(scoring, source=None):
        spec = {"models": {"m": {"estimator": mixture, "space": {}}}, "scoring": scoring}
        return make_request("search", "x", spec, folder / "splits.json", points, 1, source)

    assert asked([], {"dataset": "a", "cv": cv}) and asked([{"mine": {"ref": "mine.likelihood"}}])
    for scoring in (
        ["accuracy"],
        [{"f2": {"class": "sklearn.metrics.make_scorer", "score_func": {"ref": "sklearn.metrics.f1_score"}}}],
    ):
        with pytest.raises(
            FoldworkError,
            match=r"^config: searches\.x\.scoring\[0\]: \w+ needs a target, and dataset a has none; name one in",
        ):
            asked(scoring)
    with pytest.raises(FoldworkError, match="was made from another config"):
        asked([], {"dataset": "a", "cv": {"class": "KFold", "n_splits": 3}})
