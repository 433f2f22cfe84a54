"""Every metric of a search has its picture, by a name that the config gives."""

import pytest

SCORER = """
def several(estimator, X, y):
    return {"hits": float((estimator.predict(X) == y).mean()), "half": 0.5}
"""


def search(scoring):
    model = {"estimator": {"class": "sklearn.tree.DecisionTreeClassifier", "random_state": 0}}
    return {
        "splits": "two",
        "models": {"tree": model | {"space": {"max_depth": [1, 2]}}},
        "scoring": scoring,
        "refit": False,
    }


CONFIG = {
    "datasets": {"flowers": {"load": "sklearn.datasets.load_iris"}},
    "splits": {"two": {"dataset": "flowers", "cv": {"class": "StratifiedKFold", "n_splits": 2}}},
    "searches": {
        "plain": search(["accuracy", "f1_macro"]),
        "own": search([{"mine": {"ref": "ownscorer.several"}}]),
    },
}


def pictures(study, name):
    return {path.name for path in study.search(name).glob("*.png")}


@pytest.mark.slow
def test_each_metric_of_the_config_has_a_picture_and_a_scorer_of_ones_own_has_all_of_its_scores_in_one(study):
    made = study(CONFIG, "study")
    (made.folder / "ownscorer.py").write_text(SCORER)
    made.run()
    assert pictures(made, "plain") == {"validation.png", "validation-f1_macro.png"}
    assert pictures(made, "own") == {"validation.png"}
    first, second = (made.search("plain") / name for name in ("validation.png", "validation-f1_macro.png"))
    assert first.read_bytes() != second.read_bytes()
    before = second.read_bytes()
    second.unlink()
    done = made.run()
    assert "plot_validation_metric" in done.stderr and "rule plot_validation:" not in done.stderr
    assert second.read_bytes() == before
    # No other name is a picture that the workflow can make.
    refused = made.run("results/searches/plain/validation-recall.png", "-n", check=False)
    assert refused.returncode and "MissingRuleException" in refused.stdout + refused.stderr
    refused = made.run("results/searches/own/validation-f1_macro.png", check=False)
    assert refused.returncode and "no column 'mean_test_f1_macro'" in refused.stdout + refused.stderr
