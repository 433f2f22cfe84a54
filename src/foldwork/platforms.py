"""Calls of the operating system that are Linux's own, each with a fallback for other systems.

Only Linux is tested. `FOLDWORK_PLATFORM=portable` uses the fallbacks on Linux, too, so that tests run them.
"""

import contextlib
import ctypes
import functools
import mmap
import os
import re
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from foldwork.errors import FoldworkError

VARIABLE = "FOLDWORK_PLATFORM"
"""Environment variable: "portable" has the fallbacks used on Linux, too."""

ROOM = "FOLDWORK_ROOM"
"""Environment variable of a process that forks others: it keeps room in which `show_process_as` writes."""

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def on_linux() -> bool:
    """Return whether Linux's own calls are used rather than the fallbacks.

    Raises
    ------
    FoldworkError
        When `FOLDWORK_PLATFORM` has another value than "portable".
    """
    if (value := os.environ.get(VARIABLE, "")) not in ("", "portable"):
        raise FoldworkError(f"{VARIABLE}={value}: must be portable, or not set")
    return sys.platform == "linux" and not value


def node_name() -> str:
    """Return Slurm's name of this machine where there is one (several nodes may share a host name), else the host name."""
    return os.environ.get("SLURMD_NODENAME") or os.uname().nodename


# ---- processes


def start_method() -> str:
    """Return how child processes are started, as `multiprocessing` names it: "fork", or "spawn" where system libraries do not bear a fork."""
    return "fork" if on_linux() else "spawn"


def thread_names() -> set[str]:
    """Return the names of this process's threads but the main one, those that Python did not start included, where Linux tells; else of Python's own."""
    if not on_linux():
        return {thread.name for thread in threading.enumerate() if thread is not threading.main_thread()}
    tasks = [task for task in Path("/proc/self/task").iterdir() if task.name != str(os.getpid())]
    return {(task / "comm").read_text().strip() for task in tasks}


def end_with_parent(parent: int, pipe: int | None, number: int = signal.SIGKILL) -> None:
    """Send this process a signal when its parent ends, by whatever cause. Call it first of all in a child.

    Parameters
    ----------
    parent : int
        Process id of the parent.
    pipe : int or None
        Descriptor of a pipe whose other end the parent alone holds. On Linux the kernel sends the signal, and no pipe is needed; elsewhere a thread
        reads the pipe to its end.
    number : int
        The signal; 0 takes an earlier call back, on Linux.
    """
    if on_linux():
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it ended between the fork and the call
            os._exit(1)
        return

    def wait_for_end() -> None:
        with contextlib.suppress(OSError):
            while os.read(pipe, 4096):
                pass
        os.kill(os.getpid(), number)

    threading.Thread(target=wait_for_end, daemon=True).start()


def show_process_as(words: Sequence[str], variables: Mapping[str, str]) -> bool:
    """Show other processes a forked process as the program that it is now: with its command line, and with further environment variables.

    What the system tells of a process is the memory in which its program was given both, and a forked process has that of its parent. It is overwritten:
    the command line as far as it fits, and the variable `ROOM`. `os.environ` is not changed.

    Returns
    -------
    bool
        Whether other processes find the variables. False on systems other than Linux, and where there is no room.
    """
    if not on_linux():
        return False
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        arguments, arguments_end, block, block_end = map(int, fields[45:49])
        if not 0 < arguments < arguments_end <= block < block_end:
            return False
        title = b"\0".join(map(os.fsencode, words))[: arguments_end - arguments - 1]
        ctypes.memmove(arguments, title.ljust(arguments_end - arguments, b"\0"), arguments_end - arguments)
        room = re.search(rb"(?:^|\0)(%s= *)\0" % ROOM.encode(), ctypes.string_at(block, block_end - block))
    except (OSError, ValueError):
        return False
    if room is None:
        return not variables
    shown = b"".join(os.fsencode(f"{name}={value}") + b"\0" for name, value in variables.items())
    left = len(room[1]) - len(shown) - len(ROOM) - 1
    if left < 0:
        return False
    ctypes.memmove(block + room.start(1), shown + f"{ROOM}=".encode() + b" " * left, len(room[1]))
    found = Path("/proc/self/environ").read_bytes().split(b"\0")
    return all(os.fsencode(f"{name}={value}") in found for name, value in variables.items())


