"""Measure how long a study on Slurm takes from `snakemake` to its first fit, with different lines in the profile.

    python benchmarks/slurm_start.py --runs 3

It starts a Slurm of its own, with an empty queue (as root; `sh tests/slurm/install.sh` installs what it needs).
"""

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/slurm"))

from cluster import SlurmCluster
from slurm_study import NAPS, PROFILE, SlurmStudy

HERE = {"load_dataset": {"local": 1}, "persist_splits": {"local": 1}}
VARIANTS = {
    "data as jobs, the first status check after 20 s": {"slurm-init-seconds-before-status-checks": 20},
    "data as jobs, as shipped": {},
    "data where Snakemake runs": {"set-resources": HERE},
}


def start(folder: Path, slurm: SlurmCluster, variant: dict) -> float:
    """Run a fresh study until its first fit; return the seconds."""
    study = SlurmStudy(folder / "study", NAPS, slurm)
    profile = yaml.safe_load(PROFILE.read_text())
    resources = profile["set-resources"] | variant.get("set-resources", {})
    study.profile = folder / "profile"
    study.profile.mkdir()
    (study.profile / "config.yaml").write_text(yaml.safe_dump(profile | variant | {"set-resources": resources}))
    began = time.time()
    process = study.start()
    try:
        while not study.fits():
            if process.poll() is not None:
                raise SystemExit((study.folder / "screen.log").read_text())
            time.sleep(0.05)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
    slurm.reset()
    return min(when for *_, when in study.fits()) - began


def main() -> None:
    """Run all variants in turn, so often as was asked for; print each time and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    seconds: dict[str, list[float]] = {name: [] for name in VARIANTS}
    with SlurmCluster() as slurm:
        for _ in range(options.runs):
            for name, variant in VARIANTS.items():
                with tempfile.TemporaryDirectory() as folder:
                    seconds[name].append(start(Path(folder), slurm, variant))
                print(f"    {name}: {seconds[name][-1]:.0f} s", flush=True)
    for name, times in seconds.items():
        print(f"{name}: {statistics.median(times):.0f} s ({min(times):.0f} to {max(times):.0f})")


if __name__ == "__main__":
    main()
