"""A module of the study must not hide one of Python's own."""

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
    "name", ["mine.py", "test.py", "random.yaml", "random/data.csv", "time.py", "sklearn_like/__init__.py"]
)
def test_what_hides_nothing_is_allowed(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    check_module_names(tmp_path)
