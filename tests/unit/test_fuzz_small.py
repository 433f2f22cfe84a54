"""A small, fixed share of `make fuzz`."""

import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))

from damage import KINDS, damage, damaged
from made import FILES, after, make, rows
from mutants import FILES as CONFIGS
from mutants import mutants, outcome, outcome_of_text


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """Return a folder with all files, and the rows of its scores."""
    folder = tmp_path_factory.mktemp("clean")
    return folder, make(folder)


@pytest.mark.parametrize("seed", range(len(KINDS)), ids=KINDS)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_reported_or_passed_over_and_never_gives_a_wrong_score(clean, name, seed, tmp_path):
    made, expected = clean
    folder = tmp_path / "study"
    shutil.copytree(made, folder)
    damage(folder / name, seed)
    found = after(folder, name)
    if name == "ledger.jsonl":
        assert rows(folder) == expected
    elif name.endswith(".joblib"):
        assert found == "reported"


@given(mutants())
@settings(
    max_examples=40,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
def test_a_mutated_config_is_valid_or_one_line_that_names_the_key(config):
    outcome(config)


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.name)
def test_a_damaged_config_file_is_valid_or_one_line(file, tmp_path):
    for seed in range(12):
        outcome_of_text(damaged(file.read_bytes(), seed), tmp_path / "config.yaml")


def test_control_characters_in_a_config_do_not_reach_the_terminal():
    said = outcome({"searches": {}, "evil\x1b[2J": 1})
    assert said.startswith("config: 'evil\\x1b[2J': unknown key")
    said = outcome({"searches": {"x": {"strategy": {"grid": {}, "\x07": {}}, "splits": "s", "models": {}}}})
    assert said.isprintable() and said.startswith("config: searches.x.")
