"""A study in a folder of its own, and real `snakemake` runs on it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
OWN = Path(__file__).with_name("own.py")
SNAKEMAKE = [sys.executable, "-m", "snakemake"]


class Study:
    """A directory with config/config.yaml, and what one does there.

    Parameters
    ----------
    folder : Path
        Where to make it.
    config : dict
        What the config holds.
    """

    def __init__(self, folder: Path, config: dict) -> None:
        self.folder = folder
        (folder / "config").mkdir(parents=True, exist_ok=True)
        self.write(config)

    def write(self, config: dict) -> None:
        """Write the config anew."""
        self.config = config
        (self.folder / "config/config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

    def command(self, *arguments: str, cores: int = 2) -> list[str]:
        """Return the command line of a run."""
        return [
            *SNAKEMAKE,
            "--snakefile",
            str(ROOT / "Snakefile"),
            "--directory",
            str(self.folder),
            "--cores",
            str(cores),
            *arguments,
        ]

    def run(
        self, *arguments: str, cores: int = 2, check: bool = True, env: dict | None = None
    ) -> subprocess.CompletedProcess:
        """Run snakemake to its end; by default it must succeed."""
        done = subprocess.run(
            self.command(*arguments, cores=cores),
            capture_output=True,
            text=True,
            timeout=600,
            env={**os.environ, **(env or {})},
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr[-5000:]
        return done

    def start(self, *arguments: str, cores: int = 2, env: dict | None = None) -> subprocess.Popen:
        """Start snakemake in a process group of its own and return it."""
        return subprocess.Popen(
            self.command(*arguments, cores=cores),
            stdout=subprocess.DEVNULL,
            stderr=open(self.folder / "screen.log", "w"),
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )

    def bring(self, source: Path = OWN) -> None:
        """Copy a module into the study."""
        shutil.copy(source, self.folder)

    def copy(self, name: str) -> "Study":
        """Return a copy of the study beside it, with all that it has computed so far."""
        shutil.copytree(self.folder, self.folder.with_name(name))
        return Study(self.folder.with_name(name), self.config)

    def evaluated(self, name: str) -> str:
        """Return the path that asks snakemake for the evaluations of a search and no more."""
        return f"results/searches/{name}/evaluated.json"

    def evaluate(self, name: str, *arguments: str, **more) -> subprocess.CompletedProcess:
        """Run snakemake as far as the evaluations of a search."""
        return self.run(self.evaluated(name), *arguments, **more)

    def fits(self) -> list[tuple[str, ...]]:
        """Return what `own.Slow` noted of each fit that it began: a, b, and a number that stands for the fold."""
        path = self.folder / "fits.log"
        return [tuple(line.split()[:3]) for line in path.read_text().splitlines()] if path.exists() else []

    def leftovers(self) -> list[str]:
        """Return what no run may leave behind: run folders, connection files, half-written files, signs of life."""
        found = self.folder.rglob("*")
        marks = (".run-", "ipcontroller", ".part", "running.json")
        return [str(path) for path in found if any(mark in path.name for mark in marks)]

    def search(self, name: str) -> Path:
        """Return the folder of a search's results."""
        return self.folder / "results/searches" / name

    def records(self, name: str, section: str = "searches") -> list[dict]:
        """Return every whole line of a ledger that is an evaluation, repeated keys included."""
        path = self.folder / "results" / section / name / "ledger.jsonl"
        if not path.exists():
            return []
        lines = path.read_text().splitlines()
        records = [json.loads(line) for line in lines if line.endswith('"}')]
        return [record for record in records if not record["key"].startswith("made:")]

    def all_well(self, name: str, count: int) -> None:
        """Assert that so many evaluations of a search are recorded, each once, and none as failed."""
        records = self.records(name)
        assert len(records) == len({record["key"] for record in records}) == count
        assert [record["error"] for record in records if record["error"]] == []

    def await_records(self, name: str, count: int, timeout: float = 120) -> None:
        """Wait until the ledger of a search has so many records."""
        await_true(lambda: len(self.records(name)) >= count, timeout, f"{count} records in the ledger of {name}")


def await_true(condition, timeout: float, what) -> None:
    """Wait until `condition()` holds; `what` is a text, or a function that gives it when the time is up."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout} s: {what() if callable(what) else what}"
        time.sleep(0.05)


def processes_of(run: str) -> dict[int, str]:
    """Return the processes that carry FOLDWORK_RUN=run in their environment, with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if f"FOLDWORK_RUN={run}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
    return found


def roles(run: str) -> dict[str, list[int]]:
    """Return the processes of a run by what they are: "evaluate", "controller", "host", "engines", and "snakemake"."""
    found: dict[str, list[int]] = {"evaluate": [], "controller": [], "host": [], "engines": [], "snakemake": []}
    hosts = [pid for pid, command in processes_of(run).items() if "foldwork.engines.host" in command]
    for pid, command in processes_of(run).items():
        if "evaluate.py" in command:
            found["evaluate"].append(pid)
        elif "foldwork.engines.controller" in command:
            found["controller"].append(pid)
        elif parent(pid) in hosts and "foldwork.engines" in command:  # forked, or started as foldwork.engines.engine
            found["engines"].append(pid)
        elif pid in hosts:
            found["host"].append(pid)
        elif "-m snakemake" in command:
            found["snakemake"].append(pid)
    return found


def parent(pid: int) -> int:
    """Return the parent of a process, 0 where it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def kill(pids, number: int = signal.SIGKILL) -> None:
    """Send a signal to processes, those that are gone already passed over."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def sleepy(space: dict, *, kind: str = "Slow", seconds: float = 0.02, cv: dict | None = None, **search) -> dict:
    """Return the config of a study whose one search `slow` sleeps in every fit (`own.Slow`).

    Parameters
    ----------
    space : dict
        Of the parameters `a` and `b`.
    kind : str
        Class of `own`.
    seconds : float
        Length of a fit.
    cv : dict, optional
        The splitter; two shuffled splits without it.
    **search
        Further keys of the search. Without `refit` no model is fitted at the end: `own.Slow` notes each fit.
    """
    return {
        "datasets": {"toy": {"load": "own.toy"}},
        "splits": {"some": {"dataset": "toy", "cv": cv or TWO}},
        "searches": {
            "slow": {
                "splits": "some",
                "models": {"slow": {"estimator": {"class": f"own.{kind}", "seconds": seconds}, "space": space}},
                **({} if "inner" in search else {"refit": False}),
                **search,
            }
        },
    }


TWO = {"class": "ShuffleSplit", "n_splits": 2, "test_size": 0.25, "random_state": 0}
