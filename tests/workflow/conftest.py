"""Fixtures of the workflow tests."""

import shutil
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from study import Study, sleepy

# A shell has the jobs that it runs in the background ignore Ctrl-C, and so all that these start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def study(tmp_path):
    """Return a function that makes a study from a config."""

    def make(config: dict, name: str = "study") -> Study:
        return Study(tmp_path / name, config)

    return make


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """Return a study with `own.py` whose dataset and splits are persisted, for others to be copied from."""
    study = Study(tmp_path_factory.mktemp("template") / "template", sleepy({"a": [0]}))
    study.bring()
    study.run("results/splits/some")
    return study


@pytest.fixture
def sleeper(template, tmp_path):
    """Return a function that makes a study from a config of `study.sleepy`: what the template has computed is in it."""

    def make(config: dict, name: str = "study") -> Study:
        shutil.copytree(template.folder, tmp_path / name)
        return Study(tmp_path / name, config)

    return make
