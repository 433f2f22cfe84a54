"""Files of datasets: how they are read, what is doubted aloud, and what is said of them."""

import inspect
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import sparse
from sklearn.datasets import dump_svmlight_file

from foldwork.data.datasets import load, persist
from foldwork.data.description import summary, summary_line
from foldwork.data.read_file import READERS
from foldwork.errors import FoldworkError
from foldwork.study.checks.splits import lacks_groups
from foldwork.study.file_formats import FORMATS, LOADERS, Format, alternative, format_of
from foldwork.study.objects import locate
from foldwork.study.validation.datasets import check_dataset


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a file, loads it as a dataset, and gives the arrays and what was said."""

    def read(content: str | bytes, name: str = "a.csv", **spec):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        said: list[str] = []
        try:
            return load("a", {"file": str(path), **spec}, said.append), said
        except FoldworkError as error:
            assert "\n" not in str(error)
            return str(error).replace(str(tmp_path) + "/", ""), said

    return read


# ---- what is doubted


def test_an_index_that_was_saved_with_a_table_is_a_warning_until_it_is_dropped(read):
    content = pd.DataFrame({"height": [1.5, 2.5, 3.0], "kind": list("aab")}, index=[4, 5, 6]).to_csv()
    arrays, said = read(content, target="kind")
    assert list(arrays["X"].columns) == ["Unnamed: 0", "height"]
    assert len(said) == 1
    assert said[0].startswith("warning: datasets.a: column 'Unnamed: 0' counts the rows")
    assert said[0].endswith("write drop: ['Unnamed: 0']")
    arrays, said = read(content, target="kind", drop=["Unnamed: 0"])
    assert list(arrays["X"].columns) == ["height"] and said == []


def test_columns_without_a_name_are_a_warning(read):
    _, said = read("a,,,b\n1,5,3,4\n5,2,7,8\n")
    assert len(said) == 1 and "2 columns without a name" in said[0]
    assert said[0].count("drop: ['Unnamed: 1', 'Unnamed: 2']") == 1


def test_a_name_that_stands_twice_in_the_header_is_a_warning(read):
    arrays, said = read("a,b,a\n1,2,3\n4,5,6\n")
    assert list(arrays["X"].columns) == ["a", "b", "a.1"]
    assert said == [
        "warning: datasets.a: the header names 'a' more than once; the second is read as 'a.1' and is a feature, too: "
        "write drop: ['a.1'], or rename it in the file"
    ]
    assert read("a,b,a\n1,2,3\n4,5,6\n", drop=["a.1"])[1] == read("a,a.1,b\n1,2,3\n")[1] == []


def test_a_word_that_is_read_as_missing_is_a_warning(read):
    content = "country,price,kind\nNA,1,x\nDE,NA,y\n,3,None\nNA,4,y\n"
    arrays, said = read(content)
    assert arrays["X"]["country"].isna().tolist() == [True, False, True, True]
    assert len(said) == 1 and "'NA' (2), 'None' (1) in 'country', 'kind' were read as missing" in said[0]
    assert "read: {keep_default_na: false, na_values: ['']}" in said[0]
    assert "country" not in read(content, drop=["country"])[1][0]
    assert read("country,price\n,1\nDE,NA\n")[1] == []  # an empty cell, a number that is not there
    _, said = read(content, target="kind")  # the cause of what is refused
    assert "'None' (1)" in said[0]


def test_rows_that_end_with_a_separator_are_not_shifted(read):
    arrays, said = read("a,b\n1,2,\n3,4,\n")
    assert arrays["X"].to_dict("list") == {"a": [1, 3], "b": [2, 4]} and said == []


def test_names_of_rows_that_the_header_does_not_count_are_a_warning(read):
    arrays, said = read("a,b\nr1,1,2\nr2,3,4\n")  # as R writes it
    assert arrays["X"].to_dict("list") == {"a": [1, 3], "b": [2, 4]}
    assert len(said) == 1 and "the rows have 1 field more than the header" in said[0]


def test_two_columns_of_one_name_are_refused_as_the_target(tmp_path, monkeypatch):
    (tmp_path / "twice_data.py").write_text(
        "import pandas as pd\ndef load():\n    return pd.DataFrame([[1, 2, 3]] * 2, columns=list('aba'))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    said = []
    load("a", {"load": "twice_data.load", "target": "b"}, said.append)
    assert said == ["warning: datasets.a: more than one column is named 'a'; give each a name of its own"]
    with pytest.raises(FoldworkError, match=r"^datasets\.a\.target: more than one column is named 'a'"):
        load("a", {"load": "twice_data.load", "target": "a"})


# ---- what is said of a dataset


def test_what_was_read_is_said_in_a_line_and_stands_in_the_manifest(tmp_path):
    table = "height,width,colour,kind\n1,2.5,red,a\n2,,red,b\n3,,,a\n4,1.5,green,a\n"
    (tmp_path / "a.csv").write_text(table)
    said = []
    manifest = persist(
        "mine", {"file": str(tmp_path / "a.csv"), "target": "kind"}, tmp_path / "out", report=said.append
    )
    text = str(pd.read_csv(tmp_path / "a.csv")["colour"].dtype)
    assert said == [
        f"mine: 4 rows, 3 columns (1 int64, 1 float64, 1 {text}); missing values: 3 (width 2, colour 1); kind: a 3, b 1"
    ]
    assert manifest["rows"] == 4 and manifest["columns"] == {"int64": 1, "float64": 1, text: 1}
    assert manifest["missing"] == {"width": 2, "colour": 1} and manifest["n_missing"] == 3
    assert manifest["classes"] == {"a": 3, "b": 1} and manifest["n_classes"] == 2


def test_a_folder_whose_changes_are_not_noticed_is_a_warning(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "parts").mkdir()
    (tmp_path / "folder_data.py").write_text("def load(folder):\n    return [[1.0], [2.0]], [0, 1]\n")
    said = []
    persist("d", {"load": "folder_data.load", "args": {"folder": "parts"}}, tmp_path / "out", report=said.append)
    assert said[0] == (
        "warning: datasets.d: parts is a folder, and changes in it are not noticed; "
        'if its files are read, write inputs: ["parts"]'
    )


@pytest.mark.parametrize(("column", "words"), [("site", "; 2 groups"), ("year", "; 1 group"), (None, "")])
def test_the_number_of_groups_is_in_the_line_on_a_dataset(column, words, tmp_path):
    (tmp_path / "a.csv").write_text("a,site,year\n1.5,x,2020\n2.5,x,2020\n3.5,y,2020\n")
    drop = [name for name in ("site", "year") if name != column]
    spec = {"file": str(tmp_path / "a.csv"), "drop": drop} | ({"groups": column} if column else {})
    said = []
    persist("d", spec, tmp_path / "out", report=said.append)
    assert said[-1] == f"d: 3 rows, 1 column (float64){words}"


def test_what_is_said_of_a_large_dataset_stays_short(tmp_path):
    X = pd.DataFrame(np.full((200, 10_000), np.nan, dtype=np.float32)).rename(columns=lambda n: f"column {n}")
    y = np.arange(2_000) % 1_000
    found = summary(X, y.astype(str))
    assert len(summary_line(found, "kind")) < 200 and "kind: 1,000 classes of 2 to 2 rows" in summary_line(
        found, "kind"
    )
    assert found["n_missing"] == 2_000_000 and len(found["missing"]) == 100
    assert found["n_classes"] == 1_000 and len(found["classes"]) == 100


@pytest.mark.parametrize(
    ("X", "missing"),
    [
        (np.array([[1, np.nan], [np.nan, np.nan]]), {"1": 2, "0": 1}),
        (sparse.csr_array(np.array([[0, np.nan], [1, 0]])), {"1": 1}),
        (np.array(["some", "text"], dtype=object), {}),
        (np.array([["a", None]], dtype=object), {"1": 1}),
        (np.ones((2, 2, 2)), {}),
        (pd.Series(["some", None, "text"]), {"0": 1}),
        (pd.Series([1.0, np.nan], name="height"), {"height": 1}),
    ],
)
def test_missing_values_are_counted_by_column_in_any_container(X, missing):
    assert summary(X, None)["missing"] == missing
    assert summary_line(summary(X, None))


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (np.array([1, 0, 1]), {"1": 2, "0": 1}),
        (np.array([True, True]), {"True": 2}),
        (np.array(["b", "a", "b"], dtype=object), {"b": 2, "a": 1}),
        (pd.Series(["b", "a", "b"], dtype="category"), {"b": 2, "a": 1}),
        (np.array([0.5, 1.0, 2.0]), None),
        (np.arange(300), None),
        (np.eye(3), None),
        (np.array([1j, 2, 2]), None),
        (None, None),
    ],
)
def test_classes_are_counted_where_the_target_holds_classes(y, classes):
    assert summary(np.ones((3, 1)), y).get("classes") == classes


# ---- how a file is written

ROWS = "height;kind\n1,5;a\n2,5;b\n"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (ROWS, "a.csv", "a.csv has a single column, 'height;kind': its separator is ';'; write read: {sep: \";\"}"),
        (ROWS.replace(";", "\t"), "a.csv", "'height\\\\tkind': its separator is '\\t'; write read: {sep: \"\\t\"}"),
        (ROWS.replace(";", "|"), "a.csv", "its separator is '|'; write read: {sep: \"|\"}"),
        ("height,kind\n1.5,a\n", "a.tsv", "its separator is ','; write read: {sep: \",\"}"),
    ],
)
def test_another_separator_is_named_with_how_to_read_it(read, content, name, said):
    error, _ = read(content, name, target="kind")
    assert error.startswith("datasets.a.file: a.") and said.replace("\\\\", "\\") in error


def test_a_table_is_read_as_the_dataset_says(read):
    expected = {"height": [1.5, 2.5], "kind": ["a", "b"]}
    arrays, said = read(ROWS, read={"sep": ";", "decimal": ","})
    assert arrays["X"].to_dict("list") == expected and said == []
    arrays, _ = read(ROWS.replace(";", "\t"), read={"sep": r"\t", "decimal": ","})
    assert arrays["X"].to_dict("list") == expected
    arrays, _ = read(ROWS.replace(";", " ; "), read={"sep": r"\s*;\s*", "decimal": ","})
    assert list(arrays["X"].columns) == ["height", "kind"]
    assert read("a;b\n1;2\n", read={"sep": ","})[0]["X"].shape == (1, 1)
    content = "name,day,zip,n,x\nJürgen,2024-02-01,01234,-,NA\nAnn,2024-02-03,99999,5,b\nEve,2024-02-04,1,6,c\n"
    how = {
        "encoding": "latin-1",
        "dtype": {"zip": "str"},
        "na_values": "-",
        "keep_default_na": False,
        "parse_dates": ["day"],
        "nrows": 2,
        "usecols": ["name", "day", "zip", "n", "x"],
    }
    arrays, said = read(content.encode("latin-1"), read=how)
    X = arrays["X"]
    assert X["name"].tolist() == ["Jürgen", "Ann"] and X["zip"].tolist() == ["01234", "99999"]
    assert X["day"].dtype.kind == "M" and np.isnan(X["n"][0]) and X["x"].tolist() == ["NA", "b"] and said == []


def test_words_that_the_dataset_names_as_missing_are_no_warning(read):
    content = "a,b,c\nNA,-,x\ny,z,x\n"
    assert "'NA' (1) in 'a'" in read(content, read={"na_values": ["-"]})[1][0]
    assert "'NA' (1) in 'a'" in read(content, read={"usecols": ["c", "a"]})[1][0]
    assert read(content, read={"na_values": ["-", "NA"]})[1] == []
    assert "'NA' (1) in 'a.1'" in read("a,b,a\n1,2,NA\n1,2,x\n")[1][1]


def test_decimal_commas_that_make_text_of_numbers_are_a_warning(read):
    _, said = read("a;b\n1,5;x\n2;y,z\n", read={"sep": ";"})
    assert len(said) == 1 and "'a' hold numbers with a comma, such as '1,5'" in said[0]
    assert "write read: {decimal: ','}" in said[0]


def test_dates_that_are_left_as_text_are_a_warning_and_a_given_format_reads_them(read):
    content = "day,n\n01.02.2024,1\n13.02.2024,2\n,3\n"
    arrays, said = read(content, read={"parse_dates": ["day"]})
    assert arrays["X"]["day"].tolist()[:2] == ["01.02.2024", "13.02.2024"]
    assert (
        len(said) == 1 and "'day' was read as text: it holds '13.02.2024' in row 1, which is no date of the" in said[0]
    )
    assert "format %m.%d.%Y; if days come first, write read: {date_format: '%d.%m.%Y'}" in said[0]
    for given in ("%d.%m.%Y", {"day": "%d.%m.%Y"}):
        arrays, said = read(content, read={"parse_dates": ["day"], "date_format": given})
        assert arrays["X"]["day"].tolist()[:2] == [pd.Timestamp(2024, 2, 1), pd.Timestamp(2024, 2, 13)] and said == []
    _, said = read(content, read={"parse_dates": ["day"], "date_format": "%Y-%m-%d"})
    assert len(said) == 1 and "'01.02.2024' in row 0, which is no date of the format %Y-%m-%d" in said[0]
    assert "which read.date_format gives" in said[0] and "come first" not in said[0]
    _, said = read("day,n\n01.02.2024,1\nsoon,2\n", read={"parse_dates": ["day"]})
    assert len(said) == 1 and "'soon' in row 1" in said[0] and "come first" not in said[0]
    assert read(content, read={"parse_dates": ["day"]}, drop=["day"])[1] == []


def test_dates_whose_order_is_in_doubt_are_a_warning_and_others_are_none(read):
    def said_of(*dates, **more):
        return read("\n".join(["n,day", *(f"1,{date}" for date in dates)]), read={"parse_dates": ["day"], **more})[1]

    assert said_of("15.01.2025", "01.02.2025") == [] and said_of("", "01.02.2025", "01.13.2025") == []
    assert said_of("01.01.2025", "02.02.2025") == [] and said_of("2025-01-02", "2025-03-04") == []
    assert said_of("01.02.2025", "03.04.2025", date_format="%m.%d.%Y") == []
    (line,) = said_of("01.02.2025", "", "03.04.2025")
    assert line.endswith("if they do, write read: {date_format: '%d.%m.%Y'}, if not, '%m.%d.%Y' there")
    (line,) = said_of("15.01.25", "01.02.25")
    assert "each was read by itself, with months first where they can be; write read: {date_format: '%d.%m.%y'}" in line


def test_a_dataset_keeps_the_formats_in_which_its_dates_were_read(tmp_path, recwarn):
    rows = ['"soon",,2025-01-02,02/01/2025,15.01.2025,1', "x,15.01.2025,2025-01-03,01/02/2025,02.01.2025,2"]
    (tmp_path / "a.csv").write_text("\n".join(["text,first,iso,given,out,y", *rows]))
    dates = ["text", "first", "iso", "given", "out"]
    read = {"parse_dates": dates, "date_format": {"given": "%d/%m/%Y"}}
    spec = {"file": str(tmp_path / "a.csv"), "target": "y", "drop": ["out"], "read": read}
    found = persist("a", spec, tmp_path / "a")
    assert found["date_formats"] == {"first": "%d.%m.%Y", "iso": "%Y-%m-%d", "given": "%d/%m/%Y"}
    assert [str(each.message) for each in recwarn] == []
    assert "date_formats" not in persist("a", {**spec, "read": {}}, tmp_path / "b")
    (tmp_path / "named.csv").write_text("day,y\na,15.01.2025,1\nb,16.01.2025,2\n")
    named = {"file": str(tmp_path / "named.csv"), "target": "y", "read": {"parse_dates": ["day"]}}
    assert persist("a", named, tmp_path / "c")["date_formats"] == {"day": "%d.%m.%Y"}


def test_an_encoding_that_does_not_fit_is_named_with_how_to_read_it(read):
    error, _ = read("name,n\nJürgen,1\n".encode("latin-1"))
    assert error.startswith("datasets.a.file: a.csv is not written in utf-8; write read: {encoding: latin-1}")
    assert "read: {encoding: utf-16}" in read("name,n\nAnn,1\n".encode("utf-16"))[0]
    assert read("name,n\nAnn,1\n".encode("utf-8-sig"))[0]["X"].columns[0] == "name"


def test_columns_that_are_not_there_are_named_with_their_key(read):
    for key, value in (("dtype", {"zpi": "str"}), ("na_values", {"zpi": ["-"]})):
        error, _ = read("zip,b\n1,2\n", read={key: value})
        assert error == f"datasets.a.read.{key}: the data has no column 'zpi'; did you mean 'zip'?"
    for key in ("usecols", "parse_dates"):
        assert "'zpi'" in read("zip,b\n1,2\n", read={key: ["zpi"]})[0]


PACKED = [f"a{ending}{packed}" for ending in (".csv", ".TSV") for packed in ("", ".gz", ".BZ2", ".xz", ".zip")]


@pytest.mark.parametrize("name", PACKED)
def test_tables_are_read_by_their_endings_in_letters_of_any_case(tmp_path, name):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    found = format_of(name)
    assert found.separator == ("\t" if "TSV" in name else ",")
    frame.to_csv(tmp_path / name, index=False, sep=found.separator, compression=found.compression)
    pd.testing.assert_frame_equal(load("a", {"file": str(tmp_path / name)})["X"], frame)


@pytest.mark.parametrize("name", ["a.csv.zst", "a.TSV.ZST"])
def test_tables_that_zstandard_compressed_are_read(tmp_path, name):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    frame.to_csv(tmp_path / name, index=False, sep=format_of(name).separator, compression="zstd")
    pd.testing.assert_frame_equal(load("a", {"file": str(tmp_path / name)})["X"], frame)


def test_a_package_that_a_compression_needs_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.csv.zst").write_bytes(b"(\xb5/\xfd")
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "compression.zstd", None)
    with pytest.raises(FoldworkError, match=r"^datasets\.a\.file: .*cannot be read: the package zstandard is not inst"):
        load("a", {"file": str(tmp_path / "a.csv.zst")})


def test_every_format_has_a_reader():
    assert {file_format.reader for file_format in FORMATS.values()} == set(READERS)


def test_a_file_of_an_unknown_format_is_refused_with_what_to_write_instead(tmp_path):
    (tmp_path / "a.parquet").touch()
    with pytest.raises(FoldworkError, match=r"^datasets\.a\.file: .*a\.parquet .*; write load: pandas\.read_parquet"):
        load("a", {"file": str(tmp_path / "a.parquet")})


# ---- other formats


@pytest.mark.parametrize("endings", LOADERS, ids=lambda endings: endings[0])
def test_what_is_advised_for_another_format_is_a_valid_dataset(endings):
    for ending in endings:
        advice = alternative(f"data/Some table{ending.upper()}")
        assert advice.startswith("write load: ")
        dataset = yaml.safe_load("{" + advice.removeprefix("write ") + "}")
        (argument, path), *_ = dataset["args"].items()
        assert path == f"data/Some table{ending.upper()}"
        given = inspect.signature(locate(dataset["load"])).parameters
        assert argument == next(iter(given)) and set(dataset["args"]) <= set(given)


def test_what_is_advised_for_another_format_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"a": [1.0, 2.0], "kind": ["x", "y"]})
    frame.to_json("a.json")
    frame.to_json("a.jsonl.gz", orient="records", lines=True)
    frame.to_pickle("a.pkl")
    frame.to_csv("a.txt", sep="\t", index=False)
    for file in ("a.json", "a.jsonl.gz", "a.pkl", "a.txt"):
        dataset = yaml.safe_load("{" + alternative(file).removeprefix("write ") + "}")
        arrays = load("a", {**dataset, "target": "kind"})
        assert arrays["X"].to_dict("list") == {"a": [1.0, 2.0]} and list(arrays["y"]) == ["x", "y"]
    np.save("a.npy", np.eye(3))
    dump_svmlight_file(np.eye(3), [0, 1, 1], "a.svm")
    for file in ("a.npy", "a.svm"):
        X = load("a", yaml.safe_load("{" + alternative(file).removeprefix("write ") + "}"))["X"]
        assert np.array_equal(X.toarray() if file == "a.svm" else X, np.eye(3))


def test_a_format_may_name_columns_without_options_of_read(monkeypatch):
    monkeypatch.setitem(FORMATS, ".columns", Format("npz", has_column_names=True))
    assert lacks_groups({"file": "a.columns"}) and not lacks_groups({"file": "a.npz"})
    dataset = {"file": "a.columns", "args": {}, "inputs": [], "drop": [], "read": {"sep": ";"}}
    with pytest.raises(
        FoldworkError, match=r"^config: d\.read: is for tables; a file with the ending \.columns needs no"
    ):
        check_dataset(dataset, ["d"])
