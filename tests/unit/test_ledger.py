"""The ledger keeps whole records, one writer, and nothing that is damaged."""

import os
import shutil
import subprocess
import threading
import zlib

import pytest

from foldwork.errors import FoldworkError
from foldwork.storage import ledger


def record(key, **more):
    return {"key": key, "made": "m", "test": {"score": 0.5}, **more}


def lines(*keys):
    return [ledger.encode(record(key)) for key in keys]


def keys(path):
    return [found["key"] for found in ledger.read(path)]


def damaged(path):
    return sum(found is None for found in ledger.read_lines(path))


def test_a_record_comes_back_as_it_was():
    one = record("k", params={"a": [1, 2.5e-300, None, True, "ü\n"]}, score=ledger.finite(float("inf")))
    line = ledger.encode(one)
    assert "\n" not in line and line.isascii()
    assert ledger.decode(line.encode()) == one


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-320, -0.0, 1 / 3, 2.0**1000])
def test_floats_come_back_to_the_last_bit(value):
    found = ledger.decode(ledger.encode(record("k", x=ledger.finite(value))).encode())
    assert found["x"].hex() == value.hex()


def test_what_json_cannot_hold_has_a_word():
    assert [ledger.finite(float(word)) for word in ("nan", "inf", "-inf")] == ["nan", "inf", "-inf"]


def test_any_byte_that_changes_is_noticed():
    line = lines("key")[0].encode()
    for at in range(len(line)):
        for bit in range(8):
            changed = bytearray(line)
            changed[at] ^= 1 << bit
            assert ledger.decode(bytes(changed)) is None, (at, bit)


def test_any_line_that_is_cut_is_noticed():
    line = lines("key")[0].encode()
    assert [cut for cut in range(len(line)) if ledger.decode(line[:cut]) is not None] == []


@pytest.mark.parametrize(("body", "sound"), [('{"key":"x"', True), ('{"no":"key"', False), ('["key"', False)])
def test_a_right_checksum_does_not_make_a_record_of_something_else(body, sound):
    line = f'{body},"crc":"{zlib.crc32(body.encode()):08x}"}}'
    assert (ledger.decode(line.encode()) is not None) == sound


def test_a_missing_ledger_is_an_empty_one(tmp_path):
    assert keys(tmp_path / "ledger.jsonl") == [] and damaged(tmp_path / "ledger.jsonl") == 0


def test_damaged_lines_lose_themselves_alone(tmp_path):
    path = tmp_path / "ledger.jsonl"
    a, b, c = lines("a", "b", "c")
    path.write_bytes(b"\n".join([a.encode(), b[:-9].encode(), b"\xff\0\xfe", c.encode()]) + b"\n")
    assert keys(path) == ["a", "c"]
    assert damaged(path) == 2


