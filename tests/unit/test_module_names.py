"""A module of the study must not hide one of Python's own, or one that foldwork needs."""

import sys
from importlib import metadata

import pytest

from foldwork.errors import FoldworkError
from foldwork.study.module_names import check_module_names


@pytest.mark.parametrize("name", ["random.py", "statistics.py", "queue/__init__.py"])
def test_a_name_of_the_standard_library_is_refused_in_one_line(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    with pytest.raises(
        FoldworkError, match=f"^{path.relative_to(tmp_path).parts[0]}: has the name of a module of Python's"
    ) as raised:
        check_module_names(tmp_path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("pandas.py", "the package pandas, which foldwork needs"),
        ("sklearn/__init__.py", "the package scikit-learn, which foldwork needs"),
        ("zmq.py", "the package pyzmq, which foldwork needs"),
        ("IPython.py", "the package ipython, which foldwork needs"),  # which ipyparallel needs
        ("optuna.py", "the package optuna, which foldwork needs"),
        ("foldwork.py", "foldwork itself"),
    ],
)
def test_a_name_of_a_package_that_foldwork_needs_is_refused_in_one_line(tmp_path, name, owner):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    with pytest.raises(FoldworkError, match=f"has the name of {owner}, and would be imported in its place; rename it$"):
        check_module_names(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "mine.py",
        "test.py",
        "pytest.py",
        "features.py",
        "pandas/data.csv",
        "random.yaml",
        "random/data.csv",
        "time.py",
        "sklearn_like/__init__.py",
    ],
)
def test_what_hides_nothing_is_allowed(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    check_module_names(tmp_path)


def test_folders_that_hide_nothing_need_no_list_of_packages(tmp_path, monkeypatch):
    monkeypatch.setattr(metadata, "distribution", None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), *sys.path])
    (tmp_path / "features.py").touch()
    check_module_names(tmp_path)
