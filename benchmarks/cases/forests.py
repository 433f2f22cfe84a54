"""Forests whose shorter ones are cut from longer ones."""

from pathlib import Path
from typing import Any

from measuring import in_turn, median_ratio, row, seconds, timed
from studies import STRATIFIED, differing_scores, one_search, peer, run

WHAT = "forests of 100, 200 and 400 trees on digits, in 12 settings, from `snakemake` to CSV"


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """Forests of three sizes, in twelve settings."""
    space = {"n_estimators": [100, 200, 400], "max_features": ["sqrt", 0.2, 0.4, 0.6], "min_samples_leaf": [1, 3, 10]}
    forest = {"class": "sklearn.ensemble.RandomForestClassifier", "random_state": 0}
    model = {"estimator": forest, "space": space}
    config = one_search("sklearn.datasets.load_digits", STRATIFIED, model, scoring=["accuracy"])
    target = "results/searches/x/scores.csv"
    study, other = folder / "forests", folder / "peer"
    a, b = in_turn(runs, lambda: run(study, config, target), lambda: timed(peer("forests", "loky", other)))
    differ = differing_scores(study / target, other / "scores.csv")
    detail = f"{seconds(a)} against {seconds(b)}; {differ} of 180 split scores differ"
    return [row(WHAT, "GridSearchCV (loky), whole process", "none set", median_ratio(a, b), detail)]
