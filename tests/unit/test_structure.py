"""Subpackages import in one direction, and modules stay small enough to be read."""

import ast
from pathlib import Path

import pytest

import foldwork

ROOT = Path(foldwork.__file__).parent

FLOORS = (
    "errors",
    "platforms",
    "quick_exit",
    "sklearn_private",
    "storage",
    "study",
    "data",
    "strategies",
    "evaluation",
    "records",
    "engines",
    "execution",
    "model",
    "results",
    "pictures",
    "commands",
    "workflow",
)
"""Each may import those before it, none after it."""

LONGEST_MODULE, LONGEST_FUNCTION = 350, 60


def modules():
    return sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def floor(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Return the subpackages of foldwork that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            names = [node.module] if node.module != "foldwork" else [f"foldwork.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("foldwork.")}
    return found


def test_every_subpackage_stands_in_the_order():
    assert {floor(path) for path in modules()} <= set(FLOORS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_comes_before_it(path):
    upwards = {name for name in imports(path) if FLOORS.index(name) > FLOORS.index(floor(path))}
    assert not upwards, f"{path.relative_to(ROOT)} imports {', '.join(sorted(upwards))}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_can_be_read(path):
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_MODULE
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long, f"{path.relative_to(ROOT)}: {', '.join(long)}"


def test_no_two_test_files_have_one_name():
    """Pytest imports test files by their names alone, and collects none of them when two are the same."""
    names = [path.name for path in Path(__file__).parents[1].rglob("test_*.py")]
    assert "test_structure.py" in names
    assert sorted(names) == sorted(set(names))
