"""The deep check: what a config names is imported and held against signatures, parameters and metrics."""

import copy
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from foldwork.errors import FoldworkError
from foldwork.study.checks.check_config import begin_check, check_config
from foldwork.study.checks.randomness import DRAWS_IF
from foldwork.study.config import read, validate
from foldwork.workflow.served_scripts import start_module

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.json"
VALID = {
    "datasets": {
        "digits": {"load": "sklearn.datasets.load_digits"},
        "blobs": {"load": "sklearn.datasets.make_blobs", "args": {"n_samples": 50, "random_state": 0}},
    },
    "splits": {"s": {"dataset": "digits", "cv": {"class": "StratifiedKFold", "n_splits": 5}}},
    "searches": {
        "x": {
            "splits": "s",
            "models": {"m": {"estimator": {"class": "sklearn.svm.SVC"}, "space": {"C": [1, 10]}}},
            "scoring": ["accuracy"],
        }
    },
    "clusterings": {
        "k": {
            "dataset": "blobs",
            "models": {
                "kmeans": {
                    "estimator": {"class": "sklearn.cluster.KMeans", "random_state": 0},
                    "space": {"n_clusters": {"range": [2, 5]}},
                },
                "agglomerative": {"estimator": {"class": "sklearn.cluster.AgglomerativeClustering"}},
                "dbscan": {"estimator": {"class": "sklearn.cluster.DBSCAN"}, "space": {"eps": [0.5, 1]}},
            },
        }
    },
}
SCALE = {"scale": {"class": "sklearn.preprocessing.StandardScaler"}}
SVC = {"svc": {"class": "sklearn.svm.SVC"}}
FOREST = {"class": "sklearn.ensemble.RandomForestClassifier"}
CV, LOAD, SCORING, METRICS = "splits/s/cv", "datasets/digits/load", "searches/x/scoring", "clusterings/k/metrics"


