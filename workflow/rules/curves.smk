# Learning and validation curves, and permutation importances, of candidates of searches.
# Short jobs: with a cluster profile they run on the machine where Snakemake runs, not in the queue.
localrules:
    aggregate_curve,
    aggregate_importance,
    plot_curve,
    plot_curve_times,
    plot_importance,


# Targets of `rule all`, as in search.smk.
final_output += expand(
    "results/curves/{curve}/{file}",
    curve=[name for name in settings["curves"] if name not in IMPORTANCES],
    file=["evaluated.json", "evaluations.csv", "curve.csv", "timings.csv", "curve.png", "timings/curve.png"],
) + expand(
    "results/curves/{curve}/{file}",
    curve=IMPORTANCES,
    file=["evaluated.json", "evaluations.csv", "importance.csv", "repeats.csv", "importance.png"],
)


rule evaluate_curve:
    input:
        folds=get_curve_splits,
        best=get_best_of_curve,
    output:
        evaluated="results/curves/{curve}/evaluated.json",
    log:
        "logs/evaluate_curve/{curve}.log",
    threads: get_threads
    params:
        kind="curve",
        models=models_of(get_curve),
        settings=settings_of(get_curve),
        source=text_of(get_curve_source),
        code=code_of(get_curve),
    script:
        "../scripts/evaluate.py"


rule aggregate_curve:
    input:
        evaluated="results/curves/{curve}/evaluated.json",
    output:
        evaluations="results/curves/{curve}/evaluations.csv",
        curve=report("results/curves/{curve}/curve.csv", caption="../report/scores.rst", category="{curve}"),
        timings="results/curves/{curve}/timings.csv",
    log:
        "logs/aggregate_curve/{curve}.log",
    wildcard_constraints:
        curve=pattern_of(name for name in settings["curves"] if name not in IMPORTANCES),
    script:
        "../scripts/aggregate_curve.py"


rule aggregate_importance:
    input:
        evaluated="results/curves/{curve}/evaluated.json",
    output:
        evaluations="results/curves/{curve}/evaluations.csv",
        importance=report("results/curves/{curve}/importance.csv", caption="../report/scores.rst", category="{curve}"),
        repeats="results/curves/{curve}/repeats.csv",
    log:
        "logs/aggregate_importance/{curve}.log",
    wildcard_constraints:
        curve=pattern_of(IMPORTANCES),
    script:
        "../scripts/aggregate_importance.py"


rule plot_importance:
    input:
        importance="results/curves/{curve}/importance.csv",
        repeats="results/curves/{curve}/repeats.csv",
        evaluated="results/curves/{curve}/evaluated.json",
    output:
        importance=report("results/curves/{curve}/importance.png", caption="../report/picture.rst", category="{curve}"),
    log:
        "logs/plot_importance/{curve}.log",
    params:
        picture="importance",
        caption="Permutation importances of the features, {curve}: quartiles, median, mean and extremes over folds and repeats.",
    script:
        "../scripts/plot.py"


rule plot_curve:
    input:
        curve="results/curves/{curve}/curve.csv",
        evaluated="results/curves/{curve}/evaluated.json",
    output:
        curve=report("results/curves/{curve}/curve.png", caption="../report/picture.rst", category="{curve}"),
    log:
        "logs/plot_curve/{curve}.log",
    params:
        picture="curve",
        caption="Train and test scores of the curve {curve}, with bands of one standard deviation over the folds.",
    script:
        "../scripts/plot.py"


rule plot_curve_times:
    input:
        curve="results/curves/{curve}/curve.csv",
        timings="results/curves/{curve}/timings.csv",
        evaluated="results/curves/{curve}/evaluated.json",
    output:
        curve=report("results/curves/{curve}/timings/curve.png", caption="../report/picture.rst", category="{curve}"),
    log:
        "logs/plot_curve_times/{curve}.log",
    params:
        picture="curve_times",
        caption="Fit time along the curve {curve}, and test score against fit time.",
    script:
        "../scripts/plot.py"
