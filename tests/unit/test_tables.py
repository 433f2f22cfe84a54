"""From the ledger to tables: means, deviations and ranks as scikit-learn has them, and every float in full."""

import csv
import json
import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.stats import rankdata

from foldwork.records.request import Fold, Request, keys_of
from foldwork.records.requested import Requested
from foldwork.results import tables
from foldwork.results.best import best
from foldwork.results.csv_table import cell, write_table
from foldwork.results.results import Results
from foldwork.results.tables import mean_and_std, rank
from foldwork.storage import ledger
from foldwork.study.versions import digest

SCORE = st.one_of(
    st.sampled_from([0.0, 0.5, 0.5, 1.0, math.nan]),
    st.floats(-1e6, 1e6),
    st.sampled_from([math.inf, -math.inf]),
)


def ranks_of_sklearn(means: np.ndarray) -> list[int]:
    """Rank as `BaseSearchCV._format_results` does."""
    if np.isnan(means).all():
        return [1] * len(means)
    filled = np.nan_to_num(means, nan=np.nanmin(means) - 1)
    return rankdata(-filled, method="min").astype(int).tolist()


@settings(max_examples=200, deadline=None)
@given(st.lists(SCORE, min_size=1, max_size=12))
def test_ranks_are_those_of_scikit_learn_with_ties_and_nan(means):
    assert rank(np.array(means)).tolist() == ranks_of_sklearn(np.array(means))


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ([0.1, 0.3, 0.2], [3, 1, 2]),
        ([0.3, 0.3, 0.2, 0.3], [1, 1, 4, 1]),
        ([0.5, math.nan, 0.1, math.nan], [1, 3, 2, 3]),
        ([math.nan, math.nan], [1, 1]),
        ([-1.0, -math.inf, math.nan], [1, 2, 3]),
        ([math.inf, 3.0], [1, 2]),
    ],
)
def test_the_highest_mean_is_first_ties_share_their_rank_and_nan_is_last(means, expected):
    assert rank(np.array(means)).tolist() == expected


@settings(max_examples=100, deadline=None)
@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=11), elements=SCORE))
def test_means_and_deviations_are_those_of_scikit_learn_to_the_last_bit(values):
    with np.errstate(all="ignore"):
        means, stds = mean_and_std(values)
        averages = np.average(values, axis=1, weights=None)
        deviations = np.sqrt(np.average((values - averages[:, np.newaxis]) ** 2, axis=1, weights=None))
    assert np.array_equal(means, averages, equal_nan=True)
    assert np.array_equal(stds, deviations, equal_nan=True)


@settings(max_examples=200, deadline=None)
@given(st.floats(allow_nan=False))
def test_a_float_in_a_table_is_the_very_float(value):
    assert float(cell(value)) == value
    assert math.copysign(1, float(cell(value))) == math.copysign(1, value)


def test_what_is_no_number_stands_in_a_table_by_its_name():
    assert cell(math.nan) == "" and cell(None) == "None" and cell(True) == "True" and cell("rbf") == "rbf"
    assert cell(np.float64(0.1)) == "0.1" and cell(3) == "3"
    assert json.loads(cell({"tuple": [1, 2]})) == {"tuple": [1, 2]} and json.loads(cell([1, "a"])) == [1, "a"]


def test_a_table_is_read_back_as_it_was_written(tmp_path):
    rows = [{"a": 'x, "y"\nz', "b": 0.1 + 0.2}, {"b": math.nan}, {"a": "é", "c": 1}]
    write_table(tmp_path / "t.csv", ["a", "b"], rows)
    with open(tmp_path / "t.csv", newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["a", "b"], ['x, "y"\nz', "0.30000000000000004"], ["", ""], ["é", ""]]


# ---- results of a request


