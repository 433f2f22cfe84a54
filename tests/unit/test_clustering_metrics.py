"""A metric of clusterings is a row of the table and a function, which may be anywhere."""

import numpy as np
import pytest

from foldwork.data.datasets import persist
from foldwork.errors import FoldworkError
from foldwork.evaluation.clustering import fit_clustering
from foldwork.evaluation.task import Task
from foldwork.records.make_request import make_request
from foldwork.records.serving import independent
from foldwork.study.checks.clusterings import check_clustering
from foldwork.study.clustering_metrics import METRICS, Metric
from foldwork.study.versions import dependencies, files_behind

KMEANS = {"class": "sklearn.cluster.KMeans", "n_clusters": 2, "random_state": 0}
SOURCE = """
import numpy as np

def smallest(X, labels, *, weight=1.0):
    return weight * np.unique(labels, return_counts=True)[1].min()
"""


@pytest.fixture
def own_metric(tmp_path, monkeypatch):
    """Return a study with a module whose function is a row of the table, for one test."""
    (tmp_path / "mymetrics.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(METRICS, "smallest", Metric("mymetrics.smallest"))
    return tmp_path


def spec_with(*metrics):
    return {"models": {"m": {"estimator": KMEANS, "space": {}}}, "metrics": list(metrics)}


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.function])
def test_every_function_of_the_table_is_found_with_its_arguments(name):
    assert check_clustering(spec_with({name: {}}), ["clusterings", "c"], {}) == []


def test_a_metric_whose_function_is_anywhere_is_computed_with_its_arguments(own_metric):
    X = np.array([[0.0], [0.1], [5.0], [5.1], [5.2]])
    task = Task({"kind": "clustering", "models": {"m": KMEANS}, "metrics": ["smallest", "inertia"]})
    record = {}
    fit_clustering(task, "m", {}, {"X": X}, record)
    assert record["test"]["smallest"] == 2.0
    task = Task({"kind": "clustering", "models": {"m": KMEANS}, "metrics": [{"smallest": {"weight": 0.5}}]})
    fit_clustering(task, "m", {}, {"X": X}, record)
    assert record["test"] == {"smallest": 1.0}


def test_arguments_of_a_metric_are_those_of_its_function(own_metric, monkeypatch):
    path = ["clusterings", "c"]
    assert check_clustering(spec_with({"smallest": {"weight": 2}}), path, {}) == []
    with pytest.raises(
        FoldworkError,
        match=r"^config: clusterings\.c\.metrics\[0\]\.smallest\.wight: smallest has no parameter 'wight'",
    ):
        check_clustering(spec_with({"smallest": {"wight": 2}}), path, {})
    monkeypatch.setitem(METRICS, "smallest", Metric("mymetrics.smalest"))
    with pytest.raises(
        FoldworkError, match=r"^config: clusterings\.c\.metrics\[0\]: 'mymetrics.smalest': .*no 'smalest'"
    ):
        check_clustering(spec_with("smallest"), path, {})


def test_the_source_of_a_function_is_part_of_the_key_where_its_metric_is_requested(own_metric):
    persist("a", {"load": "numpy.eye", "args": {"N": 5}}, own_metric / "a")

    def made(*metrics):
        spec = spec_with(*metrics)
        return make_request("clustering", "c", spec, own_metric / "a/dataset.json", own_metric, 1).made["m"]

    with_metric, without = made("smallest", "inertia"), made("inertia")
    assert "source of mymetrics.py" in with_metric["versions"]
    assert without["versions"].keys() == {"scikit-learn", "numpy", "scipy"}
    assert own_metric / "mymetrics.py" in files_behind(spec_with("smallest"), own_metric)
    assert "source of mymetrics.py" in dependencies(spec_with({"smallest": {"weight": 2}}), own_metric)
    (own_metric / "mymetrics.py").write_text(SOURCE + "# changed\n")
    assert made("smallest", "inertia")["id"] != with_metric["id"] and made("inertia") == without
    assert independent(without, made("silhouette"), {}), "scikit-learn's functions do not change the points"
    assert not independent(with_metric, without, {}), "another function may change the points that later metrics get"
    del METRICS["smallest"]
    assert not independent(with_metric, without, {}), "a row that is no longer there may have had any function"
