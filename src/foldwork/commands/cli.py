"""The command `foldwork`: see how things stand, ask for failed evaluations again, stop and go on, add engines, adopt and verify records."""

import argparse
import csv
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from foldwork.commands import status
from foldwork.engines import slurm_queue
from foldwork.errors import FoldworkError
from foldwork.records import error_kinds
from foldwork.storage.atomic_write import read_json
from foldwork.storage.file_names import ENGINES, EVALUATED, STOP


def _status(options: argparse.Namespace) -> None:
    if not options.results.is_dir() and options.results != Path("results"):
        raise FoldworkError(f"there is no folder {options.results}")
    while True:
        queue = slurm_queue.jobs()
        found = [] if options.search else status.queued(options.results, queue)
        found += [status.status(folder, queue) for folder in status.folders(options.results, options.search)]
        if options.json:
            print(status.as_json(found))
        else:
            print(("\x1b[H\x1b[2J" if options.watch else "") + status.as_text(found), flush=True)
        if not options.watch or (found and all(one.state == "complete" for one in found)):
            return
        time.sleep(options.every)


def _failed(options: argparse.Namespace) -> None:
    folder = status.folder_of(options.results, options.search)
    failed = ((evaluation, record) for evaluation, record in status.recorded(folder) if record["status"] != "ok")
    if options.json:
        for one, record in failed:
            print(json.dumps({"model": one.model, "params": one.params, "fold": one.fold, "error": record["error"]}))
    elif options.all:
        for one, record in failed:
            print(f"{one}: {record['error']}")
    else:
        for line in error_kinds.grouped(failed):
            print(line)


def _forget(options: argparse.Namespace) -> None:
    from foldwork.commands.forget import forget

    folder = status.folder_of(options.results, options.search)
    dropped = forget(folder, failed=options.failed, fold=options.fold, model=options.model, where=options.where)
    print(f"{folder.name}: {dropped:,} records dropped" + ("; snakemake evaluates them again" if dropped else ""))


def _stop(options: argparse.Namespace) -> None:
    folder = status.folder_of(options.results, options.search)
    live = status.running(folder)
    if not live and status.status(folder).state == "complete":
        print(f"{folder.name} is complete: there is nothing to stop")
        return
    (folder / STOP).touch()
    said = (
        "is asked to stop; tables and plots are made from what there is"
        if live
        else "will not be evaluated further; snakemake makes tables and plots from what there is"
    )
    print(f"{folder.name} {said}; `foldwork resume {folder.name}` undoes it")


def _resume(options: argparse.Namespace) -> None:
    folder = status.folder_of(options.results, options.search)
    (folder / STOP).unlink(missing_ok=True)
    evaluated = folder / EVALUATED
    try:
        complete = read_json(evaluated)["state"] == "complete"
    except (OSError, ValueError, KeyError):
        complete = False  # not there, or damaged: it is made again
    if complete:
        print(f"{folder.name} is complete: there is nothing to go on with")
        return
    evaluated.unlink(missing_ok=True)
    print(f"{folder.name} goes on with the next snakemake")


def _engines(options: argparse.Namespace) -> None:
    folder = status.folder_of(options.results, options.search)
    live = status.running(folder)
    if options.connect:
        if not live:
            raise FoldworkError(f"{folder.name} is not running: there is nothing to connect to")
        name = live["connection"]
        if name.endswith(".json") and not Path(name).exists():
            raise FoldworkError(f"{folder.name} is only starting: try again in a few seconds")
        how = repr(name) if name.endswith(".json") else f"profile={name!r}"
        print(
            f"import ipyparallel\n\nclient = ipyparallel.Client({how})\nview = client[:]  # DirectView of all engines"
        )
        return
    if live:
        rows = live["engines"]
    else:
        path = folder / ENGINES
        rows = list(csv.DictReader(path.open())) if path.exists() else []
        print("not running; the engines of the last run:")
    print(
        f"{'node':<16} {'pid':>8} {'evaluations':>11} {'busy':>6} {'peak MB':>8} {'unshared':>8} {'shared':>8} {'host free GB':>12}"
    )
    for row in rows:
        span = max(1e-9, float(row["last"]) - float(row["first"]))
        busy = f"{min(1.0, max(0.0, float(row['busy'])) / span):.0%}"
        mb = [f"{float(row[name]) / 1e6:.0f}" if row.get(name) else "-" for name in ("peak", "unshared", "shared")]
        free = f"{float(row['free']) / 1e9:.1f}" if row.get("free") else "-"
        print(
            f"{row['node']:<16} {row['pid']:>8} {row['evaluations']:>11} {busy:>6} {mb[0]:>8} {mb[1]:>8} {mb[2]:>8} {free:>12}"
        )


