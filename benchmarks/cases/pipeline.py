"""A pipeline whose first steps are shared, against GridSearchCV with and without a cache."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import in_turn, median_ratio, row, seconds, timed
from studies import STRATIFIED, differing_scores, one_search, peer, run

WHAT = "a pipeline (scale → PCA → SVC) on 4,000 × 256, 24 settings of the SVC on each of 3 PCAs"
WAYS = {"plain": "GridSearchCV (loky)", "memory": "GridSearchCV (loky) with `memory=`"}


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """A pipeline: 24 settings of the SVC behind each of 3 PCAs."""
    targets = ["results/searches/x/scores.csv", "results/searches/x/validation.png"]
    study = folder / "pipeline"
    rows = []
    for way, against in WAYS.items():
        a, b = in_turn(runs, lambda: run(study, _config(), *targets), _peer(folder, way))
        differ = differing_scores(study / targets[0], folder / way / "scores.csv")
        detail = f"{seconds(a)} against {seconds(b)}; {differ} of 360 split scores differ"
        rows.append(row(WHAT, against, "≤ 0.50 of the better", median_ratio(a, b), detail))
    return rows


def _config() -> dict[str, Any]:
    svc = {"svc__C": {"logspace": [-2, 3, 6]}, "svc__gamma": {"logspace": [-4, -1, 4]}}
    pcas = [(100, False), (100, True), (80, False)]
    steps = [
        {"scale": {"class": "sklearn.preprocessing.StandardScaler"}},
        {"pca": {"class": "sklearn.decomposition.PCA", "n_components": 100, "random_state": 0}},
        {"svc": {"class": "sklearn.svm.SVC"}},
    ]
    space = [{**svc, "pca__n_components": [n], "pca__whiten": [whiten]} for n, whiten in pcas]
    return one_search("peers.wide", STRATIFIED, {"estimator": steps, "space": space}, scoring=["accuracy"])


def _peer(folder: Path, way: str) -> Callable[[], float]:
    def theirs() -> float:
        shutil.rmtree(folder / way, ignore_errors=True)  # the cache of the run before
        return timed(peer("pipeline", way, folder / way))

    return theirs
