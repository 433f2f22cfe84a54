"""The config without what it names: every mistake is one line with its key, and every default is filled in."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from foldwork.errors import FoldworkError
from foldwork.study.clustering_metrics import METRICS
from foldwork.study.config import numbers_of, read, validate
from foldwork.study.file_formats import FORMATS
from foldwork.study.validation.names import NAME

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.json"
VALID = yaml.safe_load("""
datasets:
  digits: {load: sklearn.datasets.load_digits}
  blobs: {load: sklearn.datasets.make_blobs, args: {n_samples: 50, random_state: 0}}
  sensors: {file: data/sensors.csv, target: failure, groups: machine, drop: [id], dtype: float32}
splits:
  digits-5: {dataset: digits, cv: {class: StratifiedKFold, n_splits: 5, shuffle: true, random_state: 0}}
searches:
  digits-svc:
    splits: digits-5
    models:
      svc:
        estimator: {class: sklearn.svm.SVC, kernel: rbf}
        space: {C: {logspace: [-1, 2, 4]}, gamma: [0.1, 1]}
      pipe:
        estimator: [{scale: null}, {svc: {class: sklearn.svm.SVC}}]
        space: [{svc__C: [1, 2]}, {}]
    scoring: [accuracy, {f2: {class: sklearn.metrics.make_scorer}}]
clusterings:
  blobs-kmeans:
    dataset: blobs
    models:
      kmeans: {estimator: {class: sklearn.cluster.KMeans, random_state: 0}, space: {n_clusters: {range: [2, 5]}}}
""")


class _Removed:
    """Stands for a key that is removed; its name is the same in every process that collects the tests."""

    def __repr__(self) -> str:
        return "removed"


ABSENT = _Removed()
SVC = "searches/digits-svc/models/svc"
BLOBS = "clusterings/blobs-kmeans"


def with_value(path, value):
    """Return the valid config with one key changed; the path's keys are parted by slashes."""
    config = copy.deepcopy(VALID)
    *above, last = path.split("/")
    place = config
    for key in above:
        place = place[int(key) if isinstance(place, list) else key]
    if value is ABSENT:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return config


def message_of(config):
    with pytest.raises(FoldworkError) as caught:
        validate(config, SCHEMA)
    return str(caught.value)


def test_the_schema_is_a_schema_and_describes_every_key():
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)

    def described(rule, path):
        for key, child in rule.get("properties", {}).items():
            child = schema["$defs"][child["$ref"].rpartition("/")[2]] if "$ref" in child else child
            if key not in ("class", "grid", "models"):
                assert child.get("description"), f"{path}.{key}"
            described(child, f"{path}.{key}")

    described(schema, "")
    for name, rule in schema["$defs"].items():
        described(rule, name)


def test_a_valid_config_gets_its_defaults_and_stays_json():
    settings = validate(VALID, SCHEMA)
    assert json.loads(json.dumps(settings)) == settings
    assert settings["datasets"]["digits"] == {
        "load": "sklearn.datasets.load_digits",
        "args": {},
        "inputs": [],
        "drop": [],
    }
    assert settings["splits"]["digits-5"]["layout"] == "copy"
    search = {key: value for key, value in settings["searches"]["digits-svc"].items() if key != "models"}
    assert search == {
        "splits": "digits-5",
        "scoring": ["accuracy", {"f2": {"class": "sklearn.metrics.make_scorer"}}],
        "train_scores": False,
        "strategy": {"grid": {}},
        "on_error": "record",
        "timeout": None,
        "share": True,
        "predictions": "best",
        "compare": {"rope": 0.01},
        "choose": "best",
        "diagnosis": False,
    }
    clustering = {key: value for key, value in settings["clusterings"]["blobs-kmeans"].items() if key != "models"}
    assert clustering == {
        "dataset": "blobs",
        "metrics": ["inertia", "silhouette"],
        "on_error": "record",
        "timeout": None,
    }


def test_validating_changes_nothing_and_validating_twice_is_validating_once():
    before = copy.deepcopy(VALID)
    once = validate(VALID, SCHEMA)
    assert before == VALID
    assert validate(once, SCHEMA) == once


