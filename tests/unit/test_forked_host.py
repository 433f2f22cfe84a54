"""The host that is forked before it is needed gives engines what those of a new Python process have, and can be found and ended as one."""

import contextlib
import json
import os
import subprocess
import sys

import psutil
import pytest

from foldwork.workflow.served_scripts import FOR_THREADS

DRIVER = """
import os, sys
from foldwork.workflow import served_scripts
if __name__ == "__main__":
    served_scripts.ROOM = int(sys.argv[1])
    served_scripts.start_server()
    os.chdir(sys.argv[2])
    environment = served_scripts._environment(2, {})
    sys.exit(served_scripts._fork(served_scripts._run_script, "search.py", environment, True)())
"""

SEARCH = """
import json, os, sys, time
from pathlib import Path
import psutil
from foldwork.engines.launchers import Local
from foldwork.engines.orphans import in_session
from foldwork.engines.session import Session

def look():
    import gc, logging, multiprocessing, os, random, signal, sys, threading, warnings
    import numpy, psutil, threadpoolctl
    from joblib import Parallel, delayed
    main = sys.modules["__main__"]
    return {
        "environment": {n: v for n, v in os.environ.items() if n not in ("_", "SHLVL", "PWD", "OLDPWD", "FOLDWORK_RUN", "IPP_CONNECTION_INFO", "KMP_INIT_AT_FORK", "FOLDWORK_SESSION")},
        "path": [each for each in sys.path],
        "main": [main.__name__, str(main.__spec__), str(getattr(main, "__file__", None)), sys.argv],
        "folder": os.getcwd(),
        "signals": [str(signal.getsignal(n)).partition(" object at")[0] for n in (signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD, signal.SIGALRM)],
        "blocked": [int(n) for n in signal.pthread_sigmask(signal.SIG_BLOCK, ())],
        "process": [multiprocessing.current_process().name, multiprocessing.current_process().daemon, multiprocessing.parent_process() is None, type(multiprocessing.current_process()).__name__],
        "from workers": [Parallel(n_jobs=2, backend=backend)(delayed(os.path.basename)(os.getcwd()) for _ in range(2)) for backend in ("loky", "multiprocessing")],
        "workers import": [multiprocessing.process.ORIGINAL_DIR, multiprocessing.current_process()._identity],
        "method": multiprocessing.get_start_method(),
        "threads": sorted({(each["user_api"], each["num_threads"]) for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"}),
        "collects": [gc.isenabled(), gc.get_threshold()],
        "umask": os.umask(0o22),
        "recursion": sys.getrecursionlimit(),
        "errors": numpy.geterr(),
        "root": [logging.root.level, len(logging.root.handlers)],
        "workers": Parallel(n_jobs=2)(delayed(abs)(-n) for n in range(3)),
        "group": os.getsid(0) == os.getpid(),
        "cpus": sorted(os.sched_getaffinity(0)),
        "words": psutil.Process().cmdline()[1:4],
        "stdin": sys.stdin.read(),
    }

if __name__ == "__main__":
    forked = "foldwork.workflow.preload" in sys.modules
    session = Session(Path("run"), Local(), 1, preload=["sklearn.svm"], log=open("log", "ab"))
    client = session.connect()
    while not client.ids:
        time.sleep(0.01)
    found = client[:].apply_sync(look)[0]
    session_of = lambda: sorted(each.pid for each in in_session(str(Path("run").absolute())))
    host, engine = session._host.pid, client[:].apply_sync(os.getpid)[0]
    belong = [host in session_of(), engine in session_of()]
    shown = psutil.Process(host).environ().get("FOLDWORK_RUN") == os.environ["FOLDWORK_RUN"]
    children = [each.pid for each in psutil.Process().children()]
    client[:].apply_sync(print, "printed by an engine")
    session.close()
    left = [pid for pid in (host, engine) if psutil.pid_exists(pid)]
    kind = type(session._host).__name__
    print(json.dumps({"found": found, "belong": belong, "shown": shown, "child": host in children, "left": left, "forked": forked, "kind": kind, "log": Path("log").read_text()}))
"""


