"""What the words of a picture promise: read at a glance, cut nowhere within a word, different where values are."""

import numpy as np
import pytest

from foldwork.pictures.number_format import ScoreFormat, format_tick
from foldwork.pictures.parameter_axis import axis_of
from foldwork.pictures.parameter_labels import settings_in_words, short_names, value_in_words, values_in_words
from foldwork.pictures.text_layout import shorten_apart, wrap_name
from foldwork.records.formatting import candidate

ROBUST = {"class": "sklearn.preprocessing.RobustScaler", "quantile_range": {"tuple": [10.0, 90.0]}}


def test_the_prefix_of_a_step_is_said_once():
    settings = [("svc__C", "1"), ("svc__gamma", "0.1"), ("scale", "None"), ("pca__n_components", "4")]
    assert settings_in_words(settings) == "svc__: C = 1, gamma = 0.1; scale = None; pca__: n_components = 4"
    assert settings_in_words([("C", "1"), ("gamma", "0.1")]) == "C = 1, gamma = 0.1"


def test_shortened_settings_are_whole():
    settings = [("hgb__min_impurity_decrease", "0.001"), ("hgb__depth", "7"), ("hgb__rate", "0.1"), ("pca", "None")]
    assert settings_in_words(settings, 200) == settings_in_words(settings)
    assert settings_in_words(settings, 55) == "hgb__: min_impurity_decrease = 0.001, …, pca = None"
    assert settings_in_words(settings, 5) == "hgb__: min_impurity_decrease = 0.001, …"
    assert settings_in_words([("a", "x" * 99)], 9) == f"a = {'x' * 39}…"


def test_names_beside_axes_are_without_the_step_unless_two_steps_have_the_same():
    assert short_names(["svc__C", "svc__gamma"]) == {"svc__C": "C", "svc__gamma": "gamma"}
    assert short_names(["a__k", "b__k", "scale"]) == {"a__k": "a__k", "b__k": "b__k", "scale": "scale"}


@pytest.mark.parametrize(
    "value, words",
    [
        (ROBUST, "RobustScaler(quantile_range=(10, 90))"),
        ({"class": "sklearn.preprocessing.StandardScaler"}, "StandardScaler"),
        ({"class": "a.B", "x": 1, "inner": {"class": "c.D"}}, "B(x=1, inner=D)"),
        ({"ref": "sklearn.feature_selection.f_classif"}, "f_classif"),
        ({"tuple": [10]}, "(10,)"),
        ({"tuple": [50, 20]}, "(50, 20)"),
        ({"dict": [[0, 1.0], [1, 5.0]]}, "{0: 1, 1: 5}"),
        ([{"a": None}], "[{a: None}]"),
        (0.1, "0.1"),
    ],
)
def test_values_are_written_without_json(value, words):
    assert value_in_words(value) == words


@pytest.mark.parametrize("name", ["ngram_range", "text__ngram_range", "hidden_layer_sizes"])
def test_a_tuple_is_written_as_a_tuple_whatever_the_parameter(name):
    pairs = [{"tuple": [1, 1]}, {"tuple": [1, 2]}]
    assert values_in_words(pairs) == ["(1, 1)", "(1, 2)"]
    assert candidate("m", {name: pairs[1]}) == f"m({name}=(1, 2))"
    assert axis_of(name, pairs).labels == ["(1, 1)", "(1, 2)"]


def test_arguments_that_all_objects_share_are_left_out_and_those_that_differ_stay():
    trees = [{"class": "sklearn.tree.Tree", "max_depth": depth, "random_state": 0} for depth in (1, 3)]
    assert values_in_words([*trees, ROBUST]) == [
        "Tree(max_depth=1)",
        "Tree(max_depth=3)",
        "RobustScaler(quantile_range=(10, 90))",
    ]


def test_different_values_have_different_words():
    alike = [{"class": "a.Scaler"}, {"class": "b.Scaler"}, {"tuple": [1, 2]}, "(1, 2)", 1.0000001, 1.0]
    assert len(set(values_in_words(alike))) == len(alike)
    assert len(set(shorten_apart([f"{'x' * 30}{n}{'y' * 30}" for n in range(20)], 16))) == 20


@pytest.mark.parametrize("width", [12, 17, 30])
def test_a_metrics_name_is_broken_after_underscores_alone_and_keeps_every_letter(width):
    name = "neg_mean_absolute_percentage_error"
    lines = wrap_name(name, width).split("\n")
    assert "".join(lines) == name
    assert all(line.endswith("_") for line in lines[:-1])


def test_scores_of_one_picture_have_as_many_decimals_as_tell_the_best_apart():
    write = ScoreFormat([np.array([0.651, 0.6, np.nan]), np.array([0.65071, 0.65068])])
    assert [write(value) for value in (0.651, 0.65071, 0.65068, 0.0037)] == ["0.65100", "0.65071", "0.65068", "0.00370"]
    assert ScoreFormat([np.array([0.9, 0.8])])(0.9) == "0.9000"
    assert ScoreFormat([np.array([-3412.53, -3412.51])])(-3412.51) == "−3412.51"
    assert ScoreFormat([np.array([-1e14, -2e14])])(-1e14) == "−1.000e+14"
    # The last bits differ when sums are taken in another order: no digit decides then.
    assert ScoreFormat([np.array([0.9, 0.9 + 1e-15])])(0.9) == "0.9000"


def test_ticks_are_written_with_all_of_their_digits():
    assert [format_tick(tick) for tick in (0.6875, 0.69, -1e14, 0.0, 250.0)] == ["0.6875", "0.69", "−1e14", "0", "250"]
