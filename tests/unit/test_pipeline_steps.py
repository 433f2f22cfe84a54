"""Pipelines are unfolded in one way, from the config and from objects."""

from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from foldwork.study import objects
from foldwork.study.pipeline_steps import enclosing_steps, steps_of, unfold

SCALE, PCA_2, SVM = (
    {"class": f"sklearn.{name}"} for name in ("preprocessing.StandardScaler", "decomposition.PCA", "svm.SVC")
)
NESTED = [{"scale": SCALE}, {"model": [{"pca": PCA_2}, {"svc": SVM}]}]


def test_a_pipeline_at_the_end_is_unfolded_and_its_steps_have_the_beginning_of_their_parameters_names():
    assert unfold(NESTED) == [("scale", SCALE), ("model__pca", PCA_2), ("model__svc", SVM)]
    parameters = objects.build_estimator(NESTED).get_params()
    assert {f"{name}__{parameter}" for name, parameter in (("model__pca", "n_components"), ("model__svc", "C"))} <= set(
        parameters
    )
    assert unfold([{"a": NESTED}, {"b": None}]) == [("a", NESTED), ("b", None)]


def test_a_single_estimator_is_one_step_without_a_name():
    assert unfold(SVM) == [("", SVM)] and steps_of(SVM) is None


def test_what_is_no_pipeline_to_the_caller_is_left_whole():
    pipeline = Pipeline([("scale", StandardScaler()), ("rest", Pipeline([("pca", PCA()), ("svc", SVC())]))])
    found = unfold(pipeline, lambda estimator: getattr(estimator, "steps", None), "-")
    assert [name for name, _ in found] == ["scale", "rest-pca", "rest-svc"]
    assert unfold(pipeline, lambda estimator: None) == [("", pipeline)]


def test_a_parameter_belongs_to_the_steps_before_its_double_underscores():
    assert enclosing_steps("a__b__c") == ["a", "a__b"] and enclosing_steps("C") == []
