"""List the classes that may share work: exact classes of scikit-learn, by their public import paths.

A class is listed only if a test shows (tests/unit/test_sharing_rules.py) that its results depend on its parameters and on the data alone, and that
it changes neither the data nor itself when it transforms or predicts. Everything else is refused: classes of other packages, subclasses, functions.
To list a class is a change in one of these:

- TRANSFORMERS: steps of a pipeline before the last; the fitted step and its output are shared.
- PREDICTORS: estimators that a listed class may have as parameters (`estimator` of a selector). Scores of these also do not depend on other metrics.
- FUNCTIONS: functions as parameters of a listed class (`score_func`).
- KERNEL_MACHINES: estimators whose Gram matrix is shared.
- ENSEMBLES: ensembles whose first stages do not depend on the number of stages; the largest is fitted, smaller ones are truncated copies.
- GROWING: those of ENSEMBLES to which `warm_start` adds the stages that a fit of more stages has.
- _RANDOM and _IN_PLACE: parameters with which a listed class is refused.

When a class is taken off a list, or refused with more parameters, its shared records may be wrong: raise SHARING in study/versions.py, and add the earlier
versions to WRONG_SHARING in records/serving.py, so that their shared records are skipped. When a class is added, neither changes.

The lists hold names, for the client imports neither scikit-learn nor NumPy; an engine compares the classes themselves (`step_key.listed`).
"""

from collections.abc import Callable
from typing import Any

from foldwork.sklearn_private import HIST_GRADIENT_BOOSTING_STAGES
from foldwork.study.versions import names_in


def _paths(module: str, names: str) -> list[str]:
    return [f"{module}.{name}" for name in names.split()]


TRANSFORMERS = frozenset(
    _paths(
        "sklearn.preprocessing",
        "Binarizer KBinsDiscretizer KernelCenterer MaxAbsScaler MinMaxScaler Normalizer OneHotEncoder OrdinalEncoder PolynomialFeatures "
        "PowerTransformer QuantileTransformer RobustScaler SplineTransformer StandardScaler TargetEncoder",
    )
    + _paths("sklearn.impute", "IterativeImputer KNNImputer MissingIndicator SimpleImputer")
    + _paths(
        "sklearn.decomposition",
        "DictionaryLearning FactorAnalysis FastICA IncrementalPCA KernelPCA LatentDirichletAllocation MiniBatchDictionaryLearning "
        "MiniBatchNMF MiniBatchSparsePCA NMF PCA SparsePCA TruncatedSVD",
    )
    + _paths(
        "sklearn.feature_selection",
        "GenericUnivariateSelect RFE RFECV SelectFdr SelectFpr SelectFromModel SelectFwe SelectKBest SelectPercentile "
        "SequentialFeatureSelector VarianceThreshold",
    )
    + _paths("sklearn.feature_extraction", "DictVectorizer FeatureHasher")
    + _paths("sklearn.feature_extraction.text", "CountVectorizer HashingVectorizer TfidfTransformer TfidfVectorizer")
    + _paths(
        "sklearn.kernel_approximation",
        "AdditiveChi2Sampler Nystroem PolynomialCountSketch RBFSampler SkewedChi2Sampler",
    )
    + _paths("sklearn.random_projection", "GaussianRandomProjection SparseRandomProjection")
    + _paths("sklearn.cluster", "Birch BisectingKMeans FeatureAgglomeration KMeans MiniBatchKMeans")
    + _paths("sklearn.manifold", "Isomap LocallyLinearEmbedding")
    + _paths("sklearn.neighbors", "KNeighborsTransformer NeighborhoodComponentsAnalysis RadiusNeighborsTransformer")
    + _paths("sklearn.discriminant_analysis", "LinearDiscriminantAnalysis")
    + _paths("sklearn.ensemble", "RandomTreesEmbedding")
    + _paths("sklearn.neural_network", "BernoulliRBM")
    + _paths("sklearn.compose", "ColumnTransformer")
    + _paths("sklearn.pipeline", "FeatureUnion Pipeline")
)
"""Transformers: a fitted step of such a class is shared."""

