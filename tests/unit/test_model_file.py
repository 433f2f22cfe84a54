"""A saved model gives the same predictions in another process; only types that are known to be safe are in a skops file."""

import inspect
import json
import subprocess
import sys
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn import (
    calibration,
    compose,
    discriminant_analysis,
    dummy,
    ensemble,
    feature_selection,
    gaussian_process,
    impute,
    kernel_ridge,
    linear_model,
    naive_bayes,
    neighbors,
    neural_network,
    preprocessing,
    svm,
    tree,
)
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from foldwork.errors import FoldworkError
from foldwork.model import model_file
from foldwork.model.trusted_types import TRUSTED
from foldwork.study.objects import locate

X, Y = make_classification(120, 6, n_informative=4, n_classes=3, random_state=0)
HOLES = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)

ESTIMATORS = {
    "SVC": svm.SVC(),
    "LinearSVC": svm.LinearSVC(random_state=0),
    "SVR": svm.SVR(),
    "tree": tree.DecisionTreeClassifier(random_state=0),
    "forest": ensemble.RandomForestClassifier(5, random_state=0),
    "extra trees": ensemble.ExtraTreesRegressor(5, random_state=0),
    "boosting": ensemble.GradientBoostingClassifier(n_estimators=5, random_state=0),
    "hist boosting": ensemble.HistGradientBoostingClassifier(max_iter=5, random_state=0),
    "AdaBoost": ensemble.AdaBoostClassifier(n_estimators=5, random_state=0),
    "bagging": ensemble.BaggingClassifier(n_estimators=5, random_state=0),
    "isolation forest": ensemble.IsolationForest(n_estimators=5, random_state=0),
    "logistic": make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression()),
    "SGD": linear_model.SGDClassifier(random_state=0),
    "lasso": linear_model.Lasso(alpha=0.01),
    "tweedie": linear_model.TweedieRegressor(power=0),
    "neighbors": neighbors.KNeighborsClassifier(),
    "ball tree": neighbors.KNeighborsRegressor(algorithm="ball_tree", metric="manhattan"),
    "naive Bayes": naive_bayes.GaussianNB(),
    "LDA": discriminant_analysis.LinearDiscriminantAnalysis(),
    "kernel ridge": kernel_ridge.KernelRidge(kernel="rbf"),
    "Gaussian process": gaussian_process.GaussianProcessClassifier(gaussian_process.kernels.RBF()),
    "MLP": neural_network.MLPClassifier([4], max_iter=10, random_state=0),
    "calibrated": calibration.CalibratedClassifierCV(naive_bayes.GaussianNB(), cv=2),
    "stack": ensemble.StackingClassifier([("a", tree.DecisionTreeClassifier(random_state=0))], cv=2),
    "vote": ensemble.VotingClassifier([("a", tree.DecisionTreeClassifier(random_state=0))], voting="soft"),
    "selection": make_pipeline(feature_selection.SelectKBest(k=3), PCA(2), naive_bayes.GaussianNB()),
    "columns": make_pipeline(
        compose.ColumnTransformer([("a", preprocessing.StandardScaler(), [0, 1]), ("b", "passthrough", [2])]),
        tree.DecisionTreeClassifier(random_state=0),
    ),
    "imputer": make_pipeline(impute.SimpleImputer(), linear_model.Ridge()),
    "dummy": dummy.DummyClassifier(),
}
"""All of scikit-learn alone."""

OWN = '''
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Nearest(ClassifierMixin, BaseEstimator):
    """Predicts the class of the nearest mean."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.means_ = np.array([X[y == c].mean(axis=0) for c in self.classes_])
        return self

    def predict(self, X):
        return self.classes_[((X[:, None] - self.means_) ** 2).sum(axis=2).argmin(axis=1)]


def double(X):
    return 2 * X
'''

