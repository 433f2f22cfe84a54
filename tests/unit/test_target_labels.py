"""A target of classes as integers, and predictions as the original values."""

import json

import joblib
import numpy as np
import pandas as pd
import pytest
from rounds import SCHEMA

from foldwork.data.datasets import persist
from foldwork.data.target_labels import decode, encode
from foldwork.errors import FoldworkError
from foldwork.study.config import validate

LABEL = {"encode": "label"}


@pytest.mark.parametrize(
    "values, labels",
    [
        (["b", "a", "c", "a"], ["a", "b", "c"]),
        ([7, 3, 7, 5], [3, 5, 7]),
        ([True, False, True], [False, True]),
        ([0.5, 1.5, 0.5], [0.5, 1.5]),
    ],
)
def test_decoded_codes_are_the_original_values(values, labels):
    for y in (np.array(values), pd.Series(values, index=range(10, 10 + len(values)), name="y")):
        codes, found = encode("t", LABEL, y)
        assert found == labels and [type(label) for label in found] == [type(label) for label in labels]
        assert type(codes) is type(y) and codes.dtype == np.int64 and set(codes) == set(range(len(labels)))
        assert decode(codes, json.loads(json.dumps(found))).tolist() == values
    pd.testing.assert_index_equal(codes.index, y.index)
    assert codes.name == "y"


@pytest.mark.parametrize("positive", ["no", "yes"])
def test_the_positive_class_is_1(positive):
    y = np.array(["yes", "no", "no"])
    codes, labels = encode("t", {**LABEL, "positive": positive}, y)
    assert labels[1] == positive
    np.testing.assert_array_equal(codes == 1, y == positive)


def test_predictions_of_a_target_that_is_not_encoded_stay_as_they_are():
    assert decode(np.array(["x"]), None).tolist() == ["x"]


@pytest.mark.parametrize(
    "spec, y, message",
    [
        ({"positive": "a"}, np.array(["a", "b", "c"]), "t.positive: is for two classes; the target has 3"),
        ({"positive": "c"}, np.array(["a", "b"]), "t.positive: the target has no 'c'; its classes are a and b"),
        ({}, np.zeros((3, 2)), "t.encode: the target has 2 columns"),
        ({}, np.array(["a", 1], dtype=object), "t.encode: the target has values of several types"),
        ({}, None, "t: the data has no target to encode"),
    ],
)
def test_a_target_that_cannot_be_encoded_is_refused_in_one_line(spec, y, message):
    with pytest.raises(FoldworkError) as caught:
        encode("t", {**LABEL, **spec}, y)
    assert str(caught.value).startswith(message)


def test_dataset_json_has_the_labels_and_shows_the_original_classes(tmp_path):
    pd.DataFrame({"a": [1.0, 2.0, 3.0], "outcome": ["well", "ill", "well"]}).to_csv(tmp_path / "t.csv", index=False)
    spec = {"file": str(tmp_path / "t.csv"), "target": {"column": "outcome", **LABEL, "positive": "ill"}}
    lines = []
    found = persist("d", spec, tmp_path / "d", report=lines.append)
    assert found["labels"] == ["well", "ill"] and found["target"] == {"shape": [3], "dtype": "int64"}
    assert "outcome: well 2, ill 1" in lines[-1]
    assert joblib.load(tmp_path / "d/data.joblib")["y"].tolist() == [0, 1, 0]
    plain = persist("d", {**spec, "target": "outcome"}, tmp_path / "plain")
    assert "labels" not in plain and joblib.load(tmp_path / "plain/data.joblib")["y"].tolist() == [
        "well",
        "ill",
        "well",
    ]


def test_the_target_of_a_loader_is_encoded_without_a_column(tmp_path):
    spec = {"load": "sklearn.datasets.load_iris", "target": {**LABEL}}
    assert persist("d", spec, tmp_path / "d")["labels"] == [0, 1, 2]


@pytest.mark.parametrize(
    "target, message",
    [
        ({"column": "y"}, r"datasets\.d\.target\.encode: is missing \(such as label\)"),
        ({"encode": "onehot"}, r"datasets\.d\.target\.encode: .*label"),
        ({"encode": "label", "possitive": 1}, r"datasets\.d\.target\.possitive: unknown key; did you mean 'positive'"),
    ],
)
def test_mistakes_in_a_target_are_named_by_their_key(target, message):
    config = {
        "datasets": {"d": {"file": "t.csv", "target": target}},
        "clusterings": {"c": {"dataset": "d", "models": {"m": {"estimator": {"class": "sklearn.cluster.KMeans"}}}}},
    }
    with pytest.raises(FoldworkError, match=message):
        validate(config, SCHEMA)
