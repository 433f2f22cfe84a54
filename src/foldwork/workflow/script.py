"""What every script of the workflow does around its work: a log file, and errors that a person can read."""

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Iterator
from typing import IO, Any

from foldwork.engines import parent_process
from foldwork.errors import FoldworkError, one_line
from foldwork.storage.atomic_write import only_writer, remove_parts
from foldwork.workflow import output_owner


class _Log(io.TextIOWrapper):
    """A text file whose errors name it: the disk may be full."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            error.filename = self.name
            raise


def _open_standard_streams() -> None:
    """Open descriptors 0, 1 and 2 where they were closed (`2>&-`): else the next files that are opened get their numbers."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


@contextlib.contextmanager
def job(snakemake: Any, *, leaves_by_itself: bool = False) -> Iterator[IO[str]]:
    """Open the rule's log and run the block, unless the Snakemake that started it has ended.

    If that ends later, so does the job; and once the same job is started anew, no file of this one gets its final name.

    A `FoldworkError` becomes its one line on the screen and in the log; a full disk and the like too; any other exception is a mistake of
    foldwork's and has its traceback in the log. In each case the process exits with 1.

    Parameters
    ----------
    snakemake : object
        The script's `snakemake`.
    leaves_by_itself : bool
        Whether the block looks for the end of Snakemake itself.

    Yields
    ------
    file
        The log, open for text.
    """
    if leaves_by_itself and not parent_process.snakemake_is_alive():
        os._exit(1)
    if not leaves_by_itself:
        parent_process.end_with_snakemake()
    _open_standard_streams()
    for output in snakemake.output:
        remove_parts(output)
    path = snakemake.log[0]
    # Not by `with`: closing it may fail, too, on a full disk.
    log = _Log(open(path, "wb"), encoding="utf-8", line_buffering=True)  # noqa: SIM115
    line = trace = None
    try:
        with only_writer(output_owner.writer(snakemake.rule, snakemake.wildcards), output_owner.runs()):
            yield log
    except FoldworkError as error:
        line, trace = str(error), traceback.format_exc()
    except OSError as error:
        line, trace = (
            f"{error.filename or snakemake.rule}: {error.strerror or error}; the log {path} has the details",
            traceback.format_exc(),
        )
    except KeyboardInterrupt:
        line = f"{snakemake.rule}: interrupted"
    except Exception as error:
        line = f"{snakemake.rule}: {one_line(error)}; this is a mistake of foldwork's, its traceback is in {path}"
        trace = traceback.format_exc()
    finally:
        with contextlib.suppress(OSError):
            log.write(trace or "")
        with contextlib.suppress(OSError):
            log.close()
    if line is not None:
        print(f"foldwork: {line}", file=sys.stderr)
        sys.exit(1)