def asked_for(**spec) -> Request:
    """Return a request for two models on two folds."""
    models = {
        "one": {"estimator": {"class": "a.One"}, "space": {"C": [1, 2]}},
        "two": {"estimator": {"class": "a.Two"}, "space": [{"depth": [None]}]},
    }
    spec = {"splits": "k", "models": models, "scoring": ["accuracy"], "train_scores": False, **spec}
    folds = tuple(Fold(k, f"/fold-{k}", f"fold-{k}", "", f"fold {k}") for k in range(2))
    made = {name: {"id": f"made {name}", "versions": {"numpy": "2"}} for name in models}
    return Request("search", "s", spec, folds, 1, made)


def recorded(path, asked, found) -> Results:
    """Write records with the given test scores, in any order; None for no record, an error's text for a failed one."""
    evaluations = list(Requested(asked).evaluations)
    metrics = asked.metrics
    lines = []
    with ledger.Writer(path) as writer:
        for evaluation, values in reversed(list(zip(evaluations, found, strict=True))):
            if values is None:
                continue
            failed = isinstance(values, str)
            values = ["nan"] * len(metrics) if failed else values
            record = {
                "key": evaluation.key,
                "status": "failed" if failed else "ok",
                "test": dict(zip(metrics, values, strict=True)),
                "train": None,
                "fit_time": 0.25,
                "score_time": 0.5,
                "error": "ValueError: no" if failed else None,
                "host": "h",
                "attempts": 0,
            }
            lines.append(ledger.encode(record))
        writer.append(lines)
    return Results(asked, path)


def test_rows_are_in_the_order_of_the_config_whatever_the_order_of_the_ledger(tmp_path):
    results = recorded(tmp_path / "l", asked_for(), [[0.1], [0.2], [0.5], [0.6], [0.3], [0.4]])
    columns, rows = tables.cv_results(results)
    assert columns == [
        *("model", "param_C", "param_depth", "params", "split0_test_score", "split1_test_score"),
        *("mean_test_score", "std_test_score", "rank_test_score"),
    ]
    assert [(row["model"], row["params"]) for row in rows] == [
        ("one", '{"C": 1}'),
        ("one", '{"C": 2}'),
        ("two", '{"depth": null}'),
    ]
    assert [row["split1_test_score"] for row in rows] == [0.2, 0.6, 0.4]
    assert [row["rank_test_score"] for row in rows] == [3, 1, 2]


def test_several_metrics_have_their_names_in_the_columns(tmp_path):
    asked = asked_for(scoring=["accuracy", {"own": {"ref": "a.b"}}])
    results = recorded(tmp_path / "l", asked, [[0.1, n] for n in range(6)])
    columns, rows = tables.cv_results(results)
    assert columns[4:] == [
        f"{column}_{metric}"
        for metric in ("accuracy", "own")
        for column in ("split0_test", "split1_test", "mean_test", "std_test", "rank_test")
    ]
    assert [row["rank_test_accuracy"] for row in rows] == [1, 1, 1]
    assert [row["rank_test_own"] for row in rows] == [3, 2, 1]


def test_what_failed_or_has_no_record_is_nan_and_ranks_last(tmp_path):
    results = recorded(tmp_path / "l", asked_for(), ["failed", [0.2], [0.5], [0.6], [0.3], None])
    _, rows = tables.cv_results(results)
    assert math.isnan(rows[0]["split0_test_score"]) and rows[0]["split1_test_score"] == 0.2
    assert math.isnan(rows[0]["mean_test_score"]) and math.isnan(rows[2]["std_test_score"])
    assert [row["rank_test_score"] for row in rows] == [2, 1, 2]
    assert results.counts() == (5, 6)
    columns, rows = tables.evaluation_rows(results)
    assert [(row["model"], row["candidate"], row["fold"], row["status"]) for row in rows] == [
        ("one", 0, 0, "failed"),
        ("one", 0, 1, "ok"),
        ("one", 1, 0, "ok"),
        ("one", 1, 1, "ok"),
        ("two", 0, 0, "ok"),
    ]
    assert rows[0]["error"] == "ValueError: no" and "error" not in rows[1]
    assert columns[:6] == ["model", "candidate", "fold", "param_C", "param_depth", "test_score"]


