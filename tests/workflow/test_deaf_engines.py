"""Engines that are there and answer nothing are started anew, and a run does not wait for them for ever."""

import re
import shutil
from pathlib import Path

import pytest
from alone import farm

from foldwork.engines import watchdog
from foldwork.errors import FoldworkError


@pytest.fixture
def deaf(tmp_path, monkeypatch):
    """Yield a farm with ten evaluations and two engines, which are deaf while the file `deaf` exists."""
    monkeypatch.setattr(watchdog, "TOO_LONG", 4.0)
    shutil.copy(Path(__file__).with_name("deaf.py"), tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "deaf").touch()
    with farm(tmp_path, "sklearn.dummy.DummyClassifier", [{}] * 10, ("sklearn.dummy", "deaf")) as running:
        yield running


def test_engines_that_answer_nothing_are_started_anew(deaf, tmp_path):
    done, said = [], []
    for results in deaf.run():
        done += results
        if deaf.messages and not said:
            said += deaf.messages
            (tmp_path / "deaf").unlink()
    (line,) = said
    assert re.fullmatch(r"no engine has begun any of \d evaluations within 4 s; the engines are restarted", line)
    assert [result.error for result in done] == [None] * 10
    assert len({result.evaluation.key for result in done}) == 10
    assert [pending.kills for pending in deaf.requested] == [0] * 10


@pytest.mark.slow
def test_a_run_does_not_wait_for_ever_for_engines_that_answer_nothing(deaf):
    with pytest.raises(FoldworkError, match="return no results, not even after 2 restarts"):
        for results in deaf.run():
            assert results == []
