"""The values of a column of new data do not depend on the chunk in which they are read."""

import json

import numpy as np
import pandas as pd
import pytest

from foldwork.data.read_chunks import read_chunks
from foldwork.errors import FoldworkError
from foldwork.model import features

DATES = pd.to_datetime(["01/02/2024", "03/04/2024"], format="%m/%d/%Y")


def conformed(fitted, lines, path, rows, read=None, date_format=None):
    """Return a column as the estimator gets it: that of the fit, and the lines of a file of new data, read in chunks."""
    described = features.describe(pd.DataFrame({"c": fitted}))
    described = json.loads(json.dumps(features.with_date_formats(described, {"c": date_format} if date_format else {})))
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
    with pytest.raises(FoldworkError, match=r"'13/02/2024' in row 2, .* %m/%d/%Y, which the first date"):
        conformed(DATES, lines, tmp_path / "new.csv", rows)
    with pytest.raises(FoldworkError, match=r"'01/02/2024' in row 0, .* %d.%m.%Y, on which the model was fitted, nor"):
        conformed(DATES, lines, tmp_path / "new.csv", rows, date_format="%d.%m.%Y")
    with pytest.raises(FoldworkError, match=r"'03/04/2024' in row 1, which is no date of the format %d.%m.%Y"):
        conformed(DATES, ["2024-01-31", "03/04/2024"], tmp_path / "new.csv", rows, date_format="%d.%m.%Y")


def test_dates_of_two_formats_are_refused_in_a_table_too():
    described = features.describe(pd.DataFrame({"c": DATES}))
    with pytest.raises(FoldworkError, match="X: column 'c' holds '13/02/2024' in row 1, which is no date"):
        features.conform(pd.DataFrame({"c": ["01/02/2024", "13/02/2024"]}), described, "X")


@pytest.mark.parametrize("rows", [1, 2, 9])
@pytest.mark.parametrize("given", ["%d.%m.%Y", {"c": "%d.%m.%Y"}])
def test_dates_are_read_in_the_format_that_the_dataset_gives(tmp_path, rows, given):
    read = {"parse_dates": ["c"], "date_format": given}
    lines = ["01.02.2024", "13.02.2024", "03.04.2024"]
    found = conformed(pd.to_datetime(["2024-01-01"]), lines, tmp_path / "new.csv", rows, read)
    expected = [pd.Timestamp(2024, 2, 1), pd.Timestamp(2024, 2, 13), pd.Timestamp(2024, 4, 3)]
    assert [value for each in found for value in each] == expected


@pytest.mark.parametrize("rows", [1, 3, 9])
def test_a_date_is_that_of_the_format_of_the_fit_whatever_the_other_rows_hold(tmp_path, rows):
    lines = ["03.11.2025", None, "2025-11-03", "23.11.2025"]
    expected = [pd.Timestamp(2025, 11, 3), None, pd.Timestamp(2025, 11, 3), pd.Timestamp(2025, 11, 23)]
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 2, 0, 3], [0], [2, 1]):
        found = conformed(DATES, [lines[i] for i in order], tmp_path / "new.csv", rows, date_format="%d.%m.%Y")
        assert [None if pd.isna(v) else v for each in found for v in each] == [expected[i] for i in order]
    described = features.with_date_formats(features.describe(pd.DataFrame({"c": DATES})), {"c": "%d.%m.%Y"})
    table = pd.DataFrame({"c": lines}, index=[7, 7, 8, 8], dtype=object)
    found = features.conform(table, described, "X")["c"]
    assert [None if pd.isna(v) else v for v in found] == expected and found.index.tolist() == [7, 7, 8, 8]


def test_iso_8601_is_not_read_beside_a_format_in_which_the_day_follows_the_year(tmp_path):
    with pytest.raises(FoldworkError, match="'2025-01-13' in row 1"):
        conformed(DATES, ["2025-13-01", "2025-01-13"], tmp_path / "new.csv", 9, date_format="%Y-%d-%m")


@pytest.mark.parametrize("dtype", ["int", {"c": "int"}, {}])
def test_dates_of_digits_alone_are_dates_whatever_dtype_the_dataset_gives(tmp_path, dtype):
    read = {"parse_dates": ["c"], "dtype": dtype}
    (found,) = conformed(pd.to_datetime(["2024-01-01"]), ["20250304", "20251201"], tmp_path / "new.csv", 9, read)
    assert found.tolist() == [pd.Timestamp(2025, 3, 4), pd.Timestamp(2025, 12, 1)]


def test_numbers_in_the_place_of_dates_are_read_in_the_format_of_the_fit_or_refused():
    described = features.describe(pd.DataFrame({"c": DATES}))
    new = pd.DataFrame({"c": [20250304, 20251201]})
    known = features.with_date_formats(described, {"c": "%Y%m%d"})
    expected = [pd.Timestamp(2025, 3, 4), pd.Timestamp(2025, 12, 1)]
    assert features.conform(new, known, "X")["c"].tolist() == expected
    with pytest.raises(FoldworkError, match="X: column 'c' holds '20250304' in row 0; the model was fitted on dates"):
        features.conform(new, described, "X")
    with pytest.raises(
        FoldworkError, match=r"X: column 'c' holds '20250304.0' in row 1; the model was fitted on dates"
    ):
        features.conform(pd.DataFrame({"c": [np.nan, 20250304]}), known, "X")


def test_dates_with_and_without_an_offset_are_refused_in_one_table(tmp_path):
    fitted = pd.to_datetime(["2024-01-01T00:00:00+01:00"] * 2)
    lines = ["2025-01-25T13:00+01:00", None, "2025-01-25T13:00"]
    for read in ({}, {"date_format": "ISO8601", "parse_dates": ["c"]}):
        with pytest.raises(
            FoldworkError, match="'2025-01-25T13:00' in row 2, without an offset from UTC, which others"
        ):
            conformed(fitted, lines, tmp_path / "new.csv", 9, read)
    (found,) = conformed(DATES, ["2025-01-25", "2025-01-25T13:00"], tmp_path / "new.csv", 9)
    assert found.tolist() == [pd.Timestamp(2025, 1, 25), pd.Timestamp(2025, 1, 25, 13)]


def test_missing_words_that_the_dataset_keeps_are_kept_in_new_data(tmp_path):
    read = {"keep_default_na": False, "na_values": [""]}
    (found,) = conformed(["NA", "b"], ["NA", None, "b"], tmp_path / "new.csv", 9, read)
    assert [None if pd.isna(value) else value for value in found] == ["NA", None, "b"]


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
