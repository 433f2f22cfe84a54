"""Engines on this machine, controller on the loopback interface."""

import subprocess

from foldwork.engines.launchers.launcher import JoiningEngines, Launcher, address_from_environment
from foldwork.errors import FoldworkError


class Local(Launcher):
    """Starts engines on this machine."""

    name = "local"

    @classmethod
    def is_here(cls) -> bool:
        """Return True: this is always possible."""
        return True

    @classmethod
    def of_job(cls, mpi: str | None, engines: int) -> tuple[Launcher, int]:
        """Return this launcher, and as many engines as are requested."""
        return cls(), engines

    def start_command(self, engines: int) -> list[str]:
        """Return nothing: the host is a child of this process."""
        return []

    def environment(self) -> dict[str, str]:
        """Return nothing: the host inherits what it needs."""
        return {}

    def address(self) -> str:
        """Return the loopback address."""
        return address_from_environment() or "127.0.0.1"

    def end_time(self) -> float | None:
        """Return None: there is no limit."""
        return None

    @classmethod
    def submission(cls) -> dict[str, str]:
        """Return nothing: no options are needed."""
        return {}

    @classmethod
    def join(cls, engines: JoiningEngines) -> str:
        """Start the host of further engines on this machine."""
        if engines.more:
            raise FoldworkError(
                f"{' '.join(engines.more)}: {engines.search} does not run on Slurm; engines that join it take no options"
            )
        process = subprocess.Popen(
            engines.host,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=engines.environment,
        )
        return f"{engines.count} engines join {engines.search} from this machine (process {process.pid}); they leave when it ends"
