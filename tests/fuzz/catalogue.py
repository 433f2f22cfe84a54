"""Every estimator of scikit-learn as it stands in a config, with the settings that make it quick and its scores repeatable."""

from typing import Any

from sklearn.utils import all_estimators

RIDGE = {"class": "sklearn.linear_model.Ridge"}
LOGISTIC = {"class": "sklearn.linear_model.LogisticRegression", "max_iter": 30}
SCALER = {"class": "sklearn.preprocessing.StandardScaler"}
TREE = {"class": "sklearn.tree.DecisionTreeRegressor", "random_state": 0}


def _named(**specs: Any) -> list[dict[str, list]]:
    return [{"tuple": [name, spec]} for name, spec in specs.items()]


SETTINGS: dict[str, dict[str, Any]] = {
    # what they cannot do without
    "ClassifierChain": {"estimator": LOGISTIC},
    "ColumnTransformer": {"transformers": [{"tuple": ["scale", SCALER, [0]]}], "remainder": "passthrough"},
    "FeatureUnion": {"transformer_list": _named(a=SCALER, b={"class": "sklearn.preprocessing.MinMaxScaler"})},
    "FixedThresholdClassifier": {"estimator": LOGISTIC},
    "GridSearchCV": {"estimator": RIDGE, "param_grid": {"alpha": [0.1, 1]}, "cv": 2},
    "MultiOutputClassifier": {"estimator": LOGISTIC},
    "MultiOutputRegressor": {"estimator": RIDGE},
    "OneVsOneClassifier": {"estimator": LOGISTIC},
    "OneVsRestClassifier": {"estimator": LOGISTIC},
    "OutputCodeClassifier": {"estimator": LOGISTIC},
    "Pipeline": {"steps": _named(scale=SCALER, last=RIDGE)},
    "RFE": {"estimator": RIDGE},
    "RFECV": {"estimator": RIDGE, "cv": 2},
    "RandomizedSearchCV": {"estimator": RIDGE, "param_distributions": {"alpha": [0.1, 1, 10]}, "n_iter": 2, "cv": 2},
    "RegressorChain": {"estimator": RIDGE},
    "SelectFromModel": {"estimator": TREE},
    "SelfTrainingClassifier": {"estimator": LOGISTIC},
    "SequentialFeatureSelector": {"estimator": RIDGE, "cv": 2, "n_features_to_select": 1},
    "SparseCoder": {"dictionary": {"class": "numpy.eye", "N": 5}},
    "StackingClassifier": {"estimators": _named(a=LOGISTIC, b={"class": "sklearn.naive_bayes.GaussianNB"}), "cv": 2},
    "StackingRegressor": {"estimators": _named(a=RIDGE, b=TREE), "cv": 2},
    "TunedThresholdClassifierCV": {"estimator": LOGISTIC, "cv": 2},
    "VotingClassifier": {"estimators": _named(a=LOGISTIC, b={"class": "sklearn.naive_bayes.GaussianNB"})},
    "VotingRegressor": {"estimators": _named(a=RIDGE, b=TREE)},
    # small
    **{
        f"{name}{task}": {"n_estimators": 3}
        for name in ("AdaBoost", "Bagging", "ExtraTrees", "GradientBoosting", "RandomForest")
        for task in ("Classifier", "Regressor")
    },
    **{f"HistGradientBoosting{task}": {"max_iter": 3, "min_samples_leaf": 4} for task in ("Classifier", "Regressor")},
    **{f"MLP{task}": {"max_iter": 4, "hidden_layer_sizes": [4]} for task in ("Classifier", "Regressor")},
    **{
        name: {"cv": 2, "alphas": 3, "max_iter": 20}
        for name in ("ElasticNetCV", "LassoCV", "MultiTaskElasticNetCV", "MultiTaskLassoCV")
    },
    **{name: {"cv": 2} for name in ("LarsCV", "LassoLarsCV", "OrthogonalMatchingPursuitCV", "CalibratedClassifierCV")},
    "LogisticRegressionCV": {"cv": 2, "Cs": 2, "max_iter": 20},
    "TransformedTargetRegressor": {"regressor": RIDGE},
    "BernoulliRBM": {"n_components": 2, "n_iter": 2},
    "DictionaryLearning": {"n_components": 2, "max_iter": 3},
    "MiniBatchDictionaryLearning": {"n_components": 2, "max_iter": 3},
    "SparsePCA": {"n_components": 2, "max_iter": 3},
    "MiniBatchSparsePCA": {"n_components": 2, "max_iter": 3},
    "LatentDirichletAllocation": {"n_components": 2, "max_iter": 2},
    "NMF": {"n_components": 2, "max_iter": 10},
    "MiniBatchNMF": {"n_components": 2, "max_iter": 3},
    "FastICA": {"max_iter": 10},
    "GraphicalLasso": {"max_iter": 10},
    "GraphicalLassoCV": {"max_iter": 5, "alphas": 2, "cv": 2},
    "GaussianProcessClassifier": {"max_iter_predict": 5, "optimizer": None},
    "IsolationForest": {"n_estimators": 3},
    "RandomTreesEmbedding": {"n_estimators": 3},
    "KMeans": {"n_clusters": 3, "n_init": 1},
    "BisectingKMeans": {"n_clusters": 3},
    "MiniBatchKMeans": {"n_clusters": 3, "n_init": 1},
    "MeanShift": {"max_iter": 10},
    "SpectralClustering": {"n_clusters": 2, "n_init": 1, "assign_labels": "cluster_qr"},
    "SpectralBiclustering": {"n_init": 1, "n_clusters": 2},
    "SpectralCoclustering": {"n_init": 1, "n_clusters": 2},
    "HDBSCAN": {"copy": True},
    "MDS": {"n_init": 1, "max_iter": 5, "init": "random"},
    "TSNE": {"perplexity": 4, "max_iter": 250, "n_iter_without_progress": 20, "method": "exact"},
    "Isomap": {"n_neighbors": 4},
    "LocallyLinearEmbedding": {"n_neighbors": 4},
    "NeighborhoodComponentsAnalysis": {"max_iter": 5},
    "HuberRegressor": {"max_iter": 20},
    "RANSACRegressor": {"max_trials": 5},
    "TheilSenRegressor": {"max_iter": 5, "max_subpopulation": 40},
    "QuantileRegressor": {"alpha": 0.01},
    "PassiveAggressiveClassifier": {"max_iter": 20},
    "PassiveAggressiveRegressor": {"max_iter": 20},
    "SkewedChi2Sampler": {"n_components": 4},
    "Nystroem": {"n_components": 4},
    "RBFSampler": {"n_components": 4},
    "PolynomialCountSketch": {"n_components": 4},
    "GaussianRandomProjection": {"n_components": 3},
    "SparseRandomProjection": {"n_components": 3},
    "QuantileTransformer": {"n_quantiles": 9},
    "KBinsDiscretizer": {"n_bins": 3, "quantile_method": "averaged_inverted_cdf"},
    "TargetEncoder": {"cv": 2},
    "SplineTransformer": {"n_knots": 3},
    "FeatureHasher": {"n_features": 16},
    "HashingVectorizer": {"n_features": 16},
    "PatchExtractor": {"patch_size": {"tuple": [2, 2]}, "max_patches": 2},
    "CCA": {"n_components": 1},
    "PLSCanonical": {"n_components": 1},
    "PLSRegression": {"n_components": 1},
    "PLSSVD": {"n_components": 1},
    "RadiusNeighborsClassifier": {"outlier_label": "most_frequent", "radius": 2.0},
    "RadiusNeighborsRegressor": {"radius": 6.0},
    "SelectKBest": {"k": 2},
    "FeatureAgglomeration": {"n_clusters": 2},
    "IncrementalPCA": {"n_components": 1},
    "NuSVC": {"nu": 0.2},
    "CategoricalNB": {"min_categories": 30},
    "Birch": {"n_clusters": 2},
}  # fmt: skip

EXCLUDED = {
    "KernelCenterer": "takes a square matrix, whose columns folds do not cut: the look at the config refuses it",
}
"""Estimators that no search can fit, with the reason."""

CLASSES = dict(all_estimators())
PATHS = {
    name: f"{cls.__module__.rpartition('.')[0] if cls.__module__.rpartition('.')[2].startswith('_') else cls.__module__}.{name}"
    for name, cls in CLASSES.items()
}
ESTIMATORS = {name: path for name, path in PATHS.items() if name not in EXCLUDED}


def spec_of(name: str) -> dict[str, Any]:
    """Return the config of an estimator by its name; one that draws random numbers has a seed."""
    if name == "FrozenEstimator":
        return {"class": "mine.frozen"}
    found = {"class": PATHS[name], **SETTINGS.get(name, {})}
    if "random_state" in _parameters(name):
        found["random_state"] = 0
    return found


def _parameters(name: str) -> list[str]:
    return list(CLASSES[name]._get_param_names())
