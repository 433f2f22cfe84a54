"""A script that the server forks finds what it finds in a process of its own, apart from the time that imports take."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import psutil
import pytest
from snakemake.script import PythonScript

SNAKEFILE = """
from foldwork.workflow.served_scripts import serve_scripts, start_server

start_server()
serve_scripts("scripts")

rule all:
    input: "served.json", "again.json", "plain.json", "threads.json"

rule served:
    output: "served.json"
    script: "scripts/look.py"

rule again:
    output: "again.json"
    script: "scripts/look.py"

rule plain:
    output: "plain.json"
    script: "plain/look.py"

rule threads:
    output: "threads.json"
    threads: 2
    script: "scripts/look.py"
"""

LOOK = """
import gc, json, multiprocessing, os, random, resource, signal, sys, threading
imported = "sklearn" in sys.modules
from multiprocessing import forkserver, resource_tracker
import beside, numpy, sklearn, threadpoolctl, warnings

def main(snakemake):
    found = {
        "environment": {n: v for n, v in os.environ.items() if n not in ("_", "SHLVL", "PWD", "OLDPWD")},
        "arguments": [len(sys.argv), sys.argv[0].endswith(".look.py")],
        "path": [each.replace(os.getcwd(), "").replace("plain", "scripts") for each in sys.path if each != ".snakemake/pip-deployments"],
        "file": os.path.basename(__file__),
        "folder": os.getcwd(),
        "name": __name__,
        "main": sys.modules["__main__"].main is main,
        "signals": [str(signal.getsignal(n)) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD)],
        "blocked": [int(n) for n in signal.pthread_sigmask(signal.SIG_BLOCK, ())],
        "process": [multiprocessing.current_process().name, multiprocessing.current_process().daemon, type(multiprocessing.current_process()).__name__],
        "workers": [multiprocessing.process.ORIGINAL_DIR, multiprocessing.current_process()._identity, sorted(multiprocessing.current_process()._config)],
        "input": [sys.stdin.encoding, sys.stdin.errors],
        "method": multiprocessing.get_start_method(),
        "parent": multiprocessing.parent_process() is None,
        "inherited": [int(n) for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}") and os.get_inheritable(int(n))],
        "server": [forkserver._forkserver._forkserver_pid, resource_tracker._resource_tracker._fd],
        "given": sys.stdin.read(),
        "threads": [(each["internal_api"], each["num_threads"]) for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"][:1],
        "python threads": threading.active_count(),
        "limits": [resource.getrlimit(n) for n in (resource.RLIMIT_NOFILE, resource.RLIMIT_AS, resource.RLIMIT_CORE)],
        "collects": gc.isenabled(),
        "umask": os.umask(0o22),
        "open": [os.path.exists(f"/proc/self/fd/{n}") for n in range(3)],
        "group": os.getpgid(0) == os.getpgid(os.getppid()),
        "flags": list(sys.flags),
        "warnings": [each[:2] for each in warnings.filters if each[2] in (DeprecationWarning, ImportWarning) and not each[3]],
    }
    drawn = [random.random(), numpy.random.rand(), numpy.random.default_rng().random()]
    with open(snakemake.output[0], "w") as file:
        json.dump({"found": found, "imported": imported, "drawn": drawn}, file)

if __name__ == "__main__":
    main(snakemake)
"""


@pytest.fixture(scope="module")
def looks(tmp_path_factory):
    """Return what a served script, another one, one that is not served, and one with two threads have found."""
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "Snakefile").write_text(SNAKEFILE)
    for name in ("scripts", "plain"):
        (folder / name).mkdir()
        (folder / name / "look.py").write_text(LOOK)
        (folder / name / "beside.py").touch()
    (folder / "elsewhere").mkdir()
    words = [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", "--directory", "..", "-s", "../Snakefile"]
    given = subprocess.DEVNULL
    done = subprocess.run(words, cwd=folder / "elsewhere", stdin=given, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in ("served", "again", "plain", "threads")}


def test_scripts_with_one_thread_find_scikit_learn_imported_and_others_do_not(looks):
    assert {name: each["imported"] for name, each in looks.items()} == {
        "served": True,
        "again": True,
        "plain": False,
        "threads": False,
    }


def test_a_served_script_finds_the_environment_path_signals_threads_and_limits_of_a_new_process(looks):
    served, plain = looks["served"]["found"], looks["plain"]["found"]
    assert served["environment"].items() ^ plain["environment"].items() == set()
    assert served == plain


def test_served_scripts_draw_different_random_numbers(looks):
    drawn = [number for name in ("served", "again", "plain") for number in looks[name]["drawn"]]
    assert len(set(drawn)) == len(drawn)


def test_snakemake_has_what_is_patched():
    said = "Snakemake's PythonScript has changed: scripts are not served (workflow.served_scripts)"
    assert hasattr(PythonScript, "execute_script"), said
    from snakemake.shell import shell

    assert (shell._process_prefix, shell._process_suffix) == (None, ""), said


# ---- without Snakemake

DRIVER = """
import os, sys, time
from foldwork.workflow import served_scripts
from foldwork.workflow.served_scripts import _environment, _fork, _run_script
def fork(name, **more):
    return _fork(_run_script, name, _environment(1, {}) | more)
