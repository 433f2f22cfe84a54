"""Records of another place give the same bytes as one's own; a sample of them can be made again and compared bit by bit."""

import io
import itertools
import json
import os
import shutil
from dataclasses import replace

import pytest

from foldwork.commands import cli
from foldwork.data import datasets, splits
from foldwork.engines.allocation import Allocation
from foldwork.evaluation.bundle import run
from foldwork.execution import attempt
from foldwork.pictures import partitions
from foldwork.records.make_request import make_request
from foldwork.records.requested import Requested
from foldwork.results import tables
from foldwork.results.best import best
from foldwork.results.csv_table import write_table
from foldwork.results.results import results_of
from foldwork.storage import ledger
from foldwork.storage.file_names import LEDGER
from foldwork.storage.signed_json import write_signed

FOREST = {"class": "sklearn.ensemble.RandomForestClassifier", "random_state": 0, "n_estimators": 4}
DEPTHS = {"max_depth": [1, 2, 3]}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Return a study whose dataset and splits are persisted. Not to be changed: copy it."""
    folder = tmp_path_factory.mktemp("template")
    dataset, folds = folder / "results/datasets/d", folder / "results/splits/s"
    datasets.persist("d", {"load": "sklearn.datasets.load_iris"}, dataset)
    cv = {"class": "StratifiedKFold", "n_splits": 2, "shuffle": True, "random_state": 0}
    splits.persist("s", {"dataset": "d", "cv": cv}, dataset, folds)
    return folder


class Place:
    """A study at one place."""

    def __init__(self, folder, template):
        self.folder, self.results = folder, folder / "results"
        shutil.copytree(template, folder)

    def ask(self, name="forest", estimator=FOREST, space=None, **spec):
        models = {"rf": {"estimator": estimator, "space": DEPTHS if space is None else space}}
        spec = {"splits": "s", "models": models, "scoring": ["accuracy"], "train_scores": True, **spec}
        return make_request("search", name, spec, self.results / "splits/s/splits.json", self.folder, 1)

    def path(self, name="forest"):
        return self.results / "searches" / name / LEDGER

    def evaluate(self, asked):
        """Do what engines do, with all that is asked for; write the ledger."""
        lines = [ledger.encode(line) for line in asked.made_lines()]
        evaluations = sorted(Requested(asked).evaluations, key=lambda e: e.fold)
        for fold, group in itertools.groupby(evaluations, key=lambda e: e.fold):
            bundle = {"number": 0, "study": str(self.folder), "task": json.dumps(asked.task())}
            bundle |= {"fold": asked.folds[fold].for_engine()}
            bundle["evaluations"] = [
                (e.key, asked.made[e.model]["id"], e.model, e.params, 0, e.resource) for e in group
            ]
            lines += [line for line, *_ in run(bundle)["results"]]
        with ledger.Writer(self.path(asked.name)) as writer:
            writer.append(lines)

    def finish(self, asked):
        """Run a search that has nothing to do; return what it said and the bytes of its tables."""
        said, folder = [], self.path(asked.name).parent
        folder.mkdir(parents=True, exist_ok=True)
        # There is no place for engines: if one were wanted this would fail.
        found = attempt.run(asked, folder, Allocation(None, 0), study=self.folder, log=io.StringIO(), show=said.append)
        write_signed(folder / "evaluated.json", found)
        results = results_of(folder / "evaluated.json")
        columns, rows = tables.cv_results(results)
        write_table(folder / "scores.csv", columns, rows)
        found_best = best(results, rows)
        return (
            said,
            (folder / "scores.csv").read_bytes(),
            {k: v for k, v in found_best.items() if k != "reproduce"},
            found,
        )

    def cli(self, *arguments):
        return cli.main(["--results", str(self.results), *map(str, arguments)])


@pytest.fixture
def place(template, tmp_path):
    """Return a function that makes a study."""
    return lambda name: Place(tmp_path / name, template)


def records(path):
    return [record for record in ledger.read(path) if not record["key"].startswith("made:")]


# ---- adopt


def test_half_here_and_half_there_give_the_same_bytes_as_all_in_one_place(place, capsys):
    whole, here, there = place("whole"), place("here"), place("there")
    whole.evaluate(whole.ask())
    here.evaluate(here.ask(name="begun", space={"max_depth": [2]}))
    there.evaluate(there.ask(name="theirs", space={"max_depth": [1, 3]}, scoring=["f1_macro", "accuracy"]))
    assert here.cli("adopt", there.results) == 0
    path = there.path("theirs")
    assert capsys.readouterr().out == f"{path}: 4 records adopted\n"
    said, *tables, found = here.finish(here.ask())
    assert said == ["forest: 6 evaluations, 6 recorded (2 from begun, 4 from adopted/theirs), 0 to do"]
    assert tables == list(whole.finish(whole.ask())[1:3])
    assert found["reused"] == {"adopted/theirs": 4, "begun": 2}
    assert here.finish(here.ask())[0] == ["forest: 6 evaluations, 6 recorded, 0 to do"]


def test_adopting_says_what_a_search_that_has_begun_can_use_and_why_not_the_rest(place, capsys):
    here, there = place("here"), place("there")
    there.evaluate(there.ask(space={"max_depth": [1]}))
    path = there.path()
    made, one, two = path.read_bytes().splitlines()
    lost = {**ledger.decode(two), "key": "0" * 64, "made": "unknown"}
    dead = {**ledger.decode(two), "key": "1" * 64, "final": False}
    path.write_bytes(b"\n".join([made, one, two[:-20], *(ledger.encode(r).encode() for r in (lost, dead))]) + b"\n")
    here.path().parent.mkdir(parents=True)
    (here.path().parent / "asked.json").write_text(json.dumps(here.ask().as_json()))
    (here.path().parent.parent / "lacking").mkdir()
    (here.path("lacking").parent / "asked.json").write_text(
        json.dumps(here.ask(scoring=["f1_macro"], name="lacking").as_json())
    )
    assert here.cli("adopt", path) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{path}: 1 records adopted; not 1 damaged, 1 without a description of how they were made, "
        "1 of evaluations that ended their engines or timed out",
        "forest: 1 of its 6 missing evaluations are among them; snakemake uses them",
        "lacking: 0 of its 6 missing evaluations are among them",
        "lacking: 1 records of rf are kept and not used: without f1_macro",
    ]
    assert here.cli("adopt", path.parent) == 0
    assert "0 records adopted; not 1 adopted before, 1 damaged" in capsys.readouterr().out


def test_what_cannot_be_adopted_is_told_in_one_line(place, capsys):
    here = place("here")
    for path, why in (
        (here.folder / "nowhere", "there is no such file or folder"),
        (here.folder, "has no ledger"),
    ):
        assert here.cli("adopt", path) == 1
        right = "give a results folder, the folder of a search in it, or a ledger.jsonl"
        assert capsys.readouterr().err == f"foldwork: {path}: {why}; {right}\n"
    here.evaluate(here.ask())
    assert here.cli("adopt", here.results) == 1
    assert "searches of one study use each other's records without adopting" in capsys.readouterr().err


def test_adopted_records_of_other_folds_serve_nothing(place):
    here, there = place("here"), place("there")
    asked = there.ask()
    there.evaluate(replace(asked, folds=tuple(replace(fold, digest="of other data") for fold in asked.folds)))
    assert here.cli("adopt", there.results) == 0
    asked, path = here.ask(), here.results / "adopted/searches/forest.jsonl"
    assert len(records(path)) == 3 and list(Requested(asked).records(path)) == []


# ---- verify


@pytest.fixture
def done(place):
    """Return a study with a search that is done, one candidate of which fails."""
    study = place("study")
    study.evaluate(study.ask(space={"max_depth": [1, 2, "deep"]}))
    study.finish(study.ask(space={"max_depth": [1, 2, "deep"]}))
    return study


def tamper(path, chosen, **changed):
    """Change records, with the right checksum."""
    lines = [ledger.decode(line) for line in path.read_bytes().splitlines()]
    for record in lines:
        if record.get("params") == chosen and record["fold"] == 0:
            record |= changed
    path.write_text("".join(ledger.encode(record) + "\n" for record in lines))


def test_verify_makes_a_sample_again_and_says_which_differ_and_by_how_much(done, capfd):
    assert done.cli("verify", "forest") == 0
    assert capfd.readouterr().out == "6 of 6 equal\n"
    (record,) = (r for r in records(done.path()) if r["params"] == {"max_depth": 2} and r["fold"] == 0)
    right = record["test"]["accuracy"]
    tamper(done.path(), {"max_depth": 2}, test={"accuracy": right - 2**-40})
    tamper(done.path(), {"max_depth": "deep"}, status="ok", error=None)
    assert done.cli("verify", "forest") == 1
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == (
        f"rf(max_depth=2) fold 0: test accuracy recorded {right - 2**-40!r}, found {right!r}, difference 9.09e-13"
    )
    assert lines[1].startswith("rf(max_depth=deep) fold 0: recorded as ok, now failed (InvalidParameterError: ")
    assert lines[2:] == ["4 of 6 equal"]


def test_a_sample_is_the_same_for_the_same_seed(done):
    from foldwork.commands.verify import sample

    def keys(size, seed):
        return [e.key for e, _ in sample(done.path().parent, size, seed)]

    assert keys(3, 0) == keys(3, 0) and len(keys(3, 0)) == 3
    assert len({tuple(keys(3, seed)) for seed in range(20)}) > 5


def test_verify_says_that_a_difference_without_a_seed_is_to_be_expected(place, capfd):
    study = place("study")
    asked = study.ask(estimator={**FOREST, "random_state": None, "n_estimators": 1}, space={"max_depth": [1]})
    study.evaluate(asked)
    study.finish(asked)
    tamper(study.path(), {"max_depth": 1}, test={"accuracy": 0.0})
    assert study.cli("verify", "forest", "--seed", 3) == 1
    said = capfd.readouterr().out
    assert "rf(max_depth=1) fold 0: test accuracy recorded 0.0, found " in said
    assert "(RandomForestClassifier has no random_state: a difference is expected)" in said


def test_verify_says_in_one_line_what_hinders_it(done, capfd, monkeypatch):
    assert done.cli("verify", "forest", "--sample", 0) == 1
    assert capfd.readouterr().err == "foldwork: --sample 0: must be at least 1\n"
    fold = done.results / "splits/s/fold-0.joblib"
    for damage, why in (
        (lambda: os.truncate(fold, 100), "its bytes are not the ones that were written (SHA-256 differs)"),
        (fold.unlink, "No such file or directory"),
    ):
        damage()
        assert done.cli("verify", "forest") == 1
        said = capfd.readouterr()
        assert said.err == f"foldwork: {fold}: {why}; remove its folder and run snakemake again\n"
    done.path().unlink()
    assert done.cli("verify", "forest") == 1
    assert capfd.readouterr().err == "foldwork: forest: no recorded evaluation can be repeated\n"


@pytest.mark.slow
def test_the_labels_of_clusterings_are_compared_too_and_serve_metrics_in_any_order(place, capfd):
    study = place("study")
    kmeans = {"class": "sklearn.cluster.KMeans", "n_init": 1, "random_state": 0}
    models = {"kmeans": {"estimator": kmeans, "space": {"n_clusters": [2, 3]}}}
    manifest = study.results / "datasets/d/dataset.json"

    def ask(metrics):
        spec = {"dataset": "d", "models": models, "metrics": metrics}
        return make_request("clustering", "points", spec, manifest, study.folder, 1)

    study.evaluate(ask(["inertia", "silhouette"]))
    asked, folder = ask(["silhouette"]), study.results / "clusterings/points"
    folder.parent.mkdir()
    study.path("points").parent.rename(folder)
    (folder / "asked.json").write_text(json.dumps(asked.as_json()))
    ((evaluation, record), _) = Requested(asked).records(folder / LEDGER)
    assert partitions.title_of(evaluation, record, ["silhouette"]) == (
        f"kmeans: n_clusters = 2, silhouette {record['test']['silhouette']:.6g}"
    )
    assert study.cli("verify", "points") == 0
    assert capfd.readouterr().out == "2 of 2 equal\n"
    tamper(folder / LEDGER, {"n_clusters": 2}, labels="of another clustering")
    assert study.cli("verify", "points") == 1
    assert capfd.readouterr().out == "kmeans(n_clusters=2) fold 0: labels differ\n1 of 2 equal\n"


def test_results_that_were_moved_can_be_verified(done, capfd):
    done.folder.rename(done.folder.with_name("moved"))
    done.results = done.folder.with_name("moved") / "results"
    assert done.cli("verify", "forest", "--sample", 1) == 0
    assert capfd.readouterr().out == "1 of 1 equal\n"
