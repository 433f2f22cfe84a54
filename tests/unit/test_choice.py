"""Which candidate best.json has: the best one, or the simplest one that is nearly as good."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rounds import SCHEMA, search
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from test_tables import asked_for, recorded

from foldwork.errors import FoldworkError
from foldwork.records.make_request import spec_and_source
from foldwork.records.request import Fold
from foldwork.results import tables
from foldwork.results.as_good import ALPHA, as_good_as
from foldwork.results.best import best
from foldwork.results.comparison import compare
from foldwork.study.config import validate

TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "random_state": 0}


def results(tmp_path, scores, models, *, scoring=("accuracy",), n_train=80, n_test=20):
    """Return results with the given scores: a row a candidate, a column a fold; None for no record, a text for a failed one."""
    asked = asked_for(models=models, scoring=list(scoring))
    folds = tuple(
        Fold(k, f"/{k}", str(k), "", f"fold {k}", n_train=n_train, n_test=n_test) for k in range(len(scores[0]))
    )
    made = {name: {"id": f"made {name}", "versions": {}} for name in models}
    asked = type(asked)("search", "s", asked.spec, folds, 1, made)
    flat = [value if value is None or isinstance(value, str | list) else [value] for row in scores for value in row]
    return recorded(tmp_path / "l", asked, flat)


def chosen(found, **rule):
    """Return best.json under a rule."""
    return best(found, tables.cv_results(found)[1], rule)


def depths(*values, name="max_depth"):
    return {"tree": {"estimator": TREE, "space": {name: list(values)}}}


SPREAD = [[0.70, 0.72, 0.74], [0.80, 0.90, 0.84], [0.81, 0.92, 0.85], [0.80, 0.95, 0.86]]
"""Of four candidates on three folds; the last one is best."""


# ---- the rules


def test_the_best_mean_of_the_metric_that_ranks_is_chosen_unless_another_rule_is_given(tmp_path):
    found = results(tmp_path, SPREAD, depths(1, 2, 3, 4))
    assert chosen(found)["params"] == {"max_depth": 4}
    assert chosen(found)["choice"]["choose"] == "best"


def test_one_standard_error_takes_the_simplest_candidate_above_the_best_mean_minus_its_standard_error(tmp_path):
    found = results(tmp_path, SPREAD, depths(1, 2, 3, 4))
    made = chosen(found, choose="one_standard_error", simplest={"max_depth": "low"})
    top = np.array(SPREAD[3])
    error = np.std(top, ddof=1) / math.sqrt(3)
    assert made["choice"]["best_mean"]["standard_error"] == pytest.approx(error, rel=1e-14)
    assert made["choice"]["threshold"] == pytest.approx(top.mean() - error, rel=1e-14)
    above = [np.mean(row) >= made["choice"]["threshold"] for row in SPREAD]
    assert above == [False, True, True, True]
    assert made["params"] == {"max_depth": 2}
    assert made["choice"]["best_mean"]["params"] == {"max_depth": 4}
    high = chosen(found, choose="one_standard_error", simplest={"max_depth": "high"})
    assert high["params"] == {"max_depth": 4}


def best_low_complexity(column: str):
    """Return the refit callable of scikit-learn's example "Balance model complexity and cross-validated score"."""

    def choose(cv_results):
        best_score_idx = np.argmax(cv_results["mean_test_score"])
        threshold = cv_results["mean_test_score"][best_score_idx] - cv_results["std_test_score"][best_score_idx]
        candidate_idx = np.flatnonzero(cv_results["mean_test_score"] >= threshold)
        return candidate_idx[cv_results[column][candidate_idx].argmin()]

    return choose