def _add(options: argparse.Namespace) -> None:
    from foldwork.engines.add_engines import add

    folder = status.folder_of(options.results, options.search)
    live = status.running(folder)
    if not live:
        raise FoldworkError(f"{folder.name} is not running: engines can only join a search that is")
    print(add(folder, live, options.count, options.sbatch))


def _adopt(options: argparse.Namespace) -> None:
    from foldwork.commands.adopt import adopt

    for line in adopt(options.path, options.results):
        print(line)


def _verify(options: argparse.Namespace) -> int:
    from foldwork.commands import verify

    if options.sample < 1:
        raise FoldworkError(f"--sample {options.sample}: must be at least 1")
    folder = status.folder_of(options.results, options.search)
    chosen = verify.sample(folder, options.sample, options.seed)
    if changed := verify.changes(status.request_of(folder), folder.resolve().parents[2]):
        print(f"since {folder.name} was evaluated: {', '.join(changed)}")
    differing = 0
    for one in verify.again(folder, chosen):
        if one.differences:
            differing += 1
            print(one, flush=True)
    print(f"{len(chosen) - differing:,} of {len(chosen):,} equal")
    return int(differing > 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="foldwork", description=__doc__)
    _add_results(parser, Path("results"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, function, text: str, *, search: str | None = None, path: bool = False
    ) -> argparse.ArgumentParser:
        found = commands.add_parser(name, help=text, description=text)
        found.set_defaults(function=function)
        if path:
            found.add_argument("path", type=Path, metavar="PATH", help="a results folder, one search's, or a ledger")
        else:
            found.add_argument("search", nargs=search, metavar="SEARCH", help="name of a search or clustering")
        _add_results(found, argparse.SUPPRESS)
        return found

    one = command(
        "status", _status, "Show how far searches are: done, running, failed, missing, best so far.", search="?"
    )
    one.add_argument("--watch", action="store_true", help="show it again and again")
    one.add_argument("--every", type=float, default=2.0, metavar="S", help="seconds between two looks (default: 2)")
    one.add_argument("--json", action="store_true", help="for programs")
    one = command("failed", _failed, "Show the errors of failed evaluations: how often each, and an example.")
    one.add_argument("--all", action="store_true", help="a line for each failed evaluation")
    one.add_argument("--json", action="store_true", help="a line of JSON each")
    one = command(
        "forget",
        _forget,
        "Drop records, so that the next snakemake evaluates just those. They are kept in a dated file.",
    )
    one.add_argument("--failed", action="store_true", help="only failed evaluations")
    one.add_argument("--fold", type=int, metavar="K", help="only fold K")
    one.add_argument("--model", metavar="M", help="only model M")
    one.add_argument("--where", metavar="CONDITION", help="only where the parameters meet it: 'C > 10'")
    command("stop", _stop, "End a search early: what is in flight ends, tables and plots are made from what there is.")
    command("resume", _resume, "Let a stopped search go on with the next snakemake.")
    one = command(
        "engines",
        _engines,
        "Show who works for a search: where, how busy, with how much memory. `foldwork engines add SEARCH -n 4` adds some.",
    )
    one.add_argument("--connect", action="store_true", help="print how to attach a client")
    command(
        "adopt",
        _adopt,
        "Take over the records of another results folder; the next snakemake uses those that serve.",
        path=True,
    )
    one = command(
        "verify",
        _verify,
        "Evaluate a sample of what is recorded again, without sharing any work, and compare the scores bit by bit.",
    )
    one.add_argument("--sample", type=int, default=20, metavar="N", help="how many evaluations (default: 20)")
    one.add_argument("--seed", type=int, default=0, metavar="S", help="choose others (default: 0)")
    return parser


def _add_results(parser: argparse.ArgumentParser, default: Any) -> None:
    parser.add_argument("--results", type=Path, default=default, help="the results folder (default: results)")


def _add_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="foldwork engines add",
        description="Let engines join a search that is running. On Slurm they get a job with the partition, account, memory and time of the search's own.",
    )
    parser.add_argument("search", metavar="SEARCH")
    parser.add_argument("-n", dest="count", type=int, default=1, help="how many (default: 1)")
    _add_results(parser, Path("results"))
    parser.set_defaults(function=_add, sbatch=[])
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command; mistakes of the person's are one line."""
    argv = sys.argv[1:] if argv is None else argv
    if argv[:2] == ["engines", "add"]:
        cut = argv.index("--") if "--" in argv else len(argv)  # what follows is for sbatch
        options = _add_parser().parse_args(argv[2:cut])
        options.sbatch = argv[cut + 1 :]
    else:
        options = _parser().parse_args(argv)
    try:
        return options.function(options) or 0
    except FoldworkError as error:
        print(f"foldwork: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