if __name__ == "__main__":
    served_scripts.start_server()
"""


def drive(folder, code, scripts):
    for name, text in scripts.items():
        (folder / name).write_text(textwrap.dedent(text))
    (folder / "driver.py").write_text(DRIVER + textwrap.indent(textwrap.dedent(code), "    "))
    return subprocess.Popen(
        [sys.executable, "driver.py"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def printed(folder, code, scripts):
    said, errors = drive(folder, code, scripts).communicate(timeout=120)
    return said.split(), errors


def test_the_exit_code_is_that_of_the_script(tmp_path):
    scripts = {
        "good.py": "",
        "exits.py": "import sys; sys.exit(3)",
        "raises.py": "raise ValueError('this one')",
        "killed.py": "import os; os.kill(os.getpid(), 9)",
    }
    said, errors = printed(tmp_path, f"for name in {list(scripts)}: print(fork(name)())", scripts)
    assert said == ["0", "3", "1", "-9"]
    assert "ValueError: this one" in errors


def test_a_script_with_another_environment_or_several_threads_is_started_anew(tmp_path):
    code = """
    for more in ({}, {"SCIPY_ARRAY_API": "1"}, {"OMP_NUM_THREADS": "2"}, {"FOLDWORK_RUNS": "x"}, {"TMPDIR": os.getcwd()}):
        fork("look.py", **more)()
    """
    look = """
    import os, sys
    print("sklearn" in sys.modules, os.environ.get("SCIPY_ARRAY_API"), os.environ["OMP_NUM_THREADS"], sep="/")
    """
    said, _ = printed(tmp_path, code, {"look.py": look})
    assert said == ["True/None/1", "False/1/1", "False/None/2", "True/None/1", "True/None/1"]


def test_exit_handlers_and_threads_end_in_order_and_workers_of_joblib_are_gone(tmp_path):
    script = """
    import atexit, threading, time
    from joblib import Parallel, delayed
    from concurrent.futures import ProcessPoolExecutor
    from math import sqrt
    from tempfile import TemporaryDirectory
    from foldwork import quick_exit
    quick_exit.mark_success()
    kept = TemporaryDirectory(dir=".", prefix="kept")
    atexit.register(print, "handler", flush=True)
    threading.Thread(target=lambda: (time.sleep(3), print("thread", flush=True))).start()
    print(*Parallel(n_jobs=2)(delayed(sqrt)(n * n) for n in range(3)), flush=True)
    with ProcessPoolExecutor(2) as pool:
        print(*pool.map(sqrt, [9, 16]), flush=True)
    """
    code = """
    import psutil
    print(fork("script.py")(), flush=True)
    time.sleep(1)
    print(len([each for each in psutil.Process().children(recursive=True) if "loky" in " ".join(each.cmdline())]))
    """
    said, errors = printed(tmp_path, code, {"script.py": script})
    assert said == ["0.0", "1.0", "2.0", "3.0", "4.0", "thread", "handler", "0", "0"], errors
    assert not list(tmp_path.glob("kept*")) and not errors


def test_without_its_server_a_script_is_left_to_snakemake(tmp_path):
    code = """
    from multiprocessing import forkserver
    print(fork("good.py")())
    forkserver.ensure_running = lambda: None
    os.kill(forkserver._forkserver._forkserver_pid, 9)
    os.waitid(os.P_PID, forkserver._forkserver._forkserver_pid, os.WEXITED | os.WNOWAIT)
    forkserver._forkserver.ensure_running = lambda: None
    print(fork("good.py"))
    """
    said, errors = printed(tmp_path, code, {"good.py": ""})
    assert said == ["0", "None"], errors


def test_the_server_ends_with_its_snakemake_at_once_even_while_it_imports(tmp_path):
    started = drive(tmp_path, "print('started', flush=True); time.sleep(60)", {})
    try:
        assert started.stdout.readline() == "started\n"
        children = psutil.Process(started.pid).children(recursive=True)
        assert any("forkserver" in " ".join(each.cmdline()) for each in children)
    finally:
        started.send_signal(signal.SIGKILL)
    started.communicate(timeout=10)
    _, alive = psutil.wait_procs(children, timeout=2)
    assert not alive


@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP"])
def test_after_a_signal_to_all_processes_snakemake_still_learns_how_a_script_has_ended(tmp_path, number):
    script = """
    import signal, sys, time
    signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.5), sys.exit(3)))
    open("ready", "w").close()
    time.sleep(60)
    """
    code = """
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wait = fork("script.py")
    while not os.path.exists("ready"):
        time.sleep(0.01)
    os.kill(0, signal.SIGTERM)
    print(wait())
    """
    for name, text in (("script.py", script), ("code", code)):
        (tmp_path / name).write_text(textwrap.dedent(text).replace("SIGTERM", number))
    (tmp_path / "driver.py").write_text(DRIVER + textwrap.indent((tmp_path / "code").read_text(), "    "))
    words = [sys.executable, "driver.py"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, process_group=0, check=False)
    assert (done.stdout.split(), done.stderr) == (["3"], "")


def test_ctrl_c_while_the_server_imports_prints_nothing_and_a_later_script_can_be_interrupted(tmp_path):
    code = """
    import signal
    server = __import__("multiprocessing.forkserver").forkserver._forkserver._forkserver_pid
    preloads = lambda: int(open(f"/proc/{server}/status").read().split("SigIgn:")[1].split()[0], 16) >> (signal.SIGINT - 1) & 1
    while not preloads():
        time.sleep(0.01)
    os.kill(server, signal.SIGINT)
    print(fork("script.py")())
    """
    script = "import os, signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    said, errors = printed(tmp_path, code, {"script.py": script})
    assert (said, errors) == (["True", "0"], "")


def test_ctrl_c_before_a_script_handles_it_prints_no_traceback(tmp_path):
    script = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
    said, errors = printed(tmp_path, "print(fork('script.py')())", {"script.py": script})
    assert (said, errors) == (["130"], "")


def test_python_with_options_serves_nothing(tmp_path):
    (tmp_path / "driver.py").write_text(DRIVER + "    print(served_scripts.is_running())")
    for options, running in (([], "True"), (["-W", "ignore"], "False")):
        words = [sys.executable, *options, "driver.py"]
        assert subprocess.check_output(words, cwd=tmp_path, text=True).split() == [running]


def test_with_a_blocked_sigchld_or_a_closed_stream_nothing_is_served(tmp_path):
    (tmp_path / "driver.py").write_text(DRIVER + "    os.write(9, str(served_scripts.is_running()).encode())")
    blocked = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])"
    for setup in (blocked, "os.close(0)", "os.close(2)", ""):
        read, write = os.pipe()
        start = f"import os, sys; os.dup2({write}, 9); {setup or 'pass'}\nos.execv(sys.executable, [sys.executable, 'driver.py'])"
        subprocess.run([sys.executable, "-c", start], cwd=tmp_path, pass_fds=[write], check=False, timeout=60)
        os.close(write)
        with os.fdopen(read) as file:
            assert file.read() == str(not setup), setup


def test_a_served_script_reads_what_snakemake_was_given_and_its_excepthook_is_called(tmp_path):
    script = """
    import sys
    sys.excepthook = lambda *error: print(error[1], flush=True)
    print(input(), flush=True)
    raise ValueError("hooked")
    """
    read, write = os.pipe()
    os.write(write, b"given\n")
    os.close(write)
    (tmp_path / "script.py").write_text(textwrap.dedent(script))
    (tmp_path / "driver.py").write_text(DRIVER + "    print(fork('script.py')())")
    words = [sys.executable, "driver.py"]
    said = subprocess.run(words, cwd=tmp_path, stdin=read, capture_output=True, text=True, timeout=60, check=True)
    assert (said.stdout.split(), said.stderr) == (["given", "hooked", "1"], "")


def test_the_path_is_that_of_a_new_process_where_python_gives_the_server_that_of_snakemake(tmp_path):
    later = """
    import sys
    from multiprocessing import forkserver
    main = forkserver.main
    def main_of_later_pythons(*args, sys_path=None, **more):
        sys.path[:] = sys_path or sys.path
        main(*args, **more)
    forkserver.main = main_of_later_pythons
    """
    (tmp_path / "later").mkdir()
    (tmp_path / "later/sitecustomize.py").write_text(textwrap.dedent(later))
    (tmp_path / "look.py").write_text("import sys; print('/nowhere' in sys.path, *sys.path, sep='\\n')")
    start = "    sys.path.insert(0, '/nowhere')\n    served_scripts.start_server()\n    print(fork('look.py')())"
    (tmp_path / "driver.py").write_text(DRIVER.replace("    served_scripts.start_server()", start))
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "later"), os.environ.get("PYTHONPATH", "")])
    }
    served, new = (
        subprocess.check_output([sys.executable, name], cwd=tmp_path, text=True, env=environment).split()
        for name in ("driver.py", "look.py")
    )
    assert served == [*new, "0"]


def test_systems_that_do_not_bear_a_fork_serve_nothing(tmp_path):
    (tmp_path / "driver.py").write_text(DRIVER + "    print(served_scripts.is_running())")
    environment = os.environ | {"FOLDWORK_PLATFORM": "portable"}
    said = subprocess.check_output([sys.executable, "driver.py"], cwd=tmp_path, text=True, env=environment)
    assert said.split() == ["False"]
