"""What a run says of itself does not outlive it, however it is killed."""

import json
import subprocess
import sys

import pytest

from foldwork.execution import attempt
from foldwork.storage.file_names import RUNNING


def sign(folder, run):
    (folder / RUNNING).write_text(json.dumps({"connection": str(folder / run / "security/ipcontroller-client.json")}))
    (folder / f".{RUNNING}.abc.part").touch()


@pytest.mark.parametrize(("said", "left"), [(".run-0a", []), (".run-0b", [RUNNING])])
def test_the_controller_of_a_killed_run_removes_its_sign_of_life_and_not_that_of_a_later_run(tmp_path, said, left):
    sign(tmp_path, said)
    command = [sys.executable, "-m", "foldwork.engines.controller", "--directory", str(tmp_path / ".run-0a")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout.readline()
        process.stdin.close()
        assert process.wait(30) == 0
    assert [path.name for path in tmp_path.iterdir()] == left


def test_the_next_run_removes_what_is_left_where_the_controller_was_killed_too(tmp_path):
    sign(tmp_path, ".run-0a")
    (tmp_path / ".run-0a").mkdir()
    (tmp_path / "ledger.jsonl").touch()
    attempt.remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.jsonl"]
