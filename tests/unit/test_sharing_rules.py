"""Each class on the lists of `sharing_rules` is tried: it is shared, gives the scores of the plain route, and predicts the same each time."""

import warnings

import numpy as np
import pytest
import sklearn.experimental.enable_iterative_imputer  # noqa: F401
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from foldwork.evaluation import containers, fit_and_score, sharing_rules
from foldwork.evaluation.ensembles import LastFit
from foldwork.evaluation.intermediates import Intermediates
from foldwork.evaluation.sharing_rules import PREDICTORS, TRANSFORMERS
from foldwork.evaluation.task import Task
from foldwork.study import objects

KNN = {"class": "sklearn.neighbors.KNeighborsClassifier", "n_neighbors": 3}
SCALE = {"class": "sklearn.preprocessing.StandardScaler"}
LINEAR = {"class": "sklearn.linear_model.LogisticRegression"}

# What the constructors need, or small numbers.
SETTINGS = {
    "SelectFromModel": {"estimator": LINEAR},
    "RFE": {"estimator": LINEAR},
    "RFECV": {"estimator": LINEAR, "cv": 3},
    "SequentialFeatureSelector": {"estimator": LINEAR, "n_features_to_select": 2, "cv": 2},
    "ColumnTransformer": {"transformers": [{"tuple": ["a", SCALE, [0, 1]]}, {"tuple": ["b", "passthrough", [3]]}]},
    "FeatureUnion": {
        "transformer_list": [
            {"tuple": ["a", SCALE]},
            {"tuple": ["b", {"class": "sklearn.preprocessing.PolynomialFeatures"}]},
        ]
    },
    "Pipeline": {
        "steps": [{"tuple": ["a", SCALE]}, {"tuple": ["b", {"class": "sklearn.decomposition.PCA", "n_components": 2}]}]
    },
    "KNeighborsTransformer": {"n_neighbors": 60},
    "OneHotEncoder": {"handle_unknown": "ignore"},
    "OrdinalEncoder": {"handle_unknown": "use_encoded_value", "unknown_value": -1},
    "RadiusNeighborsTransformer": {"radius": 1e3},
    "PolynomialCountSketch": {"n_components": 5},
    "RandomTreesEmbedding": {"n_estimators": 5},
    "MissingIndicator": {"features": "all"},
    "GaussianRandomProjection": {"n_components": 3},
    "SparseRandomProjection": {"n_components": 3},
    "SelectKBest": {"k": 2},
    "VarianceThreshold": {"threshold": 0.2},
    "DictionaryLearning": {"n_components": 2, "max_iter": 3},
    "MiniBatchDictionaryLearning": {"n_components": 2, "max_iter": 3},
    "SparsePCA": {"n_components": 2, "max_iter": 3},
    "MiniBatchSparsePCA": {"n_components": 2, "max_iter": 3},
    "NMF": {"n_components": 2},
    "MiniBatchNMF": {"n_components": 2},
    "Isomap": {"n_neighbors": 30},
    "AdditiveChi2Sampler": {"sample_interval": 0.5},
    "FeatureHasher": {"n_features": 8, "input_type": "string"},
    "HashingVectorizer": {"n_features": 16},
    "KBinsDiscretizer": {"quantile_method": "averaged_inverted_cdf"},
}
TEXT = ("CountVectorizer", "HashingVectorizer", "TfidfVectorizer")
WORDS = np.array(
    [f"{'red' if k % 3 else 'blue'} {'sea' if k % 2 else 'sky'} w{k % 7}" for k in range(120)], dtype=object
)


