"""Arrays come back from the store as they were, or not at all."""

import shutil

import numpy as np
import pytest

from foldwork.errors import FoldworkError
from foldwork.storage.predictions import Appender, Damaged, Reader

ARRAYS = {
    "floats": np.linspace(0, 1, 7),
    "fortran": np.asfortranarray(np.arange(12.0).reshape(4, 3)),
    "float32": np.ones((2, 2), np.float32),
    "ints": np.array([3, -1, 2]),
    "bools": np.array([True, False]),
    "strings": np.array(["no", "yes", "ünsure"]),
    "objects": np.array(["no", "yes", "a longer one"], dtype=object),
    "nans": np.array([np.nan, -0.0, np.inf]),
    "empty": np.empty((0, 3)),
    "three": np.arange(24).reshape(2, 3, 4),
}


@pytest.fixture
def appender(tmp_path):
    return Appender(tmp_path / "oof")


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_comes_back_with_its_bytes_dtype_and_memory_order(appender, tmp_path, name):
    appender.add(np.arange(3))
    reference = appender.add(ARRAYS[name])
    appender.flush()
    found = Reader(tmp_path).get(f"oof/{appender.path.name}", reference)
    assert found.dtype == ARRAYS[name].dtype and found.shape == ARRAYS[name].shape
    assert found.flags.f_contiguous == ARRAYS[name].flags.f_contiguous
    assert found.tobytes("K") == ARRAYS[name].tobytes("K") or list(found) == list(ARRAYS[name])


@pytest.mark.parametrize(
    "value",
    [
        None,
        [1, 2],
        np.array([1, "a", None], dtype=object),
        np.array(["ends in NUL\0"], dtype=object),
        np.ma.masked_array([1, 2]),
        np.array([1.0, 2.0]).astype(">f8"),
        np.array(["2020-01-01"], dtype="M8[D]"),
    ],
    ids=str,
)
def test_what_would_not_come_back_the_same_is_not_stored(appender, value):
    assert appender.add(value) is None
    appender.flush()
    assert not appender.path.exists()


def test_flushes_append_to_one_file_and_arrays_are_aligned(appender, tmp_path):
    references = []
    for step in range(3):
        references += [appender.add(np.full(5, step)), appender.add(np.full(3, step, np.int8))]
        appender.flush()
        appender.flush()
    assert [path.name for path in (tmp_path / "oof").iterdir()] == [appender.path.name]
    assert all(reference["offset"] % 64 == 0 for reference in references)
    assert appender.path.stat().st_size == appender.size
    reader = Reader(tmp_path)
    for at, reference in enumerate(references):
        assert set(reader.get(f"oof/{appender.path.name}", reference).tolist()) == {at // 2}


@pytest.mark.parametrize("damage", ["flipped", "truncated", "removed", "emptied", "another dtype", "another offset"])
def test_damage_is_one_clear_line(appender, tmp_path, damage):
    first, second = appender.add(np.arange(100)), appender.add(np.arange(100, 200))
    appender.flush()
    content = bytearray(appender.path.read_bytes())
    if damage == "flipped":
        content[second["offset"] + 5] ^= 1
    elif damage == "truncated":
        content = content[: second["offset"] + 100]
    elif damage == "emptied":
        content = b""
    appender.path.write_bytes(content)
    if damage == "removed":
        appender.path.unlink()
    if damage == "another dtype":
        second["dtype"] = "<f8"
    if damage == "another offset":
        second["offset"] = first["offset"]
    reader, file = Reader(tmp_path), f"oof/{appender.path.name}"
    with pytest.raises(Damaged, match=appender.path.name) as raised:
        reader.get(file, second)
    assert "\n" not in str(raised.value)
    if damage not in ("removed", "emptied"):
        assert reader.get(file, first).tolist() == list(range(100))


def test_a_file_that_another_process_has_written_into_is_refused(appender):
    appender.add(np.arange(3))
    appender.flush()
    with open(appender.path, "ab") as file:
        file.write(b"!")
    appender.add(np.arange(3))
    with pytest.raises(FoldworkError, match="another process"):
        appender.flush()


def test_after_its_file_was_removed_new_arrays_are_stored_and_the_earlier_ones_are_damaged(appender, tmp_path):
    first = appender.add(np.arange(3))
    appender.flush()
    shutil.rmtree(tmp_path / "oof")
    second = appender.add(np.arange(3, 6))
    appender.flush()
    file = f"oof/{appender.path.name}"
    assert Reader(tmp_path).get(file, second).tolist() == [3, 4, 5]
    with pytest.raises(Damaged):
        Reader(tmp_path).get(file, first)


def test_engines_write_different_files(tmp_path):
    assert len({Appender(tmp_path).path for _ in range(100)}) == 100
