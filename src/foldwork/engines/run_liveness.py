"""How a host knows that its run still wants it."""

import os
import select
import socket
import time


class Lifeline:
    """Says whether the run still wants these engines: the pipe from it is open, and its controller answers.

    The pipe tells at once. But an `srun` that is killed with all its helpers leaves the processes of other nodes with a pipe that never
    ends, and engines that joined have none: so the controller's port is tried too, every few seconds.

    Parameters
    ----------
    pipe : int or None
        File descriptor.
    connection : dict
        The engines' connection file.
    """

    EVERY, PATIENCE = 4.0, 12.0

    def __init__(self, pipe: int | None, connection: dict) -> None:
        self.pipe = pipe
        ip = connection["interface"].partition("://")[2]
        self.address = (connection["location"] if ip in ("*", "0.0.0.0") else ip, connection["registration"])
        self._answered = self._asked = time.monotonic()
        self._heard = b""

    def holds(self, seconds: float) -> bool:
        """Wait so many seconds, or until the pipe ends; return whether the run is still there."""
        if self.pipe is None:
            time.sleep(seconds)
        else:
            ready, _, _ = select.select([self.pipe], [], [], seconds)
            if ready:
                heard = os.read(self.pipe, 4096)
                if not heard:
                    return False
                self._heard += heard
        now = time.monotonic()
        if now - self._asked > self.EVERY:
            self._asked = now
            try:
                with socket.create_connection(self.address, timeout=1.0):
                    self._answered = time.monotonic()
            except ConnectionRefusedError:
                return False  # its machine answers, and nobody listens: the controller has ended
            except OSError:
                pass
        return now - self._answered < self.PATIENCE

    def told(self, word: bytes) -> bool:
        """Return whether the run has sent this line since the last time that this was asked."""
        *lines, self._heard = self._heard.split(b"\n")
        return word in lines