def test_with_two_folds_one_standard_error_is_the_choice_of_scikit_learns_example(tmp_path):
    """Its threshold is one standard deviation (n in the denominator) below the best mean. With two folds that is one standard error."""
    X, y = load_digits(return_X_y=True)
    components = [6, 8, 10, 15, 20, 25, 35, 45, 55]
    pipe = Pipeline([("reduce", PCA(random_state=42)), ("classify", LogisticRegression(random_state=42, C=0.01))])
    reference = GridSearchCV(
        pipe,
        {"reduce__n_components": components},
        cv=StratifiedKFold(2),
        refit=best_low_complexity("param_reduce__n_components"),
    ).fit(X, y)
    config = {
        "datasets": {"d": {"load": "sklearn.datasets.load_digits"}},
        "splits": {"f": {"dataset": "d", "cv": {"class": "StratifiedKFold", "n_splits": 2}}},
        "searches": {
            "s": {
                "splits": "f",
                "models": {
                    "pipe": {
                        "estimator": [
                            {"reduce": {"class": "sklearn.decomposition.PCA", "random_state": 42}},
                            {
                                "classify": {
                                    "class": "sklearn.linear_model.LogisticRegression",
                                    "random_state": 42,
                                    "C": 0.01,
                                }
                            },
                        ],
                        "space": {"reduce__n_components": components},
                    }
                },
            }
        },
    }
    found = search(tmp_path, config).records
    rule = {"choose": "one_standard_error", "simplest": {"reduce__n_components": "low"}}
    made = chosen(found, **rule)
    assert made["params"] == reference.best_params_
    assert made["params"] != made["choice"]["best_mean"]["params"]
    assert made["mean_test_score"] == reference.cv_results_["mean_test_score"][reference.best_index_]


def test_simplest_equivalent_takes_the_simplest_candidate_that_the_corrected_test_does_not_find_worse(tmp_path):
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.01, (4, 10))
    scores = (np.array([[0.70], [0.851], [0.85], [0.855]]) + noise).tolist()
    found = results(tmp_path, scores, depths(1, 2, 3, 4))
    made = chosen(found, choose="simplest_equivalent", simplest={"max_depth": "low"})
    assert made["params"] == {"max_depth": 2}
    listed = made["choice"]["as_good"]["candidates"]
    assert {each["params"]["max_depth"] for each in listed} == {2, 3, 4} and made["choice"]["as_good"]["count"] == 3
    top = np.array(scores[made["choice"]["best_mean"]["candidate"]])
    for each in listed:
        reference = compare(top, np.array(scores[each["candidate"]]), 20 / 80, 0)
        assert each["p"] == pytest.approx(reference.p, rel=1e-12) and each["p"] >= ALPHA
        assert each["difference"] == pytest.approx(reference.difference, rel=1e-12, abs=1e-18)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(st.one_of(st.sampled_from([0.5, 0.5, 1.0]), st.floats(-1e300, 1e300)), min_size=3, max_size=3),
        min_size=1,
        max_size=6,
    )
)
def test_the_test_of_one_against_many_is_that_of_comparison_csv(rows):
    scores = np.array(rows)
    found = as_good_as(0, scores, 0.5)
    for row, p, is_good in zip(scores, found.p, found.mask, strict=True):
        with np.errstate(all="ignore"):
            reference = compare(scores[0], row, 0.5, 0).p
        assert (reference is None and np.isnan(p)) or p == pytest.approx(reference, rel=1e-9, abs=1e-300)
        assert is_good == ((reference or 0) >= ALPHA)


# ---- what is simple


def test_a_later_parameter_counts_only_where_all_before_it_are_equal(tmp_path):
    models = {"m": {"estimator": TREE, "space": {"a": [1, 2], "b": [1, 2]}}}
    found = results(tmp_path, [[0.5, 0.5]] * 4, models)
    assert chosen(found, simplest={"a": "low", "b": "high"})["params"] == {"a": 1, "b": 2}
    assert chosen(found, simplest={"b": "high", "a": "high"})["params"] == {"a": 2, "b": 2}
    assert chosen(found, simplest={"b": "high"})["params"] == {"a": 1, "b": 2}  # the first in the table


def test_of_equally_simple_candidates_the_better_one_is_chosen(tmp_path):
    models = {"m": {"estimator": TREE, "space": {"a": [1], "b": [1, 2]}}}
    found = results(tmp_path, [[0.50, 0.60, 0.7], [0.51, 0.61, 0.7]], models)
    assert chosen(found, choose="one_standard_error", simplest={"a": "low"})["params"]["b"] == 2


def test_a_list_is_an_order_of_values_that_are_no_numbers(tmp_path):
    found = results(tmp_path, [[0.5, 0.5]] * 3, depths(None, 2, 5))
    assert chosen(found, simplest={"max_depth": [2, 5, None]})["params"] == {"max_depth": 2}
    assert chosen(found, simplest={"max_depth": [None, 5, 2]})["params"] == {"max_depth": None}


