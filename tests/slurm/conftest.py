"""Fixtures of the tests on a real Slurm.

Without root, or without the programs of Slurm, all tests here are skipped; with FOLDWORK_REQUIRE_SLURM=1 they fail.
"""

import copy
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cluster import SlurmCluster, why_not
from slurm_study import NAPS, SlurmStudy

# A shell has the jobs that it runs in the background ignore Ctrl-C, and so all that these start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def skip_or_fail(reason):
    if os.environ.get("FOLDWORK_REQUIRE_SLURM") == "1":
        pytest.fail(f"FOLDWORK_REQUIRE_SLURM=1, but {reason}", pytrace=False)
    pytest.skip(f"no real Slurm: {reason}")


def pytest_configure(config):
    config.addinivalue_line("markers", "accounting: needs slurmdbd and MariaDB (install.sh --accounting)")
    config.addinivalue_line("markers", "slow: minutes on two cores; pytest -m slow runs them")


@pytest.fixture(scope="session", autouse=True)
def real_slurm():
    """Stands before every test in this folder: a machine that can run Slurm."""
    reason = why_not()
    if reason:
        skip_or_fail(reason)


@pytest.fixture(scope="session")
def slurm_session(real_slurm):
    with SlurmCluster() as cluster:
        yield cluster


@pytest.fixture
def slurm(slurm_session):
    """Two idle nodes of 4 CPUs and 8,000 MB.

    One cluster serves all tests; after each, jobs are cancelled and nodes brought back.
    """
    yield slurm_session
    slurm_session.reset()


@pytest.fixture
def slurm_namespaces(real_slurm):
    """A cluster whose nodes have addresses and host names of their own."""
    with SlurmCluster(namespaces=True) as cluster:
        yield cluster


@pytest.fixture
def slurm_accounting(real_slurm):
    """A cluster with slurmdbd: sacct works, and root's account is `tests`."""
    reason = why_not(accounting=True)
    if reason:
        skip_or_fail(reason)
    with SlurmCluster(accounting=True) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def local_naps(real_slurm, tmp_path_factory):
    """The study `NAPS` after a local run: what a run on Slurm must equal."""
    study = SlurmStudy(tmp_path_factory.mktemp("local") / "study", NAPS)
    study.run(cores=2)
    return study


@pytest.fixture
def slurm_study(tmp_path):
    """Return a function that makes a study, from a config, on a cluster; no snakemake of it outlives the test."""
    made = []

    def make(config, cluster):
        made.append(SlurmStudy(tmp_path / "study", copy.deepcopy(config), cluster))
        return made[-1]

    yield make
    for study in made:
        study.kill()


@pytest.fixture
def naps(local_naps, slurm_study):
    """Return a function that makes the study `NAPS` on a cluster, datasets and splits already there."""

    def make(cluster):
        study = slurm_study(NAPS, cluster)
        for part in ("results/datasets", "results/splits", ".snakemake"):
            shutil.copytree(local_naps.folder / part, study.folder / part)
        return study

    return make