def test_the_first_of_two_records_counts(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_text("".join(ledger.encode(record("a", n=n)) + "\n" for n in (1, 2)))
    assert [found["n"] for found in ledger.read(path)] == [1]


def test_a_writer_closes_a_torn_line_so_that_the_next_record_is_whole(tmp_path):
    path = tmp_path / "ledger.jsonl"
    a, b = lines("a", "b")
    path.write_text(a + "\n" + b[:40])
    with ledger.Writer(path) as writer:
        writer.append(lines("c"))
    assert keys(path) == ["a", "c"]
    assert damaged(path) == 1


def test_a_writer_that_is_replaced_appends_nothing_more(tmp_path):
    path = tmp_path / "deep" / "ledger.jsonl"
    with ledger.Writer(path) as old:
        old.append(lines("a"))
        with ledger.Writer(path) as new:
            new.append(lines("b"))
            with pytest.raises(ledger.Replaced):
                old.append(lines("c"))
            new.append(lines("d"))
    assert keys(path) == ["a", "b", "d"]


def test_a_writer_whose_nonce_is_gone_appends_nothing_more(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with ledger.Writer(path) as writer:
        path.with_suffix(".writer").unlink()
        with pytest.raises(ledger.Replaced):
            writer.append(lines("a"))
    assert keys(path) == []


def test_what_is_removed_is_kept_beside_the_ledger_and_stops_the_writer(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with ledger.Writer(path) as writer:
        writer.append(lines("a", "b", "c"))
        assert ledger.remove(path, {"b", "z"}) == 1
        with pytest.raises(ledger.Replaced):
            writer.append(lines("d"))
    assert keys(path) == ["a", "c"]
    (kept,) = tmp_path.glob("forgotten-*.jsonl")
    assert keys(kept) == ["b"]
    assert {path.name for path in tmp_path.iterdir()} == {"ledger.jsonl", "ledger.writer", kept.name}


def test_removing_takes_every_record_of_a_key_and_leaves_damaged_lines(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_text("".join(line + "\n" for line in [*lines("a", "b"), "damaged", *lines("a")]))
    assert ledger.remove(path, {"a"}) >= 1
    assert keys(path) == ["b"] and damaged(path) == 1


def test_removing_nothing_changes_nothing(tmp_path):
    path = tmp_path / "ledger.jsonl"
    assert ledger.remove(path, {"a"}) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")
def test_a_full_disk_leaves_whole_lines_and_says_so(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=False).returncode:
        pytest.skip("cannot mount here")
    try:
        path = disk / "ledger.jsonl"
        with ledger.Writer(path) as writer:
            with pytest.raises(FoldworkError, match="No space left on device"):
                for start in range(0, 10_000, 50):
                    writer.append(lines(*(f"{key:040d}" for key in range(start, start + 50))))
            assert damaged(path) == 0
            found = keys(path)
            assert len(found) > 100 and found == [f"{key:040d}" for key in range(len(found))]
            assert path.read_bytes().endswith(b"\n")
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_lone_surrogate_is_kept_as_its_escape_in_new_records_and_in_old_ones():
    one = record("k", error="caf\udce9.csv 😀", params={"a": float("inf")})
    assert ledger.decode(ledger.encode(one).encode())["error"] == r"caf\udce9.csv 😀"
    body = '{"key":"k","error":"caf\\udce9.csv"'
    old = f'{body},"crc":"{zlib.crc32(body.encode()):08x}"}}'
    assert ledger.decode(old.encode())["error"] == r"caf\udce9.csv"


def test_a_ledger_that_is_removed_under_its_writer_is_put_back(tmp_path):
    path = tmp_path / "search" / "ledger.jsonl"
    with ledger.Writer(path) as writer:
        writer.append(lines("a"))
        shutil.rmtree(path.parent)
        writer.append(lines("b"))
        writer.append(lines("c"))
        assert not writer.replaced()
    assert [record["key"] for record in ledger.read(path)] == ["a", "b", "c"]
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["ledger.jsonl", "ledger.writer"]


@pytest.mark.parametrize("first", ["ledger.jsonl", "ledger.writer"])
def test_a_ledger_is_put_back_although_its_writer_meets_a_removal_that_is_half_done(tmp_path, first):
    path = tmp_path / "search" / "ledger.jsonl"
    with ledger.Writer(path) as writer:
        writer.append(lines("a"))
        (path.parent / first).unlink()
        rest = threading.Timer(0.2, shutil.rmtree, [path.parent])
        rest.start()
        writer.append(lines("b"))
        rest.join()
        writer.append(lines("c"))
    assert keys(path) == ["a", "b", "c"]


def test_a_ledger_that_alone_is_removed_is_put_back(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with ledger.Writer(path) as writer:
        writer.append(lines("a"))
        path.unlink()
        writer.append(lines("b"))
    assert keys(path) == ["a", "b"]


def test_a_writer_whose_ledger_is_another_file_appends_nothing_more(tmp_path):
    path = tmp_path / "ledger.jsonl"
    with ledger.Writer(path) as writer:
        writer.append(lines("a"))
        (tmp_path / "new").write_text("".join(f"{line}\n" for line in lines("b")))
        (tmp_path / "new").rename(path)
        with pytest.raises(ledger.Replaced):
            writer.append(lines("c"))
    assert keys(path) == ["b"]
