"""Let more engines join a search that is running: on this machine, or by a Slurm job of their own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from foldwork.engines.launchers import STEP
from foldwork.engines.orphans import MARK
from foldwork.engines.session import RUN_VARIABLE
from foldwork.errors import FoldworkError
from foldwork.storage.atomic_write import read_json
from foldwork.storage.file_names import REQUEST
from foldwork.study.versions import names_in


def add(folder: Path, live: dict[str, Any], count: int, more: Sequence[str] = ()) -> str:
    """Start engines that join, and return what to tell the person.

    Parameters
    ----------
    folder : Path
        Of the search.
    live : dict
        What the running search says of itself.
    count : int
        How many engines.
    more : sequence of str
        Further options of `sbatch`, where the search runs on Slurm. Without them the job asks for the partition, account, QOS, memory and time
        that the search's own job has.

    Raises
    ------
    FoldworkError
        When the search uses somebody else's cluster, Slurm refuses the job, or nothing is known that the job could ask for.
    """
    if count < 1:
        raise FoldworkError(f"-n {count}: at least one engine must join")
    connection = Path(live["connection"]).with_name("ipcontroller-engine.json")
    if not connection.is_file():
        raise FoldworkError(
            f"{folder.name}: {connection} is not there; the search is only starting, runs where this file is not seen, or uses another's cluster"
        )
    preload = sorted(
        {
            name.rpartition(".")[0]
            for name in names_in(read_json(folder / REQUEST)["spec"])
            if name.startswith("sklearn.")
        }
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
    environment = {**os.environ, RUN_VARIABLE: live["run"] or "", MARK: str(connection.parents[1])}
    if live["slurm"] is None:
        if more:
            raise FoldworkError(
                f"{' '.join(more)}: {folder.name} does not run on Slurm; engines that join it take no options"
            )
        process = subprocess.Popen(
            host,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=environment,
        )
        return f"{count} engines join {folder.name} from this machine (process {process.pid}); they leave when it ends"
    if not live["slurm"] and not more:
        raise FoldworkError(
            f"{folder.name}: Slurm has not said what the search's own job asked for; say it: "
            f"foldwork engines add {folder.name} -n {count} -- --partition=… --mem-per-cpu=… --time=…"
        )
    command = [
        "sbatch",
        "--parsable",
        "--no-kill",
        f"--job-name=engines-{folder.name}",
        f"--ntasks={count}",
        f"--cpus-per-task={live['threads']}",
    ]
    command += [f"--{option}={value}" for option, value in live["slurm"].items()]
    command += ["--output=logs/engines-%j.log", *more]
    # One task an engine, as Slurm counts them; the first of each node forks its engines.
    starter = ["srun", f"--ntasks={count}", *STEP]
    wrapped = "FOLDWORK_SRUN=1 " + " ".join(_quoted([*starter, *host]))
    Path("logs").mkdir(exist_ok=True)
    try:
        done = subprocess.run(
            [*command, f"--wrap={wrapped}"], capture_output=True, text=True, env=environment, check=False
        )
    except FileNotFoundError as error:
        raise FoldworkError(
            f"{folder.name} runs on Slurm, and there is no sbatch here; add engines where there is"
        ) from error
    if done.returncode:
        raise FoldworkError(f"sbatch: {' '.join(done.stderr.split())}")
    return f"{count} engines join {folder.name} by Slurm job {done.stdout.strip()}; scancel it and they leave, nothing is lost"


def _quoted(words: list[str]) -> list[str]:
    import shlex

    return [shlex.quote(word) for word in words]
