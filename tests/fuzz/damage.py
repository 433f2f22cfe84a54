"""Damage to files: flipped, missing and extra bytes, the same for the same seed."""

import random
from pathlib import Path

KINDS = ("flip", "cut", "insert", "truncate", "append", "zero")


def damaged(data: bytes, seed: int) -> bytes:
    """Return `data` with one piece of damage, which is not `data`."""
    choose = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    size = len(data)
    place = choose.randrange(size)
    length = min(size - place, choose.choice((1, 2, 7, 64, 4096)))
    if kind == "flip":
        changed = bytes([data[place] ^ (1 << choose.randrange(8))])
        return data[:place] + changed + data[place + 1 :]
    if kind == "cut":
        return data[:place] + data[place + length :]
    if kind == "insert":
        return data[:place] + choose.randbytes(length) + data[place:]
    if kind == "truncate":
        return data[:place]
    if kind == "append":
        return data + choose.randbytes(length)
    zeros = data[:place] + b"\0" * length + data[place + length :]
    return zeros if zeros != data else data[:place] + b"\xff" * length + data[place + length :]


def damage(path: Path, seed: int) -> None:
    """Damage a file where it lies."""
    path.write_bytes(damaged(path.read_bytes(), seed))
