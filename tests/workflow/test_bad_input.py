"""Mistakes end a run early, with one line for the person at the keyboard."""

import copy
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from study import ROOT, Study

from foldwork.errors import FoldworkError
from foldwork.study.checks.check_config import check_config
from foldwork.study.config import validate

CONFIG = {
    "datasets": {"iris": {"load": "sklearn.datasets.load_iris"}},
    "splits": {"iris-3": {"dataset": "iris", "cv": {"class": "StratifiedKFold", "n_splits": 3}}},
    "searches": {
        "svc": {
            "splits": "iris-3",
            "models": {"svc": {"estimator": {"class": "sklearn.svm.SVC"}, "space": {"C": [0.1, 1]}}},
            "scoring": ["accuracy"],
        }
    },
}
TABLE = "height,width,kind\n" + "".join(f"{n},{n % 7},{'a' if n % 2 else 'b'}\n" for n in range(12))


def changed(path: str, value) -> dict:
    """Return the config with one key changed; a last part that ends with `!` renames the key to `value`."""
    config = copy.deepcopy(CONFIG)
    *parents, last = path.split("/")
    inner = config
    for part in parents:
        inner = inner[part]
    if last.endswith("!"):
        inner[value] = inner.pop(last[:-1])
    else:
        inner[last] = value
    return config


MODEL = "searches/svc/models/svc"
MISTAKES = {
    "an unknown key": (
        changed("searches/svc/scoring!", "scorring"),
        "config: searches.svc.scorring: unknown key; did you mean 'scoring'?",
    ),
    "an unknown class": (
        changed(f"{MODEL}/estimator/class", "sklearn.svm.SVCC"),
        "config: searches.svc.models.svc.estimator.class: * did you mean 'SVC'?",
    ),
    "a parameter that the estimator does not have": (
        changed(f"{MODEL}/space/C!", "svc__C"),
        "config: searches.svc.models.svc.space.svc__C: SVC has no parameter 'svc__C'*",
    ),
    "an unknown metric": (
        changed("searches/svc/scoring", ["acuracy"]),
        "config: searches.svc.scoring[0]: unknown metric 'acuracy'; did you mean 'accuracy'?",
    ),
    "an unknown splitter": (
        changed("splits/iris-3/cv/class", "StratifiedKFolds"),
        "config: splits.iris-3.cv.class: * did you mean 'StratifiedKFold'?",
    ),
    "an empty space": (
        changed(f"{MODEL}/space/C", []),
        "config: searches.svc.models.svc.space.C: is empty; *",
    ),
    "a splits name that no one defines": (
        changed("searches/svc/splits", "iris-5"),
        "config: searches.svc.splits: *iris-5* did you mean 'iris-3'?",
    ),
    "a string where a number belongs": (
        changed("splits/iris-3/cv/n_splits", "three"),
        "config: splits.iris-3.cv.n_splits: must be a number, not the string 'three'*",
    ),
    "a file that is missing": (
        changed("datasets/iris", {"file": "data/iris.csv", "target": "kind"}),
        "config: datasets.iris.file: there is no file data/iris.csv",
    ),
}


IN_REAL_RUNS = (
    "an unknown key",
    "an unknown class",
    "a parameter that the estimator does not have",
    "a splits name that no one defines",
    "a string where a number belongs",
    "a file that is missing",
)


