"""The command `foldwork`: show progress and failures, evaluate again, stop and resume searches, add engines, adopt and verify records."""

import argparse
import importlib
import itertools
import os
import sys
from pathlib import Path

from foldwork.errors import FoldworkError

COMMANDS = ("status", "failed", "forget", "stop", "resume", "engines", "engines add", "adopt", "verify", "predict")
"""Names of the commands. Each is a module of this package with HELP, `add_arguments(parser)` and `run(options)`."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands. Parsed options have the function `run` of the command."""
    found = argparse.ArgumentParser(prog="foldwork", description=__doc__)
    _add_results(found, Path("results"))
    commands = found.add_subparsers(required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = importlib.import_module(f"foldwork.commands.{name.replace(' ', '_')}")
        one = commands.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(one)
        _add_results(one, argparse.SUPPRESS)
        one.set_defaults(run=module.run)
    return found


def _add_results(parser: argparse.ArgumentParser, default: object) -> None:
    parser.add_argument("--results", type=Path, default=default, help="the results folder (default: results)")


def _words(argv: list[str]) -> list[str]:
    """Join a command of two words to one argument."""
    for index, pair in enumerate(itertools.pairwise(argv)):
        if " ".join(pair) in COMMANDS:
            return [*argv[:index], " ".join(pair), *argv[index + 2 :]]
    return argv


def main(argv: list[str] | None = None) -> int:
    """Run a command. A mistake of the user gives one line on standard error and exit status 1.

    Parameters
    ----------
    argv : list of str, optional
        Default: the arguments of the process. Arguments after `--` are passed to the command unparsed (`options.rest`).

    Returns
    -------
    int
        The exit status.
    """
    argv = sys.argv[1:] if argv is None else argv
    cut = argv.index("--") if "--" in argv else len(argv)
    options = parser().parse_args(_words(argv[:cut]), argparse.Namespace(rest=argv[cut + 1 :]))
    try:
        return options.run(options) or 0
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
