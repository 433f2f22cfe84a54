"""`foldwork forget`, `stop` and `resume` ask snakemake for a part; `snakemake -n` says truthfully which jobs that is."""

import json
import secrets
import shlex
import shutil
from collections import Counter

import pandas as pd
import pytest
from command import foldwork, refused, rules
from study import Study, sleepy

import foldwork as library
from foldwork.commands import cli
from foldwork.pictures.validation import draw_validation
from foldwork.storage import ledger

TABLES = ["scores.csv", "best.json", "validation.png", "comparison.csv", "comparison.png"]
COMPARE = {"compare_models", "plot_comparison"}
AFTER_EVALUATE = {
    "aggregate_scores",
    "choose_candidate",
    "collect_findings",
    "plot_validation",
    "write_predictions",
} | COMPARE
CLUSTERING = {
    "evaluate_clustering",
    "aggregate_clustering",
    "plot_clusters",
    "plot_selection",
    "plot_silhouettes",
}


def kept_in(folder):
    """Return the records of a search's ledger by key, those that say which versions made them left out."""
    return {r["key"]: r for r in ledger.read(folder / "ledger.jsonl") if not r["key"].startswith("made:")}


def bytes_of(folder, names=TABLES):
    return {name: (folder / name).read_bytes() for name in names}


def said(done):
    """Return what the evaluate job said that it would do."""
    return next(line for line in done.stderr.splitlines() if " to do" in line)


@pytest.fixture(scope="module")
def done(template, tmp_path_factory):
    """Return a study of two models whose evaluations are all recorded, those with a = -5 as failed. Not to be changed: copy it."""
    config = sleepy({"a": [0, 1, -5], "b": [0, 1]}, kind="Poison")
    config["searches"]["slow"]["models"]["plain"] = {
        "estimator": {"class": "own.Slow", "seconds": 0.02},
        "space": {"a": [12, 15]},
    }
    kmeans = {"class": "sklearn.cluster.KMeans", "n_init": 1, "random_state": 0}
    config["clusterings"] = {
        "points": {"dataset": "toy", "models": {"kmeans": {"estimator": kmeans, "space": {"n_clusters": [2, 3]}}}}
    }
    folder = tmp_path_factory.mktemp("partial") / "done"
    shutil.copytree(template.folder, folder)
    study = Study(folder, config)
    study.run()
    assert len(study.records("slow")) == len(study.fits()) == 16
    return study


@pytest.fixture
def study(done, tmp_path):
    """Return a copy of `done` that may be changed."""
    shutil.copytree(done.folder, tmp_path / "study")
    return Study(tmp_path / "study", done.config)


# ---- what is forgotten

CHOICES = {
    "--failed": lambda r: r["status"] == "failed",
    "--fold 1": lambda r: r["fold"] == 1,
    "--model plain": lambda r: r["model"] == "plain",
    "--where 'a > 10'": lambda r: r["params"]["a"] > 10,
    "--where b==1": lambda r: r["params"].get("b") == 1,
    "--failed --fold 0 --where 'b < 1'": lambda r: r["status"] == "failed" and r["fold"] == 0 and r["params"]["b"] < 1,
    "--model slow --where 'a == 1 or a == -5' --fold 0": lambda r: r["fold"] == 0 and r["params"]["a"] in (1, -5),
    "": lambda r: True,
}


@pytest.mark.parametrize("choice", CHOICES)
def test_forget_drops_the_records_that_meet_every_condition_and_keeps_them_in_a_dated_file(study, choice, capsys):
    folder = study.search("slow")
    before = kept_in(folder)
    dropped = {key for key, record in before.items() if CHOICES[choice](record)}
    assert cli.main(["--results", str(study.folder / "results"), "forget", "slow", *shlex.split(choice)]) == 0
    assert dropped
    assert capsys.readouterr().out.startswith(f"slow: {len(dropped)} records removed")
    assert set(kept_in(folder)) == set(before) - dropped
    (file,) = folder.glob("forgotten-20*.jsonl")
    assert {r["key"]: r for r in ledger.read(file)} == {key: before[key] for key in dropped}
    assert not (folder / "evaluated.json").exists()


def test_forget_that_meets_no_record_changes_nothing(study):
    folder = study.search("slow")
    before = bytes_of(folder, ["ledger.jsonl", "evaluated.json"])
    told = foldwork("forget", "slow", "--where", "a > 100", cwd=study.folder)
    assert told.stdout == "slow: 0 records removed\n"
    assert bytes_of(folder, ["ledger.jsonl", "evaluated.json"]) == before
    assert not list(folder.glob("forgotten-*"))


