"""Where the controller listens, and what an `sbatch` for engines that join takes from a profile."""

import pytest

from foldwork.engines import joining, places


@pytest.mark.parametrize(
    "said, address", [("10.0.0.7", "10.0.0.7"), ("*", "*"), ("lo", "127.0.0.1"), ("", "127.0.0.1")]
)
def test_an_address_is_said_by_number_or_by_interface(monkeypatch, said, address):
    monkeypatch.setenv(places.ADDRESS, said)
    assert places.Local().address() == address


def test_engines_that_join_get_what_the_profile_gives_the_first_attempt(tmp_path):
    (tmp_path / "config.yaml").write_text(
        """
        slurm-qos: normal
        default-resources:
          slurm_partition: batch
          mem_mb_per_cpu: min(950 * attempt, 1900)
          runtime: input.size_mb
        set-resources:
          evaluate: {slurm_account: project-1, tasks: 8}
        """
    )
    expected = {"partition": "batch", "account": "project-1", "mem-per-cpu": 950, "qos": "normal"}
    assert joining.slurm_options(tmp_path) == expected


def test_engines_join_without_a_profile(tmp_path):
    assert joining.slurm_options(tmp_path / "none") == {}
