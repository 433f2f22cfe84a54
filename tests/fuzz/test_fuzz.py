"""`make fuzz`: 204 damaged files, 300 mutated configs and 120 damaged config files. None leads to a wrong score, none to a traceback."""

import shutil

import pytest
from damage import damage, damaged
from hypothesis import HealthCheck, given, settings
from made import FILES, after, make, rows
from mutants import FILES as CONFIGS
from mutants import mutants, outcome, outcome_of_text

pytestmark = pytest.mark.fuzz


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """Return a folder with all files, and the rows of its scores."""
    folder = tmp_path_factory.mktemp("clean")
    return folder, make(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_reported_or_passed_over_and_never_gives_a_wrong_score(clean, name, tmp_path):
    made, expected = clean
    outcomes = {}
    for seed in range(34):
        folder = tmp_path / str(seed)
        shutil.copytree(made, folder)
        damage(folder / name, seed)
        found = after(folder, name)
        outcomes[found] = outcomes.get(found, 0) + 1
        if name == "ledger.jsonl":
            assert rows(folder) == expected
        shutil.rmtree(folder)
    if name.endswith(".joblib"):
        assert outcomes == {"reported": 34}
    assert outcomes.get("harmless", 0) <= 12


@given(mutants())
@settings(
    max_examples=300,
    deadline=None,
    database=None,
    derandomize=False,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
def test_a_mutated_config_is_valid_or_one_line_that_names_the_key(config):
    outcome(config)


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.name)
def test_a_damaged_config_file_is_valid_or_one_line(file, tmp_path):
    for seed in range(60):
        outcome_of_text(damaged(file.read_bytes(), seed), tmp_path / "config.yaml")