def test_after_forgetting_a_fold_and_failures_snakemake_evaluates_just_those_and_gives_the_same_bytes(study):
    folder, splits = study.search("slow"), study.folder / "results/splits/some"
    before, fits = bytes_of(folder), Counter(study.fits())
    files = {path: path.stat().st_mtime_ns for path in splits.iterdir()}
    others = {path: path.stat().st_mtime_ns for path in (study.folder / "results/clusterings").rglob("*")}
    foldwork("forget", "slow", "--fold", 1, cwd=study.folder)
    foldwork("forget", "slow", "--failed", "--where", "b == 0", cwd=study.folder)

    assert rules(study.run("-n")) == {"evaluate"} | AFTER_EVALUATE
    done = study.run()
    assert rules(done) == {"evaluate"} | AFTER_EVALUATE
    assert said(done) == "slow: 16 evaluations, 7 recorded, 9 to do"
    again = Counter(study.fits()) - fits
    assert sorted(Counter(fold for _, _, fold in again.elements()).values()) == [1, 8]
    assert max(again.values()) == 1
    assert bytes_of(folder) == before
    assert {path: path.stat().st_mtime_ns for path in files} == files
    assert {path: path.stat().st_mtime_ns for path in others} == others
    assert rules(study.run("-n")) == set()


def test_failed_lists_what_failed_with_parameters_and_error(study):
    text = foldwork("failed", "slow", cwd=study.folder).stdout
    assert text == "4 × ValueError: no such luck\n    such as slow(a=-5, b=0) fold 0\n"
    text = foldwork("failed", "slow", "--all", cwd=study.folder).stdout.splitlines()
    assert sorted(text) == [f"slow(a=-5, b={b}) fold {k}: ValueError: no such luck" for b in (0, 1) for k in (0, 1)]
    lines = [json.loads(line) for line in foldwork("failed", "slow", "--json", cwd=study.folder).stdout.splitlines()]
    assert {(line["params"]["b"], line["fold"]) for line in lines} == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert all(set(line) == {"model", "params", "fold", "error"} for line in lines)
    assert all(line["params"]["a"] == -5 and line["error"] == "ValueError: no such luck" for line in lines)


def test_the_log_of_a_job_has_every_failure_a_traceback_of_each_different_error_and_what_fits_print(study):
    logs = sorted(str(path.relative_to(study.folder / "logs")) for path in (study.folder / "logs").rglob("*.log"))
    assert logs == sorted(
        ["load_dataset/toy.log", "persist_splits/some.log"]
        + [f"{rule}/slow.log" for rule in ("evaluate", *AFTER_EVALUATE) if rule != "write_predictions"]
        + ["write_predictions/slow.parquet.log"]
        + [f"{rule}/points.log" for rule in CLUSTERING]
    )
    log = (study.folder / "logs/evaluate/slow.log").read_text()
    for b in (0, 1):
        for fold in (0, 1):
            assert f"failed: slow {{'a': -5, 'b': {b}}} on fold {fold}: ValueError: no such luck" in log
    assert log.count("Traceback (most recent call last)") == 1
    assert log.count('raise ValueError("no such luck")') == 1
    assert sum(line in ("trying my luck 0", "trying my luck 1") for line in log.splitlines()) == 4


MISTAKES = {
    "status slwo": "no search or clustering 'slwo' has been started in results; did you mean 'slow'?",
    "failed zzz": "no search or clustering 'zzz' has been started in results; there is slow, points",
    "forget slow --fold 2": "--fold 2: slow has folds 0 to 1",
    "forget slow --fold -1": "--fold -1: slow has folds 0 to 1",
    "forget slow --model plan": "--model 'plan': slow has no such model; did you mean 'plain'?",
    "forget slow --where c>1": "--where 'c>1': UndefinedVariableError: name 'c' is not defined; the parameters are a, b",
    "forget slow --where a>": "--where 'a>': SyntaxError: invalid syntax (<unknown>, line 1); the parameters are a, b",
    "forget slow --where a": "--where 'a': is not a condition like 'a > 10'",
    "stop slov": "no search or clustering 'slov' has been started in results; did you mean 'slow'?",
    "resume point": "no search or clustering 'point' has been started in results; did you mean 'points'?",
    "engines slo": "no search or clustering 'slo' has been started in results; did you mean 'slow'?",
    "engines slow --connect": "slow is not running: there is nothing to connect to",
    "engines add slow": "slow is not running: engines can only be added to a running search",
    "--results elsewhere status": "there is no folder elsewhere",
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_on_the_command_line_is_one_line_that_says_what_would_be_right(done, words, monkeypatch, capsys):
    monkeypatch.chdir(done.folder)
    assert cli.main(words.split()) == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"foldwork: {MISTAKES[words]}\n")


# ---- what snakemake says that it would do


