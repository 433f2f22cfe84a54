"""A study that runs on a Slurm of the tests, by the profile that users get."""

import datetime
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from study import ROOT, Study, await_true

PROFILE = ROOT / "profiles/slurm/config.yaml"
NAPS = {
    "datasets": {"rows": {"load": "nap.rows"}},
    "splits": {"halves": {"dataset": "rows", "cv": {"class": "ShuffleSplit", "n_splits": 2, "random_state": 0}}},
    "searches": {
        "naps": {
            "splits": "halves",
            "models": {"nap": {"estimator": {"class": "nap.Nap"}, "space": {"x": {"range": [0, 100]}}}},
        }
    },
    "clusterings": {},
}
"""A search of 200 evaluations that take as long as the study's file `pace` says."""


class SlurmStudy(Study):
    """A study with a profile of its own: the shipped one, with what the tests change in it.

    Parameters
    ----------
    folder : Path
        Where to make it.
    config : dict
        What its config holds.
    slurm : SlurmCluster, optional
        The cluster that it runs on.
    """

    def __init__(self, folder, config, slurm=None):
        super().__init__(folder, config)
        self.slurm = slurm
        self.profile = PROFILE.parent
        self._process = None
        self._earlier = max(slurm.jobs(), default=0) if slurm else 0
        shutil.copy(Path(__file__).with_name("nap.py"), folder)
        self.pace(0)

    def pace(self, seconds):
        """Say how long each fit takes that begins from now on."""
        (self.folder / ".pace").write_text(str(seconds))
        (self.folder / ".pace").rename(self.folder / "pace")

    def edit_profile(self, *, resources=(), without=(), data=(), **settings):
        """Write the profile of this study: resources of the rules with engines and of those for data, and other settings."""
        profile = yaml.safe_load(PROFILE.read_text()) | {
            "slurm-init-seconds-before-status-checks": 3,
            "latency-wait": 20,
        }
        profile |= {name.replace("_", "-"): value for name, value in settings.items()}
        engines = profile["set-resources"]["evaluate"] | dict(resources)
        for name in without:
            del engines[name]
        profile["set-resources"] = {"evaluate": engines, "evaluate_clustering": dict(engines)}
        if data:
            profile["set-resources"] |= {"load_dataset": dict(data), "persist_splits": dict(data)}
        self.profile = self.folder / "profile"
        self.profile.mkdir(exist_ok=True)
        (self.profile / "config.yaml").write_text(yaml.safe_dump(profile, sort_keys=False))

    def command(self, *arguments, cores=None):
        """Return the command line of a run on the cluster, or of a local one where `cores` are given."""
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
        command += ["--directory", str(self.folder)]
        command += ["--cores", str(cores)] if cores else ["--profile", str(self.profile)]
        return [*command, *arguments]

    def run(self, *arguments, cores=None, env=None, **options):
        """Run snakemake to its end."""
        return super().run(*arguments, cores=cores, env=self._environment(env), **options)

    def _environment(self, more):
        return self.slurm.environment(**(more or {})) if self.slurm else {**os.environ, **(more or {})}

    def start(self, *arguments, cores=None, env=None):
        """Start snakemake; its screen goes to screen.log."""
        with open(self.folder / "screen.log", "w") as screen:
            self._process = subprocess.Popen(
                self.command(*arguments, cores=cores),
                stdout=screen,
                stderr=screen,
                env=self._environment(env),
                start_new_session=True,
            )
        return self._process

    def finish(self, process, timeout=180):
        """Wait for the end of a snakemake that must succeed."""
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            status = f"not ended within {timeout} s"
        assert status == 0, f"{status}: {(self.folder / 'screen.log').read_text()[-6000:]}"

    def kill(self):
        """Leave no snakemake behind."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def jobs(self, rule="evaluate"):
        """Return the Slurm jobs of a rule with their states, in the order of submission."""
        comment = f"rule_{rule}_wildcards_"
        found = sorted(self.slurm.jobs().items())
        return {job: now["state"] for job, now in found if job > self._earlier and now["comment"].startswith(comment)}

    def await_state(self, state, rule="evaluate", timeout=60):
        """Wait until the last job of a rule is in a state, and return its id."""
        await_true(lambda: list(self.jobs(rule).values())[-1:] == [state], timeout, f"a job of {rule} {state}")
        return list(self.jobs(rule))[-1]

    def fits(self):
        """Return every fit that has begun: x, a number that stands for the fold, and when."""
        path = self.folder / "fits.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(x), fold, float(when)) for x, fold, when in map(str.split, lines)]

    def await_no_strays(self):
        """Wait until no process of a job is left on any node."""
        await_true(lambda: not self.slurm.strays(), 20, "the end of all processes")


def results(folder, section="searches"):
    """Return the files that must be the same bytes wherever and however often interrupted a study ran."""
    paths = [*folder.glob(f"results/{section}/*/scores.csv"), *folder.glob(f"results/{section}/**/*.png")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(paths)}


def timestamp(text):
    """Return the seconds since the epoch of a record's time."""
    return datetime.datetime.fromisoformat(text).timestamp()


__all__ = ["NAPS", "ROOT", "SlurmStudy", "await_true", "results", "timestamp"]
