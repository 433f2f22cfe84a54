"""Stability and gap statistic of clusterings equal what one computes by hand with scikit-learn, to the last bit."""

import itertools
import json
import random
import shutil

import numpy as np
import pytest
import yaml
from rounds import SCHEMA, evaluate
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from foldwork.data import datasets
from foldwork.errors import FoldworkError
from foldwork.evaluation.resampled_points import reference_points, rows_of_subsample, within_dispersion
from foldwork.execution.outstanding import Outstanding
from foldwork.records.best_so_far import BestSoFar
from foldwork.records.make_request import make_request, spec_and_source
from foldwork.records.requested import Requested
from foldwork.results import gap, stability, tables
from foldwork.results.results import Results
from foldwork.storage import ledger
from foldwork.study.config import read, validate

X, _ = make_blobs(90, centers=3, n_features=2, random_state=0)
KMEANS = {
    "estimator": {"class": "sklearn.cluster.KMeans", "n_init": 1, "random_state": 0},
    "space": {"n_clusters": [1, 2, 3, 4]},
}
WARD = {
    "estimator": [
        {"scale": {"class": "sklearn.preprocessing.StandardScaler"}},
        {"ward": {"class": "sklearn.cluster.AgglomerativeClustering"}},
    ],
    "space": {"ward__n_clusters": [2, 3]},
}
DBSCAN = {"estimator": {"class": "sklearn.cluster.DBSCAN"}, "space": {"eps": [0.4, 0.8]}}


def config_of(models=None, **clustering):
    models = models or {"kmeans": KMEANS, "ward": WARD, "dbscan": DBSCAN}
    blobs = {"load": "sklearn.datasets.make_blobs", "args": {"n_samples": 90, "centers": 3, "random_state": 0}}
    return {
        "datasets": {"blobs": blobs},
        "clusterings": {"c": {"dataset": "blobs", "models": models, "metrics": ["inertia"], **clustering}},
    }


def request_of(folder, config):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    settings = validate(read([folder / "config.yaml"]), SCHEMA)
    spec, source = spec_and_source(settings, "clustering", "c")
    dataset = folder / "datasets/blobs"
    if not dataset.exists():
        datasets.persist("blobs", settings["datasets"]["blobs"], dataset)
    return make_request("clustering", "c", spec, dataset / "dataset.json", folder, 1, source)


def cluster(folder, config, seed=0):
    """Evaluate what is missing in a random order. Return the results and how many evaluations were made."""
    request = request_of(folder, config)
    path = folder / "clusterings/c/ledger.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    outstanding = Outstanding(Requested(request), path.parent, BestSoFar.of(request))
    todo, _ = outstanding.find()
    random.Random(seed).shuffle(todo)
    with ledger.Writer(path) as writer, threadpool_limits(1):
        writer.append(outstanding.take_lines())
        for evaluation in todo:
            writer.append([evaluate(request, evaluation, folder)[0]])
    return Results(request, path), len(todo)


@pytest.fixture(scope="module")
def assessed(tmp_path_factory):
    config = config_of(stability={"n_resamples": 4, "random_state": 7}, gap={"n_references": 3, "random_state": 5})
    folder = tmp_path_factory.mktemp("assessed")
    results, made = cluster(folder, config)
    assert made == 8 + 8 * 4 + 6 * 3
    return folder, config, results


def estimator_of(row):
    params = json.loads(row["params"])
    if row["model"] == "kmeans":
        return KMeans(n_init=1, random_state=0, **params)
    return make_pipeline(StandardScaler(), AgglomerativeClustering(params["ward__n_clusters"]))


def labels_of(estimator):
    return estimator[-1].labels_ if hasattr(estimator, "steps") else estimator.labels_


def test_stability_is_the_mean_adjusted_rand_index_of_fits_on_the_same_subsamples(assessed):
    _, rows = stability.rows(assessed[2])
    rows = [row for row in rows if row["model"] != "dbscan"]
    assert len(rows) == 6
    drawn = [np.sort(np.random.default_rng([7, i]).choice(90, 72, replace=False)) for i in range(4)]
    for row in rows:
        with threadpool_limits(1):
            labels = [dict(zip(each, labels_of(estimator_of(row).fit(X[each])), strict=True)) for each in drawn]
        indices = []
        for one, other in itertools.combinations(labels, 2):
            both = sorted(one.keys() & other.keys())
            indices.append(adjusted_rand_score([one[i] for i in both], [other[i] for i in both]))
        assert (row["mean_ari"], row["std_ari"]) == (np.mean(indices), np.std(indices))
        assert (row["n_resamples"], row["n_pairs"]) == (4, 6)


