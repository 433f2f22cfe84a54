# Tables and pictures of searches with `diagnosis: true`. Each rule makes a folder with what applies to the search.
# Short jobs: with a cluster profile they run on the machine where Snakemake runs, not in the queue.
localrules:
    plot_diagnosis,
    plot_parameters,
    plot_pareto,


final_output += [
    f"results/searches/{search}/{folder}"
    for search in PLAIN
    if settings["searches"][search]["diagnosis"]
    for folder in ["parameters", "timings", *["diagnosis"] * bool(get_prediction_file(search))]
]


rule plot_diagnosis:
    input:
        predictions=lambda wildcards: next(iter(get_prediction_file(wildcards.search)), []),
        best="results/searches/{search}/best.json",
        dataset=get_search_dataset,
        evaluated="results/searches/{search}/evaluated.json",
    output:
        folder=report(
            directory("results/searches/{search}/diagnosis"),
            patterns=["{name}.png"],
            caption="../report/picture.rst",
            category="{search}",
        ),
    log:
        "logs/plot_diagnosis/{search}.log",
    wildcard_constraints:
        search=pattern_of(PLAIN),
    params:
        picture="diagnosis",
        caption="Predictions of the best candidate of the search {search} for rows that it was not fitted on.",
    script:
        "../scripts/plot.py"


rule plot_parameters:
    input:
        scores="results/searches/{search}/scores.csv",
        evaluated="results/searches/{search}/evaluated.json",
    output:
        folder=report(
            directory("results/searches/{search}/parameters"),
            patterns=["{name}.png"],
            caption="../report/picture.rst",
            category="{search}",
        ),
    log:
        "logs/plot_parameters/{search}.log",
    params:
        picture="parameters",
        metric=lambda wildcards: get_metrics(wildcards.search)[0],
        caption="Importance of the parameters of the search {search}, and its scores by their values and by fold.",
    script:
        "../scripts/plot.py"


rule plot_pareto:
    input:
        scores="results/searches/{search}/scores.csv",
        timings="results/searches/{search}/timings.csv",
        evaluated="results/searches/{search}/evaluated.json",
    output:
        folder=report(
            directory("results/searches/{search}/timings"),
            patterns=["{name}.png"],
            caption="../report/picture.rst",
            category="{search}",
        ),
    log:
        "logs/plot_pareto/{search}.log",
    params:
        picture="pareto",
        metric=lambda wildcards: get_metrics(wildcards.search)[0],
        caption="Score against fit time of the candidates of the search {search}, and the Pareto front.",
    script:
        "../scripts/plot.py"
