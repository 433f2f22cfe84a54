"""Real runs of halving and hyperband continue the fits of ensembles, and have the scores of fits from the start."""

import os
import shutil
import signal

import own
import pytest
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingGridSearchCV, ShuffleSplit
from study import Study, sleepy

from foldwork.study import objects

BOOST = {"class": "sklearn.ensemble.GradientBoostingClassifier", "random_state": 0, "subsample": 0.7}
FOREST = {"class": "sklearn.ensemble.ExtraTreesClassifier", "random_state": 0, "bootstrap": True}
HISTOGRAM = {"class": "sklearn.ensemble.HistGradientBoostingRegressor", "random_state": 0, "min_samples_leaf": 3}
SCALE = {"class": "sklearn.preprocessing.StandardScaler"}


def config(**more):
    def search(models, strategy, **settings):
        return {"splits": "some", "models": models, "strategy": strategy, "refit": False} | settings | more

    trees = {
        "boost": {"estimator": BOOST, "space": {"max_depth": [1, 2, 3], "learning_rate": [0.1, 0.3, 1.0]}},
        "forest": {"estimator": FOREST, "space": {"max_depth": [1, 2, 3, 4, 5, 6, 7, 8, 9]}},
    }
    inner = [{"scale": SCALE}, {"rounds": HISTOGRAM}]
    rates = {"learning_rate": {"uniform": [0.05, 1.0]}}
    return sleepy({}) | {
        "searches": {
            "halving": search(
                trees,
                {"halving": {"resource": "n_estimators", "max_resources": 45}},
                scoring=["neg_log_loss", "accuracy"],
                train_scores=True,
                predictions="all",
            ),
            "hyperband": search(
                {
                    "pipeline": {
                        "estimator": [{"inner": inner}],
                        "space": {f"inner__rounds__{n}": v for n, v in rates.items()},
                    }
                },
                {"hyperband": {"resource": "inner__rounds__max_iter", "max_resources": 9, "random_state": 0}},
                scoring=["r2"],
            ),
        }
    }


TABLES = ["results/searches/halving/scores.csv", "results/searches/hyperband/scores.csv"]
STAGES = ("n_estimators", "inner__rounds__max_iter")


def stages(record):
    return next(record["params"][name] for name in STAGES if name in record["params"])


def run_in(template, folder, **more):
    shutil.copytree(template.folder, folder)
    study = Study(folder, config(**more))
    study.run(TABLES[0])
    return study


@pytest.fixture(scope="module")
def grown(template, tmp_path_factory):
    """Return a study that continues fits."""
    return run_in(template, tmp_path_factory.mktemp("grown") / "grown")


@pytest.fixture(scope="module")
def anew(template, tmp_path_factory):
    """Return the same study without shared work."""
    return run_in(template, tmp_path_factory.mktemp("anew") / "anew", share=False)


def same_scores(name, *studies):
    return len({(study.search(name) / "scores.csv").read_bytes() for study in studies}) == 1


def test_fits_of_later_iterations_are_continued_and_have_the_scores_of_fits_from_the_start(grown):
    records = grown.records("halving")
    assert {(stages(each), each["route"]) for each in records} == {(5, "plain"), (15, "shared"), (45, "shared")}
    assert all("sharing" in each for each in records if each["route"] == "shared")
    assert all("predictions" in each for each in records)
    by_sklearn, X, y = {}, *own.toy()
    for model, spec in config()["searches"]["halving"]["models"].items():
        search = HalvingGridSearchCV(
            objects.build_estimator(spec["estimator"]),
            spec["space"],
            resource="n_estimators",
            max_resources=45,
            scoring="neg_log_loss",
            cv=ShuffleSplit(2, test_size=0.25, random_state=0),
            refit=False,
        )
        results = search.fit(X, y).cv_results_
        for row, params in enumerate(results["params"]):
            for fold in range(2):
                by_sklearn[model, tuple(sorted(params.items())), fold] = results[f"split{fold}_test_score"][row]
    found = {
        (each["model"], tuple(sorted(each["params"].items())), each["fold"]): each["test"]["neg_log_loss"]
        for each in records
    }
    assert found == by_sklearn
    assert not grown.leftovers() and not list(grown.folder.rglob("*.ensemble"))


@pytest.mark.slow
def test_tables_are_those_of_a_run_that_shares_nothing(grown, anew):
    for study in (grown, anew):
        study.run(TABLES[1])
    assert same_scores("halving", grown, anew) and same_scores("hyperband", grown, anew)
    # The first step of the pipelines of hyperband is shared anyway.
    assert {each["route"] for each in grown.records("hyperband")} == {"shared"}
    assert {each["route"] for name in ("halving", "hyperband") for each in anew.records(name)} == {"plain"}


@pytest.mark.slow
def test_a_search_that_was_killed_between_iterations_goes_on_to_the_same_bytes(grown, sleeper):
    killed = sleeper(config())
    process = killed.start(killed.evaluated("halving"))
    killed.await_records("halving", 40)  # the first iteration has 36
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    killed.run("--unlock")
    killed.run(TABLES[0], "--rerun-incomplete")
    assert same_scores("halving", killed, grown)
    killed.all_well("halving", 36 + 12 + 4)
    assert not killed.leftovers() and not list(killed.folder.rglob("*.ensemble"))
