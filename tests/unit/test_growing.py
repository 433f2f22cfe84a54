"""An ensemble that is continued from a shorter one predicts what it would predict if it had been fitted from the start, to the last bit."""

import json
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse
from sklearn import ensemble
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LogisticRegression

from foldwork.engines.session import Session
from foldwork.evaluation import fit_and_score, growing
from foldwork.evaluation.ensembles import LastFit
from foldwork.evaluation.growing import Growth, path_of
from foldwork.evaluation.sharing_rules import ENSEMBLES, GROWING
from foldwork.evaluation.task import Task
from foldwork.execution import growing as of_client
from foldwork.execution.grouping import Grouping
from foldwork.execution.growing import Growing
from foldwork.records.request import Fold, Request
from foldwork.records.requested import Requested
from foldwork.strategies.halving import strategies as halving
from foldwork.strategies.interface import Data
from foldwork.strategies.nested import NestedSearch

LENGTHS = (2, 3, 11)
LIMIT = 1 << 28
DATA = {
    "binary": load_breast_cancer,
    "classes": load_wine,
    "numbers": load_diabetes,
    "outputs": load_wine,
    "columns": load_wine,
    "sparse": load_wine,
}

FOREST = [{}, {"max_features": 0.3, "bootstrap": False, "n_jobs": 2}, {"max_depth": 3, "min_samples_leaf": 4}]
BOOSTING = [{}, {"subsample": 0.5, "max_features": 2}, {"init": "zero", "learning_rate": 1.0, "ccp_alpha": 0.01}]
ROUNDS = [{}, {"early_stopping": False, "max_leaf_nodes": 4, "l2_regularization": 1.0}]
SETTINGS = {
    "RandomForestClassifier": [*FOREST, {"max_samples": 0.4, "criterion": "entropy", "class_weight": {0: 2.0, 1: 1.0}}],
    "RandomForestRegressor": [*FOREST, {"criterion": "poisson", "max_samples": 20}],
    "ExtraTreesClassifier": [*FOREST, {"bootstrap": True, "criterion": "log_loss"}],
    "ExtraTreesRegressor": [*FOREST, {"bootstrap": True, "max_samples": 0.5, "criterion": "absolute_error"}],
    "GradientBoostingClassifier": [*BOOSTING, {"loss": "exponential", "subsample": 0.7}],
    "GradientBoostingRegressor": [
        *BOOSTING,
        {"loss": "huber", "subsample": 0.9},
        {"loss": "quantile", "subsample": 0.7},
        {"loss": "absolute_error"},
    ],
    "HistGradientBoostingClassifier": [*ROUNDS, {"max_bins": 16, "class_weight": {0: 2.0, 1: 1.0}}],
    "HistGradientBoostingRegressor": [*ROUNDS, {"loss": "absolute_error"}, {"loss": "poisson"}],
}
PREDICTIONS = ("predict", "predict_proba", "decision_function")


def cases():
    for name, settings in SETTINGS.items():
        boosting = "Boosting" in name
        for index, setting in enumerate(settings):
            for data in DATA:
                known = data == "numbers" if name.endswith("Regressor") else data != "numbers"
                if setting.get("loss") == "exponential" or "class_weight" in setting:
                    known = data == "binary"
                if data in ("outputs", "sparse") and boosting:
                    known = False
                if known:
                    quick = (index < 2 and data in ("classes", "numbers")) or (
                        "loss" in setting and not name.startswith("H")
                    )
                    yield pytest.param(
                        name, setting, data, id=f"{name}-{index}-{data}", marks=() if quick else pytest.mark.slow
                    )


def data_of(name):
    """Return train part, target and test part."""
    X, y = DATA[name](return_X_y=True)
    X_train, X_test, y_train = X[::2], X[1::2], y[::2]
    if name == "outputs":
        y_train = np.column_stack([y_train, y_train % 2])
    if name == "columns":
        X_train = np.asfortranarray(X_train)
    if name == "sparse":
        X_train, X_test = (
            scipy.sparse.csc_matrix(np.where(part > np.median(X, axis=0), part, 0)) for part in (X_train, X_test)
        )
    return X_train, y_train, X_test


