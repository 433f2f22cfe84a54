"""Candidates of a space: which, how many, and in whose order."""

import json

import pytest
from sklearn.model_selection import ParameterGrid

from foldwork.study.search_space import candidates, count, parameter_values

SPACES = [
    {},
    {"C": [1]},
    {"gamma": [0.1, 0.2, 0.3], "C": [1, 10]},
    {"svc__C": [1, 2], "pca__n_components": [3, 4, 5], "Zeta": ["a", "b"], "_x": [None, True]},
    {"b": [1, 1, 1], "a": [2, 2]},
    [{"kernel": ["linear"], "C": [1, 2]}, {"kernel": ["rbf"], "gamma": [0.1, 1.0], "C": [5]}],
    [{}, {"a": [1, 2]}, {}],
    [{"a": [1, 2]}, {"a": [1, 2]}],
    {"hidden": [[1, 2], [3]], "weights": [{"x": 1}, "balanced"]},
]


@pytest.mark.parametrize("space", SPACES, ids=repr)
def test_candidates_come_in_the_order_of_scikit_learns_parameter_grid(space):
    found = candidates(space)
    assert found == list(ParameterGrid(space))
    assert [list(candidate) for candidate in found] == [list(candidate) for candidate in ParameterGrid(space)]


@pytest.mark.parametrize(
    ("spec", "values"),
    [
        ({"logspace": [-1, 2, 4]}, [0.1, 1.0, 10.0, 100.0]),
        ({"logspace": [0, 3, 4, 2]}, [1.0, 2.0, 4.0, 8.0]),
        ({"logspace": [2, 5, 1]}, [100.0]),
        ({"linspace": [0, 1, 3]}, [0.0, 0.5, 1.0]),
        ({"range": [3]}, [0, 1, 2]),
        ({"range": [2, 5]}, [2, 3, 4]),
        ({"range": [5, 0, -2]}, [5, 3, 1]),
        ({"range": [0, 1, 0.25]}, [0.0, 0.25, 0.5, 0.75]),
        ([1, "a", None, {"tuple": [1, 2]}], [1, "a", None, {"tuple": [1, 2]}]),
    ],
)
def test_values_are_those_of_numpy_as_plain_python(spec, values):
    found = parameter_values(spec)
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]
    assert json.loads(json.dumps(found)) == values


@pytest.mark.parametrize("numbers", [[7], [0], [3, 3], [2, 20, 3], [10, 0, -3], [0, 1, 0.1], [0.5, 2.5], [1, 1.3, 0.1]])
def test_a_range_is_counted_as_numpy_counts_it(numbers):
    assert count({"range": numbers}) == len(parameter_values({"range": numbers}))


def test_values_of_a_logspace_are_numpys_to_the_last_bit():
    import numpy as np

    space = {"C": {"logspace": [-6, 6, 20]}, "gamma": {"logspace": [-6, 1, 20]}}
    grid = ParameterGrid({"C": np.logspace(-6, 6, 20), "gamma": np.logspace(-6, 1, 20)})
    assert candidates(space) == list(grid)
