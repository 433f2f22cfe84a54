"""Evaluate all that a search or a clustering asks for and its ledger does not have."""

from pathlib import Path

from foldwork import request, search
from foldwork.engines.places import here
from foldwork.files import write_signed
from foldwork.job import job

MANIFESTS = {"search": "splits.json", "clustering": "dataset.json"}


def main(snakemake):
    evaluated, params, resources = Path(snakemake.output.evaluated), snakemake.params, snakemake.resources
    mpi, cpus = resources.get("mpi"), resources.get("cpus_per_task") or 1
    nodes = resources.get("nodes") or 1
    tasks = resources.get("tasks") or nodes * (resources.get("tasks_per_node") or 0)
    place, engines = here(mpi, tasks or max(1, snakemake.threads // cpus))
    per_cpu, total = resources.get("mem_mb_per_cpu"), resources.get("mem_mb")
    memory = int((per_cpu * cpus if per_cpu else total * nodes / engines if total else 0) * 1_000_000)
    with job(snakemake, leaves_by_itself=True) as log:
        kind, (name,) = params.kind, snakemake.wildcards
        spec, source = request.wanted(snakemake.config["foldwork"], kind, name)
        manifest = Path(snakemake.input.folds) / MANIFESTS[kind]
        asked = request.make(kind, name, spec, manifest, Path.cwd(), cpus, source)
        found = search.run(
            asked, evaluated.parent, place=place, engines=engines, memory=memory, study=Path.cwd(), log=log
        )
        if found is not None:
            write_signed(evaluated, found)


if __name__ == "__main__":
    main(snakemake)  # noqa: F821
