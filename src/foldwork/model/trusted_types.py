"""Types that a skops file of a model may hold beside those that skops trusts by itself.

Each was read before it was listed: a class that holds numbers, arrays and other listed objects, or a function that computes from its arguments alone.
None of them imports, opens, starts or evaluates anything when it is restored. Functions and classes of the user, and what calls them, are not
listed. Names are those that `skops.io.get_untrusted_types` returns.
"""

_CLASSES = {
    "sklearn.calibration": ["_CalibratedClassifier", "_SigmoidCalibration", "_TemperatureScaling"],
    "sklearn.cluster._bisect_k_means": ["_BisectingTree"],
    "sklearn.ensemble._hist_gradient_boosting.binning": ["_BinMapper"],
    "sklearn.ensemble._hist_gradient_boosting.predictor": ["TreePredictor"],
    "sklearn.gaussian_process._gpc": ["_BinaryGaussianProcessClassifierLaplace"],
    "sklearn.gaussian_process.kernels": [
        *(
            "CompoundKernel",
            "ConstantKernel",
            "DotProduct",
            "ExpSineSquared",
            "Exponentiation",
            "Matern",
            "PairwiseKernel",
        ),
        *("Product", "RBF", "RationalQuadratic", "Sum", "WhiteKernel"),
    ],
    "sklearn.metrics._dist_metrics": [
        f"{name}Distance{bits}"
        for name in (
            "Euclidean",
            "Manhattan",
            "Chebyshev",
            "Minkowski",
            "SEuclidean",
            "Mahalanobis",
            "Hamming",
            "Canberra",
        )
        for bits in ("", "32", "64")
    ],
    "sklearn.metrics._scorer": ["_CurveScorer", "_PassthroughScorer", "_Scorer"],
    "sklearn.model_selection._split": [
        *("GroupKFold", "KFold", "RepeatedKFold", "RepeatedStratifiedKFold", "ShuffleSplit", "StratifiedGroupKFold"),
        *("StratifiedKFold", "StratifiedShuffleSplit", "TimeSeriesSplit"),
    ],
    "sklearn.neighbors._ball_tree": ["BallTree", "BallTree32", "BallTree64"],
    "sklearn.neighbors._kd_tree": ["KDTree", "KDTree32", "KDTree64"],
    "sklearn.neural_network._stochastic_optimizers": ["AdamOptimizer", "SGDOptimizer"],
    "sklearn.tree._tree": ["Tree"],
    "sklearn.utils._bunch": ["Bunch"],
    "sklearn.utils._metadata_requests": ["MetadataRequest", "MethodMetadataRequest"],
    "sklearn._loss.link": ["HalfLogitLink", "IdentityLink", "Interval", "LogLink", "LogitLink", "MultinomialLogit"],
    # The compiled counterparts of the losses below, by the name that their module gives itself.
    "_loss": [
        *("CyAbsoluteError", "CyExponentialLoss", "CyHalfBinomialLoss", "CyHalfGammaLoss", "CyHalfMultinomialLoss"),
        *("CyHalfPoissonLoss", "CyHalfSquaredError", "CyHalfTweedieLoss", "CyHalfTweedieLossIdentity", "CyHuberLoss"),
        "CyPinballLoss",
    ],
    "sklearn._loss.loss": [
        *(
            "AbsoluteError",
            "ExponentialLoss",
            "HalfBinomialLoss",
            "HalfGammaLoss",
            "HalfMultinomialLoss",
            "HalfPoissonLoss",
        ),
        *("HalfSquaredError", "HalfTweedieLoss", "HalfTweedieLossIdentity", "HuberLoss", "PinballLoss"),
    ],
}

_FUNCTIONS = {
    "sklearn.cluster._kmeans": ["_kmeans_single_elkan", "_kmeans_single_lloyd"],
    "sklearn.feature_selection._mutual_info": ["mutual_info_classif", "mutual_info_regression"],
    "sklearn.feature_selection._univariate_selection": ["chi2", "f_classif", "f_regression", "r_regression"],
    "sklearn.metrics._classification": ["accuracy_score", "balanced_accuracy_score", "f1_score"],
}

_CONTAINERS = {"numpy": ["dtype"], "scipy.sparse._csr": ["csr_array", "csr_matrix"]}
"""Plain data of the two packages that scikit-learn is made of."""

TRUSTED = frozenset(
    f"{module}.{name}"
    for group in (_CLASSES, _FUNCTIONS, _CONTAINERS)
    for module, names in group.items()
    for name in names
)
"""Full names of all listed types."""
