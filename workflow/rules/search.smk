# Short jobs: with a cluster profile they run on the machine where Snakemake runs, not in the queue.
localrules:
    aggregate_scores,
    choose_candidate,
    plot_validation,
    plot_validation_metric,
    compare_models,
    plot_comparison,
    plot_race,
    tabulate_generations,
    plot_generations,


# Targets of `rule all`. evaluated.json is one of them, so that Snakemake evaluates again when only this file was removed.
final_output += expand(
    "results/searches/{search}/{file}",
    search=settings["searches"],
    file=["evaluated.json", "evaluations.csv", "scores.csv", "timings.csv"],
)
final_output += [
    f"results/searches/{search}/{file}"
    for search in PLAIN
    for file in [
        "best.json",
        "validation.png",
        *[f"validation-{metric}.png" for metric in get_metrics(search)[1:]],
        *["comparison.csv", "comparison.png"] * (len(settings["searches"][search]["models"]) > 1),
        *["race.png"] * ("racing" in settings["searches"][search]["strategy"]),
        *["generations.csv", "generations.png"] * ("evolution" in settings["searches"][search]["strategy"]),
    ]
]


rule evaluate:
    input:
        folds=get_search_splits,
        inner=get_inner_folds,
    output:
        evaluated="results/searches/{search}/evaluated.json",
    log:
        "logs/evaluate/{search}.log",
    threads: get_threads
    params:
        kind="search",
        models=models_of(get_search),
        settings=settings_of(get_search),
        source=text_of(get_search_source),
        code=code_of(get_search),
    script:
        "../scripts/evaluate.py"


rule aggregate_scores:
    input:
        evaluated="results/searches/{search}/evaluated.json",
    output:
        evaluations="results/searches/{search}/evaluations.csv",
        scores=report("results/searches/{search}/scores.csv", caption="../report/scores.rst", category="{search}"),
        timings="results/searches/{search}/timings.csv",
    log:
        "logs/aggregate_scores/{search}.log",
    wildcard_constraints:
        search=pattern_of(PLAIN),
    script:
        "../scripts/aggregate_scores.py"


rule choose_candidate:
    input:
        evaluated="results/searches/{search}/evaluated.json",
    output:
        best="results/searches/{search}/best.json",
    log:
        "logs/choose_candidate/{search}.log",
    wildcard_constraints:
        search=pattern_of(PLAIN),
    params:
        choice=get_choice,
    script:
        "../scripts/choose_candidate.py"


rule plot_validation:
    input:
        scores="results/searches/{search}/scores.csv",
        evaluated="results/searches/{search}/evaluated.json",
    output:
        validation=report(
            "results/searches/{search}/validation.png", caption="../report/picture.rst", category="{search}"
        ),
    log:
        "logs/plot_validation/{search}.log",
    wildcard_constraints:
        search=pattern_of(PLAIN),
    params:
        picture="validation",
        metric=lambda wildcards: get_metrics(wildcards.search)[0],
        caption="Mean score by the first metric over the parameters of the search {search}; the best candidate is marked.",
    script:
        "../scripts/plot.py"


# One picture for each metric after the first, named as in the config.
use rule plot_validation as plot_validation_metric with:
    output:
        validation=report(
            "results/searches/{search}/validation-{metric}.png",
            caption="../report/picture.rst",
            category="{search}",
        ),
    log:
        "logs/plot_validation_metric/{search}/{metric}.log",
    params:
        picture="validation",
        metric="{metric}",
        caption="Mean {metric} over the parameters of the search {search}; the best candidate is marked.",


# These two are targets for searches of several models alone: a rule with wildcards cannot declare an output for some of its jobs.
rule compare_models:
    input:
        scores="results/searches/{search}/scores.csv",
        evaluated="results/searches/{search}/evaluated.json",
    output:
        comparison=report(
            "results/searches/{search}/comparison.csv", caption="../report/comparison.rst", category="{search}"
        ),
    log:
        "logs/compare_models/{search}.log",
    params:
        rope=get_rope,
    script:
        "../scripts/compare_models.py"


rule plot_comparison:
    input:
        scores="results/searches/{search}/scores.csv",
        evaluated="results/searches/{search}/evaluated.json",
    output:
        comparison=report(
            "results/searches/{search}/comparison.png", caption="../report/picture.rst", category="{search}"
        ),
    log:
        "logs/plot_comparison/{search}.log",
    params:
        picture="comparison",
        rope=get_rope,
        caption="Differences between the best candidates of the models of the search {search}.",
    script:
        "../scripts/plot.py"


# Of searches with the strategy racing.
rule plot_race:
    input:
        scores="results/searches/{search}/scores.csv",
        evaluated="results/searches/{search}/evaluated.json",
    output:
        race=report("results/searches/{search}/race.png", caption="../report/picture.rst", category="{search}"),
    log:
        "logs/plot_race/{search}.log",
    params:
        picture="race",
        caption="Candidates of the search {search} against folds, and when each was dropped.",
    script:
        "../scripts/plot.py"


# These two of searches with the strategy evolution.
rule tabulate_generations:
    input:
        scores="results/searches/{search}/scores.csv",
        evaluated="results/searches/{search}/evaluated.json",
    output:
        generations="results/searches/{search}/generations.csv",
    log:
        "logs/tabulate_generations/{search}.log",
    script:
        "../scripts/tabulate_generations.py"


rule plot_generations:
    input:
        generations="results/searches/{search}/generations.csv",
        evaluated="results/searches/{search}/evaluated.json",
    output:
        generations=report(
            "results/searches/{search}/generations.png", caption="../report/picture.rst", category="{search}"
        ),
    log:
        "logs/plot_generations/{search}.log",
    params:
        picture="generations",
        metric=lambda wildcards: get_metrics(wildcards.search)[0],
        caption="Best, mean and spread of the scores of each generation of the search {search}.",
    script:
        "../scripts/plot.py"