def bits(predicted):
    """Return the bytes of predictions, or of those for each output."""
    return [np.asarray(each).tobytes() for each in (predicted if isinstance(predicted, list) else [predicted])]


def test_settings_are_tried_of_every_ensemble_that_may_grow():
    assert {f"sklearn.ensemble.{name}" for name in SETTINGS} == GROWING.keys() <= ENSEMBLES.keys()


@pytest.mark.parametrize(("name", "setting", "data"), list(cases()))
def test_what_is_continued_predicts_what_is_fitted_from_the_start_would(name, setting, data, tmp_path):
    X_train, y_train, X_test = data_of(data)
    parameter = ENSEMBLES[f"sklearn.ensemble.{name}"][0]
    path, last_fit = tmp_path / "kept", LastFit()
    for length in LENGTHS:
        unfitted = getattr(ensemble, name)(random_state=7, **setting).set_params(**{parameter: length})
        expected = clone(unfitted).fit(X_train, y_train)
        last_fit.clear()
        last_fit.begin(path)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found, shared = last_fit.fit("data", clone(unfitted), X_train, y_train)
        assert shared == (length > LENGTHS[0]) and last_fit.may_grow
        growing.write(path, last_fit.kept, LIMIT)
        assert repr(found.get_params()) == repr(unfitted.get_params())
        assert vars(found).keys() == vars(expected).keys()
        for each in (expected, found) if "n_jobs" in setting else ():
            each.set_params(n_jobs=None)  # threads add up in any order
        for predict in PREDICTIONS:
            for part in (X_train, X_test) if hasattr(expected, predict) else ():
                assert bits(getattr(found, predict)(part)) == bits(getattr(expected, predict)(part))


def test_a_forest_grows_on_sparse_data_and_boosting_does_not():
    X, y, _ = data_of("sparse")
    for name in ("RandomForestClassifier", "GradientBoostingClassifier"):
        last_fit = LastFit()
        last_fit.fit("data", getattr(ensemble, name)(n_estimators=2, random_state=0), X, y)
        assert last_fit.may_grow == name.startswith("Random")


REFUSED = [
    ("RandomForestClassifier", {"random_state": None}),
    ("RandomForestClassifier", {"random_state": np.random.RandomState(0)}),
    ("RandomForestClassifier", {"warm_start": True}),
    ("RandomForestClassifier", {"oob_score": True}),
    ("RandomForestClassifier", {"class_weight": "balanced"}),
    ("ExtraTreesClassifier", {"class_weight": "balanced_subsample", "bootstrap": True}),
    ("GradientBoostingClassifier", {"n_iter_no_change": 2}),
    ("GradientBoostingClassifier", {"init": LogisticRegression(max_iter=5)}),
    ("HistGradientBoostingClassifier", {"early_stopping": True}),
    ("HistGradientBoostingClassifier", {"max_features": 0.5}),
    ("AdaBoostClassifier", {}),
]


@pytest.mark.parametrize(("name", "setting"), REFUSED, ids=[f"{name}-{setting}"[:60] for name, setting in REFUSED])
@pytest.mark.filterwarnings("ignore")
def test_what_is_not_known_to_be_safe_is_neither_kept_nor_continued(name, setting):
    X, y, _ = data_of("classes")
    last_fit = LastFit()
    unfitted = getattr(ensemble, name)(**{"random_state": 0, **setting})
    last_fit.fit("data", unfitted.set_params(**{ENSEMBLES[f"sklearn.ensemble.{name}"][0]: 2}), X, y)
    assert not last_fit.may_grow


def test_boosting_that_stops_early_because_of_many_rows_does_not_grow():
    X = np.random.RandomState(0).uniform(size=(10_001, 1))
    last_fit = LastFit()
    last_fit.fit(
        "data", ensemble.HistGradientBoostingRegressor(max_iter=1, max_leaf_nodes=2, random_state=0), X, X[:, 0]
    )
    assert not last_fit.may_grow


