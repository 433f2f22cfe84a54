"""Engines keep to their CPUs, and searches to themselves."""

import json
import os
import time

import pytest
from slurm_study import NAPS

from foldwork.storage.file_names import RUN


@pytest.mark.parametrize("cpus", [2, 1])
def test_each_engine_computes_on_its_own_cpus_only(naps, slurm, cpus):
    study = naps(slurm)
    model = study.config["searches"]["naps"]["models"]["nap"]
    model |= {"estimator": {"class": "nap.Witness"}, "space": {"x": {"range": [0, 8]}}}
    study.write(study.config)
    study.edit_profile(resources={"tasks_per_node": 2, "cpus_per_task": cpus}, without=["tasks"], retries=0)
    study.run("results/searches/naps/evaluated.json")
    seen = [json.loads(line) for line in (study.folder / "witness.jsonl").read_text().splitlines()]
    assert len(seen) == 16
    assert {one["node"] for one in seen} == {"n1", "n2"}
    for one in seen:
        assert one["omp"] == one["loky"] == str(cpus)
        assert set(one["pools"]) == {cpus}
        assert one["load"] < cpus + 0.3
    # Where the job's CPUs are just as many as its engines need, each engine has its own.
    here = sorted(os.sched_getaffinity(0))
    if len(here) == 2 * cpus:
        for node in ("n1", "n2"):
            sets = {one["pid"]: tuple(one["affinity"]) for one in seen if one["node"] == node}
            assert sorted(cpu for own in sets.values() for cpu in own) == here


@pytest.mark.parametrize("count", [8, pytest.param(30, marks=pytest.mark.slow)])
def test_many_searches_submitted_at_once_share_no_port_and_no_folder(slurm, slurm_study, count):
    config = json.loads(json.dumps(NAPS))
    search = config["searches"].pop("naps")
    nap = search["models"]["nap"]["estimator"]
    config["searches"] = {  # each has a candidate of its own: records of another would serve it
        f"naps{k:02}": search | {"models": {"nap": {"estimator": nap, "space": {"x": [k]}}}} for k in range(count)
    }
    study = slurm_study(config, slurm)
    study.run("--until", "persist_splits", cores=2)
    study.edit_profile(resources={"tasks": 2, "nodes": 1}, retries=0)
    study.pace(1)
    process = study.start(*[f"results/searches/{name}/evaluated.json" for name in config["searches"]])
    folders, together = {}, 0
    while process.poll() is None:
        now = list(study.folder.glob(f"results/searches/*/{RUN}-*"))
        together = max(together, len(now))
        folders |= {folder: folder.parent.name for folder in now}
        time.sleep(0.2)
    study.finish(process)
    assert len(study.jobs()) == count
    assert set(study.jobs().values()) == {"COMPLETED"}
    assert together > 1
    assert len(folders) == len(set(folders.values())) == count
    for name in config["searches"]:
        assert len(study.records(name)) == 2
        assert len({(record["node"], record["pid"]) for record in study.records(name)}) <= 2
    assert len(study.fits()) == 2 * count
