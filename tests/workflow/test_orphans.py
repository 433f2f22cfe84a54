"""What estimators start ends with their engine, however that ends: processes, and their files in shared memory."""

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from alone import messages
from study import await_true, kill, parent, processes_of, roles, sleepy

from foldwork.execution.attempt import remove_leftovers
from foldwork.execution.plan import Pending
from foldwork.records.evaluation import Evaluation

SHARED = Path("/dev/shm")

INHERIT = "child daemon program loky pool"
"""All but those that hide their environment: once their host was killed, nothing else tells whose they were."""


class Run:
    """Two engines, each in a fit that has children, and their client.

    Parameters
    ----------
    folder : Path
    kind : str
        Of `hostile.Family`.
    """

    def __init__(self, folder, kind="all"):
        shutil.copy(Path(__file__).with_name("hostile.py"), folder)
        self.folder, self.mark = folder, secrets.token_hex(8)
        candidates = json.dumps([{"kind": kind, "hold": hold} for hold in (600.0, 601.0)])
        self.client = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("alone.py"), folder, "hostile.Family", candidates],
            env={**os.environ, "FOLDWORK_RUN": self.mark},
        )
        await_true(lambda: len(self.fits()) == 2, 150, "two fits with their children")

    def fits(self):
        """Return the engines whose fits have their children, and these."""
        found = self.folder.glob("children-*.ready")
        return {int(path.stem.partition("-")[2]): [int(pid) for pid in path.read_text().split()] for path in found}

    def host(self):
        """Return the engines' parent."""
        return parent(next(iter(self.fits())))

    def children(self):
        """Return the children that live."""
        return [pid for noted in self.fits().values() for pid in noted if lives(pid)]

    def shared(self, engine):
        """Return the names in shared memory that are an engine's."""
        own = (self.folder / f"shared-{engine}").read_text().split()
        mark = re.compile(rf"joblib_memmapping_folder_{engine}_|(sem\.)?loky-{engine}-")
        return [path.name for path in SHARED.iterdir() if path.name in own or mark.match(path.name)]

    def nothing_left(self):
        await_true(lambda: not processes_of(self.mark), 20, lambda: f"no process, but {processes_of(self.mark)}")
        await_true(lambda: not self.children(), 1, lambda: f"no child, but {self.children()}")
        left = [name for engine in self.fits() for name in self.shared(engine)]
        assert left == []

    def close(self):
        """End it in order, so that nothing is left in shared memory; then whatever is left."""
        ctrl_c(self)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.client.wait(20)
        kill([self.client.pid, *processes_of(self.mark), *self.children()])
        self.client.wait()


@pytest.fixture
def family(tmp_path):
    """Return a function that starts a run, which is ended after the test."""
    runs = []

    def start(*arguments):
        runs.append(Run(tmp_path, *arguments))
        return runs[-1]

    yield start
    for run in runs:
        run.close()


def lives(pid):
    """Return whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_children_of_an_engine_end_with_it_and_those_of_others_live_on(family):
    run = family()
    (first, mine), (second, others) = run.fits().items()
    assert all(lives(pid) for pid in [*mine, *others]) and len(mine) >= 8
    assert len(run.shared(first)) >= 4
    kill([first])
    await_true(lambda: not any(lives(pid) for pid in mine), 10, lambda: [pid for pid in mine if lives(pid)])
    await_true(lambda: not run.shared(first), 5, lambda: run.shared(first))
    assert lives(second) and all(lives(pid) for pid in others)
    assert len(run.shared(second)) >= 4


def offspring(pid):
    """Return the children of a process."""
    return [child.pid for child in psutil.Process(pid).children()]


def ctrl_c(run):
    run.client.send_signal(signal.SIGINT)


def kill_client(run):
    run.client.kill()


def kill_host(run):
    kill([run.host()])


def kill_host_and_client(run):
    kill([run.host(), run.client.pid])


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (ctrl_c, "all"),
        (kill_client, "all"),
        pytest.param(kill_host, INHERIT, marks=pytest.mark.slow),
        (kill_host_and_client, INHERIT),
    ],
    ids=["ctrl-c", "client", "host", "host and client"],
)
def test_children_of_estimators_end_with_the_run(family, end, kind):
    run = family(kind)
    assert len(run.children()) >= 14 and all(len(run.shared(engine)) >= 4 for engine in run.fits())
    end(run)
    run.nothing_left()


def test_children_of_estimators_end_with_the_next_run_where_all_was_killed(family):
    run = family(INHERIT)
    controllers = roles(run.mark)["controller"]
    kill([run.host(), run.client.pid, *controllers, *(child for pid in controllers for child in offspring(pid))])
    await_true(lambda: not [pid for pid in run.fits() if lives(pid)], 10, "no engine")
    assert run.children()
    remove_leftovers(run.folder)
    run.nothing_left()
    assert not list(run.folder.glob(".run-*"))


@pytest.mark.parametrize("hold", [0.0, 600.0], ids=["ends well", "is ended"])
def test_children_of_estimators_end_with_the_process_that_verifies(tmp_path, hold):
    shutil.copy(Path(__file__).with_name("hostile.py"), tmp_path)
    evaluation = Pending(Evaluation("0" * 64, "m", 0, {"kind": "all", "hold": hold}, 0))
    bundle = messages(tmp_path, "hostile.Family")(0, [evaluation])
    child, calls = "foldwork.commands.fresh_evaluation", [{"bundle": bundle, "threads": 1}]
    described = {"parent": os.getpid(), "preload": [], "child": child, "calls": calls}
    with subprocess.Popen(
        [sys.executable, "-m", "foldwork.engines.fresh_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdin.write(json.dumps(described) + "\n")
        process.stdin.flush()
        await_true(lambda: list(tmp_path.glob("children-*.ready")), 150, "a fit with its children")
        (path,) = tmp_path.glob("children-*.ready")
        if hold:
            process.terminate()
        said = process.stdout.read()
    assert bool(said) != bool(hold) and "error" not in json.loads(said or "{}")
    assert not [pid for pid in path.read_text().split() if lives(int(pid))]


@pytest.mark.slow
def test_children_of_estimators_end_with_a_search_that_ends_well(sleeper):
    config = sleepy({})
    model = {"estimator": {"class": "hostile.Family"}, "space": {"hold": [0.0, 0.1]}}
    config["searches"]["slow"]["models"] = {"m": model}
    study = sleeper(config)
    study.bring(Path(__file__).with_name("hostile.py"))
    run = secrets.token_hex(8)
    study.run(study.evaluated("slow"), env={"FOLDWORK_RUN": run})
    study.all_well("slow", 4)
    assert processes_of(run) == {}
    engines = {str(record["pid"]) for record in study.records("slow")}
    assert [path for path in SHARED.iterdir() if engines & set(re.split(r"\W|_", path.name))] == []