@pytest.fixture(autouse=True)
def study(tmp_path, monkeypatch):
    """A study's directory with modules of a user's own, on sys.path as the workflow has it."""
    modules = {
        "mymodels": """
            from sklearn.base import BaseEstimator
            class Ensemble(BaseEstimator):
                def __init__(self, size=1): self.size = size
                def fit(self, X, y): return self
            class Changing(Ensemble):
                def __init__(self, size=1): self.size = [size]
            class Fragile(Ensemble):
                def get_params(self, deep=True): raise RuntimeError("no\\nparameters")
            class NoEstimator: pass
            """,
        "broken_syntax": "x = 1\ny = (\n",
        "broken_name": "x = 1\nundefined\n",
        "broken_needs": "import no_such_package\n",
        "broken_exit": "import sys\nsys.exit(3)\n",
        "talkative": "print('hello')\nfrom sklearn.svm import SVC\n",
    }
    for name, text in modules.items():
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text).lstrip("\n"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in modules:
        sys.modules.pop(name, None)


def settings_with(*changes):
    config = copy.deepcopy(VALID)
    for path, value in changes:
        *above, last = path.split("/")
        place = config
        for key in above:
            place = place[key]
        place[last] = value
    return validate(config, SCHEMA)


def with_model(estimator, space=None):
    return ("searches/x/models/m", {"estimator": estimator, "space": space or {}})


def message_of(*changes):
    with pytest.raises(FoldworkError) as caught:
        check_config(settings_with(*changes))
    message = str(caught.value)
    assert message.startswith("config: ")
    assert "\n" not in message
    return message


def test_a_sound_config_passes_without_a_warning():
    assert check_config(settings_with()) == []


@pytest.mark.parametrize(
    "path", [ROOT / "config" / "config.yaml", *sorted((ROOT / "config" / "examples").glob("*.yaml"))]
)
def test_the_configs_that_come_with_foldwork_pass_without_a_warning(path):
    assert check_config(validate(read([path]), SCHEMA)) == []


SOUND = [
    with_model([SCALE, SVC], {"svc__C": {"logspace": [0, 1, 2]}, "scale": [None, "passthrough"]}),
    with_model(
        [{"svc": SVC["svc"]}], {"svc": [{"class": "sklearn.linear_model.LogisticRegression"}], "svc__tol": [0.1]}
    ),
    with_model([{"pre": [SCALE]}, SVC], {"pre__scale__with_mean": [True, False]}),
    with_model({"class": "sklearn.svm.SVC", "class_weight": {0: 1, 1: 5}}, [{"C": [1]}, {"kernel": ["linear"]}]),
    # values that the estimator refuses are evaluations that fail, not mistakes of the config
    with_model({"class": "sklearn.svm.SVC"}, {"C": [-1, 1], "gamma": ["scal", 0.1], "kernel": ["rbff"]}),
    with_model(
        [
            {
                "columns": {
                    "class": "sklearn.compose.ColumnTransformer",
                    "transformers": [{"tuple": ["a", SCALE["scale"], ["x", "y"]]}],
                }
            },
            SVC,
        ],
        {"columns__a__with_mean": [True], "svc__C": [1]},
    ),
    with_model(
        {"class": "sklearn.feature_selection.SelectKBest", "score_func": {"ref": "sklearn.feature_selection.chi2"}}
    ),
    with_model({"class": "mymodels.Ensemble", "size": 2}, {"size": [1, 2]}),
    (
        SCORING,
        [
            "accuracy",
            {
                "f2": {
                    "class": "sklearn.metrics.make_scorer",
                    "score_func": {"ref": "sklearn.metrics.fbeta_score"},
                    "beta": 2,
                }
            },
        ],
    ),
    (METRICS, ["inertia", {"silhouette": {"sample_size": 9, "random_state": 0}}, "davies_bouldin"]),
    (CV, {"class": "sklearn.model_selection.TimeSeriesSplit", "gap": 1}),
    (LOAD, "sklearn.datasets.fetch_openml"),
]


@pytest.mark.parametrize("change", SOUND, ids=lambda change: json.dumps(change)[:70])
def test_what_is_sound_passes(change):
    changes = [change, (SCORING, ["accuracy"])] if change[0] != SCORING else [change]
    assert check_config(settings_with(*changes)) == []


def named(name):
    return with_model({"class": name})


M = "searches.x.models.m"
BAD = [
    # names
    (
        named("sklearn.svm.SVCC"),
        f"{M}.estimator.class",
        "'sklearn.svm.SVCC': sklearn.svm has no 'SVCC'; did you mean 'SVC'?",
    ),
    (named("sklearn.svn.SVC"), f"{M}.estimator.class", "sklearn has no 'svn'; did you mean 'svm'?"),
    (named("sklearn.linear_model.SVC"), f"{M}.estimator.class", "did you mean 'sklearn.svm.SVC'?"),
    (named("sklear.svm.SVC"), f"{M}.estimator.class", "no module named 'sklear'; did you mean 'sklearn.svm.SVC'?"),
    (named("SVC"), f"{M}.estimator.class", "is not an import path such as sklearn.svm.SVC; did you mean"),
    (named("mymodel.Ensemble"), f"{M}.estimator.class", "did you mean 'mymodels'?"),
    (named("mymodels.Ensembel"), f"{M}.estimator.class", "did you mean 'Ensemble'?"),
    (named("a..b"), f"{M}.estimator.class", "not an import path"),
    (named("os.path"), f"{M}.estimator.class", "cannot be called"),
    (named("mymodels.NoEstimator"), f"{M}.estimator.class", "is no estimator: it has no fit"),
    (
        with_model({"class": "sklearn.svm.SVC", "kernel": {"ref": "sklearn.nope"}}),
        f"{M}.estimator.kernel.ref",
        "no 'nope'",
    ),
    # the user's own modules
    (named("broken_syntax.X"), f"{M}.estimator.class", "broken_syntax.py:2: SyntaxError"),
    (named("broken_name.X"), f"{M}.estimator.class", "broken_name.py:2: NameError: name 'undefined'"),
    (named("broken_needs.X"), f"{M}.estimator.class", "no module named no_such_package"),
    (named("broken_exit.X"), f"{M}.estimator.class", "SystemExit: 3"),
    (named("mymodels.Changing"), f"{M}.estimator", "annot clone"),
    (named("mymodels.Fragile"), f"{M}.estimator", "no parameters"),
    # arguments
    (with_model({"class": "sklearn.svm.SVC", "kernl": "rbf"}), f"{M}.estimator.kernl", "did you mean 'kernel'?"),
    (
        with_model({"class": "sklearn.svm.SVC", "C": "abc"}),
        f"{M}.estimator.C",
        "must be a float in the range (0.0, inf]",
    ),
    (with_model({"class": "sklearn.svm.SVC", "C": -1}), f"{M}.estimator.C", "not -1"),
    (with_model({"class": "sklearn.svm.SVC", "kernel": "rbff"}), f"{M}.estimator.kernel", "did you mean 'rbf'?"),
    (with_model({"class": "mymodels.Ensemble", "sise": 1}), f"{M}.estimator.sise", "did you mean 'size'?"),
    (
        with_model(
            {
                "class": "sklearn.ensemble.BaggingClassifier",
                "estimator": {"class": "sklearn.tree.DecisionTreeClassifier", "max_dept": 1},
            }
        ),
        f"{M}.estimator.estimator.max_dept",
        "did you mean 'max_depth'?",
    ),
    # pipelines
    (with_model([SVC, SCALE]), f"{M}.estimator[0].svc", "has no transform"),
    (with_model([SCALE, {"svc": {"class": "sklearn.svm.SVCC"}}]), f"{M}.estimator[1].svc.class", "did you mean 'SVC'?"),
    (with_model([{"memory": None}, SVC]), f"{M}.estimator", "memory"),
    # spaces
    (with_model(SVC["svc"], {"c": [1]}), f"{M}.space.c", "SVC has no parameter 'c'; did you mean 'C'?"),
    (with_model(SVC["svc"], {"svc__C": [1]}), f"{M}.space.svc__C", "has no parameter"),
    (with_model([SCALE, SVC], {"C": [1]}), f"{M}.space.C", "did you mean 'svc__C'?"),
    (with_model([SCALE, SVC], {"svc__c": [1]}), f"{M}.space.svc__c", "did you mean 'svc__C'?"),
    (with_model(SVC["svc"], [{"C": [1]}, {"gama": [1]}]), f"{M}.space[1].gama", "did you mean 'gamma'?"),
    (
        with_model(SVC["svc"], {"C": [1, "abc"]}),
        f"{M}.space.C[1]",
        "must be a float in the range (0.0, inf], not the string",
    ),
    (with_model([SCALE, SVC], {"svc__C": ["x"]}), f"{M}.space.svc__C[0]", "must be a float"),
    (
        with_model([SCALE, SVC], {"scale": [{"class": "sklearn.preprocessing.MinMaxScalr"}]}),
        f"{M}.space.scale[0].class",
        "MinMaxScaler",
    ),
    # square input
    (
        with_model({"class": "sklearn.svm.SVC", "kernel": "precomputed"}),
        f"{M}.estimator",
        "precomputed kernels are not",
    ),
    (with_model(SVC["svc"], {"kernel": ["precomputed"]}), f"{M}.space.kernel[0]", "precomputed kernels are not"),
    # scoring
    ((SCORING, ["acuracy"]), "searches.x.scoring[0]", "did you mean 'accuracy'?"),
    ((SCORING, ["acc"]), "searches.x.scoring[0]", "did you mean 'accuracy'?"),
    ((SCORING, ["AUC"]), "searches.x.scoring[0]", "did you mean 'roc_auc'?"),
    ((SCORING, ["mse"]), "searches.x.scoring[0]", "did you mean 'neg_mean_squared_error'?"),
    ((SCORING, ["RMSE"]), "searches.x.scoring[0]", "did you mean 'neg_root_mean_squared_error'?"),
    ((SCORING, ["r2_score"]), "searches.x.scoring[0]", "did you mean 'r2'?"),
    ((SCORING, ["prec"]), "searches.x.scoring[0]", "did you mean 'precision'?"),
    ((SCORING, ["accuracy", "zzz"]), "searches.x.scoring[1]", "get_scorer_names"),
    ((SCORING, [{"f": {"ref": "sklearn.metrics.f1_score"}}]), "searches.x.scoring[0].f", "make_scorer"),
    ((SCORING, [{"f": {"ref": "sklearn.metrics.nope"}}]), "searches.x.scoring[0].f.ref", "no 'nope'"),
    # splitters
    ((CV, {"class": "KFlod"}), "splits.s.cv.class", "did you mean 'KFold'?"),
    ((CV, {"class": "KFold", "n_split": 5}), "splits.s.cv.n_split", "did you mean 'n_splits'?"),
    ((CV, {"class": "KFold", "n_splits": 1}), "splits.s.cv.n_splits", "n_splits=2 or more"),
    ((CV, {"class": "KFold", "n_splits": "5"}), "splits.s.cv.n_splits", "must be a number, not the string '5'"),
    ((CV, {"class": "ShuffleSplit", "test_size": "x"}), "splits.s.cv.test_size", "must be a number"),
    ((CV, {"class": "KFold", "random_state": 0}), "splits.s.cv.random_state", "shuffle"),
    ((CV, {"class": "LeavePOut"}), "splits.s.cv.p", "is missing"),
    ((CV, {"class": "train_test_split"}), "splits.s.cv.class", "is no splitter"),
    ((CV, {"class": "sklearn.svm.SVC"}), "splits.s.cv.class", "is no splitter"),
    # loaders
    ((LOAD, "sklearn.datasets.load_digit"), "datasets.digits.load", "did you mean 'load_digits'?"),
    ((LOAD, "sklearn.datasets"), "datasets.digits.load", "cannot be called"),
    ((LOAD, "sklearn.datasets.load_files"), "datasets.digits.args.container_path", "is missing"),
    (("datasets/digits/args", {"n_clas": 3}), "datasets.digits.args.n_clas", "did you mean 'n_class'?"),
    (("datasets/digits/args", {"n_class": "3"}), "datasets.digits.args.n_class", "must be an int"),
    # clusterings
    (
        ("clusterings/k/models/kmeans/space", {"n_cluster": [2]}),
        "clusterings.k.models.kmeans.space.n_cluster",
        "'n_clusters'?",
    ),
    (
        (METRICS, [{"silhouette": {"sample_siz": 3}}]),
        "clusterings.k.metrics[0].silhouette.sample_siz",
        "'sample_size'?",
    ),
    ((METRICS, [{"inertia": {"a": 3}}]), "clusterings.k.metrics[0].inertia.a", "takes none"),
]


@pytest.mark.parametrize(("change", "key", "said"), BAD, ids=[f"{key}-{n}" for n, (_, key, _) in enumerate(BAD)])
def test_a_mistake_is_one_line_with_its_key_and_what_would_be_right(change, key, said):
    message = message_of(change)
    assert message.startswith(f"config: {key}: ")
    assert said in message


FREE = ["searches/x/models/m/estimator", "searches/x/models/m/space", CV, "datasets/blobs/args", SCORING, METRICS]
JUNK = [
    3,
    "junk",
    "a.b",
    [],
    {},
    [{}],
    {"class": "os.getcwd"},
    {"x": 1},
    {"a\nb": [1]},
    {"class": "a\nb.c"},
    {1: 2},
    -0.5,
]


@pytest.mark.parametrize("path", FREE)
@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_whatever_stands_where_anything_may_stand_is_sound_or_wrong_in_one_line(path, junk):
    for value in (junk, [junk], {"class": "sklearn.svm.SVC", "C": junk}, {"C": junk}, {"C": [junk]}, [{"s": junk}]):
        try:
            warnings = check_config(settings_with((path, value)))
        except FoldworkError as error:
            assert str(error).startswith("config: ")
            assert "\n" not in str(error)
        else:
            assert all("\n" not in warning for warning in warnings)


def test_a_splitter_by_groups_needs_them_named_where_the_data_are_a_table():
    by_group = (CV, {"class": "GroupKFold"})
    assert check_config(settings_with(by_group)) == []  # a Bunch may bring groups with it
    for file in ("a.csv", "A.CSV", "a.tsv.xz"):
        message = message_of(by_group, ("datasets/digits", {"file": file, "target": "y"}))
        assert message == "config: splits.s.cv.class: GroupKFold needs groups: name a column in datasets.digits.groups"
    assert (
        check_config(settings_with(by_group, ("datasets/digits", {"file": "a.csv", "target": "y", "groups": "g"})))
        == []
    )


def test_a_type_of_columns_that_pandas_does_not_know_is_named():
    table = {"file": "a.csv", "target": "y"}
    for dtype, key in (("flot", "dtype"), ({"a": "str", "b": "flot"}, "dtype.b")):
        message = message_of(("datasets/digits", {**table, "read": {"dtype": dtype}}))
        assert message.startswith(f"config: datasets.digits.read.{key}: pandas knows no type 'flot'")
    assert (
        check_config(settings_with(("datasets/digits", {**table, "read": {"dtype": {"a": "Int64", "b": "category"}}})))
        == []
    )


def test_without_scoring_the_estimator_needs_a_score_of_its_own():
    assert check_config(settings_with((SCORING, []))) == []
    message = message_of((SCORING, []), named("mymodels.Ensemble"))
    assert message.startswith("config: searches.x.scoring: is empty, and Ensemble (m) has no score")


def test_the_first_mistake_in_the_configs_order_is_reported():
    message = message_of((CV, {"class": "KFlod"}), (LOAD, "sklearn.datasets.load_digit"), (SCORING, ["acuracy"]))
    assert message.startswith("config: datasets.digits.load: ")


WARNED = [
    (with_model(FOREST), "searches.x.models.m: RandomForestClassifier has no random_state; its search is"),
    (with_model([SCALE, {"f": FOREST}]), "RandomForestClassifier"),
    (with_model([SCALE, SVC], {"svc": [FOREST]}), "RandomForestClassifier"),
    (with_model({"class": "sklearn.svm.SVC", "probability": True}), "SVC has no random_state"),
    (with_model([{"pca": {"class": "sklearn.decomposition.PCA"}}, SVC], {"pca__n_components": [3]}), "PCA"),
    ((CV, {"class": "ShuffleSplit"}), "splits.s: ShuffleSplit has no random_state; its folds are"),
    ((CV, {"class": "KFold", "shuffle": True}), "splits.s: KFold"),
    (("datasets/blobs/args", {}), "datasets.blobs: make_blobs has no random_state; its data are"),
    ((METRICS, [{"silhouette": {"sample_size": 9}}]), "clusterings.k: silhouette"),
]


@pytest.mark.parametrize(("change", "said"), WARNED, ids=[said[:40] for _, said in WARNED])
def test_what_draws_without_a_seed_is_named_in_one_warning(change, said):
    (warning,) = check_config(settings_with(change))
    assert said in warning
    assert warning.endswith("not reproducible")


UNWARNED = [
    with_model({**FOREST, "random_state": 0}),
    with_model(FOREST, {"random_state": [0, 1]}),
    with_model({"class": "sklearn.linear_model.LogisticRegression"}),
    with_model([{"pca": {"class": "sklearn.decomposition.PCA"}}, SVC], {"svc__C": [1]}),
    with_model({"class": "sklearn.ensemble.BaggingClassifier", "random_state": 0, "estimator": FOREST}),
    with_model([SCALE, {"f": FOREST}], {"f": [SVC["svc"]]}),
    (CV, {"class": "KFold"}),
]


@pytest.mark.parametrize("change", UNWARNED, ids=range(len(UNWARNED)))
def test_what_is_seeded_or_draws_nothing_is_not_warned_of(change):
    assert check_config(settings_with(change)) == []


def run(settings):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "foldwork.study.checks"]
    return subprocess.run(command, input=json.dumps(settings), capture_output=True, text=True, env=environment)


