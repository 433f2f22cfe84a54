# The fitted best model of a search: of those with `refit`, which is the default of searches that are not nested.
# Short jobs: with a cluster profile they run on the machine where Snakemake runs, not in the queue.
localrules:
    write_model_card,


REFITTED = [search for search in PLAIN if settings["searches"][search].get("refit", True)]
HELD_OUT = [search for search in REFITTED if settings["splits"][settings["searches"][search]["splits"]].get("holdout")]


final_output += expand("results/searches/{search}/{file}", search=REFITTED, file=["model.json", "MODEL_CARD.md"])
final_output += expand("results/searches/{search}/holdout.json", search=HELD_OUT)


# The model's file, model.skops or model.joblib, is not declared: which of them it is depends on the estimator. model.json has its digest.
rule fit_model:
    input:
        best="results/searches/{search}/best.json",
        splits=get_search_splits,
        dataset=get_search_dataset,
    output:
        model="results/searches/{search}/model.json",
    log:
        "logs/fit_model/{search}.log",
    wildcard_constraints:
        search=pattern_of(REFITTED),
    localrule: is_local("fit_model")
    threads: lambda wildcards: get_refit_threads(wildcards) or 1
    params:
        threads=get_refit_threads,
    script:
        "../scripts/fit_model.py"


rule score_holdout:
    input:
        model="results/searches/{search}/model.json",
        splits=get_search_splits,
        dataset=get_search_dataset,
    output:
        holdout="results/searches/{search}/holdout.json",
    log:
        "logs/score_holdout/{search}.log",
    wildcard_constraints:
        search=pattern_of(HELD_OUT),
    localrule: is_local("score_holdout")
    params:
        scoring=lambda wildcards: rerun_reasons.of_mapping({"scoring": get_search(wildcards)["scoring"]}),
    script:
        "../scripts/score_holdout.py"


rule write_model_card:
    input:
        model="results/searches/{search}/model.json",
        best="results/searches/{search}/best.json",
        findings="results/searches/{search}/findings.json",
        dataset=get_search_dataset,
        holdout=get_holdout,
    output:
        card="results/searches/{search}/MODEL_CARD.md",
    log:
        "logs/write_model_card/{search}.log",
    script:
        "../scripts/write_model_card.py"
