"""What a study's own module may hold: data of many kinds, and estimators and scorers that do what they should not. Engines import it, too."""

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline as SklearnPipeline
from sklearn.preprocessing import StandardScaler as SklearnScaler

WORDS = [
    "fold", "work", "grid", "score", "rank", "mean", "split", "train", "test", "seed", "step", "pipe", "tree", "forest", "kernel", "engine",
]  # fmt: skip

# ---- data


def make(X: str, y: str, rows: int = 48, columns: int = 5, seed: int = 0, whole: bool = False):
    """Return a dataset whose X and y are of the kinds `FEATURES` and `TARGETS` name; `whole` puts all into one DataFrame."""
    draw = np.random.default_rng(seed)
    numbers = draw.normal(size=(rows, columns))
    signal = numbers[:, 0] + numbers[:, 1] * numbers[:, -1] + draw.normal(size=rows) / 4
    groups = np.repeat(np.arange(4), -(-rows // 4))[:rows]
    features, target = FEATURES[X](numbers, draw), TARGETS[y](signal, numbers, draw)
    if whole:
        return features.assign(target=target, place=groups)
    return {"X": features, "y": target, "groups": groups}


def _missing(numbers, draw):
    return np.where(draw.random(numbers.shape) < 0.1, np.nan, numbers)


def _constant(numbers, draw):
    return np.column_stack([np.full(len(numbers), 3.0), numbers])


def _duplicates(numbers, draw):
    return numbers[np.arange(len(numbers)) // 2 * 2]


def _counts(numbers, draw):
    return np.floor(np.abs(numbers) * 3).astype(np.int64)


def _sparse(numbers, draw):
    return sparse.csr_matrix(np.where(np.abs(numbers) > 0.6, numbers, 0.0))


def _frame(numbers, draw):
    return pd.DataFrame(numbers, columns=[f"x{k}" for k in range(numbers.shape[1])])


def _mixed(numbers, draw):
    frame = _frame(numbers[:, :3], draw)
    frame["colour"] = draw.choice(["red", "green", "blue"], len(numbers))
    frame["size"] = pd.Categorical(draw.choice(["s", "m", "l"], len(numbers)), categories=["s", "m", "l"])
    frame["sure"] = numbers[:, 1] > 0.3
    frame.loc[::9, "x1"] = np.nan
    return frame


def _texts(numbers, draw):
    weights = np.exp(np.resize(numbers.T, (len(WORDS), len(numbers))).T)
    return [" ".join(draw.choice(WORDS, 9, p=row / row.sum())) for row in weights]


def _documents(numbers, draw):
    return np.array(_texts(numbers, draw), dtype=object)


def _document_frame(numbers, draw):
    return pd.DataFrame({"text": _texts(numbers, draw), "x0": numbers[:, 0]})


def _records(numbers, draw):
    found = np.empty(len(numbers), dtype=object)
    found[:] = [{"a": float(row[0]), WORDS[int(abs(row[1]) * 9) % 16]: 1} for row in numbers]
    return found


FEATURES = {
    "dense": lambda numbers, draw: numbers,
    "float32": lambda numbers, draw: numbers.astype(np.float32),
    "fortran": lambda numbers, draw: np.asfortranarray(numbers),
    "column": lambda numbers, draw: numbers[:, :1],
    "positive": lambda numbers, draw: np.abs(numbers),
    "integers": lambda numbers, draw: _counts(numbers, draw)[:, :1] % 3,
    "missing": _missing,
    "constant": _constant,
    "duplicates": _duplicates,
    "counts": _counts,
    "sparse": _sparse,
    "coo": lambda numbers, draw: _sparse(numbers, draw).tocoo(),
    "sparse array": lambda numbers, draw: sparse.csr_array(_sparse(numbers, draw)),
    "frame": _frame,
    "mixed": _mixed,
    "documents": _documents,
    "document frame": _document_frame,
    "records": _records,
    "images": lambda numbers, draw: np.resize(numbers, (len(numbers), 6, 6)),
}


def _classes(signal):
    return np.digitize(signal, np.quantile(signal, [0.35, 0.7]))


def _rare(signal, numbers, draw):
    classes = _classes(signal)
    classes[np.argmax(signal)] = 7
    return classes


def _outputs(signal, numbers, draw):
    return np.column_stack([signal, numbers[:, 0] - signal])


TARGETS = {
    "binary": lambda signal, numbers, draw: (signal > np.median(signal)).astype(int),
    "bool": lambda signal, numbers, draw: signal > np.median(signal),
    "classes": lambda signal, numbers, draw: _classes(signal),
    "names": lambda signal, numbers, draw: np.array(["low", "mid", "high"], dtype=object)[_classes(signal)],
    "series of names": lambda signal, numbers, draw: pd.Series(np.array(["low", "mid", "high"])[_classes(signal)]),
    "categories": lambda signal, numbers, draw: pd.Series(pd.Categorical(np.array(["a", "b", "c"])[_classes(signal)])),
    "rare": _rare,
    "number": lambda signal, numbers, draw: signal,
    "column": lambda signal, numbers, draw: signal[:, np.newaxis],
    "series": lambda signal, numbers, draw: pd.Series(signal),
    "positive": lambda signal, numbers, draw: np.exp(signal / 2),
    "outputs": _outputs,
    "frame": lambda signal, numbers, draw: pd.DataFrame(_outputs(signal, numbers, draw), columns=["a", "b"]),
    "labels": lambda signal, numbers, draw: (_outputs(signal, numbers, draw) > 0).astype(int),
    "none": lambda signal, numbers, draw: None,
}

# ---- estimators


def _spoil(X):
    """Write into X, whatever it is."""
    if sparse.issparse(X):
        X.data *= 2
    elif isinstance(X, pd.DataFrame):
        for column in X.columns[X.dtypes == np.float64]:
            X[column] = X[column] * 2 + 1
        X["more"] = np.arange(len(X)) % 3.0
    elif X.dtype.kind == "f":
        X *= 2
        X[:, 0] += 1


def double(X):
    """Give a FunctionTransformer something to do that writes into its input."""
    _spoil(X)
    return X


def flip(X):
    """Give a FunctionTransformer something harmless."""
    return -X


class Careless(TransformerMixin, BaseEstimator):
    """Writes into its input: in `fit`, in `transform`, or in both; returns it, or a copy made before."""

    def __init__(self, when="transform", returns="same"):
        self.when, self.returns = when, returns

    def fit(self, X, y=None):
        self.n_ = X.shape[1]
        if self.when != "transform":
            _spoil(X)
        return self

    def transform(self, X):
        before = X.copy()
        if self.when != "fit":
            _spoil(X)
        return X if self.returns == "same" else before


class Noisy(TransformerMixin, BaseEstimator):
    """Adds noise, another at each call."""

    def __init__(self, random_state=0, scale=0.5):
        self.random_state, self.scale = random_state, scale

    def fit(self, X, y=None):
        self.draw_ = np.random.default_rng(self.random_state)
        return self

    def transform(self, X):
        return np.asarray(X, dtype=float) + self.draw_.normal(size=X.shape, scale=self.scale)


class StandardScaler(SklearnScaler):
    """Transforms what it is fitted on in another way than what comes later."""

    def fit_transform(self, X, y=None, **more):
        return super().fit(X, y).transform(X) * 3

    def transform(self, X, copy=None):
        return super().transform(X) + 1


class Remembers(TransformerMixin, BaseEstimator):
    """Keeps the X that it is fitted on, and hands that out, too: whoever writes into the one writes into the other."""

    def fit(self, X, y=None):
        self.X_ = X
        return self

    def transform(self, X):
        return X


class Pipeline(SklearnPipeline):
    """Has scikit-learn's name and steps, and another `predict`."""

    def predict(self, X, **more):
        return np.roll(super().predict(X), 1, axis=0)


class Raises(TransformerMixin, BaseEstimator):
    """Fails: never, in `fit`, in `transform`, or on some folds."""

    def __init__(self, where="never"):
        self.where = where

    def fit(self, X, y=None):
        odd = X.shape[0] and float(np.asarray(X[:1].sum()).sum()) > 0 if self.where == "some" else self.where == "fit"
        if odd:
            raise ValueError("told to fail")
        return self

    def transform(self, X):
        if self.where == "transform":
            raise RuntimeError("told to fail")
        return X


class Greedy(ClassifierMixin, BaseEstimator):
    """Writes into what it is fitted on, its target included, and into what it predicts from."""

    def __init__(self, C=1.0):
        self.C = C

    def fit(self, X, y):
        self.model_ = LogisticRegression(C=self.C).fit(X, y)
        self.classes_ = self.model_.classes_
        y[: len(y) // 2] = y[0]
        _spoil(X)
        return self

    def predict(self, X):
        found = self.model_.predict(X)
        _spoil(X)
        return found


def frame_scaler(**more):
    """Return a scaler whose output is a DataFrame."""
    return SklearnScaler(**more).set_output(transform="pandas")


def frozen(kind: str = "classifier"):
    """Return an estimator that is fitted already and stays so."""
    draw = np.random.default_rng(0)
    X, y = draw.normal(size=(30, 5)), draw.integers(0, 2, 30)
    return FrozenEstimator((LogisticRegression() if kind == "classifier" else Ridge()).fit(X, y))


def kernel(X, Y):
    """Return a Gram matrix as a person writes it."""
    return (X @ Y.T + 1) ** 2


# ---- scorers


def profit(estimator, X, y):
    """Weigh what is predicted right by X."""
    right = np.asarray(estimator.predict(X) == np.asarray(y), dtype=float)
    total = X.sum(axis=1) if not isinstance(X, pd.DataFrame) else X.select_dtypes("number").sum(axis=1)
    return float(np.dot(right.reshape(len(right), -1)[:, 0], np.asarray(total, dtype=float).ravel()))


def containers(estimator, X, y):
    """Return a number that says which types X and y have, and how they lie in memory."""
    said = []
    for part in (X, y):
        said.append(f"{type(part).__module__}.{type(part).__name__}")
        for name in ("dtype", "dtypes", "shape", "index", "name", "columns"):
            if hasattr(part, name):
                value = getattr(part, name)
                said.append(f"{name} {list(value) if name in ('index', 'columns') else value}")
        if isinstance(part, np.ndarray):
            said.append(str([part.flags[flag] for flag in ("C_CONTIGUOUS", "F_CONTIGUOUS", "WRITEABLE")]))
    return float(int.from_bytes(repr(said).encode(), "little") % 1_000_003)


def learned(estimator, X=None, y=None):
    """Return a number made from all that an estimator has learned: for those that neither predict nor score."""
    total = 0.0
    estimator = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
    for name, value in sorted(vars(estimator).items()):
        if (
            name.endswith("_")
            and isinstance(value, (int, float, np.ndarray, np.number))
            and not isinstance(value, bool)
        ):
            value = np.asarray(value)
            if value.dtype.kind in "fiu":
                total += float(np.nansum(np.abs(np.where(np.isfinite(value), value, 1.0)))) * (1 + len(name))
    return total