LOADS = """
import json, sys
from pathlib import Path

import joblib
from foldwork.model import model_file

folder = Path(sys.argv[1])
X = joblib.load(folder / "X.joblib")
found = {}
for name, saved in json.loads((folder / "saved.json").read_text()).items():
    model = model_file.load(Path(saved["path"]), saved["format"], saved["sha256"], folder)
    rows = X["holes" if name == "imputer" else "X"]
    found[name] = {m: getattr(model, m)(rows) for m in ("predict", "predict_proba", "decision_function") if hasattr(model, m)}
joblib.dump(found, folder / "found.joblib")
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Return what was saved of each estimator, its predictions, and those of its file in a new process."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "ownmodels.py").write_text(OWN)
    sys.path.insert(0, str(folder))
    import ownmodels

    others = {
        "own class": ownmodels.Nearest(),
        "own function": make_pipeline(preprocessing.FunctionTransformer(ownmodels.double), naive_bayes.GaussianNB()),
    }
    saved, before = {}, {}
    for name, estimator in {**ESTIMATORS, **others}.items():
        rows = HOLES if name == "imputer" else X
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator.fit(rows.copy(), Y)
        saved[name] = model_file.save(estimator, rows, folder / name.replace(" ", "-"))
        methods = [m for m in ("predict", "predict_proba", "decision_function") if hasattr(estimator, m)]
        before[name] = {method: getattr(estimator, method)(rows) for method in methods}
    joblib.dump({"X": X, "holes": HOLES}, folder / "X.joblib")
    (folder / "saved.json").write_text(json.dumps(saved))
    (folder / "loads.py").write_text(LOADS)
    subprocess.run([sys.executable, folder / "loads.py", folder], check=True, timeout=120)
    sys.path.remove(str(folder))
    return saved, before, joblib.load(folder / "found.joblib"), folder


@pytest.mark.parametrize("name", [*ESTIMATORS, "own class", "own function"])
def test_a_model_predicts_the_same_in_another_process(saved, name):
    _, before, after, _ = saved
    assert before[name].keys() == after[name].keys() and before[name]
    for method, expected in before[name].items():
        np.testing.assert_array_equal(after[name][method], expected)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimators_of_scikit_learn_are_skops_files_whose_types_are_listed(saved, name):
    found = saved[0][name]
    assert found["format"] == "skops", found["reason"]
    assert set(found["types"]) <= TRUSTED


@pytest.mark.parametrize("name, reason", [("own class", "ownmodels.Nearest"), ("own function", "ownmodels.double")])
def test_what_is_not_scikit_learns_is_a_joblib_file_that_says_why(saved, name, reason):
    found = saved[0][name]
    assert found["format"] == "joblib" and reason in found["reason"]
    assert not list(saved[3].glob(f"{name.replace(' ', '-')}.skops"))


def test_listed_types_are_classes_and_functions_of_scikit_learn_and_plain_containers():
    from sklearn._loss import _loss as compiled

    for name in sorted(TRUSTED):
        package, _, rest = name.partition(".")
        if package == "_loss":
            assert getattr(compiled, rest).__module__ in (package, "sklearn._loss._loss")
            continue
        assert package == "sklearn" or name in (
            "numpy.dtype",
            "scipy.sparse._csr.csr_array",
            "scipy.sparse._csr.csr_matrix",
        )
        try:
            found = locate(name)
        except FoldworkError:  # not in this version of scikit-learn
            continue
        assert inspect.isclass(found) or inspect.isroutine(found) or callable(found)
        assert found.__module__.partition(".")[0] == package


def test_a_file_with_another_digest_is_refused_before_it_is_loaded(tmp_path, monkeypatch):
    estimator = naive_bayes.GaussianNB().fit(X, Y)
    monkeypatch.setattr(model_file, "_save_skops", lambda *_: ([], "of a test"))
    found = model_file.save(estimator, X, tmp_path / "m")
    (tmp_path / "code.py").write_text("")

    class Runs:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    joblib.dump(Runs(), found["path"])
    with pytest.raises(FoldworkError, match="SHA-256 differs"):
        model_file.load(Path(found["path"]), "joblib", found["sha256"], tmp_path)
    assert not (tmp_path / "ran").exists()
    Path(found["path"]).unlink()
    with pytest.raises(FoldworkError, match="No such file"):
        model_file.load(Path(found["path"]), "joblib", found["sha256"], tmp_path)


def test_a_model_that_cannot_be_saved_is_refused_in_one_line(tmp_path):
    estimator = make_pipeline(preprocessing.FunctionTransformer(lambda X: X), naive_bayes.GaussianNB()).fit(X, Y)
    with pytest.raises(FoldworkError, match=r"the fitted model cannot be saved: .*lambda"):
        model_file.save(estimator, X, tmp_path / "m")


def test_an_estimator_that_draws_random_numbers_to_predict_is_saved(tmp_path):
    estimator = dummy.DummyClassifier(strategy="uniform").fit(X, Y)
    assert model_file.save(estimator, X, tmp_path / "m")["format"] == "skops"