PREDICTORS = frozenset(
    _paths(
        "sklearn.linear_model",
        "ARDRegression BayesianRidge ElasticNet ElasticNetCV GammaRegressor HuberRegressor Lars LarsCV Lasso LassoCV LassoLars LassoLarsCV "
        "LassoLarsIC LinearRegression LogisticRegression LogisticRegressionCV MultiTaskElasticNet MultiTaskElasticNetCV MultiTaskLasso "
        "MultiTaskLassoCV OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV PassiveAggressiveClassifier PassiveAggressiveRegressor "
        "Perceptron PoissonRegressor QuantileRegressor Ridge RidgeCV RidgeClassifier RidgeClassifierCV SGDClassifier SGDRegressor "
        "TheilSenRegressor TweedieRegressor",
    )
    + _paths("sklearn.svm", "LinearSVC LinearSVR NuSVC NuSVR OneClassSVM SVC SVR")
    + _paths("sklearn.kernel_ridge", "KernelRidge")
    + _paths("sklearn.tree", "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor")
    + _paths(
        "sklearn.ensemble",
        "AdaBoostClassifier AdaBoostRegressor BaggingClassifier BaggingRegressor ExtraTreesClassifier ExtraTreesRegressor "
        "GradientBoostingClassifier GradientBoostingRegressor HistGradientBoostingClassifier HistGradientBoostingRegressor IsolationForest "
        "RandomForestClassifier RandomForestRegressor StackingClassifier StackingRegressor VotingClassifier VotingRegressor",
    )
    + _paths(
        "sklearn.neighbors",
        "KNeighborsClassifier KNeighborsRegressor NearestCentroid RadiusNeighborsClassifier RadiusNeighborsRegressor",
    )
    + _paths("sklearn.naive_bayes", "BernoulliNB CategoricalNB ComplementNB GaussianNB MultinomialNB")
    + _paths("sklearn.discriminant_analysis", "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis")
    + _paths("sklearn.neural_network", "MLPClassifier MLPRegressor")
    + _paths("sklearn.multiclass", "OneVsOneClassifier OneVsRestClassifier OutputCodeClassifier")
    + _paths("sklearn.multioutput", "ClassifierChain MultiOutputClassifier MultiOutputRegressor RegressorChain")
    + _paths("sklearn.calibration", "CalibratedClassifierCV")
    + _paths("sklearn.dummy", "DummyClassifier DummyRegressor")
)
"""Estimators whose predictions do not depend on earlier calls. Inside a shared step they are accepted, too."""

FUNCTIONS = frozenset(
    [
        *_paths("sklearn.feature_selection", "chi2 f_classif f_regression r_regression"),
        "numpy.max",
        "numpy.mean",
        "numpy.median",
    ]
)
"""Functions that are accepted as parameters of a shared step."""

_IN_PLACE = {"copy": False, "copy_X": False, "copy_x": False, "inplace": True}
"""Parameters with which an estimator may write into its input. Results then depend on the order of calls, so nothing is shared."""

_RANDOM = {
    "sklearn.impute.IterativeImputer": {"sample_posterior": (True,), "imputation_order": ("random",)},
    "sklearn.dummy.DummyClassifier": {"strategy": ("stratified", "uniform")},
}
"""Parameters with which a listed class draws random numbers when it transforms or predicts."""

KERNEL_MACHINES = {f"sklearn.svm.{name}": "svm" for name in ("SVC", "NuSVC", "SVR", "NuSVR")} | {
    "sklearn.kernel_ridge.KernelRidge": "ridge"
}
"""Kernel machines whose Gram matrices are shared, and whose computation each uses: libsvm's ("svm") or KernelRidge's ("ridge")."""

KERNEL_PARAMETERS = ("kernel", "gamma", "degree", "coef0")
"""Parameters on which a Gram matrix depends."""

_TREES = ("n_estimators", ("estimators_",))
_ROUNDS = ("max_iter", (HIST_GRADIENT_BOOSTING_STAGES,))
_WEIGHTED = ("n_estimators", ("estimators_", "estimator_weights_", "estimator_errors_"))
ENSEMBLES = {
    f"sklearn.ensemble.{name}{task}": kind
    for task in ("Classifier", "Regressor")
    for name, kind in {
        "RandomForest": _TREES,
        "ExtraTrees": _TREES,
        "GradientBoosting": _TREES,
        "HistGradientBoosting": _ROUNDS,
        "AdaBoost": _WEIGHTED,
    }.items()
}
"""Ensembles that are fitted stage by stage: the parameter that sets the number of stages, and the attributes with one item a stage."""

