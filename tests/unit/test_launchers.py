"""Where the controller listens, and what an `sbatch` for engines that join asks for."""

import pytest

from foldwork.engines import launchers
from foldwork.engines.launchers import launcher, slurm
from foldwork.errors import FoldworkError


@pytest.mark.parametrize(
    "said, address", [("10.0.0.7", "10.0.0.7"), ("*", "*"), ("lo", "127.0.0.1"), ("", "127.0.0.1")]
)
def test_an_address_is_said_by_number_or_by_interface(monkeypatch, said, address):
    monkeypatch.setenv(launcher.ADDRESS, said)
    assert launchers.Local().address() == address


def test_engines_that_join_ask_for_what_slurm_gave_the_searchs_own_job(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert launchers.submission() == {"launcher": "local", "options": {}}
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    said = {
        "Partition": "batch",
        "Account": "(null)",
        "QOS": "normal",
        "MinMemoryCPU": "950M",
        "TimeLimit": "01:00:00",
        "NumTasks": "8",
    }
    monkeypatch.setattr(slurm, "_job", lambda: said)
    options = {"partition": "batch", "qos": "normal", "mem-per-cpu": "950M", "time": "01:00:00"}
    assert launchers.submission() == {"launcher": "slurm", "options": options}


def test_engines_that_join_are_refused_where_slurm_does_not_tell_what_the_searchs_own_job_has(tmp_path):
    engines = launcher.JoiningEngines(
        search="svc", count=2, cpus=1, host=["true"], environment={}, options={}, log=tmp_path
    )
    with pytest.raises(
        FoldworkError, match=r"svc: Slurm does not tell .*; name it: foldwork engines add svc -n 2 -- --par"
    ):
        slurm.Slurm.join(engines)
