"""Folds as scikit-learn's splitters make them, each a file with its digest."""

import os
import subprocess
import sys
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import model_selection
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.utils.metaestimators import _safe_split

from foldwork.data import datasets, splits
from foldwork.data.digests import content_digest
from foldwork.data.fold_files import open_file
from foldwork.errors import FoldworkError
from foldwork.storage.signed_json import read_signed, write_signed


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    """Return a function that persists X, y and groups as a dataset and gives its folder."""
    monkeypatch.setattr(datasets, "_call_loader", lambda where, spec, warn: spec["given"])
    # The source of such a dataset is arrays, which no manifest holds.
    monkeypatch.setattr(datasets, "write_signed", lambda path, value: write_signed(path, {**value, "source": None}))

    def make(X, y=None, groups=None, name="given"):
        datasets.persist(name, {"given": (X, y, groups)}, tmp_path / name)
        return tmp_path / name

    return make


def iris(n: int = 150):
    X, y = load_iris(return_X_y=True)
    rows = np.random.default_rng(0).permutation(150)[:n]
    return X[rows], y[rows]


def split(folder, cv, name="s"):
    """Persist splits and return the manifest and the folds."""
    out = folder.parent / f"splits-{name}"
    manifest = splits.persist(name, {"dataset": folder.name, "cv": cv}, folder, out)
    return manifest, [joblib.load(out / fold["file"]) for fold in manifest["folds"]]


