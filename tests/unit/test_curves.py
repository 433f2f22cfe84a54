"""Learning and validation curves are scikit-learn's, to the last bit, in whatever order evaluations end."""

import csv
import io
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rounds import SCHEMA, search
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GroupShuffleSplit,
    KFold,
    learning_curve,
    validation_curve,
)
from sklearn.model_selection._validation import _translate_train_sizes
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from foldwork.errors import FoldworkError
from foldwork.strategies.learning_curve import sizes_of
from foldwork.study.checks.check_config import check_config
from foldwork.study.config import validate

FOREST = {"class": "sklearn.ensemble.RandomForestClassifier", "n_estimators": 5, "random_state": 0}
PIPELINE = [{"scale": {"class": "sklearn.preprocessing.StandardScaler"}}, {"svc": {"class": "sklearn.svm.SVC"}}]
KFOLD = {"class": "KFold", "n_splits": 4, "shuffle": True, "random_state": 1}
FRACTIONS = np.linspace(0.1, 1.0, 5)


def config(load, model, curve, cv=KFOLD, space=None, **more):
    name = load if isinstance(load, str) else f"sklearn.datasets.{load.__name__}"
    dataset = {"load": name, **more.pop("dataset", {})}
    return {
        "datasets": {"d": dataset},
        "splits": {"f": {"dataset": "d", "cv": cv}},
        "searches": {"s": {"splits": "f", "models": {"m": {"estimator": model, "space": space or {}}}} | more},
        "curves": {"c": {"search": "s", "of": {"model": "m"}} | curve},
    }


def assert_equal(found, train, test, suffix="score"):
    rows = list(csv.DictReader(io.StringIO(found.scores)))
    for part, expected in (("train", train), ("test", test)):
        ours = [[float(row[f"split{k}_{part}_{suffix}"] or "nan") for k in range(expected.shape[1])] for row in rows]
        np.testing.assert_array_equal(ours, expected)
        for name, values in (("mean", np.mean(expected, axis=1)), ("std", np.std(expected, axis=1))):
            np.testing.assert_allclose(
                [float(row[f"{name}_{part}_{suffix}"] or "nan") for row in rows], values, atol=1e-15
            )
    return rows