def test_the_command_prints_one_line_and_ends_with_1_or_warns_and_ends_with_0():
    bad = run(settings_with(named("mymodels.Ensembel")))
    assert (bad.returncode, bad.stdout) == (1, "")
    key = "config: searches.x.models.m.estimator.class"
    assert bad.stderr == f"{key}: 'mymodels.Ensembel': mymodels has no 'Ensembel'; did you mean 'Ensemble'?\n"
    good = run(settings_with(named("talkative.SVC"), (CV, {"class": "ShuffleSplit"})))
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout == ("warning: splits.s: ShuffleSplit has no random_state; its folds are not reproducible\n")


def test_checked_in_a_process_of_its_own_the_first_mistake_is_raised_and_warnings_are_shown(monkeypatch, capsys):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    with pytest.raises(FoldworkError, match=r"^config: splits\.s\.cv\.class: .*'KFold'\?$"):
        begin_check(settings_with((CV, {"class": "KFlod"})), start_module)()
    begin_check(settings_with((CV, {"class": "ShuffleSplit"})), start_module)()
    assert "warning: splits.s: ShuffleSplit" in capsys.readouterr().err


def test_a_module_that_ends_the_process_is_one_line(study, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    (study / "deadly.py").write_text("import os\nos._exit(7)\n")
    with pytest.raises(FoldworkError, match=r"^config: cannot be checked: exit code 7$"):
        begin_check(settings_with(named("deadly.X")), start_module)()


def test_every_class_with_conditions_for_drawing_exists():
    import sklearn.experimental.enable_iterative_imputer  # noqa: F401
    from sklearn.utils.discovery import all_estimators

    known = dict(all_estimators())
    for name, conditions in DRAWS_IF.items():
        assert set(conditions) <= set(known[name]._get_param_names()), name


def test_what_may_be_shared_besides_must_be_transformers(tmp_path):
    (tmp_path / "shareable.py").write_text(
        "from sklearn.preprocessing import StandardScaler as Scaler\n\n\ndef scale(X):\n    return X\n"
    )
    for name, said in (
        ("shareable.Scaler", None),
        ("shareable.scale", "is no transformer"),
        ("sklearn.svm.SVC", "has no transform"),
        ("shareable.Scalar", "did you mean .*Scaler"),
    ):
        config = copy.deepcopy(VALID)
        config["searches"]["x"]["share"] = {"also": [name]}
        if said is None:
            check_config(validate(config, SCHEMA))
        else:
            with pytest.raises(FoldworkError, match=rf"searches.x.share.also\[0\]: .*{said}"):
                check_config(validate(config, SCHEMA))
