"""Estimators for random searches: configs of last steps and of transformers, each with values for some of its parameters."""

from typing import Any

Spec = Any
Options = dict[str, list]


def sk(path: str, **arguments: Any) -> dict[str, Any]:
    """Return the config of an object of scikit-learn's."""
    return {"class": f"sklearn.{path}", **arguments}


def tuple_of(*items: Any) -> dict[str, list]:
    """Return the config of a tuple."""
    return {"tuple": list(items)}


def f(name: str) -> dict[str, str]:
    """Return the config of a function."""
    return {"ref": name}


LAST: dict[str, list[tuple[Spec, Options]]] = {
    "c": [
        (sk("svm.SVC"), {"C": [0.1, 1, 10], "kernel": ["rbf", "poly", "linear", "sigmoid", f("mine.kernel")], "gamma": ["scale", "auto", 0.1, 1], "degree": [2, 3], "coef0": [0.0, 1], "class_weight": [None, "balanced"], "decision_function_shape": ["ovr", "ovo"], "tol": [1e-3, 1e-2]}),
        (sk("svm.NuSVC", nu=0.2), {"nu": [0.1, 0.2, 0.9], "gamma": ["scale", 0.2], "kernel": ["rbf", "poly"]}),
        (sk("neighbors.KNeighborsClassifier"), {"n_neighbors": [1, 3, 5, 400], "weights": ["uniform", "distance"], "p": [1, 2], "metric": ["minkowski", "manhattan", "cosine"], "algorithm": ["auto", "brute", "kd_tree"]}),
        (sk("neighbors.RadiusNeighborsClassifier", outlier_label="most_frequent"), {"radius": [0.5, 3.0]}),
        (sk("linear_model.LogisticRegression", max_iter=40), {"C": [0.01, 1, 100], "class_weight": [None, "balanced"], "fit_intercept": [True, False]}),
        (sk("linear_model.RidgeClassifier"), {"alpha": [0.1, 1, 10]}),
        (sk("linear_model.SGDClassifier", random_state=0, max_iter=20), {"alpha": [1e-4, 0.1], "loss": ["hinge", "log_loss"]}),
        (sk("ensemble.RandomForestClassifier", random_state=3, n_estimators=4), {"n_estimators": [1, 3, 6], "max_depth": [None, 2], "max_features": ["sqrt", 1.0], "bootstrap": [True, False]}),
        (sk("ensemble.ExtraTreesClassifier", random_state=3, n_estimators=4), {"n_estimators": [5, 2], "criterion": ["gini", "entropy"]}),
        (sk("ensemble.GradientBoostingClassifier", random_state=1, n_estimators=4), {"n_estimators": [2, 5, 3], "subsample": [0.6, 1.0], "n_iter_no_change": [None, 1]}),
        (sk("ensemble.HistGradientBoostingClassifier", random_state=1, max_iter=4, min_samples_leaf=3), {"max_iter": [2, 5, 3], "max_leaf_nodes": [3, None], "early_stopping": [True, False]}),
        (sk("ensemble.AdaBoostClassifier", random_state=2, n_estimators=4), {"n_estimators": [2, 5, 3], "learning_rate": [0.5, 2.0], "estimator": [None, sk("tree.DecisionTreeClassifier", max_depth=2), sk("linear_model.LogisticRegression")]}),
        (sk("ensemble.BaggingClassifier", random_state=0, n_estimators=3, estimator=sk("svm.SVC")), {"n_estimators": [2, 3], "estimator__C": [1, 10], "max_samples": [0.6, 1.0]}),
        (sk("ensemble.VotingClassifier", estimators=[tuple_of("a", sk("naive_bayes.GaussianNB")), tuple_of("b", sk("svm.SVC"))]), {"b__C": [0.1, 1], "b": ["drop", sk("tree.DecisionTreeClassifier", random_state=0)], "weights": [None, [1, 2]]}),
        (sk("ensemble.StackingClassifier", cv=2, estimators=[tuple_of("a", sk("naive_bayes.GaussianNB")), tuple_of("b", sk("svm.LinearSVC", random_state=0))]), {"b__C": [0.1, 1], "passthrough": [True, False]}),
        (sk("calibration.CalibratedClassifierCV", cv=2, estimator=sk("svm.SVC")), {"estimator__C": [0.1, 1], "method": ["sigmoid", "isotonic"]}),
        (sk("model_selection.GridSearchCV", cv=2, estimator=sk("svm.SVC"), param_grid={"C": [0.1, 1]}), {"estimator__gamma": [0.1, "scale"]}),
        (sk("multiclass.OneVsRestClassifier", estimator=sk("svm.SVC")), {"estimator__C": [0.1, 1], "estimator": [sk("linear_model.LogisticRegression"), sk("svm.SVC", kernel="linear")]}),
        (sk("neural_network.MLPClassifier", random_state=0, max_iter=4, hidden_layer_sizes=[4]), {"alpha": [1e-4, 1.0], "activation": ["relu", "tanh"]}),
        (sk("tree.DecisionTreeClassifier", random_state=0), {"max_depth": [1, 3, -1], "min_samples_leaf": [1, 4]}),
        (sk("tree.DecisionTreeClassifier", random_state={"class": "numpy.random.RandomState", "seed": 5}, splitter="random"), {"max_depth": [1, 3]}),
        (sk("ensemble.RandomForestClassifier", random_state={"class": "numpy.random.RandomState", "seed": 5}), {"n_estimators": [4, 2]}),
        (sk("naive_bayes.GaussianNB"), {"var_smoothing": [1e-9, 0.1]}),
        (sk("discriminant_analysis.LinearDiscriminantAnalysis"), {"solver": ["svd", "lsqr"], "shrinkage": [None, "auto"]}),
        (sk("gaussian_process.GaussianProcessClassifier", random_state=0, max_iter_predict=5, optimizer=None), {"kernel": [None, sk("gaussian_process.kernels.RBF", length_scale=2.0)]}),
        ({"class": "mine.Greedy"}, {"C": [0.1, 1]}),
    ],
    "r": [
        (sk("svm.SVR"), {"C": [0.1, 1, 10], "kernel": ["rbf", "poly", "linear", "sigmoid"], "gamma": ["scale", 0.1, 1], "epsilon": [0.1, 0.5], "degree": [2, 3]}),
        (sk("svm.NuSVR"), {"nu": [0.2, 0.6], "gamma": ["scale", 0.2]}),
        (sk("kernel_ridge.KernelRidge", kernel="rbf"), {"alpha": [0.1, 1], "gamma": [None, 0.1, 1], "kernel": ["rbf", "poly", "sigmoid", "laplacian", "linear"], "degree": [2, 3]}),
        (sk("neighbors.KNeighborsRegressor"), {"n_neighbors": [1, 3, 5, 400], "weights": ["uniform", "distance"], "p": [1, 2]}),
        (sk("linear_model.Ridge"), {"alpha": [0.1, 1, 10, -1], "solver": ["auto", "svd", "lsqr"], "copy_X": [True, False]}),
        (sk("linear_model.LinearRegression", copy_X=False), {"fit_intercept": [True, False]}),
        (sk("linear_model.Lasso"), {"alpha": [0.01, 0.1], "warm_start": [True, False], "copy_X": [True, False]}),
        (sk("linear_model.HuberRegressor", max_iter=20), {"epsilon": [1.2, 2.0]}),
        (sk("linear_model.RANSACRegressor", random_state=0), {"max_trials": [3, 10]}),
        (sk("ensemble.RandomForestRegressor", random_state=3, n_estimators=4), {"n_estimators": [1, 3, 6], "max_depth": [None, 2], "max_samples": [None, 0.5], "warm_start": [True, False]}),
        (sk("ensemble.ExtraTreesRegressor", random_state=3, n_estimators=4), {"n_estimators": [5, 2], "max_features": [1, 1.0]}),
        (sk("ensemble.GradientBoostingRegressor", random_state=1, n_estimators=4), {"n_estimators": [2, 5, 3], "loss": ["squared_error", "huber"], "init": [None, "zero", sk("linear_model.LinearRegression", copy_X=False)]}),
        (sk("ensemble.HistGradientBoostingRegressor", random_state=1, max_iter=4, min_samples_leaf=3), {"max_iter": [2, 5, 3], "loss": ["squared_error", "absolute_error"]}),
        (sk("ensemble.AdaBoostRegressor", random_state=2, n_estimators=4), {"n_estimators": [2, 5, 3], "loss": ["linear", "square"]}),
        (sk("ensemble.BaggingRegressor", random_state=0, n_estimators=3, estimator=sk("svm.SVR")), {"estimator__C": [1, 10], "max_features": [0.6, 1.0]}),
        (sk("compose.TransformedTargetRegressor", regressor=sk("svm.SVR"), transformer=sk("preprocessing.StandardScaler")), {"regressor__C": [0.1, 1], "transformer": [None, sk("preprocessing.QuantileTransformer", n_quantiles=9)]}),
        (sk("ensemble.StackingRegressor", cv=2, estimators=[tuple_of("a", sk("linear_model.Ridge")), tuple_of("b", sk("tree.DecisionTreeRegressor", random_state=0, max_depth=2))]), {"a__alpha": [0.1, 1], "passthrough": [True, False]}),
        (sk("tree.DecisionTreeRegressor", random_state=0), {"max_depth": [1, 3], "criterion": ["squared_error", "absolute_error"]}),
        (sk("gaussian_process.GaussianProcessRegressor", random_state=0, optimizer=None), {"alpha": [1e-6, 0.1], "normalize_y": [True, False]}),
        (sk("cross_decomposition.PLSRegression", n_components=1, copy=False), {"n_components": [1, 2], "copy": [True, False]}),
        (sk("isotonic.IsotonicRegression", out_of_bounds="clip"), {"increasing": [True, "auto"]}),
        (sk("linear_model.SGDRegressor", random_state=0, max_iter=20), {"alpha": [1e-4, 0.1]}),
        (sk("neural_network.MLPRegressor", random_state=0, max_iter=4, hidden_layer_sizes=[4]), {"alpha": [1e-4, 1.0]}),
    ],
    "m": [
        (sk("linear_model.Ridge"), {"alpha": [0.1, 1], "copy_X": [True, False]}),
        (sk("kernel_ridge.KernelRidge", kernel="rbf"), {"alpha": [0.1, 1], "gamma": [None, 0.1, 1], "kernel": ["rbf", "poly"]}),
        (sk("ensemble.RandomForestRegressor", random_state=3), {"n_estimators": [5, 2], "max_depth": [None, 2]}),
        (sk("multioutput.MultiOutputRegressor", estimator=sk("svm.SVR")), {"estimator__C": [0.1, 1], "estimator__gamma": [0.1, 1]}),
        (sk("multioutput.RegressorChain", estimator=sk("linear_model.Ridge")), {"estimator__alpha": [0.1, 1], "order": [None, [1, 0]]}),
        (sk("neighbors.KNeighborsRegressor"), {"n_neighbors": [1, 3]}),
        (sk("cross_decomposition.CCA", n_components=1), {"scale": [True, False], "copy": [True, False]}),
        (sk("linear_model.MultiTaskLasso"), {"alpha": [0.01, 0.1], "copy_X": [True, False]}),
    ],
    "l": [
        (sk("ensemble.RandomForestClassifier", random_state=3), {"n_estimators": [5, 2], "max_depth": [None, 2]}),
        (sk("multioutput.MultiOutputClassifier", estimator=sk("svm.SVC")), {"estimator__C": [0.1, 1], "estimator__gamma": [0.1, 1]}),
        (sk("multioutput.ClassifierChain", estimator=sk("linear_model.LogisticRegression"), random_state=0), {"estimator__C": [0.1, 1], "order": [None, [1, 0], "random"]}),
        (sk("neighbors.KNeighborsClassifier"), {"n_neighbors": [1, 3]}),
        (sk("multiclass.OneVsRestClassifier", estimator=sk("svm.SVC")), {"estimator__C": [0.1, 1]}),
    ],
}  # fmt: skip

