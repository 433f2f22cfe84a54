"""The command line of a host of engines and the lines on its standard input: written by those who start one, read by the host."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

MODULE = "foldwork.engines.host"

RESTART = b"restart"
"""The line on a host's standard input that has all its engines replaced."""


@dataclass(frozen=True)
class HostCommand:
    """Options of a host.

    Attributes
    ----------
    engines, cpus : int
        How many engines, and CPUs (threads) of each.
    memory : int
        Bytes of private memory that an engine may use; 0 for no bound.
    profile : str
        The run's folder, where ipyparallel keeps its profile.
    preload : sequence of str
        Modules to import before engines are started.
    connection : str or None
        The engines' connection file. None: the first line of the host's standard input is its content, and the end of it ends the host.
    """

    engines: int
    cpus: int
    memory: int
    profile: str
    preload: Sequence[str] = ()
    connection: str | None = None

    def words(self) -> list[str]:
        """Return the command line."""
        words = [sys.executable, "-u", "-m", MODULE, "--profile", self.profile]
        words += ["--engines", str(self.engines), "--cpus", str(self.cpus), "--memory", str(self.memory)]
        words += ["--connection", self.connection] if self.connection else []
        return [*words, "--preload", *self.preload]

    @classmethod
    def parse(cls, argv: Sequence[str] | None = None) -> "HostCommand":
        """Return the options that a command line has (of this process, without one)."""
        parser = argparse.ArgumentParser(prog=MODULE)
        parser.add_argument("--engines", type=int, default=1, help="how many (in a batch job: as many as it has tasks)")
        parser.add_argument("--cpus", type=int, default=1, help="CPUs of each")
        parser.add_argument("--memory", type=int, default=0, help="bytes of private memory that an engine may use")
        parser.add_argument("--preload", nargs="*", default=[], help="modules to import before engines are started")
        parser.add_argument("--profile", required=True, help="a folder for ipyparallel's profile")
        parser.add_argument("--connection", help="a connection file; else the first line of standard input is one")
        return cls(**vars(parser.parse_args(argv)))


def read_line(pipe: int) -> bytes:
    """Read one line and nothing behind it; empty where the pipe ends before."""
    line = b""
    while not line.endswith(b"\n"):
        if not (part := os.read(pipe, 1)):
            return b""
        line += part
    return line
