"""What a score depends on is part of its key: memory order of frames, order of mappings, files that an estimator reads, the code in use."""

import os
import py_compile

import numpy as np
import pandas as pd
import pytest

from foldwork.data.digests import content_digest
from foldwork.errors import FoldworkError
from foldwork.execution.source_guard import SourceGuard
from foldwork.records.request import Fold, Request, keys_of, made_id
from foldwork.records.serving import compatible
from foldwork.study.versions import dependencies, digest, in_order

ROWS = np.arange(12.0).reshape(4, 3)


def test_frames_whose_rows_lie_together_differ_from_those_whose_columns_do():
    rows = pd.DataFrame(ROWS, columns=list("abc"), copy=False)
    columns = pd.DataFrame({name: ROWS[:, k].copy() for k, name in enumerate("abc")})
    assert rows.equals(columns) and np.asarray(rows).flags.c_contiguous != np.asarray(columns).flags.c_contiguous
    assert content_digest(rows) != content_digest(columns)
    assert content_digest(columns) == content_digest(columns.copy())


def test_the_order_of_a_mapping_counts_but_not_that_of_arguments():
    one = {"class": "m.T", "columns": {"b": 1, "a": 2}, "z": 1}
    assert digest(in_order(one)) == digest(in_order({"z": 1, "columns": {"b": 1, "a": 2}, "class": "m.T"}))
    assert digest(in_order(one)) != digest(in_order({**one, "columns": {"a": 2, "b": 1}}))
    plain = {"class": "m.T", "columns": {"a": 2, "b": 1}}
    assert in_order(plain) == plain, "ids of what is sorted are those of earlier versions"
    keys = keys_of("id", [Fold(0, "", "", "", "d")])
    assert keys({"t": {"b": 1, "a": 2}}) != keys({"t": {"a": 2, "b": 1}})


def test_records_of_a_mapping_in_another_order_do_not_serve():
    def made(columns):
        what = {"kind": "search", "estimator": {"class": "m.T", "columns": columns}, "threads": 1, "evaluation": 1}
        what |= {"how": {"scoring": ["accuracy"], "metrics": None}, "versions": {"numpy": "2"}}
        return {"id": made_id(what), **what}

    assert not compatible(made({"b": 1, "a": 2}), made({"a": 2, "b": 1}))
    assert compatible(made({"b": 1, "a": 2}), made({"b": 1, "a": 2}))


@pytest.fixture
def guarded(tmp_path, monkeypatch):
    """Return a study with a module and a file that an estimator names, and a function that guards a request of it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mymodels.py").write_text("BIAS = 1.0\n")
    (tmp_path / "weights.txt").write_text("1")
    spec = {"estimator": {"class": "mymodels.Weights", "path": "weights.txt"}, "space": {}}

    def guard():
        how = {"scoring": ["accuracy"], "metrics": None}
        made = {"m": {"id": "i", "how": how, "versions": dependencies([spec, how], tmp_path, files=True)}}
        return SourceGuard(Request("search", "x", {"models": {"m": spec}}, (), 1, made), tmp_path)

    return tmp_path, guard


@pytest.mark.parametrize(
    ("file", "named"), [("mymodels.py", "source of mymodels.py"), ("weights.txt", "content of weights.txt")]
)
def test_what_changes_during_a_run_ends_it_before_anything_is_recorded(guarded, file, named):
    study, guard = guarded
    one = guard()
    one.check()
    (study / file).write_text((study / file).read_text())
    one.check()  # written anew, with the same content
    (study / file).write_text("0.1\n")
    with pytest.raises(FoldworkError, match=f"x: {named} has changed during the run; .* run snakemake again"):
        one.check()


def test_bytecode_that_only_seems_to_be_that_of_a_module_is_removed(guarded):
    study, guard = guarded
    source = study / "mymodels.py"
    cached = py_compile.compile(str(source), doraise=True)
    status = source.stat()
    source.write_text("BIAS = 0.1\n")
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    guard()
    assert not os.path.exists(cached)
