"""The source of all code of the user's own is part of what a score depends on, wherever it lies."""

import importlib
import os
import subprocess
import sys
import time

import pytest

from foldwork.study import source_code
from foldwork.study.versions import dependencies


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """Return a folder on `sys.path`, beside a study."""
    folder = tmp_path / "lib"
    folder.mkdir()
    (tmp_path / "study").mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.fixture(autouse=True)
def forget():
    def clear():
        importlib.invalidate_caches()
        source_code.distribution.cache_clear()
        source_code._outside.cache_clear()

    clear()
    yield clear
    clear()


def of(name, study):
    return dependencies({"class": name}, study)


def test_what_scikit_learn_alone_depends_on_is_versions():
    assert set(dependencies({"class": "sklearn.svm.SVC"}, source_code.Path("/"))) == {"scikit-learn", "numpy", "scipy"}


def test_a_change_of_a_module_outside_of_the_study_or_of_what_it_imports_is_seen(outside, tmp_path, forget):
    (outside / "mine_models.py").write_text("import json\nimport numpy\nimport mine_base\nclass M: pass\n")
    (outside / "mine_base.py").write_text("x = 1\n")
    before = of("mine_models.M", tmp_path / "study")
    assert {name for name in before if name.startswith("source")} == {
        "source of mine_base.py",
        "source of mine_models.py",
    }
    (outside / "mine_base.py").write_text("x = 2\n")
    forget()
    after = of("mine_models.M", tmp_path / "study")
    assert {name for name in before if before[name] != after[name]} == {"source of mine_base.py"}
    # The same code from another folder is the same code.
    outside.rename(tmp_path / "elsewhere")
    sys.path.insert(0, str(tmp_path / "elsewhere"))
    forget()
    try:
        assert of("mine_models.M", tmp_path / "study") == after
    finally:
        sys.path.remove(str(tmp_path / "elsewhere"))


def test_a_package_outside_counts_with_all_its_files_and_the_studys_own_goes_first(outside, tmp_path, forget):
    (outside / "mine_package/inner").mkdir(parents=True)
    for name in ("__init__.py", "a.py", "inner/__init__.py", "inner/b.py"):
        (outside / "mine_package" / name).write_text("from . import nothing\n")
    found = of("mine_package.inner.b.C", tmp_path / "study")
    assert sum(name.startswith("source of mine_package/") for name in found) == 4
    (tmp_path / "study/mine_package.py").write_text("y = 1\n")
    forget()
    assert [name for name in of("mine_package.C", tmp_path / "study") if "source" in name] == [
        "source of mine_package.py"
    ]


def test_a_folder_of_the_study_does_not_hide_a_module_of_its_name_outside(outside, tmp_path, forget):
    (tmp_path / "study/data").mkdir()
    (outside / "data.py").write_text("x = 1\n")
    assert "source of data.py" in of("data.M", tmp_path / "study")
    (tmp_path / "study/data/own.py").write_text("x = 1\n")
    (outside / "data.py").unlink()
    (outside / "data").mkdir()
    (outside / "data/more.py").write_text("x = 1\n")
    forget()
    found = of("data.M", tmp_path / "study")
    assert {"source of data/own.py", "source of data/more.py"} <= found.keys()


def test_a_file_of_a_distribution_that_was_changed_and_bears_an_older_time_is_seen(tmp_path, monkeypatch, forget):
    (tmp_path / "mine_recorded").mkdir()
    file = tmp_path / "mine_recorded/__init__.py"
    file.write_text("x = 1\n")
    info = tmp_path / "mine_recorded-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine-recorded\nVersion: 1.0\n")
    (info / "RECORD").write_text(
        f"mine_recorded/__init__.py,sha256={source_code._urlsafe_sha256(file)},6\nmine_recorded-1.0.dist-info/RECORD,,\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    forget()
    assert of("mine_recorded.M", tmp_path / "study")["mine_recorded"] == "1.0"
    file.write_text("x = 10\n")
    os.utime(file, (1e9, 1e9))
    forget()
    assert "source of mine_recorded/__init__.py" in of("mine_recorded.M", tmp_path / "study")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return a folder into which a distribution is installed as pip does it, and one with it in editable form."""
    folder = tmp_path_factory.mktemp("installed")
    project = folder / "project"
    (project / "mine_installed").mkdir(parents=True)
    (project / "mine_installed/__init__.py").write_text("x = 1\n")
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "mine-installed"\nversion = "1.0"\n'
        '[tool.hatch.build.targets.wheel]\npackages = ["mine_installed"]\n'
    )
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(folder / "site"), str(project)], check=True)
    return folder


def test_an_installed_distribution_counts_by_its_version_until_its_files_are_changed(
    installed, monkeypatch, tmp_path, forget
):
    monkeypatch.syspath_prepend(installed / "site")
    forget()
    assert of("mine_installed.M", tmp_path)["mine_installed"] == "1.0"
    file = installed / "site/mine_installed/__init__.py"
    os.utime(file, (time.time() + 100, time.time() + 100))
    forget()
    assert of("mine_installed.M", tmp_path)["mine_installed"] == "1.0"
    file.write_text("x = 2\n")
    os.utime(file, (time.time() + 100, time.time() + 100))
    forget()
    assert "source of mine_installed/__init__.py" in of("mine_installed.M", tmp_path)


def test_a_project_that_is_installed_in_editable_form_counts_by_its_source(installed, monkeypatch, tmp_path, forget):
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(tmp_path / "site"), "--editable", str(installed / "project")], check=True)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.syspath_prepend(installed / "project")  # as the .pth file does in a site of Python's own
    forget()
    assert "source of mine_installed/__init__.py" in of("mine_installed.M", tmp_path)
