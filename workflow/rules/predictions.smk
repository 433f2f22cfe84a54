# Predictions of the best candidate of a search, of a nested search of the candidates that its outer folds have chosen.


# Short jobs: with a cluster profile they run on the machine where Snakemake runs, not in the queue.
localrules:
    plot_threshold,
    tune_threshold,


final_output += [
    f"results/searches/{search}/threshold.{end}"
    for search in settings["searches"]
    if "threshold" in settings["searches"][search]
    for end in ["json", "csv", *["png"] * (search in PLAIN)]
]
final_output += [file for search in settings["searches"] for file in get_prediction_file(search)]


rule write_predictions:
    input:
        best="results/searches/{search}/best.json",
        evaluated="results/searches/{search}/evaluated.json",
        folds=get_search_splits,
    output:
        predictions="results/searches/{search}/predictions.{format}",
    log:
        "logs/write_predictions/{search}.{format}.log",
    wildcard_constraints:
        search=pattern_of(PLAIN),
        format="parquet|csv",
    # What lacks predictions is fitted again.
    localrule: is_local("write_predictions")
    script:
        "../scripts/write_predictions.py"


use rule write_predictions as write_nested_predictions with:
    input:
        nested="results/searches/{search}/nested.json",
        evaluated="results/searches/{search}/evaluated.json",
        folds=get_search_splits,
    log:
        "logs/write_nested_predictions/{search}.{format}.log",
    wildcard_constraints:
        search=pattern_of(NESTED),
        format="parquet|csv",


rule tune_threshold:
    input:
        predictions=lambda wildcards: get_prediction_file(wildcards.search),
        evaluated="results/searches/{search}/evaluated.json",
    output:
        threshold="results/searches/{search}/threshold.json",
        curve="results/searches/{search}/threshold.csv",
    log:
        "logs/tune_threshold/{search}.log",
    script:
        "../scripts/tune_threshold.py"


rule plot_threshold:
    input:
        curve="results/searches/{search}/threshold.csv",
        threshold="results/searches/{search}/threshold.json",
        best="results/searches/{search}/best.json",
        evaluated="results/searches/{search}/evaluated.json",
    output:
        threshold=report(
            "results/searches/{search}/threshold.png", caption="../report/picture.rst", category="{search}"
        ),
    log:
        "logs/plot_threshold/{search}.log",
    wildcard_constraints:
        search=pattern_of(PLAIN),
    params:
        picture="threshold",
        caption="Mean score of {search} against the decision threshold, the chosen threshold, and those that are chosen without each fold.",
    script:
        "../scripts/plot.py"
