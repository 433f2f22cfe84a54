"""Where the controller listens, and what an `sbatch` for engines that join asks for."""

import pytest

from foldwork.engines import add_engines, launchers
from foldwork.errors import FoldworkError
from foldwork.storage.atomic_write import write_json
from foldwork.storage.file_names import REQUEST


@pytest.mark.parametrize(
    "said, address", [("10.0.0.7", "10.0.0.7"), ("*", "*"), ("lo", "127.0.0.1"), ("", "127.0.0.1")]
)
def test_an_address_is_said_by_number_or_by_interface(monkeypatch, said, address):
    monkeypatch.setenv(launchers.ADDRESS, said)
    assert launchers.Local().address() == address


def test_engines_that_join_ask_for_what_slurm_gave_the_searchs_own_job(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert launchers.submission() is None
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    said = {
        "Partition": "batch",
        "Account": "(null)",
        "QOS": "normal",
        "MinMemoryCPU": "950M",
        "TimeLimit": "01:00:00",
        "NumTasks": "8",
    }
    monkeypatch.setattr(launchers, "_job", lambda: said)
    assert launchers.submission() == {"partition": "batch", "qos": "normal", "mem-per-cpu": "950M", "time": "01:00:00"}


def test_engines_that_join_are_refused_where_slurm_did_not_say_what_the_searchs_own_job_has(tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setattr(launchers, "_job", dict)
    folder, connection = tmp_path / "svc", tmp_path / "svc/.run-1/security/ipcontroller-client.json"
    write_json(folder / REQUEST, {"spec": {}})
    write_json(connection.with_name("ipcontroller-engine.json"), {})
    live = {"connection": str(connection), "threads": 1, "memory": 0, "run": "r", "slurm": launchers.submission()}
    with pytest.raises(
        FoldworkError, match=r"svc: Slurm has not said .*; say it: foldwork engines add svc -n 2 -- --par"
    ):
        add_engines.add(folder, live, 2)