@pytest.mark.slow
def test_dry_runs_name_the_jobs_that_follow_from_a_change_and_no_others(study):
    def would():
        return rules(study.run("-n"))

    slow = {"evaluate"} | AFTER_EVALUATE
    config = json.dumps(study.config)

    grown = json.loads(config)
    grown["searches"]["slow"]["models"]["slow"]["space"]["a"].append(2)
    study.write(grown)
    assert would() == slow

    other = json.loads(config)
    other["searches"]["slow"]["scoring"] = ["accuracy"]
    study.write(other)
    assert would() == slow

    folds = json.loads(config)
    folds["splits"]["some"]["cv"]["n_splits"] = 3
    study.write(folds)
    assert would() == slow | {"persist_splits"}

    wide = json.loads(config)
    wide["searches"]["slow"]["compare"] = {"rope": 0.1}
    study.write(wide)
    assert would() == COMPARE

    wider = json.loads(config)
    wider["clusterings"]["points"]["models"]["kmeans"]["space"]["n_clusters"] = [2, 3, 4]
    wider["clusterings"]["points"]["metrics"] = ["silhouette"]
    study.write(wider)
    assert would() == CLUSTERING

    study.write(json.loads(config))
    assert would() == set()
    own = study.folder / "own.py"
    source = own.read_text()
    own.write_text(source.replace("self.a + 2 * self.b", "self.a + 3 * self.b"))
    # The loader is in the same file; what the clustering reads may have changed with it.
    assert would() == slow | CLUSTERING | {"load_dataset", "persist_splits"}


@pytest.mark.slow
def test_a_dry_run_after_a_change_of_a_data_file_names_what_then_runs(sleeper):
    config = sleepy({"a": [0, 1]})
    config["datasets"]["toy"] = {"file": "toy.csv", "target": "y"}
    study = sleeper(config)
    rows = [f"{row},{row % 7},{row % 2}" for row in range(20)]
    file = study.folder / "toy.csv"
    file.write_text("\n".join(["u,v,y", *rows]) + "\n")
    study.evaluate("slow")
    file.write_text(file.read_text().replace("3,3,1", "3,9,1"))
    would = rules(study.evaluate("slow", "-n"))
    assert would == {"load_dataset", "persist_splits", "evaluate"}
    assert rules(study.evaluate("slow")) == would
    assert len(study.records("slow")) == 8


# ---- an early end


@pytest.mark.slow
def test_a_search_that_is_stopped_has_tables_and_plots_of_what_is_there_and_goes_on_when_it_is_resumed(sleeper):
    config = sleepy({"a": list(range(15)), "b": [0, 1]}, seconds=0.15)
    study = sleeper(config)
    folder, run = study.search("slow"), secrets.token_hex(8)
    snakemake = study.start(env={"FOLDWORK_RUN": run})
    study.await_records("slow", 10)
    assert refused("forget", "slow", "--failed", cwd=study.folder) == (
        "slow is running; `foldwork stop slow` first, or wait until it has ended"
    )
    told = foldwork("stop", "slow", cwd=study.folder).stdout
    assert told == (
        "slow is stopping; tables and plots are made from the recorded evaluations; `foldwork resume slow` undoes it\n"
    )
    assert snakemake.wait(30) == 0
    records = study.records("slow")
    assert 10 <= len(records) < 60
    assert len(records) == len(study.fits()), "what was in flight has ended, and nothing else was begun"

    evaluated = json.loads((folder / "evaluated.json").read_text())
    assert (evaluated["state"], evaluated["why"]) == ("stopped", "foldwork stop")
    assert (evaluated["recorded"], evaluated["asked"], evaluated["failed"]) == (len(records), 60, 0)
    tables = library.read(folder)
    assert tables.scores.filter(regex="^split").notna().to_numpy().sum() == len(records)
    assert tables.best["evaluations"] == {"recorded": len(records), "asked": 60}
    note = f"stopped: {len(records)} of 60 evaluations"
    assert f"slow: stopped with {len(records)} of 60 evaluations" in (study.folder / "screen.log").read_text()
    assert drawn(study, note) == (folder / "validation.png").read_bytes() != drawn(study, "")
    (now,) = json.loads(foldwork("status", "--json", cwd=study.folder).stdout)
    assert (now["state"], now["done"], now["missing"], now["running"]) == (
        "stopped",
        len(records),
        60 - len(records),
        0,
    )

    assert rules(study.run()) == set(), "stopped is an end: a further snakemake does nothing"
    foldwork("resume", "slow", cwd=study.folder)
    assert rules(study.run("-n")) == {"evaluate"} | AFTER_EVALUATE - COMPARE, "one model has nothing to compare it with"
    study.run()
    assert len(study.fits()) == len(study.records("slow")) == 60
    assert json.loads((folder / "evaluated.json").read_text())["state"] == "complete"
    assert drawn(study, "") == (folder / "validation.png").read_bytes()
    assert foldwork("stop", "slow", cwd=study.folder).stdout == "slow is complete: there is nothing to stop\n"
    assert rules(study.run("-n")) == set()


