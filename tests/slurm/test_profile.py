"""The profile as it is shipped, and the lines in it that a site changes."""

import csv
import os
import subprocess

import ipyparallel
import pytest
from slurm_study import SlurmStudy, results

# Evaluations of some tenths of a second, enough of them that the engines of both nodes are there before all are done.
STUDY = {
    "datasets": {
        "iris": {"load": "sklearn.datasets.load_iris"},
        "blobs": {"load": "sklearn.datasets.make_blobs", "args": {"n_samples": 300, "random_state": 0}},
    },
    "splits": {"halves": {"dataset": "iris", "cv": {"class": "ShuffleSplit", "n_splits": 3, "random_state": 0}}},
    "searches": {
        "forest": {
            "splits": "halves",
            "models": {
                "forest": {
                    "estimator": {
                        "class": "sklearn.ensemble.RandomForestClassifier",
                        "n_estimators": 100,
                        "random_state": 0,
                    },
                    "space": {"max_depth": [1, 2, 3, 5, 8], "max_features": [1, 2, 3, 4]},
                }
            },
        }
    },
    "clusterings": {
        "blobs": {
            "dataset": "blobs",
            "models": {
                "kmeans": {
                    "estimator": {"class": "sklearn.cluster.KMeans", "n_init": 200, "random_state": 0},
                    "space": {"n_clusters": {"range": [2, 22]}},
                }
            },
            "metrics": ["inertia", "silhouette"],
        }
    },
}


def column(path, name):
    with open(path, newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def test_as_shipped_it_uses_both_nodes_and_gives_the_bytes_of_a_local_run(slurm, tmp_path):
    cluster, local = SlurmStudy(tmp_path / "cluster", STUDY, slurm), SlurmStudy(tmp_path / "local", STUDY)
    done = cluster.run("--slurm-init-seconds-before-status-checks", "3")
    local.run(cores=2)

    folder = cluster.search("forest")
    assert set(column(folder / "evaluations.csv", "node")) == {"n1", "n2"}
    assert len(column(folder / "evaluations.csv", "node")) == 60
    assert set(column(cluster.folder / "results/clusterings/blobs/engines.csv", "node")) == {"n1", "n2"}
    expected = results(local.folder) | results(local.folder, "clusterings")
    assert len(expected) == 2 + 1 + 1 + 20 + 20  # tables, heat map, selection, clusters, silhouettes
    assert results(cluster.folder) | results(cluster.folder, "clusterings") == expected

    # Data and engines have their place in Slurm; tables and plots are not worth one.
    rules = {now["comment"].removeprefix("rule_").partition("_wildcards")[0] for now in slurm.jobs().values()}
    assert rules >= {"load_dataset", "persist_splits", "evaluate", "evaluate_clustering"}
    assert "aggregate_scores" not in rules and "localrule aggregate_scores" in done.stderr
    cluster.await_no_strays()


def test_one_task_needs_no_srun(naps, local_naps, slurm):
    study = naps(slurm)
    study.edit_profile(resources={"tasks": 1}, without=["mpi", "nodes"])
    study.run()
    assert len(set(column(study.search("naps") / "evaluations.csv", "pid"))) == 1
    assert results(study.folder) == results(local_naps.folder)


@pytest.mark.accounting
def test_with_accounting_only_the_status_command_changes(naps, local_naps, slurm_accounting):
    study = naps(slurm_accounting)
    study.edit_profile(resources={"slurm_account": "tests", "tasks": 4}, slurm_status_command="sacct", retries=0)
    study.pace(0.05)  # long enough for engines on both nodes to take part
    study.run()
    assert results(study.folder) == results(local_naps.folder)
    assert set(column(study.search("naps") / "evaluations.csv", "node")) == {"n1", "n2"}
    job = study.await_state("COMPLETED")
    assert slurm_accounting.run("sacct", "-XnP", "-j", job, "-o", "State,Account,NCPUS") == "COMPLETED|tests|4"


def test_a_job_that_waits_long_breaks_nothing_and_one_that_fails_shows_its_reason_and_its_log(naps, slurm):
    study = naps(slurm)
    study.config["searches"]["naps"] |= {"on_error": "raise"}
    study.write(study.config)
    (study.folder / "pace").write_text("no number")
    study.edit_profile(resources={"tasks": 2}, retries=0, latency_wait=1)
    for node in slurm.nodes:
        slurm.drain(node)
    process = study.start()
    job = study.await_state("PENDING")
    with pytest.raises(subprocess.TimeoutExpired):  # longer than latency-wait and the first status check
        process.wait(6)
    assert study.jobs() == {job: "PENDING"}
    for node in slurm.nodes:
        slurm.resume(node)
    assert process.wait(120) == 1
    assert study.jobs() == {job: "FAILED"}
    screen = (study.folder / "screen.log").read_text()
    assert "foldwork: naps: nap {'x': " in screen
    assert "could not convert string to float: 'no number'" in screen
    assert "logs/evaluate/naps.log" in screen


def test_a_cluster_that_someone_runs_already_is_used_instead(naps, local_naps, slurm, tmp_path):
    study = naps(slurm)
    study.edit_profile(resources={"tasks": 1}, without=["mpi", "nodes"])
    home = tmp_path / "ipython"
    os.environ["IPYTHONDIR"] = str(home)
    try:
        with ipyparallel.Cluster(n=2, profile="theirs", cluster_id="", log_level=40) as client:
            theirs = client[:].apply_sync(os.getpid)
            study.pace(0.05)
            study.run(env={"FOLDWORK_CONNECT": "theirs", "IPYTHONDIR": str(home)})
            assert sorted(set(column(study.search("naps") / "evaluations.csv", "pid"))) == sorted(map(str, theirs))
            assert client[:].apply_sync(os.getpid) == theirs
    finally:
        del os.environ["IPYTHONDIR"]
    assert results(study.folder) == results(local_naps.folder)
