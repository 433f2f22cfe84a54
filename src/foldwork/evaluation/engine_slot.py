"""The slot of an engine: which evaluation it runs, in memory shared with its host.

The engine writes it. The host reads it while the engine runs (time limit, idleness) and after a crash (the evaluation that was running).
"""

import struct
from typing import NamedTuple

LAYOUT = struct.Struct("qqqd")


class Slot(NamedTuple):
    """The state of an engine."""

    bundle: int = -1
    """Number of the bundle that runs, -1 if none does."""
    at: int = -1
    """Position in the bundle of the evaluation that runs."""
    begun: int = 0
    """Count of evaluations that the engine has begun."""
    deadline: float = 0.0
    """Time limit of the evaluation, in seconds of `time.monotonic`; 0 for none."""


def size(engines: int) -> int:
    """Return how many bytes the slots of so many engines take."""
    return max(1, engines) * LAYOUT.size


def part(memory: memoryview, rank: int) -> memoryview:
    """Return the slot of the engine with this rank among the slots of all engines of a host."""
    return memory[rank * LAYOUT.size : (rank + 1) * LAYOUT.size]


def write(memory: memoryview, slot: Slot) -> None:
    """Write a slot into shared memory."""
    LAYOUT.pack_into(memory, 0, *slot)


def read(memory: memoryview) -> Slot:
    """Read a slot from shared memory."""
    return Slot(*LAYOUT.unpack_from(memory, 0))


_memory: memoryview | None = None
_current = Slot()


def attach(memory: memoryview) -> None:
    """Make this memory the slot of the engine that this process is."""
    global _memory
    _memory = memory


def current() -> Slot:
    """Return this engine's state."""
    return _current


def update(**changed: float) -> None:
    """Change fields of this engine's state, and write it to the attached memory if there is any."""
    global _current
    _current = _current._replace(**changed)
    if _memory is not None:
        write(_memory, _current)