def adopt_orphans() -> bool:
    """Become the parent of every descendant whose own parent ends; return whether the kernel does that."""
    return on_linux() and ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def start_time(pid: int) -> str:
    """Return when a process was started, as a text that tells it from a later process with the same id; empty where there is none."""
    import psutil

    if not on_linux():
        with contextlib.suppress(psutil.Error):
            return str(psutil.Process(pid).create_time())
        return ""
    try:  # in the kernel's ticks since boot: psutil adds the time of the boot, which moves when the clock is set
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def own_start() -> float:
    """Return when this process was started, in seconds since the epoch."""
    import psutil

    if not on_linux():
        return psutil.Process().create_time()
    # psutil knows the time of the boot to a second only; this is exact to a hundredth.
    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return boot + int(start_time(os.getpid())) / os.sysconf("SC_CLK_TCK")


def cpus() -> list[int]:
    """Return the CPUs that this process may use, by number; empty where processes cannot be bound to CPUs."""
    return sorted(os.sched_getaffinity(0)) if on_linux() else []


@functools.cache
def cpu_kind() -> str:
    """Return a text that machines with the same kind of CPU have in common; the fallback is the name of this machine."""
    names = ("model name", "flags", "Features", "CPU part")
    if on_linux():
        with contextlib.suppress(OSError):
            lines = Path("/proc/cpuinfo").read_text().partition("\n\n")[0].splitlines()
            found = [line for line in lines if line.partition(":")[0].strip() in names]
            if found:
                return "\n".join([os.uname().machine, *found])
    return node_name()


def bind(numbers: list[int]) -> None:
    """Bind this process to CPUs that `cpus` has returned."""
    os.sched_setaffinity(0, numbers)


# ---- memory


def shared_file(size: int) -> int:
    """Return a descriptor of a new file without a name, of so many zero bytes, for child processes to map."""
    if on_linux():
        descriptor = os.memfd_create("foldwork")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, size)
    return descriptor


def shared_memory_folders() -> set[Path]:
    """Return the folders in which joblib and loky keep memory that processes share."""
    return {Path(tempfile.gettempdir())} | ({Path("/dev/shm")} if on_linux() else set())


def private_memory(pid: int) -> int:
    """Return the resident memory of a process that no file backs, in bytes (0 where there is no such process).

    The fallback counts pages of files, too, that no other process maps.
    """
    import psutil

    try:
        if on_linux():
            found = psutil.Process(pid).memory_info()
            return found.rss - found.shared
        return psutil.Process(pid).memory_full_info().uss
    except psutil.Error:
        return 0


def peak_memory() -> int:
    """Return the most resident memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def own_memory() -> dict[str, int]:
    """Return the memory of this process in bytes: `unshared` (pages that it alone has and has written), `shared`, and `free` of its machine.

    The fallback counts as `unshared` the pages that this process alone has, written or not.
    """
    import psutil

    free = psutil.virtual_memory().available
    if not on_linux():
        found = psutil.Process().memory_full_info()
        return {"unshared": found.uss, "shared": max(0, found.rss - found.uss), "free": free}
    try:  # psutil's uss has clean pages of files in it, which are free to be shared
        text = Path("/proc/self/smaps_rollup").read_text()
    except OSError:
        return {"unshared": 0, "shared": 0, "free": free}
    sizes = {name: int(kb) * 1024 for name, kb in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}
    shared = sizes.get("Shared_Clean", 0) + sizes.get("Shared_Dirty", 0)
    return {"unshared": sizes.get("Private_Dirty", 0), "shared": shared, "free": free}


# ---- files


def sync_data(descriptor: int) -> None:
    """Have a file's content on the disk when this returns."""
    (os.fdatasync if on_linux() else os.fsync)(descriptor)


def drop_written_pages(mappings: Sequence[mmap.mmap]) -> bool:
    """Drop the pages of private mappings that have been written, so that the content of their files is back.

    Returns
    -------
    bool
        False where the system has no call that promises this: then the files must be mapped anew.
    """
    if not on_linux():
        return False
    for mapped in mappings:
        mapped.madvise(mmap.MADV_DONTNEED)
    return True