@pytest.mark.parametrize(
    ("path", "value", "becomes"),
    [
        ("searches/digits-svc/scoring", "accuracy", ["accuracy"]),
        ("searches/digits-svc/scoring", None, []),
        ("searches/digits-svc/strategy", None, {"grid": {}}),
        ("searches/digits-svc/strategy", {"grid": None}, {"grid": {}}),
        ("searches/digits-svc/timeout", 2.5, 2.5),
        ("searches/digits-svc/predictions", None, "best"),
        ("searches/digits-svc/predictions", {"format": "csv"}, {"of": "best", "train": False, "format": "csv"}),
        ("searches/digits-svc/threshold", {"scoring": "f1"}, {"scoring": "f1", "thresholds": 100}),
        ("searches/digits-svc/compare", None, {"rope": 0.01}),
        ("searches/digits-svc/compare", {"rope": None}, {"rope": 0.01}),
        ("searches/digits-svc/compare", {"rope": 0}, {"rope": 0}),
        ("clusterings/blobs-kmeans/metrics", "silhouette", ["silhouette"]),
        (f"{BLOBS}/stability", None, {"n_resamples": 20, "sample_size": 0.8, "random_state": 0}),
        (f"{BLOBS}/gap", {"n_references": 5}, {"n_references": 5, "box": "features", "random_state": 0}),
        ("datasets/sensors/drop", "id", ["id"]),
        ("datasets/blobs/args", None, {}),
        (f"{SVC}/space", None, {}),
        (f"{SVC}/space", {"class_weight": [{0: 1, 1: 5}]}, {"class_weight": [{"dict": [[0, 1], [1, 5]]}]}),
        (
            "clusterings/blobs-kmeans/metrics",
            [{"silhouette": {"sample_size": 9}}],
            [{"silhouette": {"sample_size": 9}}],
        ),
    ],
)
def test_what_may_be_written_shorter_is_normalised(path, value, becomes):
    found = validate(with_value(path, value), SCHEMA)
    for key in path.split("/"):
        found = found[key]
    assert found == becomes


def test_sections_that_are_missing_are_empty():
    settings = validate({key: VALID[key] for key in ("datasets", "clusterings")}, SCHEMA)
    assert settings["splits"] == settings["searches"] == {}


