"""chosen.json says which candidate of each model of a clustering is chosen, and why."""

import json

import numpy as np
import pytest

from foldwork.results.clustering_choice import choice

NAN = float("nan")


def rows(model="kmeans", numbers=(2, 3, 4), **columns):
    found = []
    for at, number in enumerate(numbers):
        values = {name: float(column[at]) for name, column in columns.items()}
        found.append({"model": model, "params": json.dumps({"n_clusters": number}), **values})
    return found


def chosen(metrics, scores, **tables):
    return choice("c", metrics, scores, **tables)["models"]["kmeans"]


def test_the_best_silhouette_is_chosen_and_the_other_metrics_say_what_they_would_choose():
    scores = rows(
        inertia=[9, 5, 4], silhouette=[0.4, 0.553, 0.5], calinski_harabasz=[1, 3, 2], davies_bouldin=[0.1, 0.2, 0.3]
    )
    found = chosen(["inertia", "davies_bouldin", "calinski_harabasz", "silhouette"], scores)
    assert found == {
        "candidate": 1,
        "params": {"n_clusters": 3},
        "by": "silhouette",
        "value": 0.553,
        "reason": "n_clusters=3: highest silhouette 0.553 of 3; calinski_harabasz agrees; davies_bouldin would choose n_clusters=2",
    }


def test_models_choose_for_themselves_and_the_best_of_them_is_named():
    scores = [*rows(silhouette=[0.1, 0.3, 0.2]), *rows("other", silhouette=[0.2, NAN, 0.4])]
    found = choice("c", ["silhouette"], scores)
    assert {model: each["candidate"] for model, each in found["models"].items()} == {"kmeans": 1, "other": 2}
    assert found["best"] == "other"
    lower = choice("c", ["davies_bouldin"], [*rows(davies_bouldin=[3, 2, 9]), *rows("other", davies_bouldin=[3, 4, 9])])
    assert (lower["best"], lower["models"]["other"]["candidate"]) == ("kmeans", 0)


def test_the_next_metric_decides_where_the_first_has_no_value():
    scores = rows(silhouette=[NAN] * 3, calinski_harabasz=[1, 2, 3], davies_bouldin=[3, 1, 2])
    found = chosen(["silhouette", "davies_bouldin", "calinski_harabasz"], scores)
    assert found["by"] == "calinski_harabasz"
    assert "silhouette has no value; davies_bouldin would choose n_clusters=3" in found["reason"]
    assert choice("c", ["silhouette", "davies_bouldin", "calinski_harabasz"], scores)["best"] == "kmeans"


@pytest.mark.parametrize(
    ("metrics", "reason"),
    [
        (["inertia"], "none chosen: no requested metric compares numbers of clusters; silhouette, calinski_harabasz, davies_bouldin do"),
        (["inertia", "silhouette"], "none chosen: no candidate has a value of silhouette"),
    ],
)  # fmt: skip
def test_inertia_alone_never_decides(metrics, reason):
    scores = rows(inertia=[3, 2, 1], silhouette=[NAN] * 3)
    found = choice("c", metrics, scores)
    assert found["best"] is None
    assert found["models"]["kmeans"] == {"candidate": None, "params": None, "by": None, "value": None, "reason": reason}


def test_equal_values_and_a_lone_candidate_are_said():
    scores = rows(silhouette=[0.5, 0.5, 0.1])
    assert (
        chosen(["silhouette"], scores)["reason"]
        == "n_clusters=2: the first of 2 candidates with the highest silhouette 0.5 of 3"
    )
    lone = chosen(["silhouette"], rows(numbers=[8], silhouette=[0.25]))
    assert lone["reason"] == "the model as it is: the only candidate, silhouette 0.25"


def test_gap_and_stability_are_named_and_do_not_decide():
    scores = rows(silhouette=[0.1, 0.5, 0.2])
    stability = rows(mean_ari=[0.9, 0.8, 0.7], std_ari=[0.01, 0.02, 0.03])
    gap = rows(gap=[0.1, 0.2, 0.3], estimate=[0, 0, 1])
    found = chosen(["silhouette"], scores, stability=stability, gap=gap)
    assert found["candidate"] == 1
    assert found["reason"].endswith(
        "the gap statistic would choose n_clusters=4; stability 0.8 ± 0.02, highest 0.9 at n_clusters=2"
    )
    agreeing = chosen(["silhouette"], scores, gap=rows(gap=[0.1, 0.2, 0.3], estimate=[0, 1, 0]))
    assert agreeing["reason"].endswith("the gap statistic agrees")
    none = chosen(["silhouette"], scores, gap=rows(gap=[0.1, 0.2, 0.3], estimate=[0, 0, NAN]))
    assert none["reason"].endswith("the gap statistic estimates no number of clusters")


def test_the_gap_statistic_decides_where_no_metric_can():
    scores, gap = rows(inertia=[3, 2, 1]), rows(gap=[0.1, 0.25, 0.3], estimate=[0, 1, 0])
    found = choice("c", ["inertia"], scores, gap=gap)
    assert found["best"] == "kmeans"
    assert {name: found["models"]["kmeans"][name] for name in ("candidate", "by", "value")} == {
        "candidate": 1, "by": "gap", "value": 0.25,
    }  # fmt: skip
    assert found["models"]["kmeans"]["reason"].startswith("n_clusters=3: the gap statistic estimates it")


def test_values_are_plain_json():
    scores = rows(silhouette=np.array([0.1, 0.5, 0.2]))
    assert json.loads(json.dumps(choice("c", ["silhouette"], scores)))["models"]["kmeans"]["value"] == 0.5
