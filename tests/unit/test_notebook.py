"""Tables read back have the values of the config."""

import json
import math

import foldwork
from foldwork.results.csv_table import write_table

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
