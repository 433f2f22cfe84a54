"""What estimators print comes as whole lines to a file that several engines write to."""

import io

from foldwork.engines.engine import Print


class Raw(io.RawIOBase):
    def __init__(self, full=False):
        super().__init__()
        self.written, self.full = [], full

    def writable(self):
        return True

    def write(self, data):
        if self.full:
            raise OSError(28, "No space left on device")
        self.written.append(bytes(data))
        return len(data)


def test_a_line_is_written_in_one_go_and_what_is_no_line_yet_when_it_is_asked_for():
    raw = Raw()
    out = Print(raw)
    print("trying", 1, "luck", file=out)
    print("half", "a", end="", file=out)
    assert raw.written == [b"trying 1 luck\n"]
    out.flush()
    assert raw.written == [b"trying 1 luck\n", b"half a"]


def test_a_full_disk_is_not_the_estimators_to_bear():
    raw = Raw(full=True)
    out = Print(raw)
    print("lost", file=out)
    print("lost", end="", file=out, flush=True)
    raw.full = False
    print("kept", file=out)
    assert raw.written == [b"kept\n"]
