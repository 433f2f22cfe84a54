"""What only Linux has stands in one module, and its fallbacks tell the same."""

import json
import mmap
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import foldwork
from foldwork import platforms
from foldwork.data.fold_files import ArrayFile, file_sha256
from foldwork.errors import FoldworkError

PRIVATE = re.compile(r"prctl|/proc/|/dev/shm|sched_[gs]etaffinity|CLOCK_BOOTTIME|memfd|madvise|fdatasync|os\.fork\(")


@pytest.fixture(params=["linux", "portable"])
def platform(request, monkeypatch):
    """Use Linux's own calls, then the fallbacks."""
    if request.param == "portable":
        monkeypatch.setenv(platforms.VARIABLE, "portable")
    else:
        monkeypatch.delenv(platforms.VARIABLE, raising=False)
    return request.param


def test_calls_that_linux_alone_has_stand_in_one_module():
    root = Path(foldwork.__file__).parent
    found = {str(path.relative_to(root)) for path in root.rglob("*.py") if PRIVATE.search(path.read_text())}
    forks = {"engines/children.py", "engines/forked_host.py"}  # where the platform says so
    assert found == {"platforms.py"} | forks


def test_another_name_of_a_platform_is_refused(monkeypatch):
    monkeypatch.setenv(platforms.VARIABLE, "windows")
    with pytest.raises(FoldworkError, match="FOLDWORK_PLATFORM=windows: must be portable, or not set"):
        platforms.on_linux()


def test_a_start_time_tells_processes_apart(platform):
    with subprocess.Popen(["sleep", "60"]) as process:
        first = platforms.start_time(process.pid)
        assert first and first == platforms.start_time(process.pid) != platforms.start_time(os.getpid())
        process.kill()
    assert platforms.start_time(process.pid) == ""


def test_the_start_of_this_process_is_in_seconds_since_the_epoch(platform):
    code = "import time; from foldwork import platforms; print(time.time() - platforms.own_start())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert -1 < float(done.stdout) < 60


SHOWN = """
import json, os, sys
import psutil
from foldwork import platforms

own = psutil.Process()
before = [word for word in own.cmdline() if word]
found = []
for words, variables in json.loads(sys.argv[1]):
    seen = platforms.show_process_as(words, variables)
    line = [word for word in own.cmdline() if word]
    found.append([seen, "same" if line == before else line, {n: v for n, v in own.environ().items() if n.startswith("X_")}, own.environ().get("AFTER")])
print(json.dumps(found))
"""


def shown(room, *calls):
    environment = {**os.environ, platforms.ROOM: " " * room, "AFTER": "kept"}
    words = [sys.executable, "-c", SHOWN, json.dumps(calls)]
    return json.loads(subprocess.run(words, env=environment, capture_output=True, check=True).stdout)


def test_a_forked_process_shows_the_command_line_and_the_variables_that_it_has_now(platform):
    calls = [(["python", "one.py"], {}), (["python", "-m", "two"], {"X_A": "1 2", "X_B": "é"}), (["x"], {"X_C": "3"})]
    if platform == "portable":
        assert shown(100, *calls) == [[False, "same", {}, "kept"]] * 3
        return
    assert shown(100, *calls) == [
        [True, ["python", "one.py"], {}, "kept"],
        [True, ["python", "-m", "two"], {"X_A": "1 2", "X_B": "é"}, "kept"],
        [True, ["x"], {"X_A": "1 2", "X_B": "é", "X_C": "3"}, "kept"],
    ]


def test_variables_that_do_not_fit_are_not_shown_and_a_long_command_line_is_cut():
    long = ["python", "y" * 10_000]
    ((seen, words, variables, after),) = shown(20, (long, {"X_A": "z" * 21}))
    assert (seen, words[0], set(words[1]), variables, after) == (False, "python", {"y"}, {}, "kept")
    fits = 20 - len("X_A=") - 1
    assert shown(20, (["x"], {"X_A": "z" * fits}))[0][:3] == [True, ["x"], {"X_A": "z" * fits}]
    assert shown(20, (["x"], {"X_A": "z" * (fits + 1)}))[0][:3] == [False, ["x"], {}]


def test_a_thread_is_named_while_it_runs(platform):
    code = (
        "import threading; from foldwork import platforms; none = platforms.thread_names()\n"
        "end = threading.Event(); thread = threading.Thread(target=end.wait, name='waits'); thread.start()\n"
        "one = platforms.thread_names(); end.set(); thread.join(); print(len(none), len(one), len(platforms.thread_names()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "1", "0"]


def test_memory_that_is_written_is_private_and_what_is_read_from_a_file_is_not(platform):
    before = platforms.own_memory()
    private = platforms.private_memory(os.getpid())
    kept = np.ones(10_000_000)
    after = platforms.own_memory()
    assert after["unshared"] - before["unshared"] == pytest.approx(kept.nbytes, rel=0.1)
    assert platforms.private_memory(os.getpid()) - private == pytest.approx(kept.nbytes, rel=0.1)
    assert after["free"] > 0 and platforms.peak_memory() > kept.nbytes


def test_a_shared_file_is_seen_by_whoever_maps_it(platform):
    file = platforms.shared_file(16)
    one, other = mmap.mmap(file, 0), mmap.mmap(file, 0)
    one[:2] = b"ab"
    assert other[:3] == b"ab\0"
    os.close(file)


def test_a_fold_is_fresh_whatever_was_written_into_it(platform, tmp_path):
    import joblib

    path = tmp_path / "fold.joblib"
    joblib.dump({"X": np.arange(2000.0), "y": None}, path)
    file = ArrayFile(path, file_sha256(path))
    for _ in range(3):
        found = file.fresh()["X"]
        assert np.array_equal(found, np.arange(2000.0))
        found *= 2


def test_a_child_ends_with_its_parent(platform, tmp_path):
    child = "import os, time; from foldwork import platforms; platforms.end_with_parent(os.getppid(), 0); print('on', flush=True); time.sleep(60)"
    parent = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "child.stdout.readline(); print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as process:
        pid = int(process.stdout.readline())
        assert platforms.start_time(pid)
        os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while state(pid) not in ("", "Z"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
