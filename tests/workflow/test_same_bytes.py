"""The same config gives the same bytes, however many engines ran it."""

import pytest

CONFIG = {
    "datasets": {
        "flowers": {"load": "sklearn.datasets.load_iris"},
        "blobs": {
            "load": "sklearn.datasets.make_blobs",
            "args": {"n_samples": 300, "n_features": 3, "centers": 3, "random_state": 0},
        },
    },
    "splits": {
        "three": {
            "dataset": "flowers",
            "cv": {"class": "StratifiedKFold", "n_splits": 3, "shuffle": True, "random_state": 0},
        }
    },
    "searches": {
        "flowers": {
            "splits": "three",
            "models": {
                "svc": {
                    "estimator": {"class": "sklearn.svm.SVC"},
                    "space": {"C": [0.1, 1.0, 10.0], "gamma": [0.01, 0.1]},
                },
                "forest": {
                    "estimator": {
                        "class": "sklearn.ensemble.RandomForestClassifier",
                        "n_estimators": 5,
                        "random_state": 0,
                    },
                    "space": {"max_depth": [2, 4]},
                },
                "scaled": {
                    "estimator": [
                        {"scale": {"class": "sklearn.preprocessing.StandardScaler"}},
                        {"reduce": {"class": "sklearn.decomposition.PCA", "n_components": 2}},
                        {"logistic": {"class": "sklearn.linear_model.LogisticRegression"}},
                    ],
                    "space": {"logistic__C": [0.1, 1.0]},
                },
            },
            "scoring": ["accuracy", "f1_macro"],
            "train_scores": True,
        }
    },
    "clusterings": {
        "blobs": {
            "dataset": "blobs",
            "models": {
                "kmeans": {
                    "estimator": {"class": "sklearn.cluster.KMeans", "n_init": 3, "random_state": 0},
                    "space": {"n_clusters": [2, 3, 4]},
                },
                "dbscan": {"estimator": {"class": "sklearn.cluster.DBSCAN"}, "space": {"eps": [0.5, 1.0]}},
            },
            "metrics": ["inertia", "silhouette"],
            "stability": {"n_resamples": 3},
            "gap": {"n_references": 2, "box": "principal_components"},
        }
    },
}


@pytest.mark.slow
def test_one_engine_and_three_give_the_same_tables_and_pictures(study):
    one, three = study(CONFIG, "one"), study(CONFIG, "three")
    one.run(cores=1)
    three.run(cores=3)
    names = sorted(
        str(path.relative_to(one.folder))
        for pattern in (
            "scores.csv",
            "comparison.csv",
            "*.png",
            "best.json",
            "predictions.parquet",
            "MODEL_CARD.md",
            "chosen.json",
            "stability.csv",
            "gap.csv",
        )
        for path in (one.folder / "results").rglob(pattern)
    )
    assert len(names) >= 2 + 1 + 2 + 5 + 5 + 1 + 2 + 2 + 3
    assert {f"results/searches/flowers/validation{part}.png" for part in ("", "-f1_macro")} <= {*names}
    different = [name for name in names if (one.folder / name).read_bytes() != (three.folder / name).read_bytes()]
    assert different == []
    pids = {record["pid"] for record in three.records("flowers")}
    assert len(pids) == 3 and len({record["pid"] for record in one.records("flowers")}) == 1
