"""The silhouette of many points is announced with the time that it takes."""

import re

import pytest

from foldwork.data.datasets import persist
from foldwork.execution.silhouette_time import lines
from foldwork.records.request import Fold, Request


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    def make(points, metrics):
        folder = tmp_path_factory.mktemp("blobs")
        spec = {"load": "sklearn.datasets.make_blobs", "args": {"n_samples": points, "random_state": 0}}
        manifest = persist("blobs", spec, folder)
        fold = Fold(0, str(folder / manifest["file"]), manifest["file"], manifest["sha256"], manifest["digest"])
        return Request("clustering", "blobs", {"metrics": metrics}, (fold,), 1, {})

    return make


@pytest.mark.parametrize("metric", ["silhouette", {"silhouette": {}}, {"silhouette": {"metric": "manhattan"}}])
def test_the_silhouette_of_many_points_is_announced_with_its_time_and_a_shorter_way(asked, metric):
    (line,) = lines(asked(20_001, ["inertia", metric]))
    assert re.fullmatch(
        r"the silhouette of 20,001 points takes about [\d.]+ (s|min|h) for each candidate, in addition to the fit \(measured on 4,000 of them\); "
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
