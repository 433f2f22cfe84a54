"""Every exception comes to one line that a file can hold."""

from foldwork.errors import MOST_LETTERS, one_line, printable


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