LEARNING = {
    "fractions of a forest": (
        load_iris, FOREST, {}, {"train_sizes": {"linspace": [0.1, 1.0, 5]}},
        lambda X, y: learning_curve(RandomForestClassifier(5, random_state=0), X, y,
                                    cv=KFold(4, shuffle=True, random_state=1), train_sizes=FRACTIONS),
    ),
    "shuffled subsets of a pipeline": (
        load_wine, PIPELINE, {}, {"train_sizes": [10, 50, 100], "shuffle": True, "random_state": 7},
        lambda X, y: learning_curve(Pipeline([("scale", StandardScaler()), ("svc", SVC())]), X, y,
                                    cv=KFold(4, shuffle=True, random_state=1), train_sizes=[10, 50, 100], shuffle=True, random_state=7),
    ),
    "shuffled whole train parts": (
        load_wine, FOREST, {}, {"train_sizes": [0.5, 1.0], "shuffle": True, "random_state": 0},
        lambda X, y: learning_curve(RandomForestClassifier(5, random_state=0), X, y,
                                    cv=KFold(4, shuffle=True, random_state=1), train_sizes=[0.5, 1.0], shuffle=True, random_state=0),
    ),
    "sorted classes, of which small subsets lack some": (
        load_iris, {"class": "sklearn.linear_model.LogisticRegression"}, {"cv": {"class": "KFold", "n_splits": 3}},
        {"train_sizes": [5, 60, 100]},
        lambda X, y: learning_curve(LogisticRegression(), X, y, cv=KFold(3), train_sizes=[5, 60, 100]),
    ),
    "a regressor by a metric": (
        load_diabetes, {"class": "sklearn.linear_model.Ridge"}, {"scoring": ["neg_mean_absolute_error"]},
        {"train_sizes": {"range": [30, 331, 100]}},
        lambda X, y: learning_curve(Ridge(), X, y, cv=KFold(4, shuffle=True, random_state=1), train_sizes=np.arange(30, 331, 100),
                                    scoring="neg_mean_absolute_error"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LEARNING)
@pytest.mark.filterwarnings("ignore")
def test_a_learning_curve_is_scikit_learns(case, tmp_path):
    load, model, more, curve, theirs = LEARNING[case]
    found = search(tmp_path, config(load, model, curve, **more), "c")
    sizes, train, test = theirs(*load(return_X_y=True))
    rows = assert_equal(found, train, test)
    assert [int(row["train_sizes"]) for row in rows] == sizes.tolist()


UNEVEN = """
import numpy as np
import pandas as pd
from sklearn.datasets import make_classification

def uneven():
    X, y = make_classification(n_samples=97, n_features=5, random_state=0)
    table = pd.DataFrame(X, columns=list("abcde"))
    table["label"] = np.where(y, "yes", "no")
    table["unit"] = np.repeat(np.arange(97), np.arange(1, 98))[:97]
    return table
"""


@pytest.mark.parametrize("shuffle", [False, True])
def test_train_parts_of_different_sizes_and_groups_of_a_table_are_subset_as_scikit_learn_does(
    shuffle, tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "uneven_table.py").write_text(UNEVEN)
    cv = {"class": "GroupShuffleSplit", "n_splits": 5, "random_state": 3}
    curve = {"train_sizes": [0.2, 0.7, 1.0]} | ({"shuffle": True, "random_state": 2} if shuffle else {})
    study = config("uneven_table.uneven", FOREST, curve, cv, dataset={"target": "label", "groups": "unit"})
    found = search(tmp_path, study, "c")
    from uneven_table import uneven

    table = uneven()
    X, y, groups = table.drop(columns=["label", "unit"]), table["label"], table["unit"]
    _, train, test = learning_curve(
        RandomForestClassifier(5, random_state=0), X, y, groups=groups, cv=GroupShuffleSplit(5, random_state=3),
        train_sizes=[0.2, 0.7, 1.0], shuffle=shuffle, random_state=2,
    )  # fmt: skip
    assert_equal(found, train, test)


REPEATED = """
from sklearn.model_selection import KFold

class Twice:
    def get_n_splits(self, *args):
        return 4

    def split(self, X, y=None, groups=None):
        for _ in range(2):
            yield from KFold(2, shuffle=True, random_state=0).split(X)
"""


def test_equal_folds_are_shuffled_each_in_its_turn(tmp_path, monkeypatch):
    """The folds of a KFold that is repeated without shuffling have the same rows: only the generator's state differs."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "repeated_splitter.py").write_text(REPEATED)
    study = config(
        load_iris,
        FOREST,
        {"train_sizes": [40], "shuffle": True, "random_state": 0},
        {"class": "repeated_splitter.Twice"},
    )
    found = search(tmp_path, study, "c")
    from repeated_splitter import Twice

    forest = RandomForestClassifier(5, random_state=0)
    _, train, test = learning_curve(
        forest, *load_iris(return_X_y=True), cv=Twice(), train_sizes=[40], shuffle=True, random_state=0
    )
    assert found.made == 4 and len({*test[0]}) > 2
    assert_equal(found, train, test)


VALIDATION = {
    "depth, None among the values": (
        load_wine, FOREST, {}, {"parameter": "max_depth", "values": [1, 2, None, 2]},
        lambda X, y: validation_curve(RandomForestClassifier(5, random_state=0), X, y, param_name="max_depth", param_range=[1, 2, None, 2],
                                      cv=KFold(4, shuffle=True, random_state=1)),
    ),
    "a range of a step's parameter": (
        load_wine, PIPELINE, {}, {"of": {"model": "m", "params": {"svc__C": 10}}, "parameter": "svc__gamma", "values": {"logspace": [-4, 1, 6]}},
        lambda X, y: validation_curve(Pipeline([("scale", StandardScaler()), ("svc", SVC(C=10))]), X, y, param_name="svc__gamma",
                                      param_range=np.logspace(-4, 1, 6), cv=KFold(4, shuffle=True, random_state=1)),
    ),
    "stages of boosting": (
        load_diabetes, {"class": "sklearn.ensemble.GradientBoostingRegressor", "random_state": 0}, {},
        {"parameter": "n_estimators", "values": {"range": [2, 12, 3]}},
        lambda X, y: validation_curve(GradientBoostingRegressor(random_state=0), X, y, param_name="n_estimators",
                                      param_range=[2, 5, 8, 11], cv=KFold(4, shuffle=True, random_state=1)),
    ),
    "values of which one fails": (
        load_wine, {"class": "sklearn.naive_bayes.GaussianNB"}, {}, {"parameter": "var_smoothing", "values": [1e-9, -1.0, 0.1]},
        lambda X, y: validation_curve(GaussianNB(), X, y, param_name="var_smoothing", param_range=[1e-9, -1.0, 0.1],
                                      cv=KFold(4, shuffle=True, random_state=1)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", VALIDATION)
@pytest.mark.filterwarnings("ignore")
def test_a_validation_curve_is_scikit_learns(case, tmp_path):
    load, model, more, curve, theirs = VALIDATION[case]
    found = search(tmp_path, config(load, model, curve, **more), "c")
    assert_equal(found, *theirs(*load(return_X_y=True)))


@pytest.mark.filterwarnings("ignore")
def test_a_curve_of_the_best_candidate_uses_the_records_of_its_search_and_the_search_those_of_the_curve(tmp_path):
    space = {"max_depth": [1, 3], "min_samples_leaf": [1, 9]}
    two = {"class": "KFold", "n_splits": 2, "shuffle": True, "random_state": 1}
    study = config(load_wine, FOREST, {"of": "best", "train_sizes": [0.1, 1.0]}, two, space, train_scores=True)
    study["curves"]["depth"] = {
        "search": "s",
        "of": {"model": "m", "params": {"min_samples_leaf": 9}},
        "parameter": "max_depth",
    }
    study["curves"]["depth"]["values"] = {"range": [1, 6]}
    assert search(tmp_path, study, "depth").made == 10
    assert search(tmp_path, study).made == 4, "the other half is in the ledger of the curve"
    found = search(tmp_path, study, "c")
    assert found.made == 2, "the whole train parts are in the ledger of the search"
    best = search(tmp_path, study).best
    sizes, train, test = learning_curve(
        RandomForestClassifier(5, random_state=0, **best["params"]), *load_wine(return_X_y=True),
        cv=KFold(2, shuffle=True, random_state=1), train_sizes=[0.1, 1.0],
    )  # fmt: skip
    rows = assert_equal(found, train, test)
    assert [int(row["train_sizes"]) for row in rows] == sizes.tolist()


def test_without_train_scores_in_the_search_its_records_do_not_serve_a_curve(tmp_path):
    study = config(load_iris, FOREST, {"train_sizes": [1.0]})
    assert search(tmp_path, study).made == 4
    assert search(tmp_path, study, "c").made == 4


def test_every_metric_of_the_search_has_columns_as_from_scikit_learn(tmp_path):
    study = config(load_wine, FOREST, {"train_sizes": [40, 100]}, scoring=["accuracy", "f1_macro"])
    found = search(tmp_path, study, "c")
    for metric in ("accuracy", "f1_macro"):
        _, train, test = learning_curve(
            RandomForestClassifier(5, random_state=0), *load_wine(return_X_y=True), scoring=metric,
            cv=KFold(4, shuffle=True, random_state=1), train_sizes=[40, 100],
        )  # fmt: skip
        assert_equal(found, train, test, metric)


NUMBERS = st.one_of(
    st.lists(st.integers(-2, 60), min_size=1, max_size=8),
    st.lists(st.floats(-0.1, 1.1), min_size=1, max_size=8),
    st.lists(st.one_of(st.integers(0, 2), st.floats(0.01, 1.0)), min_size=1, max_size=4),
)


@given(NUMBERS, st.integers(1, 50))
def test_sizes_in_rows_and_their_warning_and_refusals_are_scikit_learns(given_sizes, n_max):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            expected = _translate_train_sizes(given_sizes, n_max).tolist()
        except ValueError:
            with pytest.raises(FoldworkError, match=r"^train_sizes: must be"):
                sizes_of(given_sizes, n_max)
            return
    found, warning = sizes_of(given_sizes, n_max)
    assert found == expected
    assert [warning] * bool(warning) == [str(each.message) for each in caught]


def checked(curve, searches=None):
    models = {"m": {"estimator": FOREST}, "nb": {"estimator": {"class": "sklearn.naive_bayes.GaussianNB"}}}
    study = {
        "datasets": {"d": {"load": "sklearn.datasets.load_iris"}},
        "splits": {"f": {"dataset": "d", "cv": KFOLD}},
        "searches": {"s": {"splits": "f", "models": models}, "n": {"splits": "f", "models": models, "inner": KFOLD}},
        "curves": {"c": curve},
    }
    settings = validate(study, SCHEMA)
    return settings, check_config(settings)


OF_M = {"search": "s", "of": {"model": "m"}}


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        ({"train_sizes": [1.0]}, "curves.c.search: is missing"),
        ({"search": "z", "train_sizes": [1.0]}, "curves.c.search: no 'z' in 'searches'"),
        ({"search": "n", "train_sizes": [1.0]}, "curves.c.search: n is a nested search"),
        ({"search": "s", "of": "worst", "train_sizes": [1.0]}, "curves.c.of: must be best or {model"),
        ({"search": "s", "of": {"model": "x"}, "train_sizes": [1.0]}, "of.model: no 'x' in 'models'"),
        ({"search": "s", "of": {"modle": "m"}, "train_sizes": [1.0]}, "did you mean 'model'?"),
        ({"search": "s", "of": {"model": "m", "params": {"max_dept": 1}}, "train_sizes": [1.0]}, "of.params.max_dept: RandomForestClassifier has no parameter 'max_dept'; did you mean 'max_depth'?"),
        ({"search": "s"}, "curves.c: needs 'train_sizes'"),
        ({"search": "s", "train_sizes": [1.0], "parameter": "C", "values": [1]}, "cannot be combined with 'train_sizes'"),
        ({"search": "s", "train_sizes": []}, "curves.c.train_sizes: is empty"),
        ({"search": "s", "train_sizes": 0.5}, "curves.c.train_sizes: "),
        ({"search": "s", "train_sizes": [0, 10]}, "train_sizes[0]: must be above 0, not 0"),
        ({"search": "s", "train_sizes": [-0.1, 1.0]}, "train_sizes[0]: must be above 0, not -0.1"),
        ({"search": "s", "train_sizes": [0.5, 20]}, "train_sizes[1]: must be at most 1"),
        ({"search": "s", "train_sizes": ["all"]}, "train_sizes[0]: must be a number of rows or a fraction, not the string 'all'"),
        ({"search": "s", "train_sizes": [True]}, "train_sizes[0]: must be a number"),
        ({"search": "s", "train_sizes": {"uniform": [0, 1]}}, "train_sizes.uniform: needs a strategy that samples"),
        ({"search": "s", "train_sizes": {"linspace": [0, 1, 5]}}, "train_sizes.linspace: must be above 0, not 0.0"),
        ({"search": "s", "train_sizes": {"linspace": [10, 100, 5]}}, "train_sizes.linspace: must be at most 1"),
        ({"search": "s", "train_sizes": {"range": [10]}}, "train_sizes.range: must be above 0, not 0"),
        ({"search": "s", "train_sizes": {"logspace": [0, 2, 3]}}, "train_sizes.logspace: must be at most 1"),
        ({"search": "s", "train_sizes": [1.0], "shuffle": True}, "random_state: is missing"),
        ({"search": "s", "train_sizes": [1.0], "random_state": 3}, "random_state: has no effect without 'shuffle: true'"),
        (OF_M | {"parameter": "max_depth"}, "curves.c.values: is missing"),
        (OF_M | {"parameter": "max_depth", "values": [2], "shuffle": True}, "curves.c.shuffle: is for learning curves alone"),
        (OF_M | {"parameter": "max_dept", "values": [2]}, "parameter: model m has no parameter 'max_dept'; did you mean 'max_depth'?"),
        (OF_M | {"parameter": "max_depth", "values": ["two"]}, "values.max_depth[0]: must be an int"),
        ({"search": "s", "parameter": "max_depth", "values": [2]}, "parameter: model nb has no parameter 'max_depth'; of: {model: …}"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_curve_is_one_line_with_its_key(curve, words):
    with pytest.raises(FoldworkError) as caught:
        checked(curve)
    text = str(caught.value)
    assert text.startswith("config: curves.c") and words in text and "\n" not in text, text


def test_a_train_size_beyond_the_first_train_part_is_one_line_with_its_key(tmp_path):
    study = config(load_iris, FOREST, {"train_sizes": [10, 200]})
    with pytest.raises(
        FoldworkError, match=r"^config: curves.c.train_sizes: must be within 1 and 112, the train rows of fold 0"
    ):
        search(tmp_path, study, "c")


def test_a_value_without_a_seed_is_named_in_a_warning():
    curve = {"search": "s", "of": {"model": "m", "params": {"random_state": None}}, "train_sizes": [1.0]}
    assert checked(OF_M | {"train_sizes": [1.0]})[1] == []
    assert "RandomForestClassifier" in " ".join(checked(curve)[1])
