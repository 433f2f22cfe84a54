"""What an engine is at: a few numbers in memory that it shares with its host, which reads them after its death and while it lives."""

import struct
from typing import NamedTuple

LAYOUT = struct.Struct("qqqd")
SIZE = LAYOUT.size


class Slot(NamedTuple):
    """What an engine is at."""

    bundle: int = -1
    """The bundle's number, -1 where it has none."""
    at: int = -1
    """The evaluation's position in the bundle."""
    begun: int = 0
    """How many evaluations it has begun."""
    deadline: float = 0.0
    """When the evaluation must have ended, in seconds of the monotonic clock; 0 for no limit."""


def write(memory: memoryview, slot: Slot) -> None:
    """Write a slot into shared memory."""
    LAYOUT.pack_into(memory, 0, *slot)


def read(memory: memoryview) -> Slot:
    """Read it back."""
    return Slot(*LAYOUT.unpack_from(memory, 0))
