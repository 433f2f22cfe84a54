"""Let more engines join a search that is running: on this machine, or by a Slurm job of their own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from foldwork.engines.places import STEP
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
        "--no-kill",
        f"--job-name=engines-{folder.name}",
        f"--ntasks={count}",
        f"--cpus-per-task={live['threads']}",
    ]
    command += [f"--{option}={value}" for option, value in slurm_options(profile).items()]
    command += ["--output=logs/engines-%j.log"]
    # One task an engine, as Slurm counts them; the first of each node forks its engines.
    starter = ["srun", f"--ntasks={count}", *STEP]
    wrapped = "FOLDWORK_SRUN=1 " + " ".join(_quoted([*starter, *host]))
    Path("logs").mkdir(exist_ok=True)
    done = subprocess.run([*command, f"--wrap={wrapped}"], capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise FoldworkError(f"sbatch: {' '.join(done.stderr.split())}")
    return f"{count} engines join {folder.name} by Slurm job {done.stdout.strip()}; scancel it and they leave, nothing is lost"


def slurm_options(profile: Path) -> dict[str, Any]:
    """Return sbatch's options for partition, account, memory and time as a Snakemake profile has them for `evaluate`."""
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
        "qos": "qos",
        "mem_mb_per_cpu": "mem-per-cpu",
        "runtime": "time",
    }
    options = {option: _first_attempt(found[name]) for name, option in names.items() if name in found}
    for setting in ("qos", "reservation"):
        options.setdefault(setting, settings.get(f"slurm-{setting}"))
    for amount in ("mem-per-cpu", "time"):
        if not isinstance(options.get(amount), int):
            options.pop(amount, None)
    return {option: value for option, value in options.items() if value is not None}


def _first_attempt(value: Any) -> int | str | None:
    """Return what a resource of a profile is on the first attempt: `min(100 * attempt, 150)` is 100, a name itself.

    None for what only Snakemake can tell (`input.size_mb`, `2h`).
    """
    if isinstance(value, str):
        try:
            value = eval(
                value, {"__builtins__": {}}, {"attempt": 1, "min": min, "max": max, "int": int, "round": round}
            )
        except Exception:
            return value if re.fullmatch(r"[A-Za-z_][\w.-]*(,[\w.-]+)*", value) else None
    return int(value) if isinstance(value, float) else value


def _resources(given: Any) -> dict[str, Any]:
    """Return resources as a mapping; a profile may also write them as a list of `name=value`."""
    if isinstance(given, list):
        return dict(item.partition("=")[::2] for item in given)
    return dict(given or {})


def _quoted(words: list[str]) -> list[str]:
    import shlex

    return [shlex.quote(word) for word in words]