DENSE: list[tuple[Spec, Options]] = [
    (sk("preprocessing.StandardScaler"), {"with_mean": [True, False], "copy": [True, False]}),
    (sk("preprocessing.StandardScaler", copy=False), {}),
    (sk("preprocessing.MinMaxScaler"), {"feature_range": [tuple_of(0, 1), tuple_of(-2, 2)], "clip": [True, False]}),
    (sk("preprocessing.MaxAbsScaler"), {"copy": [True, False]}),
    (sk("preprocessing.RobustScaler"), {"with_centering": [True, False]}),
    (sk("preprocessing.Normalizer"), {"norm": ["l1", "l2"], "copy": [True, False]}),
    (sk("preprocessing.Binarizer"), {"threshold": [0.0, 0.5], "copy": [True, False]}),
    (sk("preprocessing.PowerTransformer"), {"standardize": [True, False]}),
    (sk("preprocessing.QuantileTransformer", n_quantiles=9, random_state=0), {"output_distribution": ["uniform", "normal"]}),
    (sk("preprocessing.PolynomialFeatures"), {"degree": [1, 2], "order": ["C", "F"]}),
    (sk("preprocessing.SplineTransformer", n_knots=3), {"degree": [1, 2]}),
    (sk("preprocessing.KBinsDiscretizer", n_bins=3, quantile_method="averaged_inverted_cdf", random_state=0), {"encode": ["ordinal", "onehot"], "strategy": ["quantile", "uniform"]}),
    (sk("preprocessing.FunctionTransformer"), {"func": [None, f("mine.flip"), f("mine.double")], "validate": [True, False]}),
    (sk("preprocessing.FunctionTransformer", func=f("mine.double")), {}),
    (sk("decomposition.PCA", random_state=0), {"n_components": [1, 2, 0.8, None, 99], "whiten": [True, False], "copy": [True, False]}),
    (sk("decomposition.TruncatedSVD", random_state=0, n_components=1), {"n_components": [1, 2]}),
    (sk("decomposition.FastICA", random_state=0, max_iter=5), {"n_components": [1, 2]}),
    (sk("decomposition.KernelPCA", random_state=0), {"kernel": ["linear", "rbf"], "n_components": [1, 2]}),
    (sk("decomposition.NMF", random_state=0, n_components=1, max_iter=5), {"n_components": [1, 2]}),
    (sk("cross_decomposition.PLSRegression", n_components=1), {}),
    (sk("discriminant_analysis.LinearDiscriminantAnalysis"), {}),
    (sk("feature_selection.SelectKBest", k=1), {"k": [1, 2, "all"], "score_func": [f("sklearn.feature_selection.f_classif"), f("sklearn.feature_selection.f_regression")]}),
    (sk("feature_selection.SelectPercentile"), {"percentile": [20, 60]}),
    (sk("feature_selection.VarianceThreshold"), {"threshold": [0.0, 0.5, 100.0]}),
    (sk("feature_selection.SelectFromModel", estimator=sk("tree.DecisionTreeRegressor", random_state=0)), {"threshold": ["mean", "median"], "estimator__max_depth": [1, 3]}),
    (sk("feature_selection.RFE", estimator=sk("linear_model.Ridge"), n_features_to_select=1), {"estimator__alpha": [0.1, 1]}),
    (sk("random_projection.GaussianRandomProjection", random_state=0, n_components=2), {"n_components": [1, 3]}),
    (sk("random_projection.SparseRandomProjection", random_state=0, n_components=2), {"n_components": [1, 3]}),
    (sk("kernel_approximation.RBFSampler", random_state=0, n_components=4), {"gamma": ["scale", 0.1]}),
    (sk("kernel_approximation.Nystroem", random_state=0, n_components=4), {"gamma": [None, 0.1]}),
    (sk("cluster.KMeans", random_state=0, n_init=1, max_iter=5), {"n_clusters": [2, 3], "copy_x": [True, False]}),
    (sk("cluster.FeatureAgglomeration", n_clusters=1), {}),
    (sk("impute.SimpleImputer"), {"strategy": ["mean", "median"], "add_indicator": [True, False], "copy": [True, False]}),
    (sk("ensemble.RandomTreesEmbedding", random_state=0, n_estimators=3), {"max_depth": [1, 3]}),
    (sk("neural_network.BernoulliRBM", random_state=0, n_iter=2, n_components=2), {}),
    (sk("manifold.Isomap", n_neighbors=4, n_components=1), {}),
    ({"class": "mine.Careless"}, {"when": ["fit", "transform", "both"], "returns": ["same", "copy"]}),
    ({"class": "mine.Careless", "returns": "copy"}, {}),
    ({"class": "mine.Noisy"}, {"scale": [0.1, 0.5], "random_state": [0, 1]}),
    ({"class": "mine.StandardScaler"}, {"with_std": [True, False]}),
    ({"class": "mine.Remembers"}, {}),
    ({"class": "mine.Raises"}, {"where": ["never", "some", "fit", "transform"]}),
    ({"class": "mine.frame_scaler"}, {"with_std": [True, False]}),
    ("passthrough", {}),
    (None, {}),
]  # fmt: skip
SPARSE = [
    (sk("preprocessing.MaxAbsScaler"), {"copy": [True, False]}),
    (sk("preprocessing.StandardScaler", with_mean=False), {"copy": [True, False]}),
    (sk("preprocessing.Normalizer"), {"copy": [True, False]}),
    (sk("preprocessing.Binarizer"), {"threshold": [0.0, 0.5]}),
    (sk("decomposition.TruncatedSVD", random_state=0, n_components=2), {"n_components": [1, 3]}),
    (sk("feature_selection.SelectKBest", k=2), {"k": [1, 2]}),
    (sk("feature_extraction.text.TfidfTransformer"), {"sublinear_tf": [True, False], "norm": ["l1", None]}),
    (sk("random_projection.SparseRandomProjection", random_state=0, n_components=2), {}),
    (sk("preprocessing.FunctionTransformer", func=f("mine.double"), accept_sparse=True), {}),
    ({"class": "mine.Careless"}, {"when": ["fit", "transform", "both"], "returns": ["same", "copy"]}),
    ({"class": "mine.Remembers"}, {}),
    ("passthrough", {}),
]
TEXTS = [
    (sk("feature_extraction.text.CountVectorizer"), {"min_df": [1, 20], "ngram_range": [tuple_of(1, 1), tuple_of(1, 2)], "binary": [True, False]}),
    (sk("feature_extraction.text.TfidfVectorizer"), {"sublinear_tf": [True, False], "max_features": [None, 6]}),
    (sk("feature_extraction.text.HashingVectorizer", n_features=32), {"alternate_sign": [True, False]}),
]  # fmt: skip
RECORDS = [
    (sk("feature_extraction.DictVectorizer"), {"sparse": [True, False]}),
    (sk("feature_extraction.FeatureHasher", n_features=16), {"alternate_sign": [True, False]}),
]
IMPUTERS = [
    (sk("impute.SimpleImputer"), {"strategy": ["mean", "median", "most_frequent"], "add_indicator": [True, False], "copy": [True, False]}),
    (sk("impute.KNNImputer", n_neighbors=2), {"weights": ["uniform", "distance"], "copy": [True, False]}),
    (sk("impute.SimpleImputer", copy=False), {}),
]  # fmt: skip
ENCODERS = [
    (sk("preprocessing.OneHotEncoder", handle_unknown="ignore"), {"drop": [None, "first"]}),
    (sk("preprocessing.OrdinalEncoder", handle_unknown="use_encoded_value", unknown_value=-1), {}),
    (sk("preprocessing.TargetEncoder", cv=2, random_state=0), {"smooth": ["auto", 2.0]}),
]
