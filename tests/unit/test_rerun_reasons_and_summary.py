"""What Snakemake shows of a changed config is short; what a run says at its end is one block."""

import json
import os

from foldwork.results import summary
from foldwork.results.evaluated_digest import evaluated_digest
from foldwork.storage.atomic_write import write_json
from foldwork.workflow import rerun_reasons

MODELS = {
    "svc": {"estimator": {"class": "sklearn.svm.SVC"}, "space": {"C": {"logspace": [-1, 2, 4]}, "gamma": [1, 2]}},
    "tree": {
        "estimator": [{"s": None}, {"p": [{"a": {"class": "x.A"}}]}, {"t": {"class": "x.Tree"}}],
        "space": [{}, {"t__d": {"uniform": [0, 1]}}],
    },
}


def test_reasons_are_short_texts_that_change_with_what_they_stand_for():
    text = rerun_reasons.of_models(MODELS)
    assert (
        text.rpartition(" #")[0]
        == "svc: SVC over C (4), gamma (2); tree: passthrough → pipeline → Tree over as it is or t__d (drawn)"
    )
    other = json.loads(json.dumps(MODELS))
    other["svc"]["estimator"]["kernel"] = "poly"
    assert rerun_reasons.of_models(other) != text
    spec = {
        "models": MODELS,
        "splits": "s",
        "scoring": ["accuracy", {"f2": {"ref": "x.y"}}],
        "timeout": None,
        "share": True,
    }
    assert (
        rerun_reasons.of_settings(spec).rpartition(" #")[0]
        == "splits: s, scoring: accuracy f2, timeout: null, share: true"
    )
    assert rerun_reasons.of_settings(
        {**spec, "scoring": ["accuracy", {"f2": {"ref": "x.z"}}]}
    ) != rerun_reasons.of_settings(spec)
    dataset = {"load": "a.b", "args": {"n": 3, "cv": {"x": [1, "a"]}}, "drop": [], "dtype": None}
    assert rerun_reasons.of_mapping(dataset).rpartition(" #")[0] == "load: a.b, args: {n: 3, cv: {x: 1 a}}"
    assert rerun_reasons.of_versions({"source of m.py": "ab" * 32, "scikit-learn": "1.9.1"}).startswith(
        "m.py abababab, scikit-learn 1.9.1 #"
    )
    assert rerun_reasons.of_content({}) == "" and rerun_reasons.of_content({"d/a.csv": "cd" * 32}).startswith(
        "d/a.csv cdcdcdcd #"
    )
    many = {f"source of module_{k}.py": "ab" * 32 for k in range(300)}
    assert len(rerun_reasons.of_versions(many)) < 250


def test_a_run_ends_with_a_block_of_what_came_out(tmp_path):
    searches, clusterings = tmp_path / "searches", tmp_path / "clusterings"
    folders = [searches / "svc", searches / "bad", clusterings / "points", clusterings / "bare"]
    for folder in folders:
        folder.mkdir(parents=True)
    counts = {
        "state": "complete",
        "recorded": 1200,
        "asked": 1200,
        "failed": 3,
        "failures": {"ValueError": 2, "timeout": 1},
        "reused": {"old": 900},
    }
    write_json(folders[0] / "evaluated.json", counts | {"request": {"kind": "search", "spec": {"scoring": ["f1"]}}})
    best = {
        "model": "m",
        "candidate": 0,
        "params": {"C": 0.123456, "kernel": "rbf"},
        "mean_test_score": 0.97219,
        "std_test_score": 0.01,
        "rank_test_score": 1,
    }
    write_json(folders[0] / "best.json", best)
    (folders[0] / "validation.png").touch()
    texts = ["a short one", "word " * 100, "third", "fourth", "fifth"]
    write_json(folders[0] / "findings.json", [{"finding": "f", "text": text} for text in texts])
    ranked = {"request": {"kind": "clustering", "spec": {"metrics": ["inertia", "davies_bouldin"]}}}
    plain = {"request": {"kind": "clustering", "spec": {"metrics": ["inertia"]}}}
    stopped = {"state": "stopped", "recorded": 2, "asked": 5, "failed": 0}
    for folder, more in ((folders[2], ranked), (folders[3], plain)):
        write_json(folder / "evaluated.json", stopped | more)
    chosen = {"candidate": 1, "params": {"n": 3}, "by": "davies_bouldin", "value": 0.25, "reason": "n=3: lowest"}
    write_json(folders[2] / "chosen.json", {"clustering": "points", "best": "k", "models": {"k": chosen}})
    write_json(folders[3] / "chosen.json", {"clustering": "bare", "best": None, "models": {"k": {}, "l": {}}})
    write_json(folders[1] / "asked.json", {})
    searches = {"svc": {"scoring": ["f1"], "choose": "best"}, "bad": {}, "later": {}}
    clusterings = {"points": ranked["request"]["spec"], "bare": plain["request"]["spec"]}
    text = summary.of({"searches": searches, "clusterings": clusterings}, tmp_path)
    assert text.splitlines()[1:] == [
        "Results:",
        "  svc: best f1 0.9722 ± 0.0100  m(C=0.1235, kernel=rbf)",
        "    1,200 evaluations, 3 failed (ValueError 2, timeout 1), 900 from old",
        f"    {folders[0] / 'validation.png'}",
        "    finding: a short one",
        f"    finding: {'word ' * 29}…",
        "    finding: third",
        f"    2 more findings in {folders[0] / 'findings.json'}",
        "  bad: no results; foldwork status bad shows its progress",
        "  later: not started",
        "  points: best davies_bouldin 0.2500  k(n=3)",
        "    stopped with 2 of 5 evaluations",
        "  bare: no candidate chosen of k, l",
        "    stopped with 2 of 5 evaluations",
    ]


