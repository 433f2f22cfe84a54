"""What `foldwork status` and `foldwork engines` say while a search runs and after it, and engines that join it."""

import csv
import io
import json
import os
import re
import secrets
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from command import foldwork, refused
from study import Study, await_true, processes_of, sleepy

from foldwork.commands import search_folders
from foldwork.execution.progress import Progress
from foldwork.records import error_kinds
from foldwork.records.best_so_far import BestSoFar
from foldwork.records.evaluation import Evaluation
from foldwork.storage.atomic_write import read_json

ASKED, SECONDS = 120, 0.25


def rows_of(text):
    """Return the lines of `foldwork engines`' table as lists of words."""
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("node "))
    return [line.split() for line in lines[start + 1 :]]


@pytest.fixture(scope="module")
def seen(template, tmp_path_factory):
    """Run a search, look at it in every way, let an engine join, and return all that was seen."""
    folder = tmp_path_factory.mktemp("seen") / "study"
    folder.parent.joinpath("cwd").mkdir()
    template.copy("seen").folder.rename(folder)
    study = Study(
        folder, sleepy({"a": [*range(-5, -4), *range(11)], "b": list(range(5))}, kind="Poison", seconds=SECONDS)
    )
    found, run = SimpleNamespace(study=study, run=secrets.token_hex(8)), secrets.token_hex(8)
    found.run = run
    results, away = folder / "results", folder.parent / "cwd"
    snakemake = study.start(study.evaluated("slow"), env={"FOLDWORK_RUN": run})

    def look():
        (one,) = json.loads(foldwork("status", "slow", "--json", "--results", results, cwd=away).stdout)
        return one

    live = study.search("slow") / "running.json"
    await_true(live.exists, 30, "a sign of life")
    found.starting = look()
    await_true(
        lambda: [e for e in read_json(live)["engines"] if e["evaluations"]][1:], 30, "two engines that have worked"
    )
    await_true(lambda: any(each["status"] == "ok" for each in study.records("slow")), 30, "a score")
    before = len(study.records("slow"))
    found.json, found.text = look(), foldwork("status", cwd=folder).stdout
    found.between = before, len(study.records("slow"))
    found.engines = foldwork("engines", "slow", cwd=folder).stdout
    code = foldwork("engines", "slow", "--connect", cwd=folder).stdout
    code += "\nprint(sorted(client.ids), sorted(view.apply_async(__import__('os').getpid).get(30)))\n"
    found.connected = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    found.added = foldwork("engines", "add", "slow", "-n", 1, cwd=folder).stdout
    found.code, found.left = snakemake.wait(60), None
    ended = time.monotonic()
    await_true(lambda: not processes_of(run), 20, "no process of the run")
    found.left = time.monotonic() - ended
    found.after = look()
    found.engines_after = foldwork("engines", "slow", cwd=folder).stdout
    with open(study.search("slow") / "engines.csv") as file:
        found.table = list(csv.DictReader(file))
    return found


def test_status_of_a_running_search_counts_what_is_done_running_failed_and_missing_by_fold(seen):
    now = seen.json
    assert (now["name"], now["state"], now["asked"]) == ("slow", "running", ASKED)
    assert seen.between[0] <= now["done"] <= seen.between[1] < ASKED
    assert 2 <= now["running"] <= 40
    assert now["missing"] == ASKED - now["done"] - now["running"]
    assert [fold["fold"] for fold in now["folds"]] == [0, 1]
    assert [fold["asked"] for fold in now["folds"]] == [60, 60]
    for name in ("done", "failed", "running", "missing"):
        assert sum(fold[name] for fold in now["folds"]) == now[name]
    assert sum(now["failures"].values()) == now["failed"] <= 10


def test_status_of_a_search_whose_engines_start_counts_it_as_running(seen):
    now = seen.starting
    assert (now["state"], now["asked"]) == ("running", ASKED)
    assert now["missing"] + now["running"] + now["done"] == ASKED


