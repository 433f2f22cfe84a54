"""What foldwork needs of a place where engines run."""

import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

ADDRESS = "FOLDWORK_ADDRESS"
"""Environment variable: the address that the controller listens on, or the name of a network interface; "*" for every interface."""


@dataclass(frozen=True)
class JoiningEngines:
    """Engines that are to join a search.

    Attributes
    ----------
    search : str
        Its name.
    count, cpus : int
        How many engines, and CPUs (threads) of each.
    host : list of str
        The command line of their host.
    environment : mapping
        Of the host.
    options : mapping
        What `submission` returned in the search's own job.
    more : sequence of str
        Further options, as the user has written them.
    log : Path
        A folder for the batch system's log.
    """

    search: str
    count: int
    cpus: int
    host: list[str]
    environment: Mapping[str, str]
    options: Mapping[str, str]
    more: Sequence[str] = ()
    log: Path = Path("logs")


class Launcher(ABC):
    """Starts engines in one kind of place."""

    name: ClassVar[str]

    # In the search's own process.

    @classmethod
    @abstractmethod
    def is_here(cls) -> bool:
        """Return whether this process runs in such a place."""

    @classmethod
    @abstractmethod
    def of_job(cls, mpi: str | None, engines: int) -> tuple["Launcher", int]:
        """Return the launcher for this job and how many engines the job holds."""

    @abstractmethod
    def start_command(self, engines: int) -> list[str]:
        """Return what stands before the host's command line, so that a host starts on every node."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """Return what hosts need in their environment beside what is there."""

    @abstractmethod
    def address(self) -> str:
        """Return the address that the controller listens on."""

    @abstractmethod
    def end_time(self) -> float | None:
        """Return when the job ends at the latest (seconds since the epoch), None for no limit."""

    @classmethod
    @abstractmethod
    def submission(cls) -> dict[str, str]:
        """Return the options with which another job gets what this one has."""

    # In a host.

    @classmethod
    def starts_host(cls) -> bool:
        """Return whether this process is the one of its node that starts the host."""
        return True

    @classmethod
    def engines_on_this_node(cls, requested: int) -> int:
        """Return how many of the requested engines belong to this node."""
        return requested

    # In `foldwork engines add`.

    @classmethod
    @abstractmethod
    def join(cls, engines: JoiningEngines) -> str:
        """Start engines that join a search, and return a line for the user."""


def address_from_environment() -> str | None:
    """Return the address in `FOLDWORK_ADDRESS`, None where it is not set. An interface (`ib0`) stands for its address on this node."""
    import psutil

    value = os.environ.get(ADDRESS)
    if value:
        for address in psutil.net_if_addrs().get(value, ()):
            if address.family == socket.AF_INET:
                return address.address
    return value or None
