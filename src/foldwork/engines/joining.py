"""Let more engines join a search that is running: on this machine, or by a Slurm job of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from foldwork.engines.session import RUN_VARIABLE
from foldwork.errors import FoldworkError
from foldwork.files import read_json
from foldwork.layout import ASKED
from foldwork.versions import names_in


def add(folder: Path, live: dict[str, Any], count: int, profile: Path) -> str:
    """Start engines that join, and return what to tell the person.

    Parameters
    ----------
    folder : Path
        Of the search.
    live : dict
        What the running search says of itself.
    count : int
        How many engines.
    profile : Path
        A Snakemake profile, whose `slurm_partition` and `slurm_account` an `sbatch` gets, where the search runs on Slurm.

    Raises
    ------
    FoldworkError
        When the search uses somebody else's cluster, or Slurm refuses the job.
    """
    if count < 1:
        raise FoldworkError(f"-n {count}: at least one engine must join")
    connection = Path(live["connection"]).with_name("ipcontroller-engine.json")
    if not connection.is_file():
        raise FoldworkError(
            f"{folder.name}: {connection} is not there; the search is only starting, runs where this file is not seen, or uses another's cluster"
        )
    preload = sorted(
        {name.rpartition(".")[0] for name in names_in(read_json(folder / ASKED)["spec"]) if name.startswith("sklearn.")}
    )
    host = [sys.executable, "-m", "foldwork.engines.host", "--engines", str(count), "--cpus", str(live["threads"])]
    host += [
        "--memory",
        str(live["memory"]),
        "--profile",
        str(connection.parents[1]),
        "--connection",
        str(connection),
        "--preload",
        *preload,
        "sklearn.metrics",
    ]
    environment = {**os.environ, RUN_VARIABLE: live["run"] or ""}
    if not live["slurm"] or not shutil.which("sbatch"):
        process = subprocess.Popen(
            host,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=environment,
        )
        return f"{count} engines join {folder.name} from this machine (process {process.pid}); they leave when it ends"
    command = [
        "sbatch",
        "--parsable",
        f"--job-name=engines-{folder.name}",
        f"--ntasks={count}",
        f"--cpus-per-task={live['threads']}",
    ]
    command += [f"--{option}={value}" for option, value in slurm_options(profile).items()]
    command += ["--output=logs/engines-%j.log"]
    # One task an engine, as Slurm counts them; the first of each node forks its engines.
    starter = ["srun", f"--ntasks={count}", "--cpu-bind=none", "--kill-on-bad-exit=0", "--wait=0"]
    wrapped = "FOLDWORK_SRUN=1 " + " ".join(_quoted([*starter, *host]))
    Path("logs").mkdir(exist_ok=True)
    done = subprocess.run([*command, f"--wrap={wrapped}"], capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise FoldworkError(f"sbatch: {' '.join(done.stderr.split())}")
    return f"{count} engines join {folder.name} by Slurm job {done.stdout.strip()}; scancel it and they leave, nothing is lost"


def slurm_options(profile: Path) -> dict[str, Any]:
    """Return sbatch's options for partition, account and memory as a Snakemake profile has them for `evaluate`."""
    import yaml

    path = profile / "config.yaml" if profile.is_dir() else profile
    if not path.exists():
        return {}
    settings = yaml.safe_load(path.read_text()) or {}
    found = {
        **_resources(settings.get("default-resources")),
        **_resources((settings.get("set-resources") or {}).get("evaluate")),
    }
    names = {
        "slurm_partition": "partition",
        "slurm_account": "account",
        "mem_mb_per_cpu": "mem-per-cpu",
        "runtime": "time",
    }
    return {
        option: found[name]
        for name, option in names.items()
        if isinstance(found.get(name), (int, str)) and _is_plain(found[name])
    }


def _is_plain(value: int | str) -> bool:
    """Return whether a profile's value is no expression (`100 * attempt`), which only Snakemake can read."""
    return isinstance(value, int) or value.replace("-", "").replace("_", "").isalnum()


def _resources(given: Any) -> dict[str, Any]:
    """Return resources as a mapping; a profile may also write them as a list of `name=value`."""
    if isinstance(given, list):
        return dict(item.partition("=")[::2] for item in given)
    return dict(given or {})


def _quoted(words: list[str]) -> list[str]:
    import shlex

    return [shlex.quote(word) for word in words]