class Rounding(BaseEstimator):
    """Computes with other last bits when it is continued."""

    def __init__(self, n_estimators=1, warm_start=False, random_state=None):
        self.n_estimators, self.warm_start, self.random_state = n_estimators, warm_start, random_state

    def fit(self, X, y):
        self.sum_ = 0.1 * 3 if self.warm_start else 0.3
        return self

    def predict(self, X):
        return np.full(len(X), self.sum_)


def test_a_class_that_is_not_exact_on_this_machine_is_found_out():
    assert not growing.exact_here(Rounding, "n_estimators")
    for path in GROWING:
        assert growing.exact_here(getattr(ensemble, path.rpartition(".")[2]), ENSEMBLES[path][0])


def test_nothing_is_continued_where_it_is_not_exact(kept, monkeypatch):
    monkeypatch.setattr(growing, "exact_here", lambda kind, parameter: False)
    assert not fit(LastFit(), kept, 6)[1]


# ---- files


def forest(length, **more):
    return ensemble.RandomForestClassifier(**{"n_estimators": length, "random_state": 0, "max_depth": 3, **more})


def fit(last_fit, path, length, data="data", **more):
    X, y, _ = data_of("classes")
    last_fit.clear()
    last_fit.begin(path)
    return last_fit.fit(data, forest(length, **more), X, y)


LAST = LastFit()


@pytest.fixture
def kept(tmp_path):
    """Return a file with a forest of four trees, which `LAST` has fitted."""
    fit(LAST, None, 4)
    growing.write(tmp_path / "kept", LAST.kept, LIMIT)
    return tmp_path / "kept"


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        flip_a_bit,
        lambda path: growing.write(path, ("other data", forest(4)), LIMIT),
        lambda path: growing.write(path, (LAST.kept[0], {"no": "ensemble"}), LIMIT),
        lambda path: growing.write(path, (LAST.kept[0], forest(4)), LIMIT),  # not fitted, so all stages are
    ],
)
def test_a_file_that_is_missing_or_damaged_or_a_foreign_one_changes_no_prediction(harm, kept):
    harm(kept)
    X, _, _ = data_of("classes")
    expected = fit(LastFit(), None, 6)[0].predict_proba(X)
    assert fit(LastFit(), kept, 6)[0].predict_proba(X).tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("of", "shared"),
    [
        ({}, True),
        ({"length": 4}, False),
        ({"length": 3}, False),
        ({"data": "another fold"}, False),
        ({"max_depth": 4}, False),
        ({"random_state": 1}, False),
        ({"verbose": False}, False),
    ],
)
def test_only_a_longer_one_of_the_same_settings_and_data_is_continued(of, shared, kept):
    assert fit(LastFit(), kept, **{"length": 6, **of})[1] == shared


def test_an_ensemble_of_another_kind_of_cpu_is_not_continued(kept, monkeypatch):
    assert fit(LastFit(), kept, 6)[1]
    monkeypatch.setattr(growing, "cpu_kind", lambda: "another")
    assert not fit(LastFit(), kept, 6)[1]


def test_an_ensemble_that_was_cut_is_not_kept(tmp_path):
    last_fit = LastFit()
    X, y, _ = data_of("classes")
    for length in (6, 4):
        last_fit.begin(None)
        _, cut = last_fit.fit("data", forest(length), X, y)
        assert cut != last_fit.may_grow


OK = {"status": "ok"}


@pytest.mark.parametrize(
    ("record", "limit", "keeps"),
    [
        (OK, LIMIT, True),
        (OK, 1000, False),
        (OK, None, False),
        ({"status": "failed"}, LIMIT, False),
        (OK | {"warnings": ["some"]}, LIMIT, False),
    ],
)
def test_a_fit_is_kept_if_it_is_wanted_and_ended_well_and_the_shorter_one_is_removed(
    record, limit, keeps, kept, tmp_path
):
    kept.rename(shorter := path_of(tmp_path, "short"))
    keep = {} if limit is None else {"long": limit}
    growth = Growth({"folder": str(tmp_path), "shorter": {"long": "short"}, "keep": keep})
    last_fit = LastFit()
    assert growth.shorter("long") == shorter and growth.shorter("another") is None
    assert fit(last_fit, growth.shorter("long"), 6)[1]
    growth.finish("long", record, last_fit)
    assert [path.name for path in tmp_path.iterdir()] == (["long.ensemble"] if keeps else [])
    if keeps:
        assert fit(LastFit(), path_of(tmp_path, "long"), 8)[1]