BAD = [
    # unknown keys, at every level
    ("search", {}, "search", "did you mean 'searches'?"),
    ("datasets/digits/laod", "x.y", "datasets.digits.laod", "did you mean 'load'?"),
    ("splits/digits-5/datset", "digits", "splits.digits-5.datset", "did you mean 'dataset'?"),
    ("searches/digits-svc/scorring", ["a"], "searches.digits-svc.scorring", "did you mean 'scoring'?"),
    (f"{SVC}/spce", {}, "searches.digits-svc.models.svc.spce", "did you mean 'space'?"),
    ("clusterings/blobs-kmeans/metric", [], "clusterings.blobs-kmeans.metric", "did you mean 'metrics'?"),
    ("clusterings/blobs-kmeans/scoring", [], "clusterings.blobs-kmeans.scoring", "known here: dataset, models"),
    ("searches/digits-svc/strategy", {"gird": {}}, "searches.digits-svc.strategy.gird", "did you mean 'grid'?"),
    ("searches/digits-svc/strategy", {"grid": {"n": 1}}, "searches.digits-svc.strategy.grid.n", "unknown key"),
    # missing and empty
    ("splits/digits-5/dataset", ABSENT, "splits.digits-5.dataset", "is missing"),
    ("splits/digits-5/cv", {"n_splits": 5}, "splits.digits-5.cv.class", "is missing"),
    ("searches/digits-svc/models", {}, "searches.digits-svc.models", "is empty"),
    ("searches/digits-svc/models", None, "searches.digits-svc.models", "is empty"),
    (f"{SVC}/estimator", ABSENT, "searches.digits-svc.models.svc.estimator", "is missing"),
    (f"{SVC}/estimator", {"clas": "x.y"}, "searches.digits-svc.models.svc.estimator.class", "'clas' a misspelling"),
    (f"{SVC}/estimator", [], "searches.digits-svc.models.svc.estimator", "is empty"),
    ("clusterings/blobs-kmeans/metrics", [], "clusterings.blobs-kmeans.metrics", "is empty"),
    # assessments of a clustering
    (
        f"{BLOBS}/stability",
        {"n_resample": 5},
        "clusterings.blobs-kmeans.stability.n_resample",
        "did you mean 'n_resamples'?",
    ),
    (
        f"{BLOBS}/stability",
        {"n_resamples": 1},
        "clusterings.blobs-kmeans.stability.n_resamples",
        "must be 2 or more, not 1",
    ),
    (
        f"{BLOBS}/stability",
        {"sample_size": 0},
        "clusterings.blobs-kmeans.stability.sample_size",
        "must be above 0, not 0",
    ),
    (
        f"{BLOBS}/stability",
        {"sample_size": 1.5},
        "clusterings.blobs-kmeans.stability.sample_size",
        "must be 1 or less, not 1.5",
    ),
    (
        f"{BLOBS}/stability",
        {"random_state": -1},
        "clusterings.blobs-kmeans.stability.random_state",
        "must be 0 or more",
    ),
    (f"{BLOBS}/stability", 20, "clusterings.blobs-kmeans.stability", "must be a mapping"),
    (f"{BLOBS}/gap", {"n_references": 1}, "clusterings.blobs-kmeans.gap.n_references", "must be 2 or more, not 1"),
    (
        f"{BLOBS}/gap",
        {"box": "pca"},
        "clusterings.blobs-kmeans.gap.box",
        "must be 'features' or 'principal_components'",
    ),
    (f"{BLOBS}/gap", {"n_reference": 1}, "clusterings.blobs-kmeans.gap.n_reference", "did you mean 'n_references'?"),
    ("searches/digits-svc/strategy", {}, "searches.digits-svc.strategy", "is empty"),
    (f"{SVC}/space", [], "searches.digits-svc.models.svc.space", "is empty"),
    (f"{SVC}/space", {"C": []}, "searches.digits-svc.models.svc.space.C", "is empty"),
    (f"{SVC}/space", [{"C": []}], "searches.digits-svc.models.svc.space[0].C", "is empty"),
    (f"{SVC}/space", {"C": {"range": [3, 2]}}, "searches.digits-svc.models.svc.space.C.range", "is empty"),
    # kinds of values
    ("searches/digits-svc/timeout", "abc", "searches.digits-svc.timeout", "must be a number, not the string 'abc'"),
    ("searches/digits-svc/timeout", True, "searches.digits-svc.timeout", "must be a number, not true"),
    ("searches/digits-svc/timeout", 0, "searches.digits-svc.timeout", "must be above 0"),
    ("searches/digits-svc/timeout", float("inf"), "searches.digits-svc.timeout", "finite"),
    ("searches/digits-svc/predictions", "bets", "searches.digits-svc.predictions", "not 'bets'; did you mean 'best'?"),
    ("searches/digits-svc/predictions", {"of": "al"}, "searches.digits-svc.predictions.of", "did you mean 'all'?"),
    ("searches/digits-svc/predictions", {"of": "all", "train": True}, "predictions.train", "needs train_scores: true"),
    ("searches/digits-svc/predictions", True, "searches.digits-svc.predictions", "must be a string or a mapping"),
    ("searches/digits-svc/threshold", {}, "searches.digits-svc.threshold", "one of scoring, cost and gain, not none"),
    ("searches/digits-svc/threshold", {"cost": [[0, 1]]}, "threshold.cost", "two rows of two numbers"),
    ("searches/digits-svc/threshold", {"scoring": "f1", "gain": [[0, 1], [1, 0]]}, "threshold", "not scoring and gain"),
    ("searches/digits-svc/compare", {"rope": -0.01}, "compare.rope", "must be 0 or more, not -0.01"),
    (
        "searches/digits-svc/compare",
        {"rope": "wide"},
        "compare.rope",
        "must be a number (such as 0.005), not the string",
    ),
    ("searches/digits-svc/compare", {"rope": float("nan")}, "searches.digits-svc.compare.rope", "finite number"),
    ("searches/digits-svc/compare", {"rope": float("inf")}, "searches.digits-svc.compare.rope", "finite number"),
    ("searches/digits-svc/compare", {"roep": 1}, "searches.digits-svc.compare.roep", "did you mean 'rope'?"),
    ("searches/digits-svc/compare", 0.01, "searches.digits-svc.compare", "must be a mapping (such as {rope: 0.005})"),
    ("searches/digits-svc/train_scores", "True", "searches.digits-svc.train_scores", "must be true or false"),
    (
        "searches/digits-svc/share",
        1,
        "searches.digits-svc.share",
        "must be true or false or a mapping (such as {also: [mylib.Scaler]}), not the number 1",
    ),
    ("searches/digits-svc/on_error", "rase", "searches.digits-svc.on_error", "did you mean 'raise'?"),
    ("splits/digits-5/layout", "rng", "splits.digits-5.layout", "did you mean 'ring'?"),
    ("datasets/sensors/dtype", "float16", "datasets.sensors.dtype", "must be 'float32' or 'float64'"),
    ("searches/digits-svc/scoring", {"a": 1}, "searches.digits-svc.scoring", "must be a list"),
    ("searches/digits-svc/scoring", [1], "searches.digits-svc.scoring[0]", "must be a string or a mapping"),
    ("searches/digits-svc/strategy", "grid", "searches.digits-svc.strategy", "such as {grid: {}}"),
    (f"{SVC}/estimator", "sklearn.svm.SVC", "searches.digits-svc.models.svc.estimator", "such as {class: sklearn.svm"),
    (f"{SVC}/estimator", {"class": 3}, "searches.digits-svc.models.svc.estimator.class", "import path"),
    ("clusterings", [1], "clusterings", "must be a mapping, not a list"),
    # names
    ("datasets/a b", {"load": "x.y"}, "datasets.'a b'", "not a name"),
    ("datasets/-x", {"load": "x.y"}, "datasets.-x", "not a name"),
    ("datasets/x\n", {"load": "x.y"}, "datasets.'x\\n'", "not a name"),
    ("searches/digits-svc/models/é", {}, "searches.digits-svc.models.é", "not a name"),
    ("searches/digits-svc/scoring", [{"a b": {"ref": "x.y"}}], "searches.digits-svc.scoring[0]", "not a name"),
    # references
    ("searches/digits-svc/splits", "digits5", "searches.digits-svc.splits", "did you mean 'digits-5'?"),
    ("splits/digits-5/dataset", "digit", "splits.digits-5.dataset", "did you mean 'digits'?"),
    ("clusterings/blobs-kmeans/dataset", "zzz", "clusterings.blobs-kmeans.dataset", "no 'zzz' in 'datasets'"),
    # datasets
    ("datasets/x", {}, "datasets.x", "either 'load'"),
    ("datasets/x", {"load": "a.b", "file": "a.csv"}, "datasets.x.file", "combined with 'load'"),
    ("datasets/x", {"file": "a.parquet"}, "datasets.x.file", "load: pandas.read_parquet, args: {path: a.parquet}"),
    ("datasets/x", {"file": "a.what"}, "datasets.x.file", "known are .csv and .tsv, also with .gz, "),
    ("datasets/x", {"file": "a.csv", "read": {"spe": ";"}}, "datasets.x.read.spe", "unknown key; did you mean 'sep'?"),
    ("datasets/x", {"file": "a.csv", "read": {"header": 3}}, "datasets.x.read.header", "known here: sep, "),
    ("datasets/x", {"file": "a.csv", "read": ";"}, "datasets.x.read", "must be a mapping (such as {sep: ;})"),
    ("datasets/x", {"file": "a.csv", "read": {"sep": 1}}, "datasets.x.read.sep", "must be a string"),
    ("datasets/x", {"file": "a.csv", "read": {"nrows": "ten"}}, "datasets.x.read.nrows", "must be a whole number"),
    ("datasets/x", {"file": "a.csv", "read": {"nrows": 0}}, "datasets.x.read.nrows", "must be above 0"),
    (
        "datasets/x",
        {"file": "a.csv", "read": {"keep_default_na": "no"}},
        "datasets.x.read.keep_default_na",
        "true or f",
    ),
    ("datasets/x", {"file": "a.csv", "read": {"usecols": []}}, "datasets.x.read.usecols", "is empty"),
    ("datasets/x", {"file": "a.csv", "read": {"usecols": [1]}}, "datasets.x.read.usecols[0]", "must be a string"),
    ("datasets/x", {"file": "a.csv", "read": {"dtype": ["str"]}}, "datasets.x.read.dtype", "a string or a mapping"),
    ("datasets/x", {"file": "a.csv", "read": {"dtype": {"a": 3}}}, "datasets.x.read.dtype.a", "must be a string"),
    ("datasets/x", {"file": "a.csv", "read": {"na_values": {"a": {}}}}, "datasets.x.read.na_values.a", "a string"),
    ("datasets/x", {"file": "a.csv", "read": {"decimal": "::"}}, "datasets.x.read.decimal", "one character"),
    ("datasets/x", {"file": "a.csv", "read": {"encoding": "latn"}}, "datasets.x.read.encoding", "latin-1"),
    ("datasets/x", {"file": "a.csv", "target": "y", "read": {"usecols": ["x"]}}, "datasets.x.read.usecols", "'y'"),
    (
        "datasets/x",
        {"file": "a.csv", "read": {"date_format": "%d"}},
        "datasets.x.read.date_format",
        "needs parse_dates",
    ),
    ("datasets/x", {"file": "a.csv", "read": {"date_format": {"day": "%d"}}}, "datasets.x.read.date_format", "['day']"),
    (
        "datasets/x",
        {"file": "a.csv", "read": {"parse_dates": ["day"], "date_format": {"dy": "%d"}}},
        "datasets.x.read.date_format.dy",
        "is not in parse_dates; did you mean 'day'?",
    ),
    ("datasets/x", {"file": "a.npz", "read": {"sep": ";"}}, "datasets.x.read", "is for tables"),
    ("datasets/x", {"load": "a.b", "read": {"sep": ";"}}, "datasets.x.read", "belongs to 'file'"),
    ("datasets/x", {"file": "a.csv", "args": {"sep": ";"}}, "datasets.x.args", "belongs to 'load'"),
    # None, and the mini-language
    ("datasets/blobs/args", {"centers": "None"}, "datasets.blobs.args.centers", "write null"),
    (f"{SVC}/space", {"C": [1, "None"]}, "searches.digits-svc.models.svc.space.C[1]", "write null"),
    ("searches/digits-svc/timeout", "None", "searches.digits-svc.timeout", "write null"),
    (
        f"{SVC}/estimator",
        {"class": "a.b", "x": {"tuple": 1}},
        "searches.digits-svc.models.svc.estimator.x.tuple",
        "list",
    ),
    (
        f"{SVC}/estimator",
        {"class": "a.b", "x": {"ref": "a", "y": 1}},
        "models.svc.estimator.x.y",
        "combined with 'ref'",
    ),
    (f"{SVC}/estimator", {"class": "a.b", 1: 2}, "searches.digits-svc.models.svc.estimator", "put it in quotes"),
    # pipelines
    (f"{SVC}/estimator", [{"a": None, "b": None}], "searches.digits-svc.models.svc.estimator[0]", "one named step"),
    (f"{SVC}/estimator", [{"a__b": None}], "searches.digits-svc.models.svc.estimator[0].a__b", "no '__'"),
    (
        f"{SVC}/estimator",
        [{"a": None}, {"a": None}],
        "searches.digits-svc.models.svc.estimator[1].a",
        "another step has the same name",
    ),
    (f"{SVC}/estimator", [{"a": "sklearn.svm.SVC"}], "models.svc.estimator[0].a", "must be {class: import.path}"),
    # spaces
    (f"{SVC}/space", {"C": 3}, "searches.digits-svc.models.svc.space.C", "write [3]"),
    (f"{SVC}/space", {"C": {"logspac": [1, 2, 3]}}, "models.svc.space.C.logspac", "did you mean 'logspace'?"),
    (f"{SVC}/space", {"C": {"range": [3], "linspace": [0, 1, 2]}}, "models.svc.space.C", "exactly one of"),
    (f"{SVC}/space", {"C": {"logspace": [1, 2]}}, "models.svc.space.C.logspace", "[start, stop, num]"),
    (
        f"{SVC}/space",
        {"C": {"logspace": ["1", 2, 3]}},
        "models.svc.space.C.logspace[0]",
        "must be a number, not the str",
    ),
    (f"{SVC}/space", {"C": {"linspace": [1, 2, 2.5]}}, "models.svc.space.C.linspace[2]", "whole number"),
    (f"{SVC}/space", {"C": {"linspace": [1, float("nan"), 2]}}, "models.svc.space.C.linspace[1]", "finite"),
    (f"{SVC}/space", {"C": {"logspace": [0, 400, 3]}}, "models.svc.space.C.logspace", "too large"),
    (f"{SVC}/space", {"C": {"logspace": [0, 1, 3, -2]}}, "models.svc.space.C.logspace[3]", "above 0"),
    (f"{SVC}/space", {"C": {"range": [0, 1, 0]}}, "models.svc.space.C.range[2]", "must not be 0"),
    (f"{SVC}/space", {"C": {"range": [0, 1e30]}}, "models.svc.space.C.range", "more than 1,000,000"),
    (
        f"{SVC}/space",
        [{"C": {"range": [0, 50_000]}, "gamma": {"range": [1, 40_001]}}, {"C": [1]}],
        "models.svc.space",
        "has 2,000,000,001 candidates",
    ),
    (
        "searches/digits-svc/models",
        {
            name: {"estimator": {"class": "sklearn.svm.SVC"}, "space": {"C": {"range": [1, 600_001]}}}
            for name in ("one", "two")
        },
        "searches.digits-svc.models",
        "has 1,200,000 candidates",
    ),
    (f"{SVC}/space", {"C": {"loguniform": [1, 10]}}, "models.svc.space.C.loguniform", "needs a strategy that samples"),
    (f"{SVC}/space", {"C": {"class": "a.b"}}, "models.svc.space.C", "write [{class: …}]"),
    (f"{SVC}/space", [3], "models.svc.space[0]", "must be a mapping of parameters"),
    # metrics
    ("searches/digits-svc/scoring", ["r2", "r2"], "searches.digits-svc.scoring[1]", "'r2' is given twice"),
    ("searches/digits-svc/scoring", [{"f": "f1"}], "searches.digits-svc.scoring[0].f", "{ref: import.path}"),
    ("searches/digits-svc/scoring", [{"f": {}, "g": {}}], "searches.digits-svc.scoring[0]", "one key"),
    ("clusterings/blobs-kmeans/metrics", ["silhouete"], "clusterings.blobs-kmeans.metrics[0]", "'silhouette'?"),
    ("clusterings/blobs-kmeans/metrics", [{"inertia": 1}], "blobs-kmeans.metrics[0].inertia", "mapping of arguments"),
]


