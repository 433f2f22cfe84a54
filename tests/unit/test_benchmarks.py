"""The benchmarks are found, and their page is the one that their figures give. Nothing is measured here."""

from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _benchmarks_are_importable(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)


def test_every_case_is_named_and_can_be_loaded():
    import cases

    assert {path.stem for path in (BENCHMARKS / "cases").glob("*.py")} - {"__init__"} == set(cases.NAMES)
    for name in cases.NAMES:
        assert cases.load(name).__doc__


def test_the_page_is_what_the_figures_give():
    import page
    from cases import NAMES

    figures = page.kept()
    assert figures.keys() <= set(NAMES)
    assert page.render(figures, NAMES) == page.PAGE.read_text()
