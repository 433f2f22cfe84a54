# All Python code of the workflow: checks the config, constrains the wildcards, and defines input and params functions.
import re
from pathlib import Path

from foldwork.data import input_files
from foldwork.engines import parent_process
from foldwork.records.curve_spec import possible_spec
from foldwork.records.make_request import spec_and_source
from foldwork.results import summary
from foldwork.workflow import graceful_stop, output_owner, rerun_reasons
from foldwork.workflow.check_once import check_once
from foldwork.workflow.exit_at_once import exit_at_once
from foldwork.study.choice_rule import choice_of
from foldwork.study.config import numbers_of, validate
from foldwork.study.objects import metric_name
from foldwork.study.prediction_setting import prediction_setting
from foldwork.study.versions import EVALUATION, SHARING, dependencies

or_one_line(parent_process.record_snakemake)
output_owner.note(main=workflow.is_main_process)
output_owner.keep_what_others_made()
graceful_stop.stop_in_order()
exit_at_once()


def check_files(settings):
    """Raise if a data file is missing. Not for a module: its files may be made by rules of the workflow that uses it."""
    for name, dataset in settings["datasets"].items():
        input_files.check(name, dataset)


def read_settings():
    """Return the checked config with defaults. In a module, the workflow that uses it passes `config`."""
    if workflow.modifier.skip_configfile:
        given = numbers_of(config)
    else:
        given = read(workflow.configfiles, workflow.config_settings.config)
    settings = validate(given, workflow.source_path("../schemas/config.schema.json"))
    if workflow.is_main_process and not workflow.modifier.skip_configfile:
        check_files(settings)
    return settings


settings = or_one_line(read_settings)
await_check = or_one_line(check_once, settings) if workflow.is_main_process else lambda: None
config["foldwork"] = settings  # for the scripts; params hold short texts, which Snakemake shows when they change


def get_metrics(search):
    """Return the names of the metrics of a search. Without scoring there is one, the `score` method of the estimator."""
    return [metric_name(metric) for metric in settings["searches"][search]["scoring"]] or ["score"]


def pattern_of(names):
    """Return a regular expression that matches the given names."""
    return "|".join(map(re.escape, names)) or "(?!)"


def names_of(section):
    """Return a regular expression that matches the names in a section of the config."""
    return pattern_of(settings[section])


NESTED = [name for name, search in settings["searches"].items() if "inner" in search]
PLAIN = [name for name in settings["searches"] if name not in NESTED]
IMPORTANCES = [name for name, curve in settings["curves"].items() if "permutation_importance" in curve]


# The files with the rules of searches and clusterings add their targets.
final_output = []


wildcard_constraints:
    dataset=names_of("datasets"),
    splits=names_of("splits"),
    search=names_of("searches"),
    clustering=names_of("clusterings"),
    curve=names_of("curves"),
    metric="|".join(
        sorted({re.escape(metric) for search in settings["searches"] for metric in get_metrics(search)[1:]})
    )
    or "(?!)",


def get_dataset(wildcards):
    return settings["datasets"][wildcards.dataset]


def get_dataset_files(wildcards):
    return input_files.files_of(get_dataset(wildcards))


def get_dataset_content(wildcards):
    """Return a text with the digest of each data file, so that changed content triggers a rerun; Snakemake itself compares time stamps."""
    return rerun_reasons.of_content(input_files.content(get_dataset_files(wildcards)))


def get_splits(wildcards):
    return settings["splits"][wildcards.splits]


def get_split_dataset(wildcards):
    return f"results/datasets/{get_splits(wildcards)['dataset']}"


def get_split_source(wildcards):
    return settings["datasets"][get_splits(wildcards)["dataset"]]


def get_threads(wildcards):
    """Return all cores for a local run. On a cluster the profile sets them (tasks × cpus_per_task, or set-threads)."""
    return workflow.cores if workflow.local_exec and not workflow.remote_exec else 1


