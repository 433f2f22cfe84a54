"""Find out that engines have had work for long and have begun none of it."""

import time

TOO_LONG = 60.0
"""Seconds after which engines are restarted: a message takes milliseconds."""

RESTARTS = 2
"""Number of restarts before a run gives up."""

HEARD_WITHIN = 10.0
"""Seconds for which a host's report that its engines are idle is valid; a host reports nothing while they work."""


class Idleness:
    """Compares the hosts' reports of idle engines with the work that the client has given out."""

    def __init__(self) -> None:
        self.engines: set[tuple[str, int]] = set()
        """Node and process of each engine that this run has started."""
        self.restarts = 0
        self._since = time.monotonic()
        self._hosts: dict[tuple[str, int], tuple[float, float]] = {}

    def says(self, node: str, host: int, seconds: float) -> None:
        """Record a host's report that none of its engines has worked for so many seconds."""
        now = time.monotonic()
        self._hosts[node, host] = now, now - seconds

    def given(self) -> None:
        """Record that engines get work, and had none before."""
        self._since = time.monotonic()

    def answered(self) -> None:
        """Record that an engine has sent results."""
        self._since = time.monotonic()
        self.restarts = 0

    def restarted(self) -> None:
        """Record that the engines are restarted."""
        self._since = time.monotonic()
        self.restarts += 1

    def too_long(self, registered: int) -> bool:
        """Return whether engines have begun nothing of what they were given for too long.

        Parameters
        ----------
        registered : int
            How many engines there are, those that have joined included: the hosts of these report to no client, and they may be at work.
        """
        now = time.monotonic()
        if now - self._since < TOO_LONG or registered > len(self.engines) or not self._hosts:
            return False
        nodes = {node for node, _ in self.engines}
        idle = {
            node
            for (node, _), (heard, since) in self._hosts.items()
            if now - heard < HEARD_WITHIN and now - since >= TOO_LONG
        }
        return nodes <= idle
