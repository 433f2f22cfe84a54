"""Which estimators may share work: exact classes of scikit-learn, listed here by their public import paths.

A class is on a list only if it was shown to suit (tests/unit/test_sharing_rules.py): its results depend on its parameters and on the data alone,
and it writes neither into the data nor into itself when it transforms or predicts. Everything else is refused: other people's classes,
subclasses, functions. The lists are names, so that the client, which imports neither scikit-learn nor NumPy, can read them; an engine compares classes
(`shared_key.known`).
"""

from collections.abc import Callable
from typing import Any


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
"""Transformers whose fitted steps are shared."""

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
"""Estimators whose predictions are the same each time they are asked for, whatever was asked for before. They may stand inside a shared step, too."""

FUNCTIONS = frozenset(
    [
        *_paths("sklearn.feature_selection", "chi2 f_classif f_regression r_regression"),
        "numpy.max",
        "numpy.mean",
        "numpy.median",
    ]
)
"""Functions that parameters of a shared step may hold."""

_IN_PLACE = {"copy": False, "copy_X": False, "copy_x": False, "inplace": True}
"""Parameters by which estimators write into what they are given. Then the order of calls matters, and nothing is shared."""

_RANDOM = {
    "sklearn.impute.IterativeImputer": {"sample_posterior": (True,), "imputation_order": ("random",)},
    "sklearn.dummy.DummyClassifier": {"strategy": ("stratified", "uniform")},
}
"""Settings under which a listed class draws random numbers when it transforms or predicts."""

KERNEL_MACHINES = {f"sklearn.svm.{name}": "svm" for name in ("SVC", "NuSVC", "SVR", "NuSVR")} | {
    "sklearn.kernel_ridge.KernelRidge": "ridge"
}
"""Kernel machines whose Gram matrices are shared, and by whose rules each computes its matrix."""

KERNEL_PARAMETERS = ("kernel", "gamma", "degree", "coef0")
"""What a Gram matrix depends on besides the rows."""

_TREES = ("n_estimators", ("estimators_",))
_ROUNDS = ("max_iter", ("_predictors",))
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
"""Ensembles that are made stage by stage: the parameter that says how many stages, and the attributes that hold a part for each."""


def refused(path: str, settings: dict[str, Any]) -> bool:
    """Return whether these parameters of a listed class let it write into its input, or draw random numbers after the fit.

    Parameters
    ----------
    path : str
        Public import path of the class.
    settings : dict
        Its own parameters; what is not among them has its default.
    """
    random = _RANDOM.get(path, {})
    return any(
        (isinstance(value, bool) and _IN_PLACE.get(name.rpartition("__")[2]) is value) or value in random.get(name, ())
        for name, value in settings.items()
        if isinstance(value, (bool, str))
    )


def stages_parameter(path: str, settings: dict[str, Any]) -> str | None:
    """Return the parameter that sets an ensemble's number of stages, if its first stages do not depend on that number; else None.

    They do not where the random numbers follow from a seed.

    Parameters
    ----------
    path : str
        Public import path of the class.
    settings : dict
        Its own parameters; what is not among them has its default.
    """
    seed = settings.get("random_state")
    if not isinstance(seed, int) or isinstance(seed, bool) or settings.get("warm_start") or settings.get("oob_score"):
        return None
    return ENSEMBLES[path][0] if path in ENSEMBLES else None


# ---- the same, of the config's words: for the client


def is_known(spec: Any, listed: Callable[[str], bool] = (TRANSFORMERS | PREDICTORS).__contains__) -> bool:
    """Return whether a piece of config names listed classes and functions alone, none with refused settings.

    Parameters
    ----------
    spec : JSON-able
        An estimator, or a candidate's parameters.
    listed : callable, optional
        Whether a class, given its import path, is accepted.
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
    """Return whether a candidate's predictions are known to be the same each time they are asked for: then scores do not depend on other metrics.

    Parameters
    ----------
    estimator : dict or list
        The model's estimator in the config.
    params : dict
        The candidate's parameters in the config.
    """
    if not (is_known(estimator) and is_known(params)):
        return False
    # A parameter `imputer__sample_posterior` does not say of which class it is: where one of those is about, its words are refused.
    named = _RANDOM.keys() & set(_classes([estimator, params]))
    return not any(refused(path, {name.rpartition("__")[2]: value}) for path in named for name, value in params.items())


def old_shared_record_is_right(estimator: Any, params: dict[str, Any]) -> bool:
    """Return whether a record that was made with sharing, before sharing was restricted to what is listed here, is known to be right.

    So are those of listed classes whose steps the candidate does not replace, and that have no Gram matrix.
    """
    named = list(_classes(estimator))
    return (
        deterministic_predictions(estimator, params)
        and not any(_classes(params))
        and not any(path in KERNEL_MACHINES for path in named)
    )


def _classes(spec: Any) -> Any:
    """Yield the import paths of all classes that a piece of config names."""
    if isinstance(spec, list):
        for item in spec:
            yield from _classes(item)
    elif isinstance(spec, dict):
        if isinstance(spec.get("class"), str):
            yield spec["class"]
        for value in spec.values():
            yield from _classes(value)
