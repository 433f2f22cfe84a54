"""Fixtures of the workflow tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from study import Study


@pytest.fixture
def study(tmp_path):
    """Return a function that makes a study from a config."""

    def make(config: dict, name: str = "study") -> Study:
        return Study(tmp_path / name, config)

    return make
