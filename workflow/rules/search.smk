# Short jobs: with a cluster profile they run on the machine where Snakemake runs, not in the queue.
localrules:
    aggregate_scores,
    plot_validation,
    plot_validation_metric,
    compare_models,
    plot_comparison,


rule evaluate:
    input:
        folds=get_search_splits,
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
        best="results/searches/{search}/best.json",
    log:
        "logs/aggregate_scores/{search}.log",
    script:
        "../scripts/aggregate_scores.py"


rule plot_validation:
    input:
        scores="results/searches/{search}/scores.csv",
        evaluated="results/searches/{search}/evaluated.json",
    output:
        validation=report(
            "results/searches/{search}/validation.png", caption="../report/validation.rst", category="{search}"
        ),
    log:
        "logs/plot_validation/{search}.log",
    params:
        metric=lambda wildcards: get_metrics(wildcards.search)[0],
    script:
        "../scripts/plot_validation.py"


# One picture for each metric after the first, named as in the config.
use rule plot_validation as plot_validation_metric with:
    output:
        validation=report(
            "results/searches/{search}/validation-{metric}.png",
            caption="../report/validation.rst",
            category="{search}",
        ),
    log:
        "logs/plot_validation_metric/{search}/{metric}.log",
    params:
        metric="{metric}",


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
            "results/searches/{search}/comparison.png", caption="../report/comparison.rst", category="{search}"
        ),
    log:
        "logs/plot_comparison/{search}.log",
    params:
        rope=get_rope,
    script:
        "../scripts/plot_comparison.py"
