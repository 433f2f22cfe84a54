"""Real runs of halving and hyperband continue the fits of ensembles, and have the scores of fits from the start."""

import os
import shutil
import signal

import pytest
from command import foldwork
from study import Study, sleepy

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


@pytest.fixture(scope="module")
def pair(template, tmp_path_factory):
    """Return a study that continues fits, and the same one without shared work."""
    found = []
    for name, more in (("grown", {}), ("anew", {"share": False})):
        shutil.copytree(template.folder, folder := tmp_path_factory.mktemp("grown") / name)
        study = Study(folder, config(**more))
        study.run(TABLES[0])
        found.append(study)
    return found


def same_scores(name, *studies):
    return len({(study.search(name) / "scores.csv").read_bytes() for study in studies}) == 1


def test_scores_are_those_of_a_run_that_fits_everything_from_the_start(pair):
    assert same_scores("halving", *pair)


def test_fits_of_later_iterations_are_continued_and_the_records_say_so(pair):
    grown, anew = pair
    records = grown.records("halving")
    assert {(stages(each), each["route"]) for each in records} == {(5, "plain"), (15, "shared"), (45, "shared")}
    assert all("sharing" in each for each in records if each["route"] == "shared")
    assert {each["route"] for each in anew.records("halving")} == {"plain"}
    assert all("predictions" in each for each in records)
    assert foldwork("verify", "halving", "--sample", 20, cwd=grown.folder).stdout == "20 of 20 equal\n"


def test_nothing_is_left_of_the_ensembles(pair):
    for study in pair:
        assert not study.leftovers() and not list(study.folder.rglob("*.ensemble"))


@pytest.mark.slow
def test_the_last_step_of_nested_pipelines_grows_in_hyperband(pair):
    for study in pair:
        study.run(TABLES[1])
    assert same_scores("hyperband", *pair)
    grown, anew = ([each["route"] for each in study.records("hyperband")] for study in pair)
    assert set(grown) == {"shared"} and set(anew) == {"plain"}


@pytest.mark.slow
def test_a_search_that_was_killed_between_iterations_goes_on_to_the_same_bytes(pair, sleeper):
    killed = sleeper(config())
    process = killed.start(killed.evaluated("halving"))
    killed.await_records("halving", 40)  # the first iteration has 36
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    killed.run("--unlock")
    killed.run(TABLES[0], "--rerun-incomplete")
    assert same_scores("halving", killed, *pair)
    killed.all_well("halving", 36 + 12 + 4)
    assert not killed.leftovers()
