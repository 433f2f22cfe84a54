"""A dataset follows the content of its files, not their time stamps."""

import os

import pytest

from foldwork.data import file_digest, input_files
from foldwork.errors import FoldworkError


@pytest.fixture(autouse=True)
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/parts/.hidden").mkdir(parents=True)
    for name in ("a.csv", "parts/p1.csv", "parts/p2.csv", "parts/.cache"):
        (tmp_path / "data" / name).write_text(name)
    return tmp_path


def test_the_files_of_a_dataset_are_its_file_its_inputs_and_those_that_its_arguments_name():
    assert input_files.files_of({"file": "data/a.csv"}) == ["data/a.csv"]
    args = {
        "path": "data/a.csv",
        "more": [{"deep": "data/parts/p1.csv"}],
        "kind": "csv",
        "folder": "data",
        "long": "x" * 5000,
        "odd": "a\0b",
    }
    assert input_files.files_of({"load": "l", "args": args}) == ["data/a.csv", "data/parts/p1.csv"]
    assert input_files.files_of({"load": "l", "inputs": ["data/parts"], "args": {}}) == [
        "data/parts/p1.csv",
        "data/parts/p2.csv",
    ]


def test_a_file_below_the_home_folder_is_found_as_pandas_finds_it(study, monkeypatch):
    monkeypatch.setenv("HOME", str(study / "data"))
    assert input_files.files_of({"load": "l", "args": {"path": "~/a.csv"}}) == [str(study / "data/a.csv")]


def test_folders_that_arguments_name_are_left_out_unless_inputs_name_them_too(study):
    args = {"path": "data/parts", "kind": "csv", "long": "x" * 5000, "odd": "a\0b", "empty": ""}
    assert input_files.unwatched_folders({"load": "l", "args": args}) == ["data/parts"]
    for named in ("data/parts", "data", "data/parts/p1.csv", str(study / "data/parts")):
        assert input_files.unwatched_folders({"load": "l", "args": args, "inputs": [named]}) == []
    assert input_files.unwatched_folders({"file": "data/a.csv"}) == []


def test_a_digest_follows_the_content_whatever_the_times_say_and_a_file_is_read_once(study, monkeypatch):
    file = study / "data/a.csv"
    before = input_files.content(["data/a.csv", "data/none.csv"])
    assert before["data/none.csv"] is None
    read = []
    digest = file_digest.hashlib.file_digest
    monkeypatch.setattr(file_digest.hashlib, "file_digest", lambda *given: read.append(1) or digest(*given))
    assert input_files.content(["data/a.csv", "data/none.csv"]) == before and read == []
    os.utime(file)
    assert input_files.content(["data/a.csv"])["data/a.csv"] == before["data/a.csv"] and read == [1]
    times = file.stat()
    file.write_text("A.csv")  # as long as before
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert input_files.content(["data/a.csv"])["data/a.csv"] != before["data/a.csv"]
    with pytest.raises(
        FoldworkError, match=r"^datasets.d: data/a.csv has changed while it was read; run snakemake again$"
    ):
        input_files.check_unchanged("datasets.d", before)
    input_files.check_unchanged("datasets.d", {"data/none.csv": None})


def test_damage_to_what_is_known_of_files_costs_a_second_look_only(study):
    before = input_files.content(["data/a.csv"])
    for text in ("", "[1]", "{"):
        input_files.CACHE.write_text(text)
        assert input_files.content(["data/a.csv"]) == before


def test_a_file_that_is_not_there_is_one_line():
    for dataset, said in (
        ({"file": "data/b.csv"}, "config: datasets.d.file: there is no file data/b.csv"),
        (
            {"load": "l", "inputs": ["data/a.csv", "data/b"]},
            r"config: datasets.d.inputs\[1\]: there is no file or folder data/b",
        ),
    ):
        with pytest.raises(FoldworkError, match=f"^{said}$"):
            input_files.check("d", dataset)
