"""Where the controller listens, and what an `sbatch` for engines that join asks for."""

import pytest

from foldwork.engines import launchers


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