def searched(folder, room=None, script=SEARCH, **more):
    """Run a search with a forked host, for which there is so much room in the server's environment, or with a new one."""
    start = folder / "start" if room is not None else folder  # Snakemake may be started elsewhere
    start.mkdir(exist_ok=True)
    (folder / "search.py").write_text(script)
    (start / "driver.py").write_text(DRIVER)
    words = ["search.py"] if room is None else ["driver.py", str(room), ".."]
    environment = os.environ | dict.fromkeys(FOR_THREADS, "2") | more  # as the driver and Snakemake give it
    done = subprocess.run(
        [sys.executable, *words], cwd=start, capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def searches(tmp_path_factory):
    """Return what is found with a forked host, with one that has no room in its environment, and with a new one."""
    folder = tmp_path_factory.mktemp("hosts")
    return {
        "forked": searched(folder, 8192),
        "no room": searched(folder, 20),
        "new": searched(folder),
    }


def test_the_host_is_forked_from_the_server_where_there_is_one(searches):
    assert {name: (each["forked"], each["kind"]) for name, each in searches.items()} == {
        "forked": (True, "ForkedHost"),
        "no room": (True, "ForkedHost"),
        "new": (False, "Popen"),
    }


@pytest.mark.parametrize("name", ["forked", "no room"])
def test_an_engine_of_a_forked_host_finds_what_one_of_a_new_host_finds(searches, name):
    found, new = searches[name]["found"], searches["new"]["found"]
    assert found["environment"].items() ^ new["environment"].items() == set()
    assert {key: (found[key], new[key]) for key in new if found[key] != new[key]} == {}


def test_host_and_engines_are_found_by_their_environment_and_end_with_the_session(searches):
    for name, each in searches.items():
        assert each["belong"] == [True, True], name
        assert (each["shown"], each["child"], each["left"]) == (True, True, []), name


def test_what_engines_print_is_in_the_log(searches):
    assert [each["log"].count("printed by an engine") for each in searches.values()] == [1, 2, 3]


def test_a_prepared_host_that_nobody_needs_is_gone_when_its_script_ends(tmp_path):
    script = """
import json
from foldwork.engines import forked_host
print(json.dumps(forked_host._prepared.pid))
"""
    pid = searched(tmp_path, 8192, script)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(5)


def test_a_forked_host_that_is_killed_before_it_begins_is_reported_as_one_that_is_gone(tmp_path):
    script = """
import json, os, signal
from pathlib import Path
from foldwork.engines import forked_host
from foldwork.engines.launchers import Local
from foldwork.engines.session import Session
os.kill(forked_host._prepared.pid, signal.SIGKILL)
session = Session(Path("run"), Local(), 1, log=open("log", "ab"))
session.connect()
print(json.dumps(session.events.get(timeout=30)[0]))
session.close()
"""
    assert searched(tmp_path, 8192, script) == "hosts gone"


@pytest.mark.slow
def test_the_size_of_the_environment_does_not_matter(tmp_path):
    script = """
import json, os, time
from pathlib import Path
from foldwork.engines.launchers import Local
from foldwork.engines.session import Session
session = Session(Path("run"), Local(), 1, log=open("log", "ab"))
client = session.connect()
while not client.ids:
    time.sleep(0.01)
print(json.dumps(client[:].apply_sync(lambda: __import__("os").environ["LARGE_7"])[0]))
session.close()
"""
    large = {f"LARGE_{n}": str(n) * 120_000 for n in range(10)}
    assert searched(tmp_path, 8192, script, **large) == "7" * 120_000


@pytest.mark.slow
def test_where_sigchld_is_ignored_the_end_of_the_host_is_seen(tmp_path):
    script = """
import json, signal
from pathlib import Path
from foldwork.engines.launchers import Local
from foldwork.engines.session import Session
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
session = Session(Path("run"), Local(), 1, log=open("log", "ab"))
session.connect()
session.close()
print(json.dumps(session._host._ended))
"""
    assert searched(tmp_path, 8192, script) is True
