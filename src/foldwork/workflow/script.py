"""The frame of every script of the workflow: its log file, and errors in one line."""

import contextlib
import gc
import io
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from typing import IO, Any

from foldwork import quick_exit
from foldwork.engines import parent_process
from foldwork.errors import FoldworkError, one_line
from foldwork.storage.atomic_write import only_writer, remove_parts
from foldwork.workflow import output_owner


class _Log(io.TextIOWrapper):
    """A text file that names itself in errors of writing: the disk may be full."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            error.filename = self.name
            raise


def _open_standard_streams() -> None:
    """Open descriptors 0, 1 and 2 if they are closed (`2>&-`): otherwise the next files to be opened would get these numbers."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


@contextlib.contextmanager
def _no_empty_folders(outputs: Iterable[str]) -> Iterator[None]:
    """Remove outputs that are empty folders if the block is interrupted: Snakemake would call them incomplete, and not run again."""
    try:
        yield
    except BaseException:
        for output in outputs:
            with contextlib.suppress(OSError):  # it is a file, or has one
                os.rmdir(output)
        raise


@contextlib.contextmanager
def job(snakemake: Any, *, watches_parent: bool = False) -> Iterator[IO[str]]:
    """Open the rule's log and run the block, unless the Snakemake that started the script has ended.

    If Snakemake ends later, the script ends, too. Once the same job is started again, no file of this process gets its final name.

    A `FoldworkError` or an error of the file system (a full disk, say) is printed in one line, and its traceback is in the log. So is any other
    exception, as a bug in foldwork. In each case the process exits with 1.

    Parameters
    ----------
    snakemake : object
        The script's `snakemake`.
    watches_parent : bool
        Whether the block itself looks whether Snakemake has ended.

    Yields
    ------
    file
        The log.
    """
    gc.set_threshold(50_000)  # reading creates many objects and no garbage
    if watches_parent and not parent_process.snakemake_is_alive():
        os._exit(1)
    if not watches_parent:
        parent_process.end_with_snakemake()
    _open_standard_streams()
    for output in snakemake.output:
        remove_parts(output)
    path = snakemake.log[0]
    # Without `with`: closing it may raise, too, on a full disk. Opened to append: what child processes print goes there as well.
    open(path, "wb").close()
    log = _Log(open(path, "ab"), encoding="utf-8", line_buffering=True)  # noqa: SIM115
    line = trace = None
    writer = output_owner.writer(snakemake.rule, snakemake.wildcards)
    try:
        with only_writer(writer, output_owner.runs()), _no_empty_folders(snakemake.output):
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
        line = f"{snakemake.rule}: {one_line(error)}; this is a bug in foldwork, its traceback is in {path}"
        trace = traceback.format_exc()
    finally:
        with contextlib.suppress(OSError):
            log.write(trace or "")
        with contextlib.suppress(OSError):
            log.close()
    if line is not None:
        print(f"foldwork: {line}", file=sys.stderr)
        sys.exit(1)
    quick_exit.mark_success()