def test_status_of_a_running_search_tells_rate_time_left_and_the_best_so_far(seen):
    now = seen.json
    assert 0 < now["rate"] < 2 / SECONDS
    assert now["left"] == pytest.approx((ASKED - now["done"]) / now["rate"])
    best = now["best"]
    records = seen.study.records("slow")
    scores = [float(r["test"]["score"]) for r in records if r["params"] == best["params"]]
    if best["whole"]:
        assert best["score"] == pytest.approx(np.mean(scores), abs=1e-12)
    else:
        assert min(scores) <= best["score"] <= max(scores)
    head, *rest = seen.text.splitlines()
    assert re.fullmatch(r"slow: running · \d+ of 120 done · \d+ running( · \d+ failed)? · [\d.]+/s · .+ left", head)
    assert rest[0].startswith("  best ")
    assert rest[1].split() == ["fold", "done", "running", "failed", "missing"]
    assert [line.split()[0] for line in rest[2:4]] == ["0", "1"]


def test_status_after_the_end_is_complete_and_names_the_best_and_the_kinds_of_failure(seen):
    now = seen.after
    assert (now["state"], now["done"], now["failed"], now["running"], now["missing"]) == ("complete", ASKED, 10, 0, 0)
    assert now["failures"] == {"ValueError": 10}
    means = {}
    for record in seen.study.records("slow"):
        if record["status"] == "ok":
            means.setdefault(json.dumps(record["params"]), []).append(float(record["test"]["score"]))
    best = now["best"]
    assert best["whole"] and best["score"] == pytest.approx(max(map(np.mean, means.values())), abs=1e-12)
    assert best["score"] == pytest.approx(np.mean(means[json.dumps(best["params"])]), abs=1e-12)


def test_engines_shows_who_works_how_busy_and_with_how_much_memory(seen):
    rows = rows_of(seen.engines)
    assert len(rows) == 2
    pids = {record["pid"] for record in seen.study.records("slow")}
    for node, pid, evaluations, busy, peak, unshared, shared, free in rows:
        assert node == os.uname().nodename and int(pid) in pids
        assert int(evaluations) > 0 and 0 < int(busy.rstrip("%")) <= 100
        assert 30 < float(peak) < 1000 and float(unshared) <= float(peak) and 0 < float(shared) <= float(peak)
        assert float(free) > 0


def test_connect_prints_python_that_reaches_the_engines(seen):
    done = seen.connected
    assert done.returncode == 0, done.stderr
    ids, pids = (
        json.loads(part + "]") for part in done.stdout.strip().replace("] [", "]\n[").replace("]", "").split("\n")
    )
    assert ids == [0, 1]
    assert set(pids) == {int(row[1]) for row in rows_of(seen.engines)}


def test_an_engine_that_is_added_takes_work_and_is_gone_soon_after_the_end(seen):
    assert seen.added.startswith("1 engines join slow from this machine (process ")
    assert seen.code == 0
    records = seen.study.records("slow")
    assert len(records) == len({record["key"] for record in records}) == ASKED
    first = {int(row[1]) for row in rows_of(seen.engines)}
    (new,) = {record["pid"] for record in records} - first
    assert sum(record["pid"] == new for record in records) >= 3
    assert seen.left <= 10


def test_engines_csv_keeps_who_worked_in_the_last_run_with_their_memory(seen):
    counts = {}
    for record in seen.study.records("slow"):
        counts[record["pid"]] = counts.get(record["pid"], 0) + 1
    assert {int(row["pid"]): int(row["evaluations"]) for row in seen.table} == counts
    for row in seen.table:
        assert row["host"] == row["node"] == os.uname().nodename and row["ended"] == ""
        assert 30e6 < float(row["peak"]) < 1e9 and float(row["free"]) > 0
        assert 0 < float(row["busy"]) <= (float(row["last"]) - float(row["first"])) * 1.01 + 0.05
    lines = seen.engines_after.splitlines()
    assert lines[0] == "not running; the engines of the last run:"
    assert {int(row[1]) for row in rows_of(seen.engines_after)} == set(counts)


def test_status_counts_what_is_asked_for_now_when_a_grid_has_shrunk(seen):
    study = seen.study.copy("shrunk")
    config = json.loads(json.dumps(study.config))
    config["searches"]["slow"]["models"]["slow"]["space"]["a"] = [0, 1]
    study.write(config)
    study.evaluate("slow")
    (now,) = json.loads(foldwork("status", "--json", cwd=study.folder).stdout)
    assert (now["state"], now["asked"], now["done"], now["failed"]) == ("complete", 20, 20, 0)