def test_the_first_of_two_records_with_one_key_counts(tmp_path):
    asked = asked_for()
    recorded(tmp_path / "l", asked, [[0.1]] * 6)
    results = recorded(tmp_path / "l", asked, [[0.9]] * 6)
    assert np.array_equal(results.array("test", "accuracy"), np.full((3, 2), 0.1))


def test_the_best_is_the_first_candidate_of_rank_1(tmp_path):
    results = recorded(tmp_path / "l", asked_for(), [[0.1], [0.1], [0.4], [0.6], [0.5], [0.5]])
    _, rows = tables.cv_results(results)
    found = best(results, rows)
    assert (found["model"], found["candidate"], found["params"]) == ("one", 1, {"C": 2})
    assert found["mean_test_score"] == 0.5 and found["rank_test_score"] == 1
    assert found["reproduce"]["folds"] == ["fold 0", "fold 1"] and found["evaluations"] == {"recorded": 6, "asked": 6}
    json.dumps(found, allow_nan=False)


def test_the_best_of_nothing_but_failures_is_still_json(tmp_path):
    results = recorded(tmp_path / "l", asked_for(), ["failed"] * 6)
    _, rows = tables.cv_results(results)
    found = best(results, rows)
    assert found["mean_test_score"] is None and found["rank_test_score"] == 1
    json.dumps(found, allow_nan=False)


def test_times_are_means_and_deviations_in_seconds(tmp_path):
    columns, rows = tables.timings(recorded(tmp_path / "l", asked_for(), [[0.1]] * 6))
    assert columns[4:] == ["mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time"]
    assert [rows[0][column] for column in columns[4:]] == [0.25, 0.0, 0.5, 0.0]


def test_what_stands_twice_in_a_grid_or_on_equal_folds_has_its_numbers_everywhere(tmp_path):
    asked = asked_for()
    spec = {**asked.spec, "models": {"one": {"estimator": {"class": "a.One"}, "space": {"C": [1, 2, 1]}}}}
    folds = tuple(Fold(k, f"/fold-{k}", f"fold-{k}", "", digest) for k, digest in enumerate(["a", "b", "a"]))
    asked = replace(asked, spec=spec, folds=folds, made={"one": asked.made["one"]})
    values = {(1, "a"): 0.1, (1, "b"): 0.2, (2, "a"): 0.3, (2, "b"): 0.4}
    found = [[values[e.params["C"], folds[e.fold].digest]] for e in Requested(asked).evaluations]
    results = recorded(tmp_path / "l", asked, found)
    assert results.array("test", "accuracy").tolist() == [[0.1, 0.2, 0.1], [0.3, 0.4, 0.3], [0.1, 0.2, 0.1]]
    assert (results.recorded(), results.counts()) == (4, (9, 9))
    assert Requested(asked).unique_by_fold() == [2, 2, 0]
    assert len(tables.evaluation_rows(results)[1]) == 9


def test_the_key_of_an_evaluation_is_the_digest_of_how_it_is_made_its_parameters_and_its_fold():
    params = {"C": 0.1, "é": [None, "x"]}
    start = json.dumps(["made", params], sort_keys=True, separators=(",", ":"))
    keys = keys_of("made", [Fold(0, "", "", "", "a"), Fold(1, "", "", "", 'b"')])(params)
    assert [key.hex() for key in keys] == [digest([start, "a"]), digest([start, 'b"'])]


@pytest.mark.slow
def test_tables_of_half_a_million_evaluations_take_less_than_300_megabytes(tmp_path):
    asked = asked_for(scoring=["accuracy"], train_scores=True)
    asked.spec["models"]["one"]["space"] = {"C": list(range(10_000))}
    recorded(tmp_path / "l", asked, [[0.1]] * 20_002)
    tracemalloc.start()
    try:
        results = Results(asked, tmp_path / "l")
        for name, table in (("s", tables.cv_results), ("t", tables.timings), ("e", tables.evaluation_rows)):
            write_table(tmp_path / name, *table(results))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak / 20_002 * 500_000 < 240e6  # beside the interpreter and NumPy
