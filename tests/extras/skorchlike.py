"""An estimator with the interface of skorch: the network is a class, whose arguments are parameters with its name in front; it stops by itself."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Network:
    """One hidden layer, trained by gradient descent."""

    def __init__(self, n_inputs, n_outputs, hidden=4, rng=None):
        self.first = rng.normal(size=(n_inputs, hidden)) / n_inputs**0.5
        self.second = rng.normal(size=(hidden, n_outputs)) / hidden**0.5

    def __call__(self, X):
        self.X, self.active = X, np.tanh(X @ self.first)
        scores = self.active @ self.second
        found = np.exp(scores - scores.max(axis=1, keepdims=True))
        return found / found.sum(axis=1, keepdims=True)

    def step(self, error, rate):
        back = (error @ self.second.T) * (1 - self.active**2)
        self.second -= rate * self.active.T @ error / len(error)
        self.first -= rate * self.X.T @ back / len(error)


class NeuralNetClassifier(ClassifierMixin, BaseEstimator):
    def __init__(self, module=Network, lr=0.1, max_epochs=20, seed=0, **kwargs):
        self.module, self.lr, self.max_epochs, self.seed, self.kwargs = module, lr, max_epochs, seed, kwargs

    def get_params(self, deep=True):
        own = {name: getattr(self, name) for name in ("module", "lr", "max_epochs", "seed")}
        return own | self.kwargs

    def set_params(self, **params):
        for name, value in params.items():
            if name.startswith("module__"):
                self.kwargs[name] = value
            else:
                setattr(self, name, value)
        return self

    def fit(self, X, y):
        X = np.asarray(X, dtype=np.float32)
        self.classes_, codes = np.unique(y, return_inverse=True)
        own = {name.removeprefix("module__"): value for name, value in self.kwargs.items()}
        rng = np.random.default_rng(self.seed)
        self.module_ = self.module(X.shape[1], len(self.classes_), rng=rng, **own)
        self.history_ = []
        for _ in range(self.max_epochs):
            found = self.module_(X)
            self.history_.append(float(-np.log(found[np.arange(len(codes)), codes]).mean()))
            self.module_.step(found - np.eye(len(self.classes_))[codes], self.lr)
        return self

    def predict_proba(self, X):
        return self.module_(np.asarray(X, dtype=np.float32))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]
