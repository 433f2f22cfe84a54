"""What every job of the workflow does around its work."""

import subprocess
import sys

import pytest

JOB = """
import os, sys
from types import SimpleNamespace
from foldwork.workflow.script import job

with job(SimpleNamespace(log=["log"], output=["tables/scores.csv"], rule="r", wildcards=["w"])) as log:
    assert log.fileno() > 2
    print("said", file=sys.stderr, flush=True)
    print("said", flush=True)
    os.write(1, b"x"), os.write(2, b"x")
    log.write("done")
"""


def test_a_job_runs_without_standard_streams_and_writes_into_none_of_its_files(tmp_path):
    command = f"exec {sys.executable} -c '{JOB}' <&- >&- 2>&-"
    assert subprocess.run(["bash", "-c", command], cwd=tmp_path, check=False).returncode == 0
    assert (tmp_path / "log").read_text() == "done"


def test_a_job_removes_what_a_killed_one_left_of_its_output_and_nothing_else(tmp_path):
    (tmp_path / "tables").mkdir()
    names = [".scores.csv.abc.part", ".timings.csv.abc.part", "scores.csv"]
    for name in names:
        (tmp_path / "tables" / name).touch()
    subprocess.run([sys.executable, "-c", JOB], cwd=tmp_path, check=True, capture_output=True)
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == names[1:]


INTERRUPTED = """
import os
from types import SimpleNamespace
from foldwork.workflow.script import job

with job(SimpleNamespace(log=["log"], output=["empty", "full", "file"], rule="r", wildcards=["w"])):
    os.makedirs("empty"), os.makedirs("full/part"), open("file", "w").close()
    raise {}
"""


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "SystemExit(1)", "ValueError"])
def test_an_interrupted_job_leaves_no_empty_folder_which_snakemake_would_call_incomplete(tmp_path, error):
    words = [sys.executable, "-c", INTERRUPTED.format(error)]
    assert subprocess.run(words, cwd=tmp_path, check=False, capture_output=True).returncode == 1
    assert not (tmp_path / "empty").exists() and (tmp_path / "full/part").exists() and (tmp_path / "file").exists()