def test_a_candidate_without_the_parameter_is_not_taken_for_simple(tmp_path):
    models = {"m": {"estimator": TREE, "space": [{"kernel": ["linear"]}, {"kernel": ["rbf"], "gamma": [1, 2]}]}}
    found = results(tmp_path, [[0.5, 0.5]] * 3, models)
    assert chosen(found, simplest={"gamma": "high"})["params"] == {"kernel": "rbf", "gamma": 2}
    assert chosen(found, simplest={"kernel": ["linear", "rbf"], "gamma": "low"})["params"] == {"kernel": "linear"}


def test_models_are_compared_only_where_simplest_orders_them(tmp_path):
    models = {
        "forest": {"estimator": TREE, "space": {"max_depth": [1, 2]}},
        "tree": {"estimator": TREE, "space": {"max_depth": [0]}},
    }
    scores = [[0.79, 0.91, 0.84], [0.80, 0.92, 0.85], [0.80, 0.92, 0.84]]
    found = results(tmp_path, scores, models)
    rule = {"choose": "one_standard_error"}
    assert chosen(found, **rule, simplest={"max_depth": "low"})["model"] == "forest"
    of_models = {"model": ["tree", "forest"], "max_depth": "low"}
    assert chosen(found, **rule, simplest=of_models)["model"] == "tree"


# ---- what is ranked


@pytest.mark.parametrize(
    ("value", "reason"), [("ValueError: no", "failed"), (None, "missing"), ("nan score", "no_score")]
)
def test_a_candidate_without_a_score_on_a_fold_is_not_chosen_and_best_json_says_why(tmp_path, value, reason):
    value = [math.nan] if value == "nan score" else value
    scores = [[0.5, 0.5, 0.5], [0.99, value, 0.99], [0.6, 0.5, 0.7]]
    found = results(tmp_path, scores, depths(1, 2, 3))
    for rule in ({}, {"choose": "one_standard_error"}, {"choose": "simplest_equivalent"}):
        made = chosen(found, **rule, simplest={"max_depth": [2, 3, 1]})
        assert made["params"] == {"max_depth": 3}
        assert made["choice"]["candidates"] == {"all": 3, "ranked": 2, reason: 1}
        assert all(each["params"] != {"max_depth": 2} for each in made["choice"]["as_good"]["candidates"])


def test_without_any_ranked_candidate_best_json_says_so(tmp_path):
    found = results(tmp_path, [[0.5, "ValueError: no"], [0.6, "ValueError: no"]], depths(1, 2))
    made = chosen(found, choose="one_standard_error", simplest={"max_depth": "high"})
    assert made["choice"]["candidates"] == {"all": 2, "ranked": 0, "failed": 2}
    assert made["mean_test_score"] is None and made["choice"]["as_good"]["count"] == 0


def test_with_one_fold_no_candidate_is_as_good_but_those_of_the_same_score(tmp_path):
    found = results(tmp_path, [[0.5], [0.6], [0.6]], depths(1, 2, 3))
    made = chosen(found, choose="simplest_equivalent", simplest={"max_depth": "high"})
    assert made["params"] == {"max_depth": 3} and made["choice"]["as_good"]["count"] == 2
    made = chosen(found, choose="one_standard_error", simplest={"max_depth": "low"})
    assert made["params"] == {"max_depth": 2} and made["choice"]["best_mean"]["standard_error"] is None


def test_rank_by_takes_another_metric_and_leaves_the_ranks_of_scores_csv(tmp_path):
    scores = [[[0.9, 0.1], [0.9, 0.2]], [[0.5, 0.7], [0.5, 0.8]]]
    found = results(tmp_path, scores, depths(1, 2), scoring=("accuracy", "f1"))
    assert chosen(found)["params"] == {"max_depth": 1}
    made = chosen(found, rank_by="f1")
    assert made["params"] == {"max_depth": 2} and made["choice"]["rank_by"] == "f1"
    assert (made["rank_test_accuracy"], made["rank_test_f1"]) == (2, 1)
    with pytest.raises(
        FoldworkError, match=r"config: searches\.s\.rank_by: 'f2' is no metric of its scores; known here: accuracy, f1"
    ):
        chosen(found, rank_by="f2")