def is_local(name):
    """Return whether the profile wants jobs of this name where Snakemake runs: `set-resources: {load_dataset: {local: 1}}`."""
    return "local" in workflow.resource_settings.overwrite_resources.get(name, {})


def get_search(wildcards):
    """Return what the evaluations of a search depend on: its part of the config without what evaluations do not depend on."""
    return spec_and_source(settings, "search", wildcards.search)[0]


def get_rope(wildcards):
    return settings["searches"][wildcards.search]["compare"]["rope"]


def get_choice(wildcards):
    return rerun_reasons.of_mapping(choice_of(settings["searches"][wildcards.search]))


def get_search_splits(wildcards):
    return f"results/splits/{get_search(wildcards)['splits']}"


def get_prediction_file(search):
    """Return the file with the predictions of a search, in a list; an empty one if none are kept."""
    setting = prediction_setting(settings["searches"][search])
    return [] if setting.of == "none" else [f"results/searches/{search}/predictions.{setting.format}"]


def get_search_dataset(wildcards):
    return f"results/datasets/{settings['splits'][get_search(wildcards)['splits']]['dataset']}"


def get_refit_threads(wildcards):
    """Return the threads for the fit of the best model; None for those of the folds."""
    refit = settings["searches"][wildcards.search].get("refit", True)
    return refit.get("threads") if isinstance(refit, dict) else None


def get_holdout(wildcards):
    return f"results/searches/{wildcards.search}/holdout.json" if wildcards.search in HELD_OUT else []


def get_inner_folds(wildcards):
    return f"results/searches/{wildcards.search}/inner" if wildcards.search in NESTED else []


def get_search_source(wildcards):
    return spec_and_source(settings, "search", wildcards.search)[1]


def get_clustering(wildcards):
    return settings["clusterings"][wildcards.clustering]


def get_clustering_dataset(wildcards):
    return f"results/datasets/{get_clustering(wildcards)['dataset']}"


def clusterings_with(key):
    """Return the names of the clusterings whose config has a key."""
    return [name for name, clustering in settings["clusterings"].items() if key in clustering]


def get_assessment(key):
    """Return an input function: the table of a clustering whose config has a key, an empty list for others."""

    def table(wildcards):
        found = key in get_clustering(wildcards)
        return f"results/clusterings/{wildcards.clustering}/{key}.csv" if found else []

    return table


def get_clustering_source(wildcards):
    return spec_and_source(settings, "clustering", wildcards.clustering)[1]


def get_curve(wildcards):
    """Return what the evaluations of a curve depend on: its part of the config, and settings and models of its search."""
    return possible_spec(settings, wildcards.curve)


def get_curve_splits(wildcards):
    return f"results/splits/{get_curve(wildcards)['splits']}"


def get_curve_source(wildcards):
    return input_files.source_of_splits(settings["splits"][get_curve(wildcards)["splits"]])


def get_best_of_curve(wildcards):
    curve = settings["curves"][wildcards.curve]
    return f"results/searches/{curve['search']}/best.json" if curve["of"] == "best" else []


def code_of(get_spec):
    """Return a params function with the versions of code that a job uses: Snakemake does not track packages and the user's modules."""

    def code(wildcards):
        spec = get_spec(wildcards)
        own = {"evaluation": EVALUATION} | ({"sharing": SHARING} if "models" in spec else {})
        return rerun_reasons.of_versions({**own, **dependencies(spec, Path.cwd(), files="models" in spec)})

    return code


def models_of(get_spec):
    """Return a params function with the models of a search or clustering."""
    return lambda wildcards: rerun_reasons.of_models(get_spec(wildcards)["models"])


def settings_of(get_spec):
    """Return a params function with the settings of a search or clustering other than its models."""
    return lambda wildcards: rerun_reasons.of_settings(get_spec(wildcards))


def text_of(get_spec):
    """Return a params function with a part of the config."""
    return lambda wildcards: rerun_reasons.of_mapping(get_spec(wildcards))
