"""Copies of what a fold may hold are exact, and the smallest difference is seen."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from foldwork.evaluation import containers

NUMBERS = np.arange(24, dtype=float).reshape(6, 4)
NUMBERS[2, 1] = np.nan
FRAME = pd.DataFrame(
    {"a": [1.0, np.nan, 3.0], "b": pd.Categorical(list("xyx")), "c": ["p", None, "r"], "d": [1, 2, 3]}, index=[5, 1, 9]
)
KEPT = {
    "C order": NUMBERS,
    "Fortran order": np.asfortranarray(NUMBERS),
    "every other row": NUMBERS[::2],
    "the real part of complex numbers": (NUMBERS + 1j).real,
    "no rows": NUMBERS[:0],
    "words": np.array(["a", "bc"]),
    "objects": np.array([["a", None], [1.5, np.nan]], dtype=object),
    "a DataFrame": FRAME,
    "a DataFrame of one block, as it is made from rows": pd.DataFrame(NUMBERS),
    "a Series": FRAME["b"],
    "CSR": scipy.sparse.csr_matrix(np.nan_to_num(NUMBERS)),
    "CSC": scipy.sparse.csc_array(np.nan_to_num(NUMBERS)),
    "COO": scipy.sparse.coo_array(np.nan_to_num(NUMBERS)),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_copy_is_the_same_in_content_and_layout_and_shares_no_memory(name):
    X = KEPT[name]
    assert containers.is_known(X)
    copied = containers.copy(X)
    assert containers.same(copied, X) and type(copied) is type(X)
    assert not any(np.shares_memory(a, b) for a in containers.buffers(copied) for b in containers.buffers(X))
    if isinstance(X, pd.DataFrame):
        assert copied.to_numpy().strides == X.to_numpy().strides


def test_the_smallest_difference_is_seen():
    def changed(X, change):
        other = containers.copy(X)
        change(other)
        return other

    differ = [
        (NUMBERS, changed(NUMBERS, lambda X: X.__setitem__((0, 0), np.nextafter(0, 1)))),
        (NUMBERS, changed(NUMBERS, lambda X: X.__setitem__((0, 0), -0.0))),
        (NUMBERS * 1j, changed(NUMBERS * 1j, lambda X: X.__setitem__((0, 1), complex(-0.0, 1)))),
        (NUMBERS, np.asfortranarray(NUMBERS)),
        (NUMBERS, NUMBERS.astype(np.float32)),
        (KEPT["objects"], changed(KEPT["objects"], lambda X: X.__setitem__((0, 1), 0))),
        (FRAME, changed(FRAME, lambda X: X.__setitem__("e", 1))),
        (FRAME, changed(FRAME, lambda X: X.__setitem__("a", X["a"] + 1))),
        (FRAME[["a"]] * 0, FRAME[["a"]] * -0.0),
        (pd.Series([1, None], dtype=object), pd.Series([True, None], dtype=object)),
        (FRAME, FRAME.rename(columns={"a": "A"})),
        (FRAME, FRAME.reset_index(drop=True)),
        (FRAME, FRAME.astype({"d": float})),
        (KEPT["CSR"], changed(KEPT["CSR"], lambda X: X.data.__setitem__(0, 99.0))),
        (KEPT["CSR"], scipy.sparse.csr_array(KEPT["CSR"])),
        (None, NUMBERS),
    ]
    assert not any(containers.same(*pair) for pair in differ)
    assert containers.same(None, None)


def test_views_are_seen_to_share_memory():
    X = NUMBERS.copy()
    assert containers.may_share_memory(X, X[:, 1:]) and not containers.may_share_memory(X, X + 1)
    S = KEPT["CSR"]
    assert containers.may_share_memory(
        S, scipy.sparse.csr_matrix((S.data, S.indices, S.indptr))
    ) and not containers.may_share_memory(S, S.copy())
    assert containers.may_share_memory(FRAME, FRAME[["a"]])
