"""Every exception comes to one line that a file can hold."""

from types import SimpleNamespace

import pytest

from foldwork.errors import MOST_LETTERS, FoldworkError, one_line, printable
from foldwork.execution.completion import Completion
from foldwork.records import error_kinds
from foldwork.records.evaluation import Evaluation


class Unspeakable(Exception):
    def __str__(self):
        raise KeyboardInterrupt


def test_an_exception_whose_message_cannot_be_had_is_named():
    assert one_line(Unspeakable()) == "Unspeakable: its message cannot be had, str() raises KeyboardInterrupt"


def test_what_no_file_holds_and_what_a_terminal_obeys_comes_as_its_escape():
    assert one_line(OSError("caf\udce9.csv\x1b[2J")) == r"OSError: caf\udce9.csv\x1b[2J"
    assert printable("naïve 😀") == "naïve 😀"


def test_a_message_without_end_is_cut():
    assert len(one_line(ValueError("x " * 10**6))) == MOST_LETTERS


ADDRESSES = [f"TypeError: <function month at 0x7f{n:04x}960ae0> is no date" for n in range(5)]


def test_failed_lists_an_error_once_whatever_the_addresses_of_its_objects():
    errors = ["ValueError: 0x10 is no color", *ADDRESSES, "ValueError: 0x20 is no color"]
    failed = [(Evaluation(f"{n}", "m", n, {}, 0), {"error": error}) for n, error in enumerate(errors)]
    counts = [text.partition("\n")[0] for text in error_kinds.grouped(failed)]
    assert counts == ["5 × TypeError: <function month at 0x…> is no date", *(f"1 × {errors[n]}" for n in (0, 6))]


class OneFold:
    """What `Completion` asks of the requested evaluations: all of them failed."""

    request = SimpleNamespace(name="s", folds=[SimpleNamespace(outer=0)], spec={})

    def unique_by_fold(self):
        return [len(ADDRESSES) + 1]

    def records(self, path):
        for n, error in enumerate([*ADDRESSES, "ValueError: no"]):
            yield Evaluation(f"{n}", "m", n, {}, 0), {"status": "failed", "test": {"score": "nan"}, "error": error}


def test_the_end_of_a_run_in_which_all_failed_lists_an_error_once_whatever_the_addresses_of_its_objects(tmp_path):
    with pytest.raises(FoldworkError, match="5 × TypeError: <function month at 0x…> is no date; 1 × ValueError: no;"):
        Completion(OneFold(), tmp_path / "ledger.jsonl").evaluated(tmp_path, print)