@pytest.mark.parametrize(("path", "value", "key", "said"), BAD, ids=lambda part: str(part)[:50])
def test_a_mistake_is_one_line_with_its_key_and_what_would_be_right(path, value, key, said):
    message = message_of(with_value(path, value))
    assert message.startswith("config: ")
    assert "\n" not in message
    assert f"{key}: " in message
    assert said in message


@pytest.mark.parametrize("config", [{}, {"searches": None}, {"datasets": VALID["datasets"]}])
def test_a_config_without_searches_and_clusterings_has_nothing_to_do(config):
    assert "nothing to do" in message_of(config)


@pytest.mark.parametrize("config", [None, [], "x", {1: {}}])
def test_a_config_that_is_no_mapping_of_words_is_refused_in_one_line(config):
    assert message_of(config).startswith("config: ")


def test_the_first_of_two_mistakes_in_the_files_order_is_reported():
    config = with_value("searches/digits-svc/timeout", "abc")
    config["splits"]["digits-5"]["layout"] = "rng"
    assert message_of(config).startswith("config: splits.digits-5.layout: ")


def test_a_misspelt_required_key_is_reported_as_misspelt_and_not_as_missing():
    config = with_value("splits/digits-5", {"datasat": "digits", "cv": {"class": "KFold"}})
    assert message_of(config) == "config: splits.digits-5.datasat: unknown key; did you mean 'dataset'?"