def studied(**more):
    return {
        "datasets": {"d": {"load": "sklearn.datasets.load_iris"}},
        "splits": {"f": {"dataset": "d", "cv": {"class": "StratifiedKFold", "n_splits": 4}}},
        "searches": {
            "s": {"splits": "f", "models": {"tree": {"estimator": TREE, "space": {"max_depth": [1, 2, 3, 4]}}}, **more}
        },
    }


@pytest.mark.parametrize(
    ("strategy", "reason"),
    [
        ({"halving": {"factor": 2, "random_state": 0, "min_resources": 40}}, "earlier_iteration"),
        ({"racing": {"burn_in": 2, "test": "corrected", "alpha": 0.4}}, "dropped"),
    ],
    ids=["halving", "racing"],
)
def test_candidates_that_a_strategy_has_left_behind_are_not_ranked(tmp_path, strategy, reason):
    found = search(tmp_path, studied(strategy=strategy)).records
    made = chosen(found, choose="simplest_equivalent", simplest={"max_depth": "low"})
    counts = made["choice"]["candidates"]
    assert counts[reason] >= 1 and counts["ranked"] + counts[reason] == counts["all"]
    assert made["params"]["max_depth"] != 1 and made["mean_test_score"] is not None


def test_the_rule_is_no_part_of_what_evaluations_depend_on():
    rule = {"choose": "one_standard_error", "rank_by": "score", "simplest": {"max_depth": "low"}}
    plain, with_rule = (validate(studied(**more), SCHEMA) for more in ({}, rule))
    assert spec_and_source(plain, "search", "s") == spec_and_source(with_rule, "search", "s")


# ---- mistakes


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"rank_by": "acuracy", "scoring": ["accuracy", "f1_macro"]},
            r"rank_by: 'acuracy' is no metric of 'scoring'; did you mean 'accuracy'",
        ),
        ({"rank_by": "f1"}, r"rank_by: 'f1' is no metric of 'scoring'; known here: score"),
        ({"choose": "one_se"}, r"choose: "),
        (
            {"choose": "one_standard_error"},
            r"choose: one_standard_error needs to know which candidate is simple; write",
        ),
        ({"choose": "simplest_equivalent"}, r"choose: simplest_equivalent needs to know"),
        ({"simplest": {}}, r"simplest: must name a parameter"),
        ({"simplest": {"depth": "low"}}, r"simplest\.depth: is no parameter of a space; did you mean 'max_depth'"),
        ({"simplest": {"max_depth": "lowest"}}, r"simplest\.max_depth: must be low, high or a list of its values"),
        ({"simplest": {"max_depth": [1, 2, 3]}}, r"simplest\.max_depth: lacks the value 4 of max_depth"),
        ({"simplest": {"model": ["tree", "oak"]}}, r"simplest\.model: must be the names of all models, .*\[tree\]"),
        ({"simplest": {"max_depth": "low", "model": ["tree"]}}, r"simplest\.model: must come first"),
        ({"inner": {"class": "KFold"}, "rank_by": "score"}, r"rank_by: cannot be used with 'inner'"),
    ],
)
def test_a_mistake_in_the_rule_is_named_in_one_line(more, message):
    with pytest.raises(FoldworkError, match=rf"^config: searches\.s\.{message}"):
        validate(studied(**more), SCHEMA)


@pytest.mark.parametrize(
    ("values", "order", "message"),
    [
        (
            [1, None],
            "low",
            r"null is neither low nor high; write the values of max_depth in order, the simplest first, such as \[1, null\]",
        ),
        ([True, False], "high", r"true is neither low nor high"),
        ([1, math.nan], "low", r"nan is neither low nor high"),
        (
            {"range": [2, 5]},
            [2, 3, 4],
            r"must be low or high: the values of max_depth in model tree are numbers of a range",
        ),
        ([True], [1], r"lacks the value true"),
    ],
)
def test_values_without_an_order_need_a_list(values, order, message):
    config = studied(simplest={"max_depth": order})
    config["searches"]["s"]["models"]["tree"]["space"]["max_depth"] = values
    with pytest.raises(FoldworkError, match=rf"^config: searches\.s\.simplest\.max_depth: {message}"):
        validate(config, SCHEMA)
