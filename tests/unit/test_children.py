"""Child processes are started and ended whenever a signal comes."""

import subprocess
import sys

import pytest

CODE = """
import os, signal, sys, tempfile
from foldwork.engines.children import Children
import foldwork.commands.fresh_evaluation

signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGTERM))
children = Children()
with tempfile.TemporaryFile() as file:
    try:
        children.start("foldwork.commands.fresh_evaluation", {}, file.fileno())
    finally:
        children.end_all(5)
print("SIGTERM was lost")
"""


def test_a_signal_that_comes_while_a_child_is_forked_is_not_lost():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (7, "", "")


@pytest.mark.parametrize("platform", ["", "portable"])
def test_a_child_answers_in_the_file_that_it_shares_and_its_status_is_known(platform, monkeypatch, tmp_path):
    monkeypatch.setenv("FOLDWORK_PLATFORM", platform)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"answers{platform}.py").write_text(
        "import os, sys\n"
        "from foldwork.engines.children import run_spawned\n"
        "def main(given, file):\n"
        "    os.write(file, given['word'].encode())\n"
        "    sys.exit(given['code'])\n"
        "if __name__ == '__main__':\n"
        "    run_spawned(main)\n"
    )
    code = (
        "import os, sys, tempfile\n"
        "from foldwork.engines.children import Children\n"
        "children = Children()\n"
        "with tempfile.TemporaryFile() as file:\n"
        f"    status = children.wait(children.start('answers{platform}', {{'word': 'x' * 200_000, 'code': 5}}, file.fileno()))\n"
        "    file.seek(0)\n"
        "    print(os.waitstatus_to_exitcode(status), len(file.read()), children.end_orphans())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["5", "200000", "True"]
