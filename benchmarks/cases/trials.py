"""How long 1,000 trials of half a second take, beside Optuna's own loop."""

from pathlib import Path
from typing import Any

from measuring import in_turn, median_ratio, row, seconds, timed
from studies import HERE, one_search, peer, run


def measure(folder: Path, runs: int) -> list[dict[str, Any]]:
    """1,000 trials of 0.5 s by TPE, from `snakemake` to the tables."""
    ours, theirs = in_turn(
        runs,
        lambda: run(folder / "ours", _config(), "results/searches/x/scores.csv"),
        lambda: timed(peer("trials", "optuna", folder / "theirs"), cwd=HERE),
    )
    what = "1,000 trials of 0.5 s by tpe, from `snakemake` to the tables"
    against = "Optuna (TPE, n_jobs=2), whole process"
    return [row(what, against, "≤ 1", median_ratio(ours, theirs), f"{seconds(ours)} against {seconds(theirs)}")]


def _config() -> dict[str, Any]:
    space = {"a": {"uniform": [0, 1]}, "b": {"uniform": [0, 1]}, "c": {"loguniform": [0.001, 1000]}}
    model = {"estimator": {"class": "work.HalfSecond"}, "space": space}
    cv = {"class": "ShuffleSplit", "n_splits": 1, "test_size": 0.2, "random_state": 0}
    return one_search("sklearn.datasets.load_iris", cv, model, strategy={"tpe": {"n_trials": 1000, "random_state": 0}})
