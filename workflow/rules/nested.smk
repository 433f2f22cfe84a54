# Nested searches: those with `inner`.
# Short jobs: with a cluster profile they run on the machine where Snakemake runs, not in the queue.
localrules:
    aggregate_nested,
    plot_nested,


final_output += expand(
    "results/searches/{search}/{file}", search=NESTED, file=["nested.csv", "nested.json", "nested.png"]
)


rule persist_inner_splits:
    input:
        folds=get_search_splits,
    output:
        folder=directory("results/searches/{search}/inner"),
    log:
        "logs/persist_inner_splits/{search}.log",
    wildcard_constraints:
        search=pattern_of(NESTED),
    localrule: is_local("persist_inner_splits")
    params:
        spec=lambda wildcards: rerun_reasons.of_mapping(get_search(wildcards)["inner"]),
        source=text_of(get_search_source),
        code=code_of(lambda wildcards: get_search(wildcards)["inner"]),
    script:
        "../scripts/persist_inner_splits.py"


rule aggregate_nested:
    input:
        evaluated="results/searches/{search}/evaluated.json",
    output:
        evaluations="results/searches/{search}/evaluations.csv",
        scores=report("results/searches/{search}/scores.csv", caption="../report/scores.rst", category="{search}"),
        timings="results/searches/{search}/timings.csv",
        nested=report("results/searches/{search}/nested.csv", caption="../report/nested.rst", category="{search}"),
        summary="results/searches/{search}/nested.json",
    log:
        "logs/aggregate_nested/{search}.log",
    wildcard_constraints:
        search=pattern_of(NESTED),
    script:
        "../scripts/aggregate_nested.py"


rule plot_nested:
    input:
        nested="results/searches/{search}/nested.csv",
        summary="results/searches/{search}/nested.json",
        evaluated="results/searches/{search}/evaluated.json",
    output:
        nested=report("results/searches/{search}/nested.png", caption="../report/picture.rst", category="{search}"),
    log:
        "logs/plot_nested/{search}.log",
    params:
        picture="nested",
        caption=lambda wildcards: f"Inner and outer scores of the nested search {wildcards.search}, and which candidate each outer fold has chosen.",
    script:
        "../scripts/plot.py"
