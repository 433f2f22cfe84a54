"""What the documentation names is there."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import foldwork
from foldwork.model import refit
from foldwork.results.tables import Evaluations
from foldwork.storage import file_names, ledger
from foldwork.strategies.resamples import REFERENCE, RESAMPLE
from foldwork.study import yaml12
from foldwork.study.objects import build_estimator
from foldwork.study.search_space import parameter_values

PACKAGE = Path(foldwork.__file__).parent
ROOT = PACKAGE.parents[1]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "config/README.md"], key=str)
A_FILE = re.compile(r"[\w./-]*\w\.(?:py|smk|md|sh|schema\.json)\b")
A_FOLDER = re.compile(r"`([\w./]+/)`")
A_LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


def is_there(path: str, page: Path) -> bool:
    """Return whether a path exists, relative to the repository, the package or the page. `my….py` stands for a file of the user's, MODEL_CARD.md is one of the results."""
    return Path(path).name.startswith(("my", "MODEL_CARD")) or any(
        (folder / path).exists() for folder in (ROOT, PACKAGE, page.parent)
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_exists(page):
    text = page.read_text()
    named = {*A_FILE.findall(text), *A_LINK.findall(text)}
    if page.name == "design.md":  # elsewhere folders are those of a study
        named |= {*A_FOLDER.findall(text)}
    assert sorted(path for path in named if not is_there(path, page)) == []


def rows_of(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its header."""
    section = (ROOT / page).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize(
    "what, where, count", rows_of("docs/design.md", "What to change where"), ids=lambda cell: cell[:30]
)
def test_a_row_of_what_to_change_where_names_one_or_two_files_that_hold_what_it_names(what, where, count):
    assert count in ("1", "2")
    words = re.findall(r"`([^`]+)`", where)
    paths = [word for word in words if "/" in word]
    assert 1 <= len(paths) <= 3, "one or two files; a third is another place of the second"
    found = [next(folder / path for folder in (PACKAGE, ROOT) if (folder / path).exists()) for path in paths]
    text = "".join(path.read_text() for path in found if path.is_file())
    assert [word for word in words if "/" not in word and word not in text] == []


def test_every_member_of_a_record_is_documented():
    named = {
        name for cells in rows_of("docs/results.md", "Members of a record") for name in re.findall(r"`(\w+)`", cells[0])
    }
    found = {
        "from",
        "final",
        "sharing",
        "also",
        "traceback",
        "warnings",
        "resource",
        "predictions",
        "importances",
        "features",
        "source",
        "dispersion",
        *Evaluations._LAST,
    }
    for path in (ROOT / "tests/unit/ledger_of_0_1").glob("*/ledger.jsonl"):
        records = map(json.loads, path.read_text().splitlines())
        found |= {name for record in records if not record["key"].startswith(ledger.MADE) for name in record}
    assert found == named


def test_every_file_of_a_search_and_every_column_of_an_evaluation_is_documented():
    text = (ROOT / "docs/results.md").read_text()
    files = {name for variable, name in vars(file_names).items() if variable.isupper()}
    assert sorted(name for name in {*files, refit.KEPT} if name not in text) == []
    columns = text.partition("\n## evaluations.csv\n")[2].partition("\n## ")[0]
    assert {"inner_fold", "round", "resource", RESAMPLE, REFERENCE, *Evaluations._LAST} <= {
        *re.findall(r"`(\w+)`", columns)
    }


def test_the_column_transformer_of_the_manual_is_scikit_learns_of_tuples(tmp_path):
    text = (ROOT / "config/README.md").read_text()
    (block,) = [block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "ColumnTransformer" in block]
    (tmp_path / "model.yaml").write_text(block)
    model = yaml12.load(tmp_path / "model.yaml")
    table = pd.DataFrame({"age": [30, None, 50, 70], "weight": 60.0, "ward": [*"abab"], "insurance": "none"})
    found = build_estimator(model["estimator"])
    values = {name: parameter_values(values)[0] for name, values in model["space"].items()}
    imputer, encoder = SimpleImputer(strategy="mean"), OneHotEncoder(handle_unknown="ignore")
    columns = ColumnTransformer([("numbers", imputer, ["age", "weight"]), ("words", encoder, ["ward", "insurance"])])
    expected = make_pipeline(columns, LogisticRegression(C=0.01, max_iter=1000)).fit(table, [0, 1, 1, 0])
    fitted = found.set_params(**values).fit(table, [0, 1, 1, 0])
    assert fitted.predict_proba(table).tolist() == expected.predict_proba(table).tolist()
