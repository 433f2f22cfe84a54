"""What draw_selection promises."""

import numpy as np
import pandas as pd
import pytest

from foldwork.pictures.selection import GAP, STABILITY, draw_selection

PNG = b"\x89PNG\r\n\x1a\n"
METRICS = ["inertia", "silhouette"]


def kmeans(**columns):
    k = np.arange(2, 20)
    table = {"model": "kmeans", "param_n_clusters": k, "inertia": 1000 / k, "silhouette": 1 / (1 + (k - 8) ** 2)}
    return pd.DataFrame(table | columns)


def dbscan(eps=(0.3,)):
    return pd.DataFrame({"model": "dbscan", "param_eps": eps, "silhouette": np.linspace(0.2, 0.4, len(eps))})


def joined(*tables):
    return pd.concat(tables, ignore_index=True)


TABLES = {
    "one model": kmeans(),
    "a model without a varying parameter": joined(kmeans(), dbscan()),
    "only a model without a varying parameter": dbscan(),
    "models along different parameters": joined(kmeans(), dbscan((0.1, 0.2, 0.4))),
    "a second parameter": joined(kmeans(param_init="random"), kmeans(param_init="k-means++", inertia=30.0)),
    "many settings of a second parameter": joined(*(kmeans(param_seed=seed, inertia=seed) for seed in range(9))),
    "words": kmeans().head(3).assign(param_n_clusters=["a", "b", "c"]),
    "no value at all": kmeans(inertia=np.nan, silhouette=np.nan),
    "no rows": kmeans().head(0),
}


@pytest.mark.parametrize("table", TABLES)
def test_every_kind_of_clustering_has_a_picture(table, tmp_path):
    scores = TABLES[table]
    chosen = {model: rows["silhouette"].idxmax() for model, rows in scores.groupby("model") if rows["silhouette"].any()}
    draw_selection(scores, tmp_path / "s.tmp", metrics=METRICS, chosen=chosen, note="18 of 18")
    assert (tmp_path / "s.tmp").read_bytes().startswith(PNG)


def test_same_scores_give_the_same_bytes(tmp_path):
    for name in ("a.png", "b.tmp"):
        draw_selection(
            TABLES["models along different parameters"], tmp_path / name, metrics=METRICS, chosen={"kmeans": 6}
        )
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.tmp").read_bytes()


def test_the_chosen_one_is_marked(tmp_path):
    def draw(chosen):
        draw_selection(kmeans(), tmp_path / "s.png", metrics=METRICS, chosen=chosen)
        return (tmp_path / "s.png").read_bytes()

    assert draw({"kmeans": 6}) != draw(None)
    assert draw({"kmeans": None}) == draw(None)


def test_a_metric_that_nobody_computed_does_not_stop_the_picture(tmp_path):
    draw_selection(kmeans(), tmp_path / "s.png", metrics=["inertia", "davies_bouldin"])


def test_a_chosen_row_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(ValueError, match="99"):
        draw_selection(kmeans(), tmp_path / "s.png", metrics=METRICS, chosen={"kmeans": 99})
    with pytest.raises(ValueError, match="no metric"):
        draw_selection(kmeans(), tmp_path / "s.png", metrics=[])


@pytest.mark.slow
def test_reasons_stability_and_gap_are_drawn(tmp_path):
    k = np.arange(2, 20)
    more = {"mean_ari": 1 / k, "std_ari": 0.1 / k, "gap": np.log(k), "s": 0.05 + 0 * k, "estimate": (k == 7) * 1.0}
    scores = joined(kmeans(**more), dbscan((0.1, 0.2, 0.4)))

    def draw(**arguments):
        draw_selection(scores, tmp_path / "s.png", metrics=METRICS, **arguments)
        return (tmp_path / "s.png").read_bytes()

    pictures = [
        draw(),
        draw(more=[STABILITY]),
        draw(more=[STABILITY, GAP]),
        draw(reasons=["kmeans: highest silhouette"]),
    ]
    assert len(set(pictures)) == 4
    assert draw(more=[STABILITY, GAP]) == pictures[2]
