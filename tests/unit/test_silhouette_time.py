"""The silhouette of many points is announced with the time that it takes."""

import re

import pytest

from foldwork.data.datasets import persist
from foldwork.execution.silhouette_time import lines


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    def make(points, metrics):
        folder = tmp_path_factory.mktemp("blobs")
        spec = {"load": "sklearn.datasets.make_blobs", "args": {"n_samples": points, "random_state": 0}}
        manifest = persist("blobs", spec, folder)
        return {"spec": {"metrics": metrics}, "folds": [{"path": str(folder / manifest["file"])}]}

    return make


@pytest.mark.parametrize("metric", ["silhouette", {"silhouette": {}}, {"silhouette": {"metric": "manhattan"}}])
def test_the_silhouette_of_many_points_is_announced_with_its_time_and_a_shorter_way(asked, metric):
    (line,) = lines(asked(20_001, ["inertia", metric]))
    assert re.fullmatch(
        r"the silhouette of 20,001 points takes about [\d.]+ (s|min|h) a candidate, beside the fit \(measured on 4,000 of them\); "
        r"\{silhouette: \{sample_size: 10000, random_state: 0\}\} in metrics takes about [\d.]+ (s|min)",
        line,
    )


@pytest.mark.parametrize(
    ("points", "metrics"),
    [
        (20_000, ["silhouette"]),
        (20_001, ["inertia"]),
        (20_001, [{"silhouette": {"sample_size": 1000, "random_state": 0}}]),
        (20_001, None),
    ],
)
def test_nothing_is_said_of_few_points_or_of_a_sample(asked, points, metrics):
    assert list(lines(asked(points, metrics))) == []