@pytest.mark.parametrize(
    "cv",
    [
        {"class": "KFold", "n_splits": 4},
        {"class": "KFold", "n_splits": 3, "shuffle": True, "random_state": 1},
        {"class": "StratifiedKFold", "n_splits": 5},
        {"class": "RepeatedStratifiedKFold", "n_splits": 2, "n_repeats": 2, "random_state": 0},
        {"class": "RepeatedKFold", "n_splits": 2, "n_repeats": 2, "random_state": 0},
        {"class": "ShuffleSplit", "n_splits": 3, "test_size": 0.2, "train_size": 0.3, "random_state": 0},
        {"class": "StratifiedShuffleSplit", "n_splits": 2, "test_size": 0.25, "random_state": 0},
        {"class": "GroupKFold", "n_splits": 3},
        {"class": "StratifiedGroupKFold", "n_splits": 2},
        {"class": "GroupShuffleSplit", "n_splits": 2, "random_state": 0},
        {"class": "LeaveOneGroupOut"},
        {"class": "LeavePGroupsOut", "n_groups": 2},
        {"class": "TimeSeriesSplit", "n_splits": 3},
        {"class": "PredefinedSplit", "test_fold": [0, 1, -1] * 30},
        {"class": "sklearn.model_selection.KFold"},
    ],
    ids=lambda cv: cv["class"],
)
def test_folds_are_the_splitters_rows_in_its_order(dataset, cv):
    X, y = iris(90)
    groups = np.repeat(["a", "b", "c", "d"], [40, 20, 20, 10])
    manifest, folds = split(dataset(X, y, groups), cv)
    splitter = getattr(model_selection, cv["class"].rpartition(".")[2])(**{k: v for k, v in cv.items() if k != "class"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of groups that are not used
        expected = list(splitter.split(X, y, groups))
    assert len(folds) == len(expected)
    for fold, said, (train, test) in zip(folds, manifest["folds"], expected, strict=True):
        assert np.array_equal(fold["X_train"], X[train]) and np.array_equal(fold["y_train"], y[train])
        assert np.array_equal(fold["X_test"], X[test]) and np.array_equal(fold["y_test"], y[test])
        assert (said["n_train"], said["n_test"]) == (len(train), len(test))


def test_the_manifest_tells_each_folds_file_content_and_bytes(dataset):
    folder = dataset(*iris())
    manifest, folds = split(folder, {"class": "KFold", "n_splits": 3})
    out = folder.parent / "splits-s"
    assert manifest == read_signed(out / splits.MANIFEST, "")
    assert manifest["digest"] == read_signed(folder / datasets.MANIFEST, "")["digest"]
    assert [fold["file"] for fold in manifest["folds"]] == ["fold-0.joblib", "fold-1.joblib", "fold-2.joblib"]
    names = [*(f["file"] for f in manifest["folds"]), "rows.joblib", splits.MANIFEST]
    assert sorted(path.name for path in out.iterdir()) == names
    for said, fold in zip(manifest["folds"], folds, strict=True):
        assert said["digest"] == content_digest(fold)
        assert said["digest"] == content_digest(open_file(str(out / said["file"]), said["sha256"]).fresh())


def test_a_changed_row_changes_the_digests_of_the_folds_that_use_it_alone(dataset):
    X, y = iris()
    cv = {"class": "ShuffleSplit", "n_splits": 6, "train_size": 0.2, "test_size": 0.2, "random_state": 0}
    before, _ = split(dataset(X, y, name="before"), cv, "before")
    nudged = X.copy()
    nudged[7, 2] += 1e-9
    after, _ = split(dataset(nudged, y, name="after"), cv, "after")
    splitter = model_selection.ShuffleSplit(6, train_size=0.2, test_size=0.2, random_state=0)
    uses = [7 in train or 7 in test for train, test in splitter.split(X)]
    changed = [one["digest"] != two["digest"] for one, two in zip(before["folds"], after["folds"], strict=True)]
    assert changed == uses and 0 < sum(uses) < 6
    assert before["digest"] != after["digest"]


def test_more_folds_of_a_seeded_shuffle_keep_the_digests_of_those_before(dataset):
    folder = dataset(*iris())
    cv = {"class": "ShuffleSplit", "test_size": 0.2, "random_state": 0}
    few, _ = split(folder, {**cv, "n_splits": 2}, "few")
    more, _ = split(folder, {**cv, "n_splits": 4}, "more")
    assert [f["digest"] for f in more["folds"][:2]] == [f["digest"] for f in few["folds"]]
    assert len({f["digest"] for f in more["folds"]}) == 4


def test_rows_keep_the_type_and_order_that_GridSearchCV_would_give_them(dataset):
    X, y = iris()
    table = pd.DataFrame(X[:, :2], columns=["a", "b"]).assign(c=pd.Categorical(np.array(["u", "v", "w"])[y]))
    train = np.arange(50, 150)
    for name, value in {
        "c": X,
        "f": np.asfortranarray(X),
        "single": X.astype(np.float32),
        "sparse": sparse.csr_matrix(X),
        "frame": table,
    }.items():
        _, folds = split(dataset(value, y, name=name), {"class": "KFold", "n_splits": 3}, name)
        expected, _ = _safe_split(DummyClassifier(), value, y, train)
        found = folds[0]["X_train"]
        assert type(found) is type(expected) and content_digest(found) == content_digest(expected), name


def test_data_without_a_target_are_split_too(dataset):
    _, folds = split(dataset(np.eye(6)), {"class": "KFold", "n_splits": 2})
    assert folds[0]["y_train"] is None and folds[0]["y_test"] is None
    assert np.array_equal(folds[0]["X_test"], np.eye(6)[:3])


@pytest.mark.parametrize("kind", ["StratifiedKFold", "RepeatedStratifiedKFold", "StratifiedGroupKFold"])
def test_a_class_of_fewer_members_than_folds_is_split_as_scikit_learn_splits_it_and_said(dataset, capsys, kind):
    y, groups, cv = np.array([0] * 7 + [1] * 7 + [2]), np.arange(15) % 5, {"n_splits": 3}
    if kind.startswith("Repeated"):
        cv |= {"random_state": 0}
    _, folds = split(dataset(np.arange(15.0)[:, np.newaxis], y, groups), {"class": kind, **cv})
    expected = getattr(model_selection, kind)(**cv).split(np.zeros(15), y, groups)
    with pytest.warns(UserWarning, match="least populated"):
        assert [fold["y_test"].tolist() for fold in folds] == [y[test].tolist() for _, test in expected]
    assert f"{kind} warns: UserWarning: The least populated class in y has only 1 member" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("y", "groups", "cv", "said"),
    [
        (
            ["a"] * 5 + ["b"] * 4,
            None,
            {"class": "StratifiedKFold", "n_splits": 6},
            "StratifiedKFold cannot split dataset given: ValueError: n_splits=6 cannot be greater than the number of members",
        ),
        (
            [0] * 8 + [1],
            None,
            {"class": "StratifiedShuffleSplit"},
            "StratifiedShuffleSplit cannot split dataset given: ValueError: The least populated class",
        ),
        (
            list(range(9)),
            None,
            {"class": "GroupKFold", "n_splits": 2},
            "GroupKFold needs groups; name a column in datasets.",
        ),
        (
            list(range(9)),
            [1] * 9,
            {"class": "GroupKFold", "n_splits": 2},
            "GroupKFold cannot split dataset given: ValueError",
        ),
        (
            list(range(9)),
            [1] * 9,
            {"class": "LeaveOneGroupOut"},
            "LeaveOneGroupOut cannot split dataset given: ValueError",
        ),
        (
            list(range(9)),
            None,
            {"class": "KFold", "n_splits": 10},
            "KFold cannot split dataset given: ValueError: Cannot have",
        ),
        (
            np.arange(9) / 7,
            None,
            {"class": "StratifiedKFold", "n_splits": 2},
            "StratifiedKFold cannot split dataset given: ",
        ),
        (
            list(range(9)),
            None,
            {"class": "ShuffleSplit", "test_size": 20},
            "ShuffleSplit cannot split dataset given: ValueErr",
        ),
    ],
)
def test_a_splitter_that_does_not_suit_the_data_is_one_line(dataset, y, groups, cv, said):
    folder = dataset(np.eye(9), y, groups)
    with pytest.raises(FoldworkError) as error:
        split(folder, cv)
    assert str(error.value).startswith(f"splits.s.cv: {said}"[:90]) and "\n" not in str(error.value)
    assert not (folder.parent / "splits-s").exists()


class Odd:
    """A splitter of one's own whose folds are given."""

    def __init__(self, folds):
        self.folds = folds

    def split(self, X, y=None, groups=None):
        return iter(self.folds)


@pytest.mark.parametrize(
    ("folds", "said"),
    [
        ([], "splits.s.cv: Odd gives no fold"),
        ([([0], [1]), ([], [1])], "splits.s.cv: fold 1 has 0 train and 1 test rows; both need some"),
    ],
)
def test_a_splitter_of_ones_own_must_give_folds_with_rows(dataset, monkeypatch, folds, said):
    monkeypatch.setattr(splits, "build_splitter", lambda spec: Odd(folds))
    with pytest.raises(FoldworkError) as error:
        split(dataset(np.eye(3)), {"class": "own.Odd"})
    assert str(error.value) == said


def test_a_splitter_of_ones_own_may_give_rows_as_a_mask_or_a_list(dataset, monkeypatch):
    mask = np.array([True, False, True, False])
    monkeypatch.setattr(splits, "build_splitter", lambda spec: Odd([(mask, ~mask), ([3, 0], [1])]))
    manifest, folds = split(dataset(np.eye(4)), {"class": "own.Odd"})
    assert np.array_equal(folds[0]["X_train"], np.eye(4)[[0, 2]]) and np.array_equal(
        folds[1]["X_train"], np.eye(4)[[3, 0]]
    )
    assert [(fold["n_train"], fold["n_test"]) for fold in manifest["folds"]] == [(2, 2), (2, 1)]


def test_a_damaged_dataset_is_not_split(dataset):
    folder = dataset(*iris())
    content = bytearray((folder / datasets.FILE).read_bytes())
    content[1000] ^= 1
    (folder / datasets.FILE).write_bytes(content)
    with pytest.raises(FoldworkError, match="its bytes are not the ones that were written"):
        split(folder, {"class": "KFold"})


def test_a_splitter_of_the_users_own_that_was_changed_within_its_second_is_not_taken_from_old_bytecode(tmp_path):
    datasets.persist("d", {"load": "sklearn.datasets.load_iris"}, tmp_path / "d")
    module = tmp_path / "cvs.py"
    code = """
class Half:
    def __init__(self, offset=0):
        pass
    def split(self, X, y=None, groups=None):
        import numpy as np
        rows = np.arange(len(X))
        yield rows[rows % 2 == 0], rows[rows % 2 != 0]
    def get_n_splits(self, *_):
        return 1
"""
    persist = (
        "import sys; sys.path.insert(0, '.')\n"
        "from pathlib import Path\nfrom foldwork.data import splits\n"
        "print(splits.persist('s', {'dataset': 'd', 'cv': {'class': 'cvs.Half'}}, Path('d'), Path('s'))['folds'][0]['n_train'])\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def n_train() -> int:
        done = subprocess.run(
            [sys.executable, "-c", persist], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    module.write_text(code)
    time = module.stat().st_mtime_ns
    assert n_train() == 75 and (tmp_path / "__pycache__").exists()
    module.write_text(code.replace("% 2", "% 3"))
    os.utime(module, ns=(time, time))
    assert n_train() == 50
