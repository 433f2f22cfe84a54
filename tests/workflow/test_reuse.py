"""Searches of a study use each other's records; anyone can have a sample of them made again."""

import pandas as pd
from command import foldwork
from study import sleepy

TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "random_state": 0}


def search(depths, scoring):
    models = {"tree": {"estimator": TREE, "space": {"max_depth": depths}}}
    return {"splits": "some", "models": models, "scoring": scoring}


def tables(*names):
    return [f"results/searches/{name}/scores.csv" for name in names]


def test_what_one_search_has_evaluated_serves_all_others_under_any_name_with_metrics_in_any_order(sleeper):
    config = sleepy({})
    config["searches"] = {"first": search([1, 2], ["accuracy", "f1"]), "more": search([1, 2, 3], ["accuracy", "f1"])}
    study = sleeper(config)
    study.run(*tables("first", "more"))
    records = [*study.records("first"), *study.records("more")]
    assert len(records) == 10
    assert len([record for record in records if "from" not in record]) == 6, "each has been evaluated once"

    config["searches"] = {"renamed": search([3, 2, 1], ["f1", "accuracy"]), "fewer": search([2], ["f1"])}
    study.write(config)
    done = study.run(*tables("renamed", "fewer"))
    assert "fewer: 2 evaluations, 2 recorded (2 from first), 0 to do" in done.stderr
    # Which siblings the last two come from depends on which of the two ran first.
    assert "renamed: 6 evaluations, 6 recorded (" in done.stderr and ", 0 to do" in done.stderr
    assert not (study.search("renamed") / "engines.csv").exists(), "no engine was started"
    more, renamed, fewer = (
        pd.read_csv(study.search(name) / "scores.csv", dtype=str).sort_values("param_max_depth", ignore_index=True)
        for name in ("more", "renamed", "fewer")
    )
    assert list(renamed.columns) != list(more.columns)
    pd.testing.assert_frame_equal(renamed[more.columns], more)
    assert fewer["mean_test_score"][0] == more["mean_test_f1"][1]
    assert foldwork("verify", "renamed", "--sample", 4, cwd=study.folder).stdout == "4 of 4 equal\n"
