"""Whether the run that a host belongs to still exists."""

import os
import select
import socket
import time
from typing import Any

from foldwork.engines.ipyparallel_private import registration_address


class RunLiveness:
    """Tells whether a run exists: the pipe from it is open, and its controller accepts connections.

    The pipe tells at once. But an `srun` that is killed with all its helpers leaves the processes of other nodes with a pipe that never
    ends, and hosts that joined have none: so the controller's port is tried too, every few seconds.

    Parameters
    ----------
    pipe : int or None
        File descriptor.
    connection : dict
        The content of the engines' connection file.
    """

    TRY_EVERY, PATIENCE = 4.0, 12.0

    def __init__(self, pipe: int | None, connection: dict[str, Any]) -> None:
        self._pipe = pipe
        self._address = registration_address(connection)
        self._accepted = self._tried = time.monotonic()
        self._received = b""

    def wait(self, seconds: float) -> bool:
        """Wait so many seconds, or until the pipe has something or ends; return whether the run exists."""
        if self._pipe is None:
            time.sleep(seconds)
        else:
            ready, _, _ = select.select([self._pipe], [], [], seconds)
            if ready:
                received = os.read(self._pipe, 4096)
                if not received:
                    return False
                self._received += received
        now = time.monotonic()
        if now - self._tried > self.TRY_EVERY:
            self._tried = now
            try:
                with socket.create_connection(self._address, timeout=1.0):
                    self._accepted = time.monotonic()
            except ConnectionRefusedError:
                return False  # its machine answers, and no process listens: the controller has ended
            except OSError:
                pass
        return now - self._accepted < self.PATIENCE

    def received(self, line: bytes) -> bool:
        """Return whether the run has sent this line since the last call."""
        *lines, self._received = self._received.split(b"\n")
        return line in lines