# ---- without a run: names, clocks, and a best that falls


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a search that was started."""
    folder = tmp_path / "results/searches/one"
    folder.mkdir(parents=True)
    (folder / "asked.json").write_text(
        json.dumps(
            {
                "kind": "search",
                "name": "one",
                "threads": 1,
                "spec": {"models": {}, "scoring": []},
                "folds": [],
                "made": {},
            }
        )
    )
    return folder


def said(folder, **more):
    """Write what a run says of itself."""
    live = {"node": os.uname().nodename, "pid": os.getpid(), "done": 3, "seconds": 1.5, "in_flight": {}, "engines": []}
    (folder / "running.json").write_text(json.dumps(live | more))


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_jumps_does_not_make_a_dead_run_live(folder, hours):
    said(folder, node="another")
    assert search_folders.running(folder)
    now = time.time()
    os.utime(folder / "running.json", (now, now + 3600 * hours))
    assert search_folders.running(folder) is None


def test_a_run_whose_process_has_ended_is_not_running_at_once(folder):
    ended = subprocess.Popen(["true"])
    ended.wait()
    said(folder, pid=ended.pid)
    assert search_folders.running(folder) is None
    said(folder, pid=ended.pid, node="another")
    assert search_folders.running(folder), "processes of other machines cannot be seen"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"node": "another", "pid": '])
def test_a_damaged_sign_of_life_is_none(folder, text):
    (folder / "running.json").write_text(text)
    assert search_folders.running(folder) is None


def test_progress_measures_by_a_clock_that_does_not_jump(monkeypatch):
    log = io.StringIO()
    progress = Progress("one", BestSoFar(2), log)
    progress.total = 10
    progress.begin()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    progress.add(failed=False)
    time.sleep(0.05)
    assert 0.05 <= progress.seconds() < 5
    progress.close()
    rate = re.search(r"one 1/10 · ([\d.e+]+)/s", log.getvalue())
    assert 0.2 < float(rate[1]) <= 20


def test_a_search_and_a_clustering_of_one_name_are_told_apart(folder):
    other = folder.parents[1] / "clusterings/one"
    other.mkdir(parents=True)
    (other / "asked.json").write_text((folder / "asked.json").read_text())
    study = folder.parents[2]
    assert refused("stop", "one", cwd=study) == (
        "there are a search and a clustering 'one'; write searches/one or clusterings/one"
    )
    foldwork("stop", "clusterings/one", cwd=study)
    assert not (folder / "stop").exists()


def test_status_where_nothing_has_been_started_says_so(tmp_path):
    assert foldwork("status", cwd=tmp_path).stdout == "no search has been started here\n"


def test_the_best_so_far_is_another_when_a_further_fold_lowers_its_mean():
    def one(candidate, fold):
        return Evaluation(f"{candidate}/{fold}", "m", candidate, {"C": candidate}, fold)

    best = BestSoFar(3)
    best.add(one(0, 0), 0.9)
    best.add(one(1, 0), 0.8)
    assert best.found() == {"model": "m", "params": {"C": 0}, "score": 0.9, "folds": 1, "whole": False, "ahead": None}
    best.add(one(0, 1), 0.1)
    lower = {"model": "m", "params": {"C": 1}, "score": 0.8, "folds": 1}
    assert best.found() == {**lower, "whole": False, "ahead": None}
    best.add(one(0, 2), 0.2)
    assert best.found()["params"] == {"C": 0} and best.found()["whole"] and best.found()["ahead"] == lower
    assert best.found()["score"] == pytest.approx(0.4, abs=1e-15)


def test_failures_are_counted_by_what_they_are():
    assert error_kinds.kind_of("ValueError: no such luck") == "ValueError"
    assert error_kinds.kind_of("timeout: took longer than 4 s") == "timeout"
    dead = "ended 3 engines, the last one so: "
    assert (
        error_kinds.kind_of(f"{dead}signal 11 (segmentation fault)")
        == "ended its engines: signal 11 (segmentation fault)"
    )
    assert error_kinds.kind_of(f"{dead}used 0.66 GB of memory, over its share of 0.60 GB") == (
        "ended its engines: too much memory"
    )
