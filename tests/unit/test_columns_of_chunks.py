"""The values of a column of new data do not depend on the chunk in which they are read."""

import json

import numpy as np
import pandas as pd
import pytest

from foldwork.data.read_chunks import read_chunks
from foldwork.errors import FoldworkError
from foldwork.model import features

DATES = pd.to_datetime(["01/02/2024", "03/04/2024"], format="%m/%d/%Y")


def conformed(fitted, lines, path, rows, read=None):
    """Return a column as the estimator gets it: that of the fit, and the lines of a file of new data, read in chunks."""
    described = json.loads(json.dumps(features.describe(pd.DataFrame({"c": fitted}))))
    path.write_text("\n".join(["c", *(line or '""' for line in lines)]) + "\n")
    text, dates = features.text_columns(described), features.date_columns(described)
    chunks = read_chunks(str(path), read or {}, rows, text, dates)
    return [features.conform(chunk, described, str(path))["c"] for chunk in chunks]


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "fitted, lines, values",
    [
        (pd.Categorical(["1", "2", "01"]), ["1", "01", None, "2"], ["1", "01", None, "2"]),
        (pd.Categorical(["1", "2", "01"]), ["1", None, "word"], ["1", None, "word"]),
        (pd.Categorical([1, 2, 3]), ["1", "2", "word", "1", None, "2.0"], [1, 2, "word", 1, None, 2]),
        (pd.Categorical([True, False]), ["True", None, "word"], [True, None, "word"]),
        (["01/02/2024", "soon"], ["01/02/2024", "02/03/2024", "soon"], ["01/02/2024", "02/03/2024", "soon"]),
        (DATES, ["01/02/2024", None, "03/04/2024"], [DATES[0], None, DATES[1]]),
        (DATES, ["2024-01-02", "2024-03-04T00:00:00", None], [DATES[0], DATES[1], None]),
    ],
    ids=["digits", "words", "numbers", "booleans", "text like dates", "dates", "ISO 8601"],
)  # fmt: skip
def test_values_are_the_same_in_chunks_of_any_size(fitted, lines, values, tmp_path, rows):
    columns = conformed(fitted, lines, tmp_path / "new.csv", rows, {"parse_dates": ["c"]})
    found = [None if pd.isna(value) else value for column in columns for value in column]
    assert found == values
    if isinstance(fitted, pd.Categorical):
        known = fitted.categories.tolist()
        codes = [code for column in columns for code in column.cat.codes]
        assert codes == [-1 if v is None else known.index(v) if v in known else len(known) for v in values]


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_dates_of_two_formats_are_refused_whatever_the_chunk_in_which_they_are(tmp_path, rows):
    lines = ["01/02/2024", "02/03/2024", "13/02/2024", "01/03/2024"]
    with pytest.raises(FoldworkError, match=r"column 'c' holds '13/02/2024' in row 2; the first date .* %m/%d/%Y"):
        conformed(DATES, lines, tmp_path / "new.csv", rows)


def test_dates_of_two_formats_are_refused_in_a_table_too():
    described = features.describe(pd.DataFrame({"c": DATES}))
    with pytest.raises(FoldworkError, match="column 'c' cannot become datetime64"):
        features.conform(pd.DataFrame({"c": ["01/02/2024", "13/02/2024"]}), described, "X")


@pytest.mark.parametrize("rows", [1, 2, 9])
@pytest.mark.parametrize("given", ["%d.%m.%Y", {"c": "%d.%m.%Y"}])
def test_dates_are_read_in_the_format_that_the_dataset_gives(tmp_path, rows, given):
    read = {"parse_dates": ["c"], "date_format": given}
    lines = ["01.02.2024", "13.02.2024", "03.04.2024"]
    found = conformed(pd.to_datetime(["2024-01-01"]), lines, tmp_path / "new.csv", rows, read)
    expected = [pd.Timestamp(2024, 2, 1), pd.Timestamp(2024, 2, 13), pd.Timestamp(2024, 4, 3)]
    assert [value for each in found for value in each] == expected


def test_dates_with_several_offsets_are_those_of_the_zone_of_the_fit(tmp_path):
    fitted = pd.to_datetime(["2024-01-01T00:00:00+01:00"] * 2)
    (found,) = conformed(fitted, ["2024-01-01T00:00:00+01:00", "2024-07-01T00:00:00+02:00"], tmp_path / "new.csv", 9)
    assert found.tolist() == [pd.Timestamp("2024-01-01T00:00:00+01:00"), pd.Timestamp("2024-07-01T00:00:00+02:00")]


def test_an_integer_beyond_the_range_of_the_type_of_the_fit_keeps_its_value(tmp_path):
    (found,) = conformed(np.array([1, 2], dtype="uint8"), ["1", "300", "-1"], tmp_path / "new.csv", 9)
    assert found.tolist() == [1, 300, -1]
    described = features.describe(np.zeros((2, 1), dtype="uint8"))
    assert features.conform(np.array([[300], [-1]]), described, "X").tolist() == [[300], [-1]]
    assert features.conform(np.array([[3]]), described, "X").dtype == np.uint8


@pytest.mark.parametrize("rows", [1, 2, 100])
@pytest.mark.parametrize(
    "fitted", [np.array([["01"], ["12"]]), np.array(["a b", "12"], dtype=object)], ids=["array", "documents"]
)
def test_values_of_an_array_of_text_stay_text(tmp_path, fitted, rows):
    described = json.loads(json.dumps(features.describe(fitted)))
    (tmp_path / "new.csv").write_text('c\n01\n1\n""\n2\n012\n')
    chunks = list(read_chunks(str(tmp_path / "new.csv"), {}, rows, features.text_columns(described), named=False))
    found = [value for chunk in chunks for value in np.ravel(features.conform(chunk, described, "X"))]
    assert [None if pd.isna(value) else value for value in found] == ["01", "1", None, "2", "012"]