def test_the_gap_is_that_of_fits_on_the_same_reference_data(assessed):
    _, rows = gap.rows(assessed[2])
    assert [row.get("n_references") for row in rows] == [3] * 6 + [0] * 2
    assert all("gap" not in row for row in rows if row["model"] == "dbscan")
    for row in rows[:6]:
        points = X if row["model"] == "kmeans" else StandardScaler().fit(X).transform(X)
        whole = estimator_of(row)
        last = whole[-1] if hasattr(whole, "steps") else whole
        logs = []
        with threadpool_limits(1):
            log_w = np.log(dispersion(points, last.fit(points).labels_))
            for b in range(3):
                drawn = np.random.default_rng([5, b]).uniform(points.min(axis=0), points.max(axis=0), points.shape)
                logs.append(np.log(dispersion(drawn, last.fit(drawn).labels_)))
        assert row["log_w"] == log_w
        assert row["gap"] == np.mean(logs) - log_w
        assert row["s"] == np.std(logs) * np.sqrt(1 + 1 / 3)


def dispersion(points, labels):
    """W_k by equations 1 and 2 of the paper, in a form that has the same roundings."""
    return sum(float(((points[labels == k] - points[labels == k].mean(axis=0)) ** 2).sum()) for k in np.unique(labels))


def test_the_dispersion_is_that_of_the_definition_by_pairs_and_the_inertia_of_kmeans():
    fitted = KMeans(3, n_init=1, random_state=0).fit(X)
    pairs = 0.0
    for k in range(3):
        members = X[fitted.labels_ == k]
        pairs += (np.square(members[:, None] - members[None]).sum()) / (2 * len(members))
    assert within_dispersion(X, fitted.labels_) == pytest.approx(pairs)
    assert within_dispersion(X, fitted.labels_) == pytest.approx(fitted.inertia_)
    assert np.isnan(within_dispersion(X, np.where(fitted.labels_ == 0, -1, fitted.labels_)))


@pytest.mark.parametrize(
    ("gaps", "errors", "position"),
    [
        ([0.1, 0.5, 0.6], [0, 0, 0.2], 1),
        ([0.1, 0.5, 0.6], [0, 0.4, 0.2], 0),
        ([0.1, 0.5, 0.9], [0, 0.1, 0.1], None),
        ([0.5], [0.1], None),
        ([], [], None),
    ],
)
def test_the_rule_takes_the_smallest_number_within_one_standard_error_of_the_next(gaps, errors, position):
    assert gap.estimate(gaps, errors) == position


def test_the_estimate_is_marked_once_for_each_setting_of_the_other_parameters(assessed):
    _, rows = gap.rows(assessed[2])
    for of_model in (rows[:4], rows[4:6]):
        position = gap.estimate([row["gap"] for row in of_model], [row["s"] for row in of_model])
        assert [row["estimate"] for row in of_model] == [int(at == position) for at in range(len(of_model))]
    assert "estimate" not in rows[-1]


def test_the_other_tables_have_the_rows_that_they_have_without_assessment(assessed, tmp_path):
    plain, made = cluster(tmp_path, config_of())
    assert made == 8
    (columns, rows), (plain_columns, plain_rows) = map(tables.clustering_scores, (assessed[2], plain))
    assert columns == plain_columns and str(list(rows)) == str(list(plain_rows)), "as texts, for NaN is not NaN"
    assert len(tables.timings(assessed[2])[1]) == 8
    columns, rows = tables.evaluation_rows(assessed[2])
    assert columns[3:6] == ["resource", "resample", "reference"]
    assert len(rows) == 8 + 8 * 4 + 6 * 3
    assert tables.evaluation_rows(plain)[0][3] == "param_n_clusters"


def test_the_order_of_evaluations_changes_no_table(assessed, tmp_path):
    results, _ = cluster(tmp_path, assessed[1], seed=1)
    for module in (stability, gap):
        assert module.rows(results) == module.rows(assessed[2])


def test_records_on_all_points_have_the_keys_that_they_have_without_assessment(assessed, tmp_path):
    plain = Requested(request_of(tmp_path, config_of())).unique
    assert plain.keys() < Requested(request_of(tmp_path, assessed[1])).unique.keys()


@pytest.mark.parametrize(
    ("change", "made"),
    [
        ({"stability": {"n_resamples": 5, "random_state": 7}}, 8),
        ({"stability": {"n_resamples": 2, "random_state": 7}}, 0),
        ({"stability": {"n_resamples": 4, "random_state": 8}}, 8 * 4),
        ({"gap": {"n_references": 4, "random_state": 5}}, 6),
        ({"gap": {"n_references": 3, "random_state": 5, "box": "principal_components"}}, 6 * 3),
    ],
)
def test_a_changed_assessment_evaluates_only_what_is_new(assessed, tmp_path, change, made):
    folder = tmp_path / "copy"
    shutil.copytree(assessed[0], folder)
    assert (
        cluster(
            folder, config_of(**{key: assessed[1]["clusterings"]["c"][key] for key in ("stability", "gap")} | change)
        )[1]
        == made
    )


