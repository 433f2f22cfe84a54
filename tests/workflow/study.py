"""A study in a folder of its own, and real `snakemake` runs on it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
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

    def await_records(self, name: str, count: int, timeout: float = 120) -> None:
        """Wait until the ledger of a search has so many records."""
        await_true(lambda: len(self.records(name)) >= count, timeout, f"{count} records in the ledger of {name}")


def await_true(condition, timeout: float, what: str) -> None:
    """Wait until `condition()` holds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout} s: {what}"
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