def test_a_folder_that_is_gone_or_a_full_disk_fails_nothing_and_makes_nothing(tmp_path, monkeypatch):
    last_fit = LastFit()
    fit(last_fit, None, 4)
    growth = Growth({"folder": str(tmp_path / "gone"), "shorter": {"long": "short"}, "keep": {"long": LIMIT}})
    growth.finish("long", OK, last_fit)
    assert not list(tmp_path.iterdir())

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(growing.os, "replace", full)
    growth = Growth({"folder": str(tmp_path), "shorter": {}, "keep": {"long": LIMIT}})
    growth.finish("long", OK, last_fit)
    assert not list(tmp_path.iterdir())
    Growth(None).finish("long", OK, last_fit)


# ---- evaluations

BOOST = {"class": "sklearn.ensemble.GradientBoostingClassifier", "random_state": 0, "max_depth": 2, "subsample": 0.7}
SCALE = {"class": "sklearn.preprocessing.StandardScaler"}


@pytest.mark.parametrize(
    ("estimator", "name", "grows"),
    [
        (BOOST, "n_estimators", True),
        ([{"scale": SCALE}, {"boost": BOOST}], "boost__n_estimators", True),
        ([{"inner": [{"scale": SCALE}, {"boost": BOOST}]}], "inner__boost__n_estimators", True),
        ([{"scale": SCALE | {"copy": False}}, {"boost": BOOST}], "boost__n_estimators", False),
        (
            [{"f": {"class": "sklearn.preprocessing.FunctionTransformer"}}, {"boost": BOOST}],
            "boost__n_estimators",
            False,
        ),
    ],
)
def test_an_evaluation_that_is_continued_has_the_scores_of_one_from_the_start(
    estimator, name, grows, tmp_path, monkeypatch
):
    X, y = load_wine(return_X_y=True)
    arrays = {"X_train": X[::2].copy(), "y_train": y[::2].copy(), "X_test": X[1::2].copy(), "y_test": y[1::2].copy()}
    monkeypatch.setattr(fit_and_score, "last_fit", last_fit := LastFit())
    metrics = ["neg_log_loss", "accuracy"]
    description = {"kind": "search", "models": {"m": estimator}, "scoring": metrics, "train_scores": True}
    tasks = {share: Task({**description, "share": share}) for share in (True, False)}
    growth = Growth({"folder": str(tmp_path), "shorter": {"4": "2", "9": "4"}, "keep": {"2": LIMIT, "4": LIMIT}})
    for length in (2, 4, 9):
        records = {share: {"status": "ok", "error": None} for share in (True, False)}
        last_fit.clear()
        last_fit.begin(growth.shorter(str(length)))
        for share, record in records.items():
            copies = {part: data.copy() for part, data in arrays.items()}
            fit_and_score.fit_and_score(tasks[share], "m", {name: length}, copies, record, "fold")
            if share:
                growth.finish(str(length), record, last_fit)
        shared, plain = records.values()
        assert (shared["test"], shared["train"]) == (plain["test"], plain["train"])
        assert ("sharing" in shared) == (shared["route"] == "shared") and plain["route"] == "plain"
        assert shared["route"] == "plain" or grows
    assert last_fit.grown == (2 if grows else 0) and not list(tmp_path.iterdir())


# ---- the client


def requested(strategy, model=BOOST, folds=2, *, share=True):
    spec = {"models": {"m": {"estimator": model}}, "scoring": ["accuracy"], "share": share}
    parts = tuple(Fold(k, f"/f{k}", f"f{k}", "0", f"digest {k}") for k in range(folds))
    request = Request("search", "s", spec, parts, 1, {"m": {"id": "made"}}, data=Data(folds))
    return Requested(request, strategy)