def drawn(study, note):
    """Return the bytes of the validation picture with a note."""
    path = study.folder / "drawn.png"
    scores = pd.read_csv(study.search("slow") / "scores.csv")
    draw_validation(scores, path, metric="score", suffix="score", note=note)
    return path.read_bytes()


def test_a_search_that_is_stopped_before_it_began_says_so(study):
    foldwork("forget", "slow", cwd=study.folder)
    foldwork("stop", "slow", cwd=study.folder)
    done = study.run()
    assert "slow: stopped with 0 of 16 evaluations; foldwork resume slow, then snakemake, continues" in done.stderr
    assert len(study.fits()) == 16
    scores = library.read(study.search("slow")).scores
    assert len(scores) == 8 and scores["mean_test_score"].isna().all()
    (now,) = json.loads(foldwork("status", "slow", "--json", cwd=study.folder).stdout)
    assert (now["state"], now["done"], now["missing"], now["best"]) == ("stopped", 0, 16, None)


# ---- elsewhere


def test_results_that_were_moved_can_be_looked_at_and_a_study_that_was_moved_goes_on(study):
    folder = study.search("slow")
    before = foldwork("status", "--json", cwd=study.folder).stdout
    read = library.read(folder)
    elsewhere = study.folder.parent / "else where" / "tables"
    elsewhere.parent.mkdir()
    (study.folder / "results").rename(elsewhere)
    assert foldwork("--results", elsewhere, "status", "--json", cwd="/").stdout == before
    assert foldwork("status", "--json", "--results", elsewhere, cwd="/").stdout == before
    assert foldwork("failed", "slow", "--results", elsewhere, cwd="/").stdout.startswith("4 × ValueError: no such luck")
    moved = library.read(elsewhere / "searches/slow")
    pd.testing.assert_frame_equal(moved.scores, read.scores)
    pd.testing.assert_frame_equal(moved.evaluations, read.evaluations)
    elsewhere.rename(study.folder / "results")

    study.folder.rename(study.folder.parent / "moved")
    study.folder = study.folder.parent / "moved"
    assert rules(study.run("-n")) == set()
    clusters = study.folder / "results/clusterings/points/clusters"
    pictures = {path.name: path.read_bytes() for path in clusters.glob("*.png")}
    assert set(pictures) == {"kmeans-0.png", "kmeans-1.png"}
    shutil.rmtree(clusters)
    tables = bytes_of(study.search("slow"))
    foldwork("forget", "slow", "--fold", 0, "--model", "plain", cwd=study.folder)
    done = study.run()
    assert rules(done) == {"evaluate", "plot_clusters"} | AFTER_EVALUATE
    assert said(done) == "slow: 16 evaluations, 14 recorded, 2 to do"
    assert len(study.fits()) == 18
    assert bytes_of(study.search("slow")) == tables
    assert {path.name: path.read_bytes() for path in clusters.glob("*.png")} == pictures


# ---- the exit code


def test_the_exit_code_is_zero_only_if_all_is_recorded_and_nothing_failed_that_must_not(study):
    config = json.loads(json.dumps(study.config))
    config["searches"]["slow"]["on_error"] = "raise"
    study.write(config)
    done = study.run(check=False)
    assert done.returncode == 1
    assert "foldwork: slow: 4 evaluations failed and on_error is raise; foldwork failed slow lists them" in done.stderr
    assert len(study.fits()) == 16
    assert not (study.search("slow") / "evaluated.json").exists()
    config["searches"]["slow"]["models"]["slow"]["space"]["a"].remove(-5)
    study.write(config)
    assert study.evaluate("slow").returncode == 0
    assert len(study.fits()) == 16
    (now,) = json.loads(foldwork("status", "slow", "--json", cwd=study.folder).stdout)
    assert (now["state"], now["asked"], now["done"], now["failed"]) == ("complete", 12, 12, 0)

    # As with GridSearchCV, a search in which nothing succeeded is an error.
    del config["searches"]["slow"]["on_error"], config["searches"]["slow"]["models"]["plain"]
    config["searches"]["slow"]["models"]["slow"]["space"]["a"] = [-5]
    study.write(config)
    done = study.evaluate("slow", check=False)
    said_last = (
        "foldwork: slow: all 4 evaluations failed: 4 × ValueError: no such luck; foldwork failed slow lists them"
    )
    assert done.returncode == 1 and said_last in done.stderr and "Traceback" not in done.stderr
    assert len(study.fits()) == 16 and not (study.search("slow") / "evaluated.json").exists()
    assert foldwork("failed", "slow", cwd=study.folder).stdout.startswith("4 × ValueError: no such luck")
    assert "nothing has succeeded so far" in foldwork("status", cwd=study.folder).stdout
