"""foldwork is a module of another workflow, as docs/module.md shows it."""

import re
import subprocess

import pytest
from study import ROOT, SNAKEMAKE

PAGE = (ROOT / "docs/module.md").read_text()
AS_IS = {}
RENAMED = {
    "use rule * from foldwork exclude all": "use rule * from foldwork as fw_*",
    "    config: config": "    config: config\n    replace_prefix: {'results/': 'cv/results/'}",
    '"results/searches': '"cv/results/searches',
    '"report.txt",\n\n\nrule make_data': '"report.txt",\n        rules.fw_all.input,\n\n\nrule make_data',
}


def block(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[1]


def run(folder, changes, *arguments):
    """Run the workflow of the page with some of its texts replaced; return what it says."""
    text = block("snakemake").replace("../foldwork/workflow", str(ROOT / "workflow"))
    for old, new in changes.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "config").mkdir()
    (folder / "config/config.yaml").write_text(block("yaml"))
    (folder / "Snakefile").write_text(text)
    command = [*SNAKEMAKE, "--directory", str(folder), "--snakefile", str(folder / "Snakefile"), "--cores", "2"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=600, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_example_of_the_page_makes_data_then_evaluates_them_then_reads_the_results(tmp_path):
    code, said = run(tmp_path, AS_IS, "--dry-run")
    assert code == 0, said
    expected = ["make_data", "load_dataset", "persist_splits", "evaluate", "choose_candidate", "report", "all"]
    assert re.findall(r"^(?:local)?rule (\w+):", said, re.MULTILINE) == expected


@pytest.mark.slow
@pytest.mark.parametrize(("changes", "results"), [(AS_IS, "results"), (RENAMED, "cv/results")])
def test_the_example_runs_under_other_names_and_in_another_folder_too(tmp_path, changes, results):
    code, said = run(tmp_path, changes)
    assert code == 0, said
    assert (tmp_path / "report.txt").read_text() == (tmp_path / results / "searches/tree/best.json").read_text()
    assert (tmp_path / results / "searches/tree/model.json").exists() == ("fw_*" in str(changes))
    assert not (tmp_path / "cv/logs").exists() and (results == "results" or not (tmp_path / "results").exists())
