"""A controller that cannot start at once is started again."""

import os

import pytest

from foldwork.engines import session
from foldwork.engines.launchers import Local
from foldwork.errors import FoldworkError

ENDS = """
import runpy, sys
from pathlib import Path
starts = Path({folder!r}) / "starts"
starts.write_text(starts.read_text() + "." if starts.exists() else ".")
if len(starts.read_text()) <= {ends}:
    sys.exit("Address already in use")  # what a port does that another program has taken meanwhile
runpy.run_module("foldwork.engines.controller", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("ends", [1, 2, 3])
def test_a_controller_that_ends_while_it_starts_is_started_again_up_to_twice(ends, tmp_path, monkeypatch):
    (tmp_path / "ending_controller.py").write_text(ENDS.format(folder=str(tmp_path), ends=ends))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(session, "CONTROLLER", "ending_controller")
    with open(tmp_path / "log", "w") as log:
        one = session.Session(tmp_path / "run", Local(), 1, log=log)
        try:
            if ends <= session.MORE_STARTS:
                client = one.connect()
                client.wait_for_engines(1, timeout=60)
                assert client[:].apply_sync(os.getpid) != [os.getpid()]
            else:
                with pytest.raises(FoldworkError, match="the ipyparallel controller did not start"):
                    one.connect()
        finally:
            one.close()
    assert (tmp_path / "starts").read_text() == "." * min(ends + 1, 1 + session.MORE_STARTS)
    assert not (tmp_path / "run").exists()
