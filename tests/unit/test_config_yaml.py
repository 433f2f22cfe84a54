"""YAML as the config reads it: YAML 1.2's numbers, no key twice, every mistake in one line with file and line."""

import math

import pytest

from foldwork.errors import FoldworkError
from foldwork.study import yaml12


def load(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return yaml12.load(path)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1e-3", 0.001),
        ("1E5", 1e5),
        ("1.5e3", 1500.0),
        ("-2e+2", -200.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("0o17", 15),
        ("0x1F", 31),
        ("010", 10),
        ("+12", 12),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("'1e-3'", "1e-3"),
        ("2020-01-01", "2020-01-01"),
        ("=", "="),
        ("yes", True),
        ("off", False),
        ("~", None),
        ("", None),
        ("e5", "e5"),
    ],
)
def test_numbers_are_read_as_yaml_1_2_has_them(tmp_path, written, read):
    value = load(tmp_path, f"key: {written}\n")["key"]
    assert value == read
    assert type(value) is type(read)


def test_nan_is_a_number(tmp_path):
    assert math.isnan(load(tmp_path, "key: .nan\n")["key"])


def test_an_empty_file_is_an_empty_config(tmp_path):
    assert load(tmp_path, "# nothing\n") == {}


def test_a_merge_may_be_overridden_and_is_no_key_that_stands_twice(tmp_path):
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n"
    assert load(tmp_path, text)["b"] == {"x": 1, "y": 3}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "duplicate key 'a'"),
        ("a:\n  x: 1\n  x: 2\n", 3, "duplicate key 'x'"),
        ("a: [1\n", 2, "expected ',' or ']'"),
        ("a: 1\n\tb: 2\n", 2, "cannot start any token"),
        ("- 1\n", 1, "must be a mapping"),
        ("a: *nobody\n", 1, "undefined alias"),
        ("a: &a [*a]\n", 1, "recursive"),
        ("a: !!python/name:os.system\n", 1, "constructor"),
        ("a: !!binary aGk=\n", 1, "constructor"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        ("[1, 2]: 3\n", 1, "a key must be"),
        ("a: \x01\n", 1, "U+0001"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_line(tmp_path, text, line, said):
    with pytest.raises(FoldworkError) as caught:
        load(tmp_path, text)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'config.yaml'}:{line}: ")
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize("text", ["a: !!int x", "a: !!bool maybe", "a: " + "[" * 5000, "a: " + "1" * 5000])
def test_a_text_that_cannot_be_read_is_one_line_that_names_the_file(tmp_path, text):
    with pytest.raises(FoldworkError, match=r"config\.yaml") as caught:
        load(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_missing_file_a_directory_and_bytes_that_are_no_text_are_said_in_one_line(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe4\n")
    for name, said in [("absent.yaml", "no such file"), (".", "is a directory"), ("latin.yaml", "UTF-8")]:
        with pytest.raises(FoldworkError, match=said):
            yaml12.load(tmp_path / name)