def assert_said(line: str, pattern: str) -> None:
    """Compare a line with what it should be, in which `*` stands for anything."""
    assert re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), line), f"{line} is not {pattern}"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Run a study for each of some mistakes, two at a time."""

    def run(name: str):
        study = Study(folder / str(IN_REAL_RUNS.index(name)), MISTAKES[name][0])
        return study, study.run(check=False, cores=1)

    folder = tmp_path_factory.mktemp("mistakes")  # not in the threads: pytest makes its base folder at the first call
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(IN_REAL_RUNS, pool.map(run, IN_REAL_RUNS), strict=True))


@pytest.mark.parametrize("name", IN_REAL_RUNS)
def test_a_mistake_in_the_config_is_one_line_on_the_screen_and_nothing_else(runs, name):
    study, done = runs[name]
    assert done.returncode != 0
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert_said(line, f"foldwork: {MISTAKES[name][1]}")
    assert not (study.folder / "results").exists()


@pytest.mark.parametrize("name", [name for name in MISTAKES if name not in IN_REAL_RUNS])
def test_a_mistake_in_the_config_is_an_error_of_one_line_that_names_the_key(name):
    config, said = MISTAKES[name]
    with pytest.raises(FoldworkError) as found:
        check_config(validate(config, ROOT / "workflow/schemas/config.schema.json"))
    assert_said(str(found.value), said)


# ---- mistakes in the data: one line of foldwork's own in Snakemake's block, before any fit


@pytest.fixture(scope="module")
def data_runs(tmp_path_factory):
    """Run one study with several mistakes in its data, as far as each of them goes."""
    bad = TABLE.replace("\n5,5,a", "\n5,5,")
    assert bad != TABLE
    config = copy.deepcopy(CONFIG)
    config["datasets"] = {
        "holes": {"file": "holes.csv", "target": "kind"},
        "typo": {"file": "sound.csv", "target": "kinds"},
        "few": {"file": "sound.csv", "target": "kind"},
        "short": {"file": "short.npz"},
        "points": {"file": "sound.csv", "target": "kind"},
    }
    del config["splits"]["iris-3"]
    config["splits"]["few-7"] = {"dataset": "few", "cv": {"class": "StratifiedKFold", "n_splits": 7}}
    config["searches"]["svc"]["splits"] = "few-7"
    kmeans = {"class": "sklearn.cluster.KMeans", "n_init": 1, "random_state": 0}
    config["clusterings"] = {
        "all": {
            "dataset": "points",
            "models": {"kmeans": {"estimator": kmeans, "space": {"n_clusters": {"range": [2, 20]}}}},
            "metrics": ["inertia"],
        }
    }
    study = Study(tmp_path_factory.mktemp("data"), config)
    for name, text in (("holes", bad), ("sound", TABLE)):
        (study.folder / f"{name}.csv").write_text(text)
    np.savez(study.folder / "short.npz", X=np.zeros((10, 2)), y=np.zeros(9))
    wanted = [f"results/datasets/{name}" for name in config["datasets"]]
    wanted += ["results/searches/svc/evaluated.json", "results/clusterings/all/evaluated.json"]
    return study, study.run("--keep-going", *wanted, check=False)


SAID = {
    "NaN in the target": (
        "load_dataset/holes",
        "datasets.holes: y has no value (NaN) in 1 of 12 rows, the first is row 5;",
    ),
    "a column that is not there": (
        "load_dataset/typo",
        "datasets.typo.target: the data has no 'kinds'; did you mean 'kind'?",
    ),
    "X and y of different length": (
        "load_dataset/short",
        "datasets.short: X has 10 rows, y has 9 rows; they must have the same length",
    ),
    "fewer members of every class than folds": (
        "persist_splits/few-7",
        "splits.few-7.cv: StratifiedKFold cannot split dataset few: ValueError: n_splits=7 cannot be greater than the number of members",
    ),
    "more clusters than points": (
        "evaluate_clustering/all",
        "clusterings.all.models.kmeans: n_clusters goes up to 19, dataset points has 12 points; take fewer clusters",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_a_mistake_in_the_data_is_one_line_of_foldworks_and_its_traceback_is_in_the_log(data_runs, name):
    study, done = data_runs
    log, said = SAID[name]
    assert done.returncode != 0
    lines = [line for line in done.stderr.splitlines() if line.startswith(f"foldwork: {said}")]
    assert len(lines) == 1, done.stderr
    text = (study.folder / "logs" / f"{log}.log").read_text()
    assert "Traceback" in text and f"FoldworkError: {said}" in text


def test_mistakes_in_the_data_show_no_traceback_and_are_found_before_any_fit(data_runs):
    study, done = data_runs
    assert "Traceback" not in done.stderr and "Traceback" not in done.stdout
    assert sum(line.startswith("foldwork: ") for line in done.stderr.splitlines()) == len(SAID)
    assert study.records("svc") == []
    assert not (study.folder / "results/searches").exists()


def test_a_module_of_the_study_that_hides_one_of_pythons_own_is_refused_in_one_line(tmp_path):
    study = Study(tmp_path, CONFIG)
    (tmp_path / "queue.py").write_text("")
    done = study.run(check=False, cores=1)
    assert done.returncode != 0 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert_said(line, "foldwork: queue.py: has the name of a module of Python's standard library, *; rename it")
