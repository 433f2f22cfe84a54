"""A script ends the Snakemake that waits for it only where another attempt of its batch job has taken over."""

import os
import subprocess
import sys

SNAKEMAKE = """
import subprocess, sys
from foldwork.engines.parent_process import record_snakemake
record_snakemake()
script = "from foldwork.engines.parent_process import end_snakemake_of_replaced_job as end; end()"
server = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {script!r}]); print('the server goes on', flush=True)"
subprocess.run([sys.executable, "-c", server])
print("Snakemake goes on")
"""


def said(**environment):
    words = [sys.executable, "-c", SNAKEMAKE]
    done = subprocess.run(words, capture_output=True, text=True, env=os.environ | environment, check=False, timeout=60)
    assert not done.stderr
    return done.returncode, done.stdout.splitlines()


def test_in_a_batch_job_the_recorded_snakemake_is_ended_and_not_the_server_between_them():
    code, lines = said(SLURM_JOB_ID="7", SLURM_NNODES="1")
    assert code == -9 and "Snakemake goes on" not in lines


def test_elsewhere_snakemake_goes_on():
    assert said() == (0, ["the server goes on", "Snakemake goes on"])
