"""The command `foldwork`, as a person runs it, and what `snakemake` says that it would run or has run."""

import re
import subprocess
import sys
from pathlib import Path


def foldwork(*arguments: object, cwd: Path, check: bool = True) -> subprocess.CompletedProcess:
    """Run `foldwork` in a folder; by default it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "foldwork.commands.cli", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not check or done.returncode == 0, done.stderr
    return done


def refused(*arguments: object, cwd: Path) -> str:
    """Run `foldwork`, which must refuse, and return the one line that it says."""
    done = foldwork(*arguments, cwd=cwd, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("foldwork: ")
    return line.removeprefix("foldwork: ")


def told(code: int, screen: str) -> str:
    """Return the one line of foldwork's own that a run of snakemake ended with, and no traceback beside it."""
    assert code == 1
    lines = [line for line in screen.splitlines() if line.startswith("foldwork:")]
    assert len(lines) == 1 and "Traceback" not in screen, screen
    return lines[0].removeprefix("foldwork: ")


def rules(done: subprocess.CompletedProcess) -> set[str]:
    """Return the rules whose jobs a run of snakemake (or `-n`) names, the targets left out."""
    said = done.stderr + done.stdout
    found = set(re.findall(r"^(?:local)?(?:rule|checkpoint) (\w+):", said, re.MULTILINE))
    assert bool(found) != ("Nothing to be done" in said), said
    return found - {"main", "all"}
