# Short jobs: with a cluster profile they run on the machine where Snakemake runs, not in the queue.
localrules:
    aggregate_clustering,
    plot_clusters,
    plot_selection,
    plot_silhouettes,
    tabulate_gap,


# Clusterings with silhouette plots.
WITH_SILHOUETTES = [
    name
    for name, clustering in settings["clusterings"].items()
    if "silhouette" in map(metric_name, clustering["metrics"])
]


# Targets of `rule all`, as in search.smk.
final_output += expand(
    "results/clusterings/{clustering}/{file}",
    clustering=settings["clusterings"],
    file=["evaluated.json", "evaluations.csv", "scores.csv", "chosen.json", "timings.csv", "clusters", "selection.png"],
)
final_output += expand("results/clusterings/{clustering}/silhouettes", clustering=WITH_SILHOUETTES)


rule evaluate_clustering:
    input:
        folds=get_clustering_dataset,
    output:
        evaluated="results/clusterings/{clustering}/evaluated.json",
    log:
        "logs/evaluate_clustering/{clustering}.log",
    threads: get_threads
    params:
        kind="clustering",
        models=models_of(get_clustering),
        settings=settings_of(get_clustering),
        source=text_of(get_clustering_source),
        code=code_of(get_clustering),
    script:
        "../scripts/evaluate.py"


# Not a local rule: with many points the comparison of all pairs of subsamples takes minutes.
rule tabulate_stability:
    input:
        evaluated="results/clusterings/{clustering}/evaluated.json",
    output:
        stability=report(
            "results/clusterings/{clustering}/stability.csv",
            caption="../report/stability.rst",
            category="{clustering}",
        ),
    log:
        "logs/tabulate_stability/{clustering}.log",
    wildcard_constraints:
        clustering=pattern_of(clusterings_with("stability")),
    params:
        table="stability",
    script:
        "../scripts/assess_clustering.py"


rule tabulate_gap:
    input:
        evaluated="results/clusterings/{clustering}/evaluated.json",
    output:
        gap=report("results/clusterings/{clustering}/gap.csv", caption="../report/gap.rst", category="{clustering}"),
    log:
        "logs/tabulate_gap/{clustering}.log",
    wildcard_constraints:
        clustering=pattern_of(clusterings_with("gap")),
    params:
        table="gap",
    script:
        "../scripts/assess_clustering.py"


rule aggregate_clustering:
    input:
        stability=get_assessment("stability"),
        gap=get_assessment("gap"),
        evaluated="results/clusterings/{clustering}/evaluated.json",
    output:
        evaluations="results/clusterings/{clustering}/evaluations.csv",
        scores=report(
            "results/clusterings/{clustering}/scores.csv", caption="../report/scores.rst", category="{clustering}"
        ),
        chosen="results/clusterings/{clustering}/chosen.json",
        timings="results/clusterings/{clustering}/timings.csv",
    log:
        "logs/aggregate_clustering/{clustering}.log",
    script:
        "../scripts/aggregate_clustering.py"


rule plot_clusters:
    input:
        dataset=get_clustering_dataset,
        evaluated="results/clusterings/{clustering}/evaluated.json",
    output:
        clusters=report(
            directory("results/clusterings/{clustering}/clusters"),
            patterns=["{candidate}.png"],
            caption="../report/picture.rst",
            category="{clustering}",
        ),
    log:
        "logs/plot_clusters/{clustering}.log",
    params:
        picture="clustering_candidates",
        caption="The points and their clusters, one picture a candidate of {clustering}.",
    script:
        "../scripts/plot.py"


rule plot_selection:
    input:
        stability=get_assessment("stability"),
        gap=get_assessment("gap"),
        scores="results/clusterings/{clustering}/scores.csv",
        chosen="results/clusterings/{clustering}/chosen.json",
        evaluated="results/clusterings/{clustering}/evaluated.json",
    output:
        selection=report(
            "results/clusterings/{clustering}/selection.png",
            caption="../report/picture.rst",
            category="{clustering}",
        ),
    log:
        "logs/plot_selection/{clustering}.log",
    params:
        picture="selection",
        caption="Metrics of the partitions of {clustering} against the number of clusters.",
    script:
        "../scripts/plot.py"


rule plot_silhouettes:
    input:
        dataset=get_clustering_dataset,
        evaluated="results/clusterings/{clustering}/evaluated.json",
    output:
        silhouettes=report(
            directory("results/clusterings/{clustering}/silhouettes"),
            patterns=["{candidate}.png"],
            caption="../report/picture.rst",
            category="{clustering}",
        ),
    log:
        "logs/plot_silhouettes/{clustering}.log",
    wildcard_constraints:
        clustering=pattern_of(WITH_SILHOUETTES),
    params:
        picture="silhouettes",
        caption="The silhouettes of the points of each cluster, one picture a candidate of {clustering}.",
    script:
        "../scripts/plot.py"