def data_of(name):
    X, y = load_iris(return_X_y=True)
    order = np.random.RandomState(0).permutation(len(y))
    X, y = X[order], y[order]
    if name in TEXT:
        return WORDS, y[:120]
    if name == "DictVectorizer":
        return np.array([{"a": row[0], "b": f"w{int(row[1])}"} for row in X], dtype=object), y
    if name == "FeatureHasher":
        return np.array([text.split() for text in WORDS], dtype=object), y[:120]
    if name == "KernelCenterer":
        return None, y
    if "Imputer" in name or name == "MissingIndicator":
        X[np.random.RandomState(1).rand(*X.shape) < 0.1] = np.nan
    if name in ("CategoricalNB", "MultinomialNB", "ComplementNB", "BernoulliNB", "BernoulliRBM"):
        X = (X.mean(axis=0) < X).astype(float)
    return X, y


def estimator_of(path, **more):
    name = path.rpartition(".")[2]
    found = {"class": path, **SETTINGS.get(name, {}), **more}
    try:
        objects.build(found | {"random_state": 0})
    except TypeError:
        return found
    return found | {"random_state": 0}


def scores(estimator, arrays, shares):
    task = Task(
        {
            "kind": "search",
            "models": {"m": estimator},
            "scoring": ["accuracy", "neg_log_loss"],
            "train_scores": True,
            "share": shares,
        }
    )
    record = {"status": "ok", "error": None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit_and_score.fit_and_score(
            task, "m", {}, {name: containers.copy(data) for name, data in arrays.items()}, record, "fold"
        )
    assert record["status"] == "ok", record["error"]
    return record["test"], record["train"], record["route"]


@pytest.mark.parametrize("path", sorted(TRANSFORMERS - {"sklearn.preprocessing.KernelCenterer"}))
def test_a_listed_transformer_is_shared_and_gives_the_scores_of_the_plain_route(path, monkeypatch):
    X, y = data_of(path.rpartition(".")[2])
    arrays = {"X_train": X[:90], "y_train": y[:90], "X_test": X[90:], "y_test": y[90:]}
    first = {"missing": [{"impute": {"class": "sklearn.impute.SimpleImputer"}}]}.get(path.rpartition(".")[2], [])
    estimator = [*first, {"step": estimator_of(path)}, {"last": KNN}]
    if path.endswith("TfidfTransformer"):
        estimator = [{"positive": {"class": "sklearn.preprocessing.MinMaxScaler"}}, *estimator]
    monkeypatch.setattr(fit_and_score, "last_fit", LastFit())
    monkeypatch.setattr(fit_and_score, "intermediates", cache := Intermediates())
    plain = scores(estimator, arrays, False)
    assert scores(estimator, arrays, True) == (*plain[:2], "shared")
    kept = set(cache._kept)
    assert any(len(key[0]) == len(estimator) for key in kept), "the step itself is not among what is shared"
    assert scores(estimator, arrays, True) == (*plain[:2], "shared")
    assert set(cache._kept) == kept


INNER = {
    "classifier": LogisticRegression(),
    "AdaBoostClassifier": DecisionTreeClassifier(max_depth=1),
    "OutputCodeClassifier": LogisticRegression(),
    "StackingClassifier": [("a", LogisticRegression()), ("b", DecisionTreeClassifier(random_state=0))],
    "CalibratedClassifierCV": LinearSVC(random_state=0),
}


def predictor(path):
    found = objects.locate(path)
    name = found.__name__
    parameters = found._get_param_names()
    settings = {"random_state": 0} if "random_state" in parameters else {}
    if name.startswith(("Stacking", "Voting")):
        inner = INNER["StackingClassifier"]
        settings = {
            "estimators": inner
            if "Classifier" in name
            else [("a", objects.build({"class": "sklearn.linear_model.Ridge"}))]
        }
    elif name in ("MultiOutputRegressor", "RegressorChain"):
        settings |= {"estimator": objects.build({"class": "sklearn.linear_model.Ridge"})}
    elif name in (
        "OneVsOneClassifier",
        "OneVsRestClassifier",
        "OutputCodeClassifier",
        "MultiOutputClassifier",
        "ClassifierChain",
    ):
        settings |= {"estimator": LogisticRegression()}
    elif name == "QuantileRegressor":
        settings |= {"solver": "highs"}
    elif name.startswith("Radius"):
        settings |= {"radius": 5.0}
    return found(**settings)


@pytest.mark.parametrize("path", sorted(PREDICTORS))
@pytest.mark.filterwarnings("ignore")
def test_a_listed_predictor_predicts_the_same_whatever_was_asked_before_and_writes_nowhere(path):
    name = path.rpartition(".")[2]
    X, y = data_of(name)
    if name.startswith(("MultiTask", "MultiOutput", "RegressorChain", "ClassifierChain")):
        y = np.column_stack([y == 1, y > 0]).astype(int)
    y = y + 1 if name == "GammaRegressor" else y
    X_train, X_test = X[:100].copy(), X[100:].copy()
    fitted = predictor(path).fit(X_train, y[:100])
    asked = [m for m in ("predict", "predict_proba", "decision_function", "predict_log_proba") if hasattr(fitted, m)]
    first = {method: getattr(fitted, method)(X_test) for method in asked}
    state = np.random.get_state()[1:3]
    for method in (*asked[::-1], *asked, *asked[::-1]):
        found = getattr(fitted, method)(X_test)
        assert (
            np.array_equal(found, first[method]) or np.asarray(found).tobytes() == np.asarray(first[method]).tobytes()
        )
    assert np.array_equal(state[0], np.random.get_state()[1]) and state[1] == np.random.get_state()[2]
    assert np.array_equal(X_train, X[:100]) and np.array_equal(X_test, X[100:])


def test_what_the_config_names_is_known_by_the_same_lists():
    known = sharing_rules.deterministic_predictions
    svc = {"class": "sklearn.svm.SVC"}
    impute = {"class": "sklearn.impute.IterativeImputer", "random_state": 0}
    assert known([{"scale": SCALE}, {"svc": svc}], {"svc__C": 1.0})
    assert known(impute, {}) and known([{"impute": impute}, {"last": LINEAR}], {"impute__max_iter": 3})
    assert not known([{"impute": {**impute, "sample_posterior": True}}, {"last": LINEAR}], {})
    assert not known([{"impute": impute}, {"last": LINEAR}], {"impute__sample_posterior": True})
    assert known(
        [{"bins": {"class": "sklearn.preprocessing.KBinsDiscretizer"}}, {"last": LINEAR}], {"bins__strategy": "uniform"}
    )
    assert not known({"class": "sklearn.dummy.DummyClassifier"}, {"strategy": "uniform"})
    assert not known([{"scale": {**SCALE, "copy": False}}, {"svc": svc}], {})
    assert not known([{"scale": SCALE}, {"svc": svc}], {"scale__copy": False})
    assert not known([{"scale": SCALE}, {"last": {"class": "mine.Own"}}], {})
    assert not known([{"scale": SCALE}, {"last": LINEAR}], {"last": {"class": "mine.Own"}})
    assert not known({"class": "sklearn.svm.SVC", "kernel": {"ref": "mine.kernel"}}, {})


def test_old_records_by_the_shared_route_are_right_where_nothing_could_be_taken_for_something_else():
    right = sharing_rules.old_shared_record_is_right
    forest = {"class": "sklearn.ensemble.RandomForestClassifier", "random_state": 0}
    assert right(forest, {"n_estimators": 5}) and right(
        [{"scale": SCALE}, {"forest": forest}], {"forest__max_depth": 3}
    )
    assert not right([{"scale": SCALE}, {"svc": {"class": "sklearn.svm.SVC"}}], {"svc__C": 1.0})
    assert not right([{"scale": SCALE}, {"forest": forest}], {"scale": {"class": "sklearn.preprocessing.MinMaxScaler"}})
    assert not right([{"own": {"class": "mine.Own"}}, {"forest": forest}], {})
    assert not right([{"f": {"class": "sklearn.preprocessing.FunctionTransformer"}}, {"forest": forest}], {})