def walk(value, path=()):
    """Yield the path of everything in a config."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from walk(item, (*path, key))


@pytest.mark.parametrize("junk", [None, "None", "junk", 3, -1.5, True, [], {}, [[]], {"x": None}, {1: 2}, [{"a": 1}]])
def test_whatever_replaces_a_value_the_config_is_valid_or_wrong_in_one_line(junk):
    for path in walk(VALID):
        config = copy.deepcopy(VALID)
        place = config
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = copy.deepcopy(junk)
        try:
            json.dumps(validate(config, SCHEMA))
        except FoldworkError as error:
            assert str(error).startswith("config: "), path
            assert "\n" not in str(error), path


def test_later_files_are_merged_over_earlier_ones_and_overrides_over_all(tmp_path):
    (tmp_path / "a.yaml").write_text("searches: {x: {splits: s, timeout: 5, scoring: [a, b]}}\n")
    (tmp_path / "b.yaml").write_text("searches: {x: {timeout: 1e1, scoring: [c]}, y: {splits: t}}\n")
    found = read([tmp_path / "a.yaml", tmp_path / "b.yaml"], {"searches": {"x": {"timeout": "1e-1"}}})
    assert found == {"searches": {"x": {"splits": "s", "timeout": 0.1, "scoring": ["c"]}, "y": {"splits": "t"}}}


def test_numbers_that_pyyaml_missed_are_mended_and_nothing_else():
    config = {"a": "1e-3", "b": ["1E5", "-.5e+3", {"c": "1.5e3"}], "d": "e5", "e": "0x1F", "f": "1e", "g": 7, "h": None}
    assert numbers_of(config) == {**config, "a": 0.001, "b": [1e5, -500.0, {"c": 1500.0}]}


def test_validating_imports_neither_scikit_learn_nor_numpy():
    code = "import sys, foldwork.study.config, foldwork.study.checks.check_config; print(sorted({'numpy', 'sklearn', 'pandas'} & set(sys.modules)))"
    environment = {"PYTHONPATH": str(ROOT / "src")}
    assert subprocess.check_output([sys.executable, "-c", code], text=True, env=environment).strip() == "[]"


def test_the_manual_names_every_key_and_its_example_is_valid():
    manual = (ROOT / "config" / "README.md").read_text()
    schema = json.loads(SCHEMA.read_text())
    for part in ("dataset", "split", "search", "clustering"):
        for key in schema["$defs"][part]["properties"]:
            assert f"\n| `{key}` |" in manual, key
    for name in [*METRICS, *FORMATS]:  # formats of compressed tables by their last ending
        assert f"`{name}`" in manual or f"`.{name.rpartition('.')[2]}`" in manual, name
    example = manual.partition("```yaml\n")[2].partition("```")[0]
    assert validate(yaml.safe_load(example), SCHEMA)["searches"]["digits-svc"]["scoring"] == ["accuracy"]


def test_the_pattern_of_names_is_the_schemas():
    assert json.loads(SCHEMA.read_text())["$defs"]["name"]["pattern"] == NAME


def test_a_gap_needs_a_model_that_varies_the_number_of_clusters_of_its_last_step():
    config = with_value(f"{BLOBS}/gap", {})
    validate(config, SCHEMA)
    model = config["clusterings"]["blobs-kmeans"]["models"]["kmeans"]
    model["space"] = [{"n_init": [1, 2]}, {"n_clusters": [2]}]
    validate(config, SCHEMA)
    model["estimator"] = [{"agglomerate": {"class": "x.Y"}}, {"means": {"class": "x.Z"}}]
    model["space"] = {"agglomerate__n_clusters": [2, 3]}
    with pytest.raises(
        FoldworkError, match=r"^config: clusterings\.blobs-kmeans\.gap: needs a model with n_clusters of its last step"
    ):
        validate(config, SCHEMA)