def test_the_block_has_no_score_of_an_earlier_config(tmp_path):
    folder = tmp_path / "searches/a"
    folder.mkdir(parents=True)
    made = {"t": {"id": "0"}}

    def evaluated(depths, **counts):
        spec = {"models": {"t": {"space": {"d": depths}}}, "scoring": ["f1"]}
        request = {"kind": "search", "spec": spec, "folds": [{"digest": "f", "path": "p"}], "made": made}
        return {"state": "complete", "asked": 8, "recorded": 8, "failed": 0, "request": request, **counts}

    def lines(depths=(1, 2)):
        spec = evaluated(list(depths))["request"]["spec"]
        return summary.of({"searches": {"a": {**spec, "compare": None}}}, tmp_path).splitlines()[2:]

    best = {"model": "t", "params": {"d": 2}, "mean_test_score": 0.5, "std_test_score": 0.0, "rank_test_score": 1}
    reproduce = {"evaluated": evaluated_digest(evaluated([1, 2], began=3.0))}
    write_json(folder / "evaluated.json", evaluated([1, 2], began=4.0))
    assert lines() == [f"  a: no best.json; snakemake -- {folder}/best.json makes it", "    8 evaluations"]
    write_json(folder / "best.json", {**best, "reproduce": reproduce})
    current = ["  a: best f1 0.5000 ± 0.0000  t(d=2)", "    8 evaluations"]
    assert lines() == current
    earlier = "is of an earlier config; snakemake --"
    assert lines([1, 3]) == [f"  a: evaluated.json {earlier} {folder}/evaluated.json makes it again"]
    write_json(folder / "evaluated.json", evaluated([1, 3]))
    made_again = f"  a: best.json {earlier} {folder}/best.json makes it again"
    assert lines([1, 3]) == [made_again, "    8 evaluations"]
    write_json(folder / "evaluated.json", evaluated([1, 2], recorded=5, state="stopped"))
    assert lines() == [made_again, "    stopped with 5 of 8 evaluations"]
    write_json(folder / "evaluated.json", evaluated([1, 2]))
    (folder / "validation.png").touch()
    write_json(folder / "best.json", best)  # of an earlier version
    assert lines() == [*current, f"    {folder / 'validation.png'}"]
    for name in ("best.json", "validation.png"):
        os.utime(folder / name, (1, 1))
    assert lines() == [made_again, "    8 evaluations"]


def test_the_block_names_the_candidate_of_importances_and_their_picture(tmp_path):
    curve = {"search": "s", "permutation_importance": {"n_repeats": 5}}
    folder = tmp_path / "curves/which"
    folder.mkdir(parents=True)
    spec = {"models": {"rf": {"space": {"max_depth": [3]}}}, "curve": curve}
    counts = {"recorded": 4, "asked": 4, "failed": 0, "state": "complete"}
    write_json(folder / "evaluated.json", {**counts, "request": {"spec": spec}})
    (folder / "importance.png").touch()
    assert summary.of({"curves": {"which": curve}}, tmp_path).splitlines()[2:] == [
        "  which: permutation importance of rf(max_depth=3)",
        "    4 evaluations",
        f"    {folder / 'importance.png'}",
    ]