GROWING: dict[str, dict[str, tuple[Any, ...]]] = {
    f"sklearn.ensemble.{name}{task}": settings
    for task in ("Classifier", "Regressor")
    for name, settings in {
        "RandomForest": {},
        "ExtraTrees": {},
        # Stages that are added after a stop are not those of one fit. `init` predicts from a copy of X in another memory order.
        "GradientBoosting": {"n_iter_no_change": (None,), "init": (None, "zero")},
        "HistGradientBoosting": {"early_stopping": (False, "auto"), "max_features": (1.0,)},
    }.items()
}
"""Ensembles that may grow: a fit with `warm_start` continues a shorter one. For each the parameters that matter, and the values with which it may."""


def refused(path: str, settings: dict[str, Any]) -> bool:
    """Return whether a listed class with these parameters may write into its input, or draw random numbers after the fit.

    Parameters
    ----------
    path : str
        Public import path of the class.
    settings : dict
        Its parameters; those left out have their defaults.
    """
    random = _RANDOM.get(path, {})
    return any(
        (isinstance(value, bool) and _IN_PLACE.get(name.rpartition("__")[2]) is value) or value in random.get(name, ())
        for name, value in settings.items()
        if isinstance(value, (bool, str))
    )


def stages_parameter(path: str, settings: dict[str, Any]) -> str | None:
    """Return the parameter that sets an ensemble's number of stages, if the first stages do not depend on that number; else None.

    They do not depend on it if `random_state` is an int, and neither `warm_start` nor `oob_score` is set.

    Parameters
    ----------
    path : str
        Public import path of the class.
    settings : dict
        Its parameters; those left out have their defaults.
    """
    seed = settings.get("random_state")
    if not isinstance(seed, int) or isinstance(seed, bool) or settings.get("warm_start") or settings.get("oob_score"):
        return None
    return ENSEMBLES[path][0] if path in ENSEMBLES else None


def may_grow(path: str, settings: dict[str, Any]) -> bool:
    """Return whether a longer fit of an ensemble may continue a shorter one, if `stages_parameter` returns its parameter.

    Not with a name of weights as `class_weight`: scikit-learn warns then.

    Parameters
    ----------
    path : str
        Public import path of the class.
    settings : dict
        Its parameters, none left out.
    """
    if path not in GROWING or isinstance(settings.get("class_weight"), str):
        return False
    return all(
        any(type(settings[name]) is type(value) and settings[name] == value for value in allowed)
        for name, allowed in GROWING[path].items()
    )


# For the client: the same rules, applied to the config instead of objects.


def is_known(spec: Any, listed: Callable[[str], bool] = (TRANSFORMERS | PREDICTORS).__contains__) -> bool:
    """Return whether all classes and functions that a part of the config names are listed, none with refused parameters.

    Parameters
    ----------
    spec : JSON-able
        An estimator, or a candidate's parameters.
    listed : callable, optional
        Whether a class is accepted, given its import path.
    """
    if isinstance(spec, list):
        return all(is_known(item, listed) for item in spec)
    if not isinstance(spec, dict):
        return True
    if "ref" in spec:
        return spec["ref"] in FUNCTIONS
    if "class" in spec and not listed(spec["class"]):
        return False
    return not refused(spec.get("class", ""), spec) and all(is_known(value, listed) for value in spec.values())


def deterministic_predictions(estimator: Any, params: dict[str, Any]) -> bool:
    """Return whether a candidate's predictions are known not to depend on earlier calls: a score then does not depend on the other metrics.

    Parameters
    ----------
    estimator : dict or list
        The model's estimator in the config.
    params : dict
        The candidate's parameters in the config.
    """
    if not (is_known(estimator) and is_known(params)):
        return False
    # `imputer__sample_posterior` does not name its class: if the candidate has one of the classes in _RANDOM, its values are refused for all.
    named = _RANDOM.keys() & set(names_in([estimator, params], ("class",)))
    return not any(refused(path, {name.rpartition("__")[2]: value}) for path in named for name, value in params.items())


def old_shared_record_is_right(estimator: Any, params: dict[str, Any]) -> bool:
    """Return whether a shared record from before sharing was restricted to listed classes is known to be right.

    It is if all classes are listed, the candidate replaces no step, and no Gram matrix is involved.

    Parameters
    ----------
    estimator : dict or list
        The model's estimator in the config.
    params : dict
        The candidate's parameters in the config.
    """
    named = list(names_in(estimator, ("class",)))
    return (
        deterministic_predictions(estimator, params)
        and not any(names_in(params, ("class",)))
        and not any(path in KERNEL_MACHINES for path in named)
    )