def test_a_gap_that_is_added_later_fits_once_again_what_has_no_dispersion(tmp_path):
    assert cluster(tmp_path, config_of())[1] == 8
    assert cluster(tmp_path, config_of(stability={"n_resamples": 2}))[1] == 8 * 2
    results, made = cluster(tmp_path, config_of(gap={"n_references": 2}))
    assert made == 6 + 6 * 2, "of DBSCAN nothing is fitted again"
    assert all("gap" in row for row in gap.rows(results)[1][:6])
    assert cluster(tmp_path, config_of(gap={"n_references": 2}))[1] == 0
    assert cluster(tmp_path, config_of())[1] == 0


def test_failed_subsamples_are_left_out(tmp_path):
    models = {"kmeans": KMEANS, "none": {"estimator": {"class": "sklearn.decomposition.PCA"}, "space": {}}}
    results, _ = cluster(tmp_path, config_of(models, stability={"n_resamples": 2, "sample_size": 0.1}))
    rows = stability.rows(results)[1]
    assert [row["n_pairs"] for row in rows] == [1] * 4 + [0]
    assert "mean_ari" not in rows[-1] and rows[-1]["n_resamples"] == 0


@pytest.mark.parametrize("box", ["features", "principal_components"])
@pytest.mark.parametrize("dtype", [float, np.float32, int])
def test_reference_data_fill_the_box_of_the_points(box, dtype):
    points = (10 * X @ np.array([[1.0, 0.4], [0.9, 0.5]])).astype(dtype)
    resource = {"n_samples": 90, "reference": 0, "random_state": 0, "box": box}
    found = reference_points(points, resource)
    assert found.shape == points.shape and found.dtype == (np.float32 if dtype is np.float32 else float)
    np.testing.assert_array_equal(found, reference_points(points, resource))
    assert not np.array_equal(found, reference_points(points, resource | {"reference": 1}))
    centred = points.astype(float) - points.astype(float).mean(axis=0)
    rotation = np.eye(2) if box == "features" else np.linalg.svd(centred, full_matrices=False)[2].T
    low, high = ((getattr(centred @ rotation, end)(axis=0)) for end in ("min", "max"))
    inside = (found.astype(float) - points.astype(float).mean(axis=0)) @ rotation
    assert (inside >= low - 1e-4).all() and (inside <= high + 1e-4).all()


def test_reference_data_of_a_dataframe_are_one_and_sparse_points_are_refused():
    import pandas as pd
    from scipy.sparse import csr_array

    resource = {"n_samples": 90, "reference": 0, "random_state": 0, "box": "features"}
    frame = pd.DataFrame(X, columns=["a", "b"])
    found = reference_points(frame, resource)
    assert list(found.columns) == ["a", "b"]
    np.testing.assert_array_equal(found.to_numpy(), reference_points(X, resource))
    with pytest.raises(TypeError, match="no sparse points"):
        reference_points(csr_array(X), resource)
    assert np.isnan(within_dispersion(csr_array(X), np.zeros(90, int)))
    assert np.isnan(within_dispersion(np.array([["a"], ["b"]]), np.zeros(2, int)))


def test_a_subsample_does_not_depend_on_their_number_and_differs_from_the_others():
    resource = {"n_samples": 30, "resample": 1, "random_state": 0}
    rows = rows_of_subsample(resource, 90)
    assert len(set(rows)) == 30 and (np.diff(rows) > 0).all()
    assert not np.array_equal(rows, rows_of_subsample(resource | {"resample": 2}, 90))


def test_subsamples_with_fewer_points_than_clusters_and_a_gap_of_sparse_points_are_refused(tmp_path, monkeypatch):
    with pytest.raises(
        FoldworkError,
        match=r"^clusterings\.c\.stability\.sample_size: 0\.04 of the 90 points .* are 3, and n_clusters goes up to 4",
    ):
        request_of(tmp_path, config_of(stability={"sample_size": 0.04}))
    (tmp_path / "sparse_points.py").write_text(
        "from scipy.sparse import eye_array\n\n\ndef load():\n    return eye_array(9).tocsr()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    config = config_of(gap={})
    config["datasets"]["blobs"] = {"load": "sparse_points.load"}
    with pytest.raises(
        FoldworkError, match=r"^clusterings\.c\.gap: takes no sparse points, and dataset blobs is sparse"
    ):
        request_of(tmp_path / "sparse", config)