def session_in(folder):
    found = object.__new__(Session)
    found.directory = folder
    return found


def strategies_of(resource="n_estimators", space=None, factor=3, folds=2, **more):
    space = space or {"learning_rate": [0.1 * n for n in range(1, 10)]}
    arguments = {"resource": resource, "factor": factor, "max_resources": 18, **more}
    return halving({"m": space}, Data(folds), **arguments)


def replayed(wanted, folder, session=None):
    """Return for each round its evaluations and the message with all of them; every file that is to be kept is written."""
    client = Growing(wanted, Grouping(wanted.request), session or session_in(folder))
    rounds, scores, todo = [], {}, list(wanted.unique.values())
    while todo:
        said = client.members(todo).get("grow", {"shorter": {}, "keep": {}})
        rounds.append((todo, said, sorted(path.stem for path in folder.iterdir())))
        for key in said["keep"]:
            path_of(folder, key).touch()
        for key in said["shorter"].values():
            path_of(folder, key).unlink()
        scores |= {each.key: each.params["learning_rate"] for each in todo}
        todo = wanted.advance(scores)
    return rounds


def test_each_iteration_names_the_ensembles_of_the_one_before_and_the_last_keeps_nothing(tmp_path):
    rounds = replayed(requested(strategies_of()), tmp_path)
    assert [len(todo) for todo, _, _ in rounds] == [18, 6, 2]
    for number, (todo, said, files) in enumerate(rounds):
        assert said["keep"].keys() == ({each.key for each in todo} if number < 2 else set())
        before = rounds[number - 1][0] if number else []
        of = {(each.candidate, each.fold): each.key for each in before}
        assert said["shorter"] == ({each.key: of[each.candidate, each.fold] for each in todo} if number else {})
        assert files == sorted(said["shorter"].values()), "files of candidates that were dropped are removed"
        assert all(limit <= of_client.MOST_OF_RUN // (2 * len(todo)) for limit in said["keep"].values())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("model", "more"),
    [
        (BOOST, {"resource": "max_leaf_nodes"}),
        ({"class": "sklearn.neural_network.MLPClassifier", "random_state": 0}, {"resource": "max_iter"}),
        (BOOST | {"random_state": None}, {}),
        ([{"own": {"class": "own.Step"}}, {"boost": BOOST}], {"resource": "boost__n_estimators"}),
    ],
)
def test_nothing_is_named_where_the_resource_is_not_the_number_of_stages(model, more, tmp_path):
    for _, said, _ in replayed(requested(strategies_of(**more), model), tmp_path):
        assert not said["shorter"] and not said["keep"]


def test_nothing_is_named_without_sharing_nor_on_engines_of_somebody_else(tmp_path):
    for wanted, session in (
        (requested(strategies_of(), share=False), None),
        (requested(strategies_of()), SimpleNamespace(name="borrowed")),
    ):
        assert all(not said["keep"] for _, said, _ in replayed(wanted, tmp_path, session))


def test_an_iteration_with_the_same_resources_again_continues_with_the_next(tmp_path):
    rounds = replayed(requested(strategies_of(max_resources=6, min_resources=2, aggressive_elimination=True)), tmp_path)
    assert [len(todo) for todo, _, _ in rounds] == [18, 2]
    assert len(rounds[1][1]["shorter"]) == 2 and not rounds[1][1]["keep"]


def test_a_nested_search_names_ensembles_on_inner_folds_alone(tmp_path):
    nested = NestedSearch(0, (1, 2), strategies_of())
    rounds = replayed(requested([nested], folds=3), tmp_path)
    assert [len(todo) for todo, _, _ in rounds] == [18, 6, 2, 1]
    assert [len(said["shorter"]) for _, said, _ in rounds] == [0, 6, 2, 0] and not rounds[3][1]["keep"]


def test_what_is_said_to_engines_is_json(tmp_path):
    for _, said, _ in replayed(requested(strategies_of()), tmp_path):
        assert json.loads(json.dumps(said)) == said
