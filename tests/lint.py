"""Run `snakemake --lint` and compare what it says with what is accepted. The lint itself knows no exceptions."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

ACCEPTED = {
    "Specify a conda environment or container for each rule.": "one locked environment serves Snakemake, the scripts and every engine: "
    "engines and client must hold the same versions, which are part of every record's key",
}


def main() -> int:
    """Print what is not accepted; return 1 if there is any."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    where, lints = "", []
    for line in said.splitlines():
        if line.startswith("Lints for "):
            where = line.removeprefix("Lints for ").partition(" (")[0]
        elif line.startswith("    * "):
            lints.append((where, line.removeprefix("    * ").rstrip(":")))
    if not lints and done.returncode:
        print(said)
        return 1
    wrong = [(where, title) for where, title in lints if title not in ACCEPTED]
    for where, title in wrong:
        print(f"{where}: {title}")
    unused = set(ACCEPTED) - {title for _, title in lints}
    for title in unused:
        print(f"accepted, but no longer said: {title}")
    return int(bool(wrong or unused))


if __name__ == "__main__":
    sys.exit(main())
