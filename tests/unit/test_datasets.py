"""Datasets: what can be loaded, what is refused, and the digest of content."""

import os
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import load_iris

from foldwork.data.datasets import FILE, MANIFEST, load, persist
from foldwork.data.digests import content_digest
from foldwork.engines.parent_process import Ended
from foldwork.errors import FoldworkError
from foldwork.storage.signed_json import read_signed


@pytest.fixture
def loader(tmp_path, monkeypatch):
    """Return a function that makes an object the result of an importable loader, and gives the loader's name."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "given_data.py").write_text("found = None\n\ndef load(**args):\n    return found(**args)\n")

    def give(found) -> str:
        import given_data

        given_data.found = found if callable(found) else lambda: found
        return "given_data.load"

    yield give
    sys.modules.pop("given_data", None)


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "id": [7, 8, 9, 10],
            "height": [1.0, 2.5, np.nan, 4.0],
            "colour": ["red", "green", "red", None],
            "kind": ["a", "b", "a", "b"],
            "site": ["x", "x", "y", "y"],
        }
    )


# ---- what can be loaded


def test_a_bunch_gives_data_and_target():
    arrays = load("iris", {"load": "sklearn.datasets.load_iris"})
    X, y = load_iris(return_X_y=True)
    assert np.array_equal(arrays["X"], X) and np.array_equal(arrays["y"], y) and arrays["groups"] is None


def test_a_bunch_of_frames_stays_a_frame_and_gives_a_column_for_the_target():
    arrays = load(
        "iris",
        {
            "load": "sklearn.datasets.load_iris",
            "args": {"as_frame": True},
            "groups": "petal width (cm)",
            "drop": ["sepal width (cm)"],
        },
    )
    assert list(arrays["X"].columns) == ["sepal length (cm)", "petal length (cm)"]
    assert type(arrays["y"]) is pd.Series and arrays["y"].dtype.kind == "i"
    assert arrays["groups"][0] == 0.2


def test_arguments_are_built_before_the_loader_gets_them(loader):
    name = loader(lambda shape, function: (np.full(shape, function([3.0])), [0, 1]))
    arrays = load("a", {"load": name, "args": {"shape": {"tuple": [2, 3]}, "function": {"ref": "math.fsum"}}})
    assert arrays["X"].tolist() == [[3.0] * 3] * 2 and arrays["y"].tolist() == [0, 1]


def test_a_mapping_gives_target_and_groups_by_their_keys(loader):
    found = {"X": np.zeros((3, 2)), "y": [1, 2, 3], "other": [4, 5, 6], "who": ["p", "q", "q"]}
    arrays = load("a", {"load": loader(found), "target": "other", "groups": "who"})
    assert arrays["y"].tolist() == [4, 5, 6] and arrays["groups"].tolist() == ["p", "q", "q"]
    arrays = load("a", {"load": loader(found | {"groups": [1, 1, 2]})})
    assert arrays["y"].tolist() == [1, 2, 3] and arrays["groups"].tolist() == [1, 1, 2]


def test_a_pair_or_a_triple_is_X_y_and_groups(loader):
    X = np.arange(6).reshape(3, 2)
    assert load("a", {"load": loader((X, [1, 2, 3]))})["groups"] is None
    arrays = load("a", {"load": loader((X, [1, 2, 3], ["g", "g", "h"]))})
    assert arrays["y"].tolist() == [1, 2, 3] and arrays["groups"].tolist() == ["g", "g", "h"]


def test_an_array_alone_is_X_without_a_target(loader):
    arrays = load("a", {"load": loader(np.ones((3, 2)))})
    assert arrays["X"].shape == (3, 2) and arrays["y"] is None and arrays["groups"] is None


def test_a_frame_gives_target_and_groups_and_loses_what_is_dropped(loader, frame):
    arrays = load("a", {"load": loader(frame), "target": "kind", "groups": "site", "drop": ["id"]})
    assert list(arrays["X"].columns) == ["height", "colour"]
    assert arrays["y"].tolist() == ["a", "b", "a", "b"] and arrays["groups"].tolist() == ["x", "x", "y", "y"]
    assert np.isnan(arrays["X"]["height"][2])  # a hole in X is the model's to fill


def test_columns_that_are_numbers_are_named_by_their_digits(loader):
    table = pd.DataFrame(np.arange(12).reshape(3, 4))
    arrays = load("a", {"load": loader(table), "target": "3", "groups": "0", "drop": ["1"]})
    assert list(arrays["X"].columns) == [2]
    assert arrays["y"].tolist() == [3, 7, 11] and arrays["groups"].tolist() == [0, 4, 8]


def test_a_csv_file_gives_what_pandas_reads(tmp_path, frame):
    for name in ("table.csv", "table.csv.gz"):
        frame.to_csv(tmp_path / name, index=False)
        arrays = load("a", {"file": str(tmp_path / name), "target": "kind", "drop": ["id", "site"]})
        expected = pd.read_csv(tmp_path / name)[["height", "colour"]]
        pd.testing.assert_frame_equal(arrays["X"], expected)
        assert arrays["y"].tolist() == ["a", "b", "a", "b"]


@pytest.mark.parametrize("name", ["arrays.npz", "ARRAYS.NPZ"])
def test_an_npz_file_gives_its_arrays_by_their_keys(tmp_path, name):
    with open(tmp_path / name, "wb") as file:
        np.savez(file, X=np.eye(3), y=np.array([0, 1, 1]), site=np.array(["n", "n", "s"]))
    arrays = load("a", {"file": str(tmp_path / name), "groups": "site"})
    assert np.array_equal(arrays["X"], np.eye(3))
    assert arrays["y"].tolist() == [0, 1, 1] and arrays["groups"].tolist() == ["n", "n", "s"]


@pytest.mark.parametrize("made", ["csr_array", "coo_array", "csc_matrix", "bsr_array", "dia_matrix"])
def test_a_sparse_matrix_from_an_npz_file_is_X_without_a_target(tmp_path, made):
    dense = np.array([[0, 1.0, 0], [2, 0, 3], [0, 0, 0], [4, 0, 0]])
    sparse.save_npz(tmp_path / "a.npz", getattr(sparse, made)(dense))
    arrays = load("a", {"file": str(tmp_path / "a.npz")})
    assert arrays["X"].format == "csr" and np.array_equal(arrays["X"].toarray(), dense) and arrays["y"] is None
    for key in ("target", "groups"):
        with pytest.raises(
            FoldworkError, match=rf"^datasets\.a\.{key}: .*'kind'.*a sparse matrix.*a 'load' that returns \(X, y"
        ):
            load("a", {"file": str(tmp_path / "a.npz"), key: "kind"})


def test_the_parts_of_a_sparse_matrix_without_its_format_are_refused(tmp_path):
    made = sparse.eye_array(4, format="csr")
    np.savez(tmp_path / "a.npz", data=made.data, indices=made.indices, indptr=made.indptr, y=np.arange(4))
    with pytest.raises(FoldworkError, match=r"^datasets\.a\.file: .*scipy\.sparse\.save_npz"):
        load("a", {"file": str(tmp_path / "a.npz")})


def test_dtype_converts_an_array_a_sparse_matrix_and_the_numbers_of_a_frame(loader, frame):
    assert load("a", {"load": loader(np.eye(3)), "dtype": "float32"})["X"].dtype == np.float32
    assert load("a", {"load": loader(sparse.eye_array(3)), "dtype": "float32"})["X"].dtype == np.float32
    X = load("a", {"load": loader(frame), "dtype": "float32"})["X"]
    assert X["id"].dtype == X["height"].dtype == np.float32 and X["colour"].tolist()[:2] == ["red", "green"]


def test_targets_and_groups_stay_in_their_container_and_lists_become_arrays(loader):
    for words in (np.array(["no", "yes"], dtype=object), pd.Series(["no", "yes"], dtype="category", name="answer")):
        arrays = load("a", {"load": loader((np.eye(2), words, words))})
        assert arrays["y"] is words and arrays["groups"] is words
    y = load("a", {"load": loader((np.eye(2), ["no", "yes"]))})["y"]
    assert y.dtype == np.dtype("<U3") and y.tolist() == ["no", "yes"]
    frame = pd.DataFrame({"a": [1, 2], "b": [3.0, 4.0]})
    assert load("a", {"load": loader((np.eye(2), frame))})["y"] is frame
    assert sparse.issparse(load("a", {"load": loader((np.eye(2), sparse.coo_array(np.eye(2))))})["y"])


@pytest.mark.parametrize(
    "y",
    [
        pd.Series(["a", None, "b"]),
        pd.Series([1, None, 2], dtype="Int64"),
        pd.DataFrame({"p": [1, 2, 3], "q": [1.0, np.nan, 2.0]}),
        pd.Series(pd.Categorical(["a", None, "b"])),
        np.array(["a", None, "b"], dtype=object),
        sparse.csr_matrix(np.array([[0.0, 1.0], [np.nan, 0.0], [1.0, 0.0]])),
    ],
    ids=["words", "Int64", "two columns", "categories", "objects", "sparse"],
)
def test_a_target_that_is_missing_in_a_row_is_one_line_whatever_holds_it(loader, y):
    with pytest.raises(FoldworkError, match=r"datasets.a: y has no value \(NaN\) in 1 of 3 rows, the first is row 1"):
        load("a", {"load": loader((np.eye(3), y))})


@pytest.mark.parametrize("dtype", [None, "float32"])
def test_clusterings_of_a_frame_are_those_of_the_same_frame_in_memory(tmp_path, loader, dtype):
    from sklearn.datasets import load_digits
    from threadpoolctl import threadpool_limits

    from foldwork.data.fold_files import ArrayFile
    from foldwork.evaluation.clustering import fit_clustering
    from foldwork.evaluation.task import Task
    from foldwork.study import objects

    frame = load_digits(as_frame=True).data.iloc[:300]
    pipeline = [
        {"scale": {"class": "sklearn.preprocessing.StandardScaler"}},
        {"pca": {"class": "sklearn.decomposition.PCA", "n_components": 5, "random_state": 0}},
        {"kmeans": {"class": "sklearn.cluster.KMeans", "n_init": 2, "random_state": 0}},
    ]
    manifest = persist("d", {"load": loader(frame), "dtype": dtype}, tmp_path / "d")
    arrays = ArrayFile(tmp_path / "d" / manifest["file"], manifest["sha256"]).fresh()
    record = {}
    with threadpool_limits(1):
        fit_clustering(
            Task({"kind": "clustering", "models": {"m": pipeline}, "metrics": ["inertia"]}), "m", {}, arrays, record
        )
        expected = objects.build_estimator(pipeline).fit(frame.astype(dtype) if dtype else frame)
    assert record["test"]["inertia"] == float(expected[-1].inertia_)


class Polars:
    """A frame, or a column of one, with the methods of polars that matter here."""

    def __init__(self, values, name="", arrow=True):
        self.values, self.name, self.arrow = values, name, arrow
        if isinstance(values, dict):
            self.columns = list(values)

    def __getitem__(self, name):
        return Polars(self.values[name], name, self.arrow)

    def to_numpy(self):
        return np.array(self.values)

    def to_pandas(self):
        if not self.arrow:
            raise ModuleNotFoundError("pyarrow is required", name="pyarrow")
        return pd.DataFrame(self.values) if isinstance(self.values, dict) else pd.Series(self.values, name=self.name)


@pytest.mark.parametrize("arrow", [True, False])
def test_a_polars_frame_has_columns_to_take_a_target_from(loader, arrow):
    frame = Polars({"a": [1.0, 2.0], "b": [3, 4], "kind": ["x", "y"]}, arrow=arrow)
    arrays = load("a", {"load": loader(frame), "target": "kind"})
    assert arrays["X"].to_dict("list") == {"a": [1.0, 2.0], "b": [3, 4]} and arrays["y"].tolist() == ["x", "y"]
    arrays = load("a", {"load": loader((frame, frame["kind"])), "drop": ["kind"]})
    assert list(arrays["X"].columns) == ["a", "b"] and arrays["y"].name == "kind"


def test_a_lazy_frame_of_polars_is_collected(loader):
    class Lazy:
        def collect(self):
            return Polars({"a": [1.0, 2.0], "kind": ["x", "y"]})

        def collect_schema(self):
            raise AssertionError("asks for the schema alone")

        @property
        def columns(self):
            raise AssertionError("is expensive, says polars")

    arrays = load("a", {"load": loader(Lazy()), "target": "kind"})
    assert arrays["X"].to_dict("list") == {"a": [1.0, 2.0]} and arrays["y"].tolist() == ["x", "y"]


def test_a_frame_that_cannot_become_one_of_pandas_is_one_line(loader):
    frame = Polars({"a": [1.0]})
    frame.to_pandas = lambda: 1 / 0
    with pytest.raises(
        FoldworkError, match=r"^datasets.a: a Polars cannot become a DataFrame of pandas: ZeroDivisionError"
    ):
        load("a", {"load": loader(frame)})


def test_sparse_data_are_rows_as_GridSearchCV_makes_them(loader):
    dense = np.array([[0, 1.0], [2, 0]])
    for made in (sparse.coo_array, sparse.csc_matrix, sparse.csr_array):
        X = load("a", {"load": loader(made(dense))})["X"]
        assert X.format == "csr" and np.array_equal(X.toarray(), dense)


def test_the_memory_order_of_X_is_kept(loader):
    assert load("a", {"load": loader(np.asfortranarray(np.ones((4, 3))))})["X"].flags.f_contiguous


# ---- what is refused

HOLES = "has no value (NaN) in 1 of 3 rows, the first is row 1"


@pytest.mark.parametrize(
    ("found", "spec", "said"),
    [
        ((np.eye(3), [1, 2]), {}, "X has 3 rows, y has 2 rows; they must have the same length"),
        ((np.eye(3), [1, 2, 3], [1]), {}, "X has 3 rows, groups has 1 rows; they must have the same length"),
        ((np.eye(3), 5), {}, "X has 3 rows, y has one value; they must have the same length"),
        ((np.eye(3), [1.0, np.nan, 2.0]), {}, f"y {HOLES}"),
        ((np.eye(3), ["a", None, "b"]), {}, f"y {HOLES}"),
        ((np.eye(3), pd.Series(["a", np.nan, "b"])), {}, f"y {HOLES}"),
        ((np.eye(3), pd.Series(["a", None, "b"], dtype="category")), {}, f"y {HOLES}"),
        ((np.eye(3), pd.Series([1, None, 2], dtype="Int64")), {}, f"y {HOLES}"),
        ((np.eye(3), [[1.0, 2], [np.nan, np.nan], [3, 4]]), {}, f"y {HOLES}"),
        ((np.eye(3), [1, 2, 3], [1.0, np.nan, 2.0]), {}, f"groups {HOLES}"),
        (np.zeros((0, 3)), {}, "X has no rows"),
        ({"features": [1]}, {}, "the data has no 'X' (or 'data'); there is features"),
        ({"X": [[1]], "label": [1]}, {"target": "lable"}, "the data has no 'lable'; did you mean 'label'?"),
        ({"X": [[1]], "y": [1]}, {"groups": "site"}, "the data has no 'site'; there is X, y"),
        (pd.DataFrame({"a": [1], "kind": [2]}), {"target": "knid"}, "the data has no 'knid'; did you mean 'kind'?"),
        (pd.DataFrame({"a": [1], "b": [2]}), {"groups": "site"}, "the data has no 'site'; there is a, b"),
        (pd.DataFrame({"a": [1], "b": [2]}), {"drop": ["c"]}, "the data has no 'c'; there is a, b"),
        (pd.DataFrame({"id": [1], "b": [2]}), {"drop": ["ID"]}, "the data has no 'ID'; did you mean 'id'?"),
        (
            pd.DataFrame({str(number): [1] for number in range(13)}),
            {"drop": ["c"]},
            "there is 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …",
        ),
        (pd.DataFrame({"a": [1], "b": [2]}), {"target": "a", "drop": ["b"]}, "no column is left for X"),
        (np.eye(2), {"target": "kind"}, "the data has no columns to take 'kind' from"),
        (np.eye(2), {"drop": ["kind"]}, "the data has no columns by name to drop"),
        (np.array([["a"]]), {"dtype": "float32"}, "X cannot become float32: ValueError: could not convert string"),
    ],
)
def test_data_that_cannot_be_right_are_one_line(loader, found, spec, said):
    with pytest.raises(FoldworkError) as error:
        load("mine", {"load": loader(found), **spec})
    assert str(error.value).startswith("datasets.mine") and said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_loader_that_raises_is_one_line_with_its_name(loader):
    def fail():
        raise RuntimeError("no\nnetwork")

    with pytest.raises(FoldworkError, match=r"^datasets\.a\.load: given_data\.load raised RuntimeError: no network$"):
        load("a", {"load": loader(fail)})


@pytest.mark.parametrize(
    ("code", "said"), [(0, "SystemExit: 0"), ("no licence", "SystemExit: no licence"), (None, "SystemExit")]
)
def test_a_loader_that_exits_is_one_line_with_its_name(loader, code, said):
    with pytest.raises(FoldworkError) as error:
        load("a", {"load": loader(lambda: sys.exit(code))})
    assert str(error.value).rstrip(": ") == f"datasets.a.load: given_data.load raised {said}"


def test_a_loader_that_returns_nothing_is_told_what_to_return(loader):
    with pytest.raises(
        FoldworkError, match=r"^datasets\.a\.load: given_data\.load returned None; must return X, \(X, y\)"
    ):
        load("a", {"load": loader(lambda: None)})


def test_a_loader_may_change_the_working_directory(loader, tmp_path):
    before = Path.cwd()

    def elsewhere():
        os.chdir(tmp_path)
        return np.eye(3)

    assert load("a", {"load": loader(elsewhere)})["X"].shape == (3, 3)
    assert Path.cwd() == before


def test_the_end_of_snakemake_ends_a_loader(loader):
    def ends():
        raise Ended(1)

    with pytest.raises(Ended):
        load("a", {"load": loader(ends)})


def test_a_file_that_cannot_be_read_is_one_line_with_its_path(tmp_path):
    with pytest.raises(FoldworkError, match=r"^datasets\.a\.file: there is no file .*none\.csv$"):
        load("a", {"file": str(tmp_path / "none.csv")})
    for name, content in (("broken.csv", b'a,b\n1,"2\n3,4\n'), ("broken.npz", b"PK no archive"), ("empty.csv", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FoldworkError, match=rf"^datasets\.a\.file: .*{name} cannot be read: ") as error:
            load("a", {"file": str(tmp_path / name)})
        assert "\n" not in str(error.value)


# ---- what is written


def test_a_persisted_dataset_says_what_it_is(tmp_path, loader, frame):
    spec = {"load": loader(frame), "target": "kind", "groups": "site", "drop": ["id"]}
    manifest = persist("mine", spec, tmp_path / "out")
    assert manifest == read_signed(tmp_path / "out" / MANIFEST, "")
    assert manifest["shape"] == [4, 2] and list(manifest["dtypes"]) == ["height", "colour"]
    assert manifest["target"] == {"shape": [4], "dtype": str(frame["kind"].dtype)} and manifest["groups"] == 2
    assert manifest["source"] == spec
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([FILE, MANIFEST])
    assert content_digest(joblib.load(tmp_path / "out" / FILE)) == manifest["digest"]


def test_the_same_data_from_another_file_have_the_same_digest(tmp_path, frame):
    frame.to_csv(tmp_path / "one.csv", index=False)
    frame.to_csv(tmp_path / "two.csv.gz", index=False)
    one, two = (
        persist("a", {"file": str(tmp_path / name), "target": "kind"}, tmp_path / name.replace(".", "-"))
        for name in ("one.csv", "two.csv.gz")
    )
    assert one["digest"] == two["digest"]
    frame.loc[0, "height"] = 1.0000000000000002
    frame.to_csv(tmp_path / "three.csv", index=False)
    assert (
        persist("a", {"file": str(tmp_path / "three.csv"), "target": "kind"}, tmp_path / "3")["digest"] != one["digest"]
    )


# ---- the digest


def test_content_type_order_and_shape_of_an_array_are_in_its_digest():
    X = np.arange(12.0).reshape(3, 4)
    nudged = X.copy()
    nudged[2, 3] = np.nextafter(11, 12)
    different = [
        X,
        nudged,
        X.astype(np.float32),
        X.astype(">f8"),
        X.astype(np.int64),
        np.asfortranarray(X),
        X.reshape(4, 3),
        X.reshape(12),
        X.T,
        X[::-1],
        X.astype(object),
        X.astype(str),
        X[:0],
        None,
        {"X": X},
        {"Y": X},
        {"X": X, "y": None},
    ]
    assert len({content_digest(value) for value in different}) == len(different)


def test_the_way_in_which_an_array_is_held_is_not_in_its_digest(tmp_path):
    X = np.arange(12.0).reshape(3, 4)
    joblib.dump({"X": X}, tmp_path / "X.joblib")
    mapped = joblib.load(tmp_path / "X.joblib", mmap_mode="c")["X"]
    wide = np.zeros((3, 8))
    wide[:, ::2] = X
    for same in (X.copy(), mapped, wide[:, ::2]):
        assert content_digest(same) == content_digest(X)
    assert content_digest({"a": X, "b": None}) == content_digest({"b": None, "a": X})
    assert content_digest(np.asfortranarray(X)) == content_digest(X.T.copy().T)


def test_what_a_frame_holds_is_in_its_digest():
    def made(**more):
        columns = {"a": [1.0, 2.0], "b": ["x", "y"], "c": pd.Categorical(["u", "v"], categories=["u", "v"])}
        return pd.DataFrame({**columns, **more})

    frame = made()
    different = [
        frame,
        frame[["b", "a", "c"]],
        frame.rename(columns={"a": "A"}),
        frame.set_axis([5, 6]),
        frame.astype({"a": "float32"}),
        frame.iloc[::-1],
        made(b=["x", "z"]),
        made(b=["x", None]),
        made(c=pd.Categorical(["u", "v"], categories=["v", "u"])),
        made(c=pd.Categorical(["u", "v"], categories=["u", "v", "w"])),
        made(c=pd.Categorical(["u", "v"], categories=["u", "v"], ordered=True)),
        made(c=["u", "v"]),
    ]
    assert len({content_digest(value) for value in different}) == len(different)


def test_how_a_frame_was_made_is_not_in_its_digest(tmp_path):
    one = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "word": ["x", "".join(["y", "y"])]})
    two = pd.DataFrame({"word": ["x", "yy"]})
    two.insert(0, "b", [3.0, 4.0])
    two.insert(0, "a", [1.0, 2.0])
    joblib.dump(one, tmp_path / "frame.joblib")
    three = joblib.load(tmp_path / "frame.joblib", mmap_mode="c")
    assert content_digest(one) == content_digest(two) == content_digest(three)


def test_what_a_sparse_matrix_holds_is_in_its_digest():
    dense = np.array([[0, 1.0, 0], [2, 0, 3]])
    different = [
        sparse.csr_array(dense),
        sparse.csr_array(dense * 2),
        sparse.csr_array(dense[:, ::-1]),
        sparse.csr_array(dense.astype(np.float32)),
        sparse.csr_array(np.hstack([dense, np.zeros((2, 1))])),
        sparse.csc_array(dense),
        dense,
    ]
    assert len({content_digest(value) for value in different}) == len(different)
    assert content_digest(sparse.csr_array(dense)) == content_digest(sparse.csr_array(dense.copy()))


def test_a_file_that_a_loader_reads_and_the_config_does_not_name_is_warned_of(tmp_path, monkeypatch):
    (tmp_path / "readers.py").write_text(
        "import numpy as np\n"
        "def load(path=None):\n"
        "    extra = float(open('w.txt').read())\n"
        "    with open('made.txt', 'w') as file:\n"
        "        file.write('a file of its own')\n"
        "    return np.loadtxt(path or 'X.txt') * extra, np.arange(4)\n"
    )
    (tmp_path / "w.txt").write_text("2.0")
    np.savetxt(tmp_path / "X.txt", np.eye(4))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    said = []
    load("d", {"load": "readers.load"}, said.append)
    (line,) = [line for line in said if "inputs" in line]
    assert line.endswith("read w.txt, X.txt, whose changes are not noticed; write inputs: [w.txt, X.txt]")
    said.clear()
    load("d", {"load": "readers.load", "args": {"path": "X.txt"}, "inputs": ["w.txt"]}, said.append)
    assert [line for line in said if "inputs" in line] == []
