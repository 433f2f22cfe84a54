"""Let more engines join a search that is running: on this machine, or by a batch job of their own."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from foldwork.engines import launchers
from foldwork.engines.host_command import HostCommand
from foldwork.engines.ipyparallel_private import ENGINE_FILE
from foldwork.engines.orphans import SESSION
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
        The content of the running search's running.json.
    count : int
        How many engines.
    more : sequence of str
        Further options of `sbatch`, where the search runs on Slurm. Without them the job asks for the partition, account, QOS, memory and time
        that the search's own job has.

    Raises
    ------
    FoldworkError
        When the search uses somebody else's cluster, or Slurm refuses the job.
    """
    if count < 1:
        raise FoldworkError(f"-n {count}: at least one engine must join")
    connection = Path(live["connection"]).with_name(ENGINE_FILE)
    if not connection.is_file():
        raise FoldworkError(
            f"{folder.name}: {connection} is not there; the search is only starting, runs where this file is not seen, or uses another's cluster"
        )
    session = str(connection.parents[1])
    names = names_in(read_json(folder / REQUEST)["spec"])
    preload = sorted({name.rpartition(".")[0] for name in names if name.startswith("sklearn.")})
    host = HostCommand(
        count, live["threads"], live["memory"], session, [*preload, "sklearn.metrics"], connection=str(connection)
    )
    engines = launchers.JoiningEngines(
        search=folder.name,
        count=count,
        cpus=live["threads"],
        host=host.words(),
        environment={**os.environ, RUN_VARIABLE: live["run"] or "", SESSION: session},
        options=live["job"]["options"],
        more=more,
    )
    return launchers.named(live["job"]["launcher"]).join(engines)
