"""Tables read back have the values of the config."""

import json
import math

import pytest
from rounds import search

import foldwork
from foldwork.execution.completion import Completion
from foldwork.records.requested import Requested
from foldwork.results import curves
from foldwork.results.csv_table import write_table
from foldwork.storage.signed_json import write_signed

PARAMS = [{"max_depth": None, "C": 1.0}, {"max_depth": 3, "C": 2.0}, {"max_depth": 3}, {"max_depth": True, "C": 0.5}]


def test_parameters_keep_their_types(tmp_path):
    identity = [
        {"model": "a" if k < 3 else "b", **{f"param_{n}": v for n, v in params.items()}, "params": json.dumps(params)}
        for k, params in enumerate(PARAMS)
    ]
    columns = ["model", "param_max_depth", "param_C", "params"]
    for name in ("scores", "timings"):
        write_table(tmp_path / f"{name}.csv", columns, identity)
    rows = [{**identity[k], "candidate": k if k < 3 else 0, "fold": fold} for k in (3, 1, 0, 2) for fold in (0, 1)]
    write_table(tmp_path / "evaluations.csv", ["model", "candidate", "fold", "param_max_depth", "param_C"], rows)
    tables = foldwork.read(tmp_path)
    for table in (tables.scores, tables.timings):
        found = table["param_max_depth"].tolist()
        assert found == [None, 3, 3, True] and [type(value) for value in found] == [type(None), int, int, bool]
        assert table["param_C"].tolist()[:2] == [1.0, 2.0] and math.isnan(table["param_C"][2])
    found = tables.evaluations["param_max_depth"].tolist()
    assert found == [True, True, 3, 3, None, None, 3, 3] and found[4] is None
    assert tables.evaluations["param_C"].dtype == float


TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "random_state": 0}
CURVES = {
    "sizes": {"train_sizes": [0.5, 1.0]},
    "depth": {"parameter": "max_depth", "values": [3, None, 1]},
    "permuted": {"permutation_importance": {"n_repeats": 2}},
}


@pytest.fixture(scope="module")
def of_curves(tmp_path_factory):
    """Return the results folders of the curves by their names."""
    folder = tmp_path_factory.mktemp("curves")
    study = {
        "datasets": {"d": {"load": "sklearn.datasets.load_iris"}},
        "splits": {"f": {"dataset": "d", "cv": {"class": "KFold", "n_splits": 2, "shuffle": True, "random_state": 0}}},
        "searches": {"s": {"splits": "f", "models": {"m": {"estimator": TREE}}}},
        "curves": {
            name: {"search": "s", "of": {"model": "m", "params": {"min_samples_leaf": 2}}} | curve
            for name, curve in CURVES.items()
        },
    }
    found = {}
    for name in CURVES:
        done = search(folder, study, name)
        path = done.folder / "ledger.jsonl"
        requested = Requested(done.records.request).replay(path)
        write_signed(done.folder / "evaluated.json", Completion(requested, path).evaluated(done.folder, print))
        (done.folder / "scores.csv").rename(done.folder / ("importance.csv" if name == "permuted" else "curve.csv"))
        if name != "permuted":
            write_table(done.folder / "timings.csv", *curves.timings(done.records))
        found[name] = done.folder
    return found


def test_a_validation_curve_has_the_values_of_the_config_with_their_types(of_curves):
    found = foldwork.read(of_curves["depth"])
    for table in (found.curve, found.timings):
        values = table["param_max_depth"].tolist()
        assert values == [3, None, 1] and [type(value) for value in values] == [int, type(None), int]
    assert set(found.evaluations["param_max_depth"]) == {3, None, 1}
    rows = zip(found.evaluations["param_max_depth"], found.evaluations["candidate"], strict=True)
    assert all([3, None, 1][candidate] is value for value, candidate in rows)
    assert found.evaluations["param_min_samples_leaf"].tolist() == [2] * 6
    assert (found.model, found.params) == ("m", {"min_samples_leaf": 2}) and found.importance is None
    assert {"mean_test_score", "std_train_score"} <= {*found.curve}


def test_a_learning_curve_has_whole_numbers_of_rows(of_curves):
    found = foldwork.read(of_curves["sizes"])
    assert found.curve["train_sizes"].tolist() == [37, 75] and found.curve["train_sizes"].dtype == int
    assert found.evaluations["param_min_samples_leaf"].tolist() == [2] * 4 and len(found.timings) == 2


def test_importances_have_numbers_as_features_where_the_dataset_has_no_names(of_curves):
    found = foldwork.read(of_curves["permuted"])
    assert (
        sorted(found.importance["feature"]) == [0, 1, 2, 3] and found.curve is None and len(found.repeats) == 4 * 2 * 2
    )
    path = of_curves["permuted"] / "importance.csv"
    path.write_text(path.read_text().replace("\n0,", "\nNA,"))
    assert sorted(foldwork.read(path.parent).importance["feature"]) == ["1", "2", "3", "NA"]


def test_a_folder_without_results_names_those_beside_it(of_curves):
    with pytest.raises(
        FileNotFoundError, match=r"curves/nope has no results \(yet\).* has results of depth, permuted, sizes$"
    ):
        foldwork.read(of_curves["depth"].parent / "nope")


@pytest.mark.parametrize(("file", "name"), [("findings.json", "findings"), ("chosen.json", "chosen")])
def test_findings_and_the_choice_of_a_clustering_are_those_of_their_files(file, name, tmp_path):
    for table in ("scores", "timings", "evaluations"):
        write_table(tmp_path / f"{table}.csv", ["model", "params"], [{"model": "m", "params": "{}"}])
    assert getattr(foldwork.read(tmp_path), name) is None
    (tmp_path / file).write_text('[{"text": "a line", "count": 3}]')
    assert getattr(foldwork.read(tmp_path), name) == [{"text": "a line", "count": 3}]
