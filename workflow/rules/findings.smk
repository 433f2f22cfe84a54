# What stands out in a search and its data.
# Short jobs: with a cluster profile they run on the machine where Snakemake runs, not in the queue.
localrules:
    collect_findings,


final_output += expand("results/searches/{search}/findings.json", search=settings["searches"])


rule collect_findings:
    input:
        evaluated="results/searches/{search}/evaluated.json",
        folds=get_search_splits,
        dataset=get_search_dataset,
    output:
        findings="results/searches/{search}/findings.json",
    log:
        "logs/collect_findings/{search}.log",
    params:
        choice=get_choice,
    script:
        "../scripts/collect_findings.py"
