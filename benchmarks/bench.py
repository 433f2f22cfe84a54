"""Measure foldwork against other ways to do the same work, and write docs/benchmarks.md.

Run it with `make bench`; see benchmarks/README.md.
"""

import argparse
import tempfile
from pathlib import Path

import page
from cases import NAMES, load


def main() -> None:
    """Run the cases and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"which of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--runs", type=int, default=3, help="how often to run each (default: 3)")
    parser.add_argument("--scratch", type=Path, default=None, help="a folder with 10 GB of room")
    parser.add_argument("--dry", action="store_true", help="measure and print, and keep no figure")
    options = parser.parse_args()
    if unknown := [name for name in options.cases if name not in NAMES]:
        parser.error(f"no case {', '.join(unknown)}; there are {', '.join(NAMES)}")
    figures = page.kept()
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        for name in options.cases or NAMES:
            measure = load(name)
            print(f"{name}: {measure.__doc__}", flush=True)
            rows = measure(Path(scratch), options.runs)
            if not options.dry:
                page.keep(figures, name, rows, options.runs)
            for row in rows:
                print(f"  {row['what']}: {row['figure']:.3g} (goal {row['goal']}); {row['detail']}", flush=True)
    if not options.dry:
        page.PAGE.write_text(page.render(figures, NAMES))


if __name__ == "__main__":
    main()
