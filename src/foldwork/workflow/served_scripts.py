"""Fork the scripts of rules from a process that has imported scikit-learn: the import takes more than a second, and each script needs it.

This process is the fork server of `multiprocessing`, and ends with Snakemake. A script is started as ever where a forked process may differ from a
new one.
"""

import atexit
import contextlib
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from multiprocessing import forkserver, resource_tracker, spawn
from pathlib import Path
from typing import IO, Any

from foldwork import platforms, quick_exit

PRELOAD = "foldwork.workflow.preload"

EVALUATES = "evaluate.py"
"""This script has many threads for its engines, and computes nothing itself. Their host is forked with it."""

ROOM, ROOM_FOR_WORDS = 8192, 1024
"""Characters kept in the server's environment and command line for those that processes show which are forked from it."""

FOR_THREADS = (
    "OMP_NUM_THREADS",
    "GOTO_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
FOR_TMPDIR = ("TMPDIR", "TMP", "TEMPDIR", "TEMP")
"""Environment variables that Snakemake sets for a job: to its threads, and to its resource tmpdir."""

_lock = threading.Lock()


def start_server() -> None:
    """Start the server beside this process, Snakemake, where the system can fork.

    Not if Python was called with options, as `-W`: the server would have them, and scripts have none. Not if SIGCHLD is blocked, by which the server
    learns that a script has ended, or if a standard stream is closed, whose number another file of the server would get.
    """
    has_options = any(word.startswith("-") for word in sys.orig_argv[1:2] if word != "-m")
    hears = signal.SIGCHLD not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    if platforms.start_method() == "fork" and hears and not has_options:
        with contextlib.suppress(OSError):
            for number in range(3):
                os.fstat(number)
            multiprocessing.get_context("forkserver").set_forkserver_preload([PRELOAD])
            with _room_and_path_of_its_own():
                forkserver.ensure_running()


@contextlib.contextmanager
def _room_and_path_of_its_own() -> Iterator[None]:
    """Start the server with room in its environment and command line, and let it keep its own search path: newer Pythons give it that of this process."""
    described = spawn.get_preparation_data
    os.environ[platforms.ROOM] = " " * ROOM
    # Nothing is imported from there: __main__ is not among the modules to preload.
    spawn.get_preparation_data = lambda name: {"main_path": " " * ROOM_FOR_WORDS}
    try:
        yield
    finally:
        del os.environ[platforms.ROOM]
        spawn.get_preparation_data = described


def is_running() -> bool:
    """Return whether this process has started a server."""
    return forkserver._forkserver._forkserver_pid is not None


def serve_scripts(folder: str) -> None:
    """Patch Snakemake so that the server forks the scripts in a folder that use one thread and nothing of Snakemake's that needs a shell."""
    from snakemake.script import PythonScript
    from snakemake.shell import shell

    execute = PythonScript.execute_script
    folder = os.path.realpath(folder)

    def execute_script(self: Any, fname: str, edit: bool = False) -> None:
        path = Path(os.path.realpath(getattr(self.path, "path", "")))
        needs = [edit, self.conda_env, self.container_img, self.env_modules, self.shadow_dir, self.bench_record]
        needs += [shell._process_prefix, shell._process_suffix, self.resources.get("shell_exec")]
        evaluates = path.name == EVALUATES
        served = str(path.parent) == folder and (self.threads == 1 or evaluates) and not any(needs)
        environment = _environment(self.threads, self.resources)
        if not served or (wait := _fork(_run_script, fname, environment, evaluates)) is None:
            execute(self, fname, edit)
        elif code := wait():
            raise subprocess.CalledProcessError(code, f"{sys.executable} {fname}")

    # Snakemake shows where an error was raised, but leaves out its own files.
    execute_script.__code__ = execute_script.__code__.replace(co_filename=execute.__code__.co_filename)
    PythonScript.execute_script = execute_script


def start_module(module: str, given: IO, said: IO, errors: IO) -> Callable[[], int]:
    """Start `python -m module` with three files as its standard streams; return a function that waits for its exit code."""
    names = [file.name for file in (given, said, errors)]
    if (wait := _fork(_run_module, module, dict(os.environ), names)) is not None:
        return wait
    return subprocess.Popen([sys.executable, "-m", module], stdin=given, stdout=said, stderr=errors).wait


def _environment(threads: int, resources: Any) -> dict[str, str]:
    """Return the environment that Snakemake gives to a job."""
    folder = resources.get("tmpdir")
    return os.environ | dict.fromkeys(FOR_THREADS, str(threads)) | (dict.fromkeys(FOR_TMPDIR, folder) if folder else {})


def _fork(function: Callable[..., None], *given: Any) -> Callable[[], int] | None:
    """Have the server fork a process that calls a function; return a function that waits for its exit code, None if there is no server."""
    from multiprocessing.popen_forkserver import Popen

    if not is_running():
        return None
    process = multiprocessing.get_context("forkserver").Process(target=function, args=given, name="MainProcess")
    try:
        # Not process.start(), which looks at other processes, too, while other threads wait for them.
        with _lock, _no_main_module():
            return Popen(process).wait
    except (OSError, EOFError):  # the server has ended
        return None


@contextlib.contextmanager
def _no_main_module() -> Iterator[None]:
    """Let `multiprocessing` believe that there is no module `__main__` to import in the new process: it is Snakemake's, and takes a second."""
    main = sys.modules["__main__"]
    spec = main.__spec__
    main.__spec__ = ModuleSpec("__main__", None)
    try:
        yield
    finally:
        main.__spec__ = spec


# ---- in the forked process


def _run_script(name: str, environment: dict[str, str], evaluates: bool = False) -> None:
    """Do what `python name` does; where it evaluates, with a host of engines prepared."""
    folder = str(Path(name).absolute().parent)
    _become([name], [name], folder, environment, computes=not evaluates)
    if evaluates:
        from foldwork.engines import forked_host
        from foldwork.workflow.preload import PATH

        forked_host.prepare(PATH)
    _to_the_end(lambda: runpy.run_path(name, run_name="__main__"))


def _run_module(module: str, environment: dict[str, str], streams: list[str]) -> None:
    """Do what `python -m module` does, with these files as its standard streams."""
    for number, name in enumerate(streams):
        os.dup2(os.open(name, os.O_RDWR | os.O_APPEND), number)
    _become(["-m", module], [module], os.getcwd(), environment)
    _to_the_end(lambda: runpy.run_module(module, run_name="__main__", alter_sys=True))


def _become(
    words: list[str], argv: list[str], folder: str, environment: dict[str, str], *, computes: bool = True
) -> None:
    """Have in this process what `python *words` has, or replace it by that program. For `computes` see `preload.can_serve`."""
    from foldwork.workflow.preload import HANDLERS, PATH, SET_BY_IMPORTS, can_serve

    for number, handler in HANDLERS.items():
        signal.signal(number, handler)
    _forget_server()
    if not can_serve(environment, computes=computes):
        os.execve(sys.executable, [sys.executable, *words], environment)
    os.environ.clear()
    os.environ |= SET_BY_IMPORTS | environment
    platforms.show_process_as([sys.executable, *words], {})
    sys.stdin = sys.__stdin__ = open(0, encoding=sys.stdout.encoding, errors=sys.stdout.errors, closefd=False)  # noqa: SIM115
    sys.argv = argv
    sys.path[:] = PATH if sys.flags.safe_path else [folder, *PATH]
    with contextlib.suppress(ImportError):
        import numpy

        numpy.random.seed()  # as random as in a new process: all would have the server's state


def _forget_server() -> None:
    """Have `multiprocessing` as in a new process: with the default start method, no parent, and helpers of its own when they are needed."""
    from foldwork.workflow.preload import MainProcess

    multiprocessing.set_start_method(None, force=True)
    multiprocessing.process._parent_process = None
    multiprocessing.process._current_process = MainProcess()
    # Workers import from here what their parent's path has as "": Snakemake may have been started elsewhere.
    multiprocessing.process.ORIGINAL_DIR = os.getcwd()
    for helper, pipe in ((forkserver._forkserver, "_forkserver_alive_fd"), (resource_tracker._resource_tracker, "_fd")):
        os.close(getattr(helper, pipe))
        helper.__init__()


def _to_the_end(run: Callable[[], Any]) -> None:
    """Call a function, and what Python calls at the end of a program, but `multiprocessing` does not."""
    try:
        run()
    except KeyboardInterrupt:  # before the script handles it
        sys.exit(128 + signal.SIGINT)
    except Exception:
        sys.excepthook(*sys.exc_info())
        sys.exit(1)
    finally:
        quick_exit.teardown_as_ever()
        threading._shutdown()
        atexit._run_exitfuncs()
