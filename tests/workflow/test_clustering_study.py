"""The clustering of docs/clusterings.md with real engines: the files that it writes, and what runs again."""

import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from study import ROOT, Study

EXACT = {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}  # pandas 3 always does that
N_RESAMPLES, N_REFERENCES, NUMBERS = 3, 2, [1, 3, 4, 5]


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    """Return a study with the example of the page, of fewer fits."""
    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/clusterings.md").read_text(), re.DOTALL)
    config = yaml.safe_load(block)
    clustering = config["clusterings"]["blobs"]
    clustering["models"]["kmeans"]["space"]["n_clusters"] = NUMBERS
    clustering["stability"]["n_resamples"], clustering["gap"]["n_references"] = N_RESAMPLES, N_REFERENCES
    study = Study(tmp_path_factory.mktemp("clustering") / "study", config)
    study.run()
    return study


def folder_of(study):
    return study.folder / "results/clusterings/blobs"


def table(study, name):
    return pd.read_csv(folder_of(study) / name, **EXACT)


def test_every_file_of_the_page_is_there(blobs):
    folder = folder_of(blobs)
    for pictures in ("clusters", "silhouettes"):
        assert {path.name for path in (folder / pictures).glob("*.png")} == {f"kmeans-{n}.png" for n in range(4)}
    assert (folder / "selection.png").exists()
    scores = table(blobs, "scores.csv")
    assert scores["param_n_clusters"].tolist() == NUMBERS
    for name in ("stability.csv", "gap.csv"):
        assert table(blobs, name)["param_n_clusters"].tolist() == NUMBERS
    evaluations = table(blobs, "evaluations.csv")
    assert len(evaluations) == 4 * (1 + N_RESAMPLES + N_REFERENCES)
    assert evaluations["resample"].notna().sum() == 4 * N_RESAMPLES
    assert evaluations["reference"].notna().sum() == 4 * N_REFERENCES


def test_stability_is_that_of_fits_by_hand(blobs):
    X, _ = make_blobs(n_samples=600, centers=4, random_state=3)
    labels = []
    for i in range(N_RESAMPLES):
        rows = np.sort(np.random.default_rng([0, i]).choice(600, 480, replace=False))
        found = KMeans(n_clusters=5, n_init=4, random_state=0).fit(X[rows]).labels_
        labels.append(pd.Series(found, index=rows))
    pairs = [(labels[a], labels[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    both = [pd.concat(pair, axis=1, join="inner") for pair in pairs]
    indices = [adjusted_rand_score(one[0], one[1]) for one in both]
    row = table(blobs, "stability.csv").iloc[3]
    assert (row["mean_ari"], row["n_pairs"]) == (pytest.approx(np.mean(indices), abs=1e-12), 3)


def test_the_chosen_number_and_its_reason_are_said(blobs):
    chosen = json.loads((folder_of(blobs) / "chosen.json").read_text())
    found = chosen["models"]["kmeans"]
    assert (chosen["best"], found["params"], found["by"]) == ("kmeans", {"n_clusters": 4}, "silhouette")
    assert found["value"] == table(blobs, "scores.csv")["silhouette"].max()
    assert found["reason"].startswith("n_clusters=4: highest silhouette 0.7284 of 4; calinski_harabasz agrees")
    assert "the gap statistic agrees; stability 1 ± 0" in found["reason"]
    gap = table(blobs, "gap.csv")
    assert gap["estimate"].tolist() == [0, 0, 1, 0]


def test_verify_repeats_fits_on_subsamples_and_reference_data(blobs):
    done = subprocess.run(
        [sys.executable, "-m", "foldwork.commands.cli", "verify", "blobs", "--sample", "6"],
        cwd=blobs.folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "6 of 6 equal\n")


@pytest.mark.slow
def test_more_subsamples_evaluate_only_what_is_new(blobs):
    before = {name: (folder_of(blobs) / name).read_bytes() for name in ("scores.csv", "gap.csv")}
    pictures = {path: path.read_bytes() for path in folder_of(blobs).glob("*s/*.png")}
    blobs.config["clusterings"]["blobs"]["stability"]["n_resamples"] = N_RESAMPLES + 1
    blobs.write(blobs.config)
    done = blobs.run()
    assert f"blobs: {4 * 7} evaluations, {4 * 6} recorded, 4 to do" in done.stderr
    assert table(blobs, "stability.csv")["n_pairs"].tolist() == [6] * 4
    assert {name: (folder_of(blobs) / name).read_bytes() for name in before} == before
    assert {path: path.read_bytes() for path in pictures} == pictures
