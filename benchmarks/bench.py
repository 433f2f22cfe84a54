"""Measure foldwork against other ways to do the same work, and write docs/benchmarks.md.

Run it with `make bench`; see benchmarks/README.md.
"""

import argparse
import csv
import importlib.metadata
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parent
CORES = os.cpu_count()
CASES: dict[str, Callable[[Path, int], list[dict]]] = {}


def case(function):
    """Register a benchmark under its name."""
    CASES[function.__name__] = function
    return function


def row(what: str, against: str, goal: str, figure: float, detail: str, **more: Any) -> dict:
    """Return one row of the table; `runs` says how often it was measured, if not as often as was asked for."""
    return {"what": what, "against": against, "goal": goal, "figure": figure, "detail": detail, **more}


def timed(command: list[str], **options) -> float:
    """Run a whole process; return its wall time in seconds."""
    start = time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)
    took = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stderr)
    return took


def snakemake(folder: Path, config: dict, *targets: str, fresh: bool = True, cores: int = CORES) -> float:
    """Run a study; return the wall time of the whole `snakemake` in seconds."""
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    return timed(prepared(folder, config, *targets, cores=cores))


def prepared(folder: Path, config: dict, *targets: str, cores: int = CORES) -> list[str]:
    """Write a study; return the command that runs it."""
    (folder / "config").mkdir(parents=True, exist_ok=True)
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config))
    shutil.copy(HERE / "work.py", folder)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    return [*command, "--cores", str(cores), *targets]


def pairs(runs: int, ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[list[float], list[float], float]:
    """Run two things in turn; return both lists of seconds and the median of their ratios."""
    a, b = [], []
    for _ in range(runs):
        a.append(ours())
        b.append(theirs())
        print(f"    {a[-1]:.1f} s against {b[-1]:.1f} s", flush=True)
    return a, b, statistics.median(x / y for x, y in zip(a, b, strict=True))


def seconds(values: list[float]) -> str:
    """Return a median with its range."""
    return f"{statistics.median(values):.1f} s ({min(values):.1f} to {max(values):.1f})"


def evaluations(folder: Path, search: str = "x") -> list[dict]:
    """Return the rows of evaluations.csv."""
    with open(folder / f"results/searches/{search}/evaluations.csv") as file:
        return list(csv.DictReader(file))


def epoch(text: str) -> float:
    """Return a time of evaluations.csv in seconds."""
    import datetime

    return datetime.datetime.fromisoformat(text).timestamp()


def same_scores(ours: Path, theirs: Path) -> int:
    """Return how many split scores of two tables differ."""
    import pandas as pd

    a, b = pd.read_csv(ours), pd.read_csv(theirs)
    columns = [c for c in b.columns if c.startswith("split")]
    return int((a[columns].to_numpy() != b[columns].to_numpy()).sum())


def study_config(share: bool) -> dict:
    """Return the search of config/examples/ulhpc.yaml."""
    config = yaml.safe_load((ROOT / "config/examples/ulhpc.yaml").read_text())
    del config["clusterings"], config["datasets"]["blobs"]
    config["searches"]["digits-svc"]["share"] = share
    return config


def record(folder: Path) -> None:
    """Keep the times of the full study without sharing, for the simulation."""
    (folder / "times").mkdir(exist_ok=True)
    table = folder / "plain/results/searches/digits-svc/evaluations.csv"
    shutil.copy(table, folder / f"times/{len(list((folder / 'times').iterdir()))}.csv")


def _study(folder: Path, runs: int, share: bool, goal: str) -> list[dict]:
    name = "study" if share else "plain"
    targets = ["results/searches/digits-svc/scores.csv", "results/searches/digits-svc/validation.png"]
    peer = [sys.executable, str(HERE / "peers.py"), "study", "loky", str(folder / "loky")]

    def ours() -> float:
        took = snakemake(folder / name, study_config(share), *targets)
        if not share:
            record(folder)
        return took

    a, b, ratio = pairs(runs, ours, lambda: timed(peer))
    differ = same_scores(folder / name / targets[0], folder / "loky/scores.csv")
    what = f"the full study, from `snakemake` to CSV and heat map, sharing {'on' if share else 'off'}"
    return [
        row(
            what,
            "GridSearchCV (loky), whole process",
            goal,
            ratio,
            f"{seconds(a)} against {seconds(b)}; {differ} of 4,000 split scores differ",
        )
    ]


@case
def study(folder: Path, runs: int) -> list[dict]:
    """The full study with shared work."""
    return _study(folder, runs, True, "≤ 0.40")


@case
def plain(folder: Path, runs: int) -> list[dict]:
    """The full study without."""
    return _study(folder, runs, False, "≤ 1.05")


@case
def pipeline(folder: Path, runs: int) -> list[dict]:
    """A pipeline: 24 settings of the SVC behind each of 3 PCAs."""
    spec = {
        "datasets": {"wide": {"load": "peers.wide"}},
        "splits": {
            "s": {
                "dataset": "wide",
                "cv": {"class": "StratifiedKFold", "n_splits": 5, "shuffle": True, "random_state": 0},
            }
        },
    }
    svc = {"svc__C": {"logspace": [-2, 3, 6]}, "svc__gamma": {"logspace": [-4, -1, 4]}}
    pcas = [(100, False), (100, True), (80, False)]
    space = [{**svc, "pca__n_components": [n], "pca__whiten": [whiten]} for n, whiten in pcas]
    steps = [
        {"scale": {"class": "sklearn.preprocessing.StandardScaler"}},
        {"pca": {"class": "sklearn.decomposition.PCA", "n_components": 100, "random_state": 0}},
        {"svc": {"class": "sklearn.svm.SVC"}},
    ]
    spec["searches"] = {
        "x": {"splits": "s", "scoring": ["accuracy"], "models": {"m": {"estimator": steps, "space": space}}}
    }
    targets = ["results/searches/x/scores.csv", "results/searches/x/validation.png"]

    def ours() -> float:
        shutil.rmtree(folder / "pipeline", ignore_errors=True)
        (folder / "pipeline").mkdir(parents=True)
        shutil.copy(HERE / "peers.py", folder / "pipeline")
        return snakemake(folder / "pipeline", spec, *targets, fresh=False)

    def theirs(way: str) -> Callable[[], float]:
        def run() -> float:
            shutil.rmtree(folder / way, ignore_errors=True)
            return timed([sys.executable, str(HERE / "peers.py"), "pipeline", way, str(folder / way)])

        return run

    rows = []
    for way, against in (("plain", "GridSearchCV (loky)"), ("memory", "GridSearchCV (loky) with `memory=`")):
        a, b, ratio = pairs(runs, ours, theirs(way))
        differ = same_scores(folder / "pipeline" / targets[0], folder / way / "scores.csv")
        what = "a pipeline (scale → PCA → SVC) on 4,000 × 256, 24 settings of the SVC on each of 3 PCAs"
        rows.append(
            row(
                what,
                against,
                "≤ 0.50 of the better",
                ratio,
                f"{seconds(a)} against {seconds(b)}; {differ} of 360 split scores differ",
            )
        )
    return rows


@case
def forests(folder: Path, runs: int) -> list[dict]:
    """Forests of three sizes, in twelve settings."""
    space = {"n_estimators": [100, 200, 400], "max_features": ["sqrt", 0.2, 0.4, 0.6], "min_samples_leaf": [1, 3, 10]}
    forest = {"class": "sklearn.ensemble.RandomForestClassifier", "random_state": 0}
    cv = {"class": "StratifiedKFold", "n_splits": 5, "shuffle": True, "random_state": 0}
    config = {
        "datasets": {"digits": {"load": "sklearn.datasets.load_digits"}},
        "splits": {"s": {"dataset": "digits", "cv": cv}},
        "searches": {
            "x": {"splits": "s", "scoring": ["accuracy"], "models": {"m": {"estimator": forest, "space": space}}}
        },
    }
    target = "results/searches/x/scores.csv"
    peer = [sys.executable, str(HERE / "peers.py"), "forests", "loky", str(folder / "peer")]
    a, b, ratio = pairs(runs, lambda: snakemake(folder / "forests", config, target), lambda: timed(peer))
    differ = same_scores(folder / "forests" / target, folder / "peer/scores.csv")
    detail = f"{seconds(a)} against {seconds(b)}; {differ} of 180 split scores differ"
    what = "forests of 100, 200 and 400 trees on digits, in 12 settings, from `snakemake` to CSV"
    return [row(what, "GridSearchCV (loky), whole process", "none set", ratio, detail)]


def steady_config(loops: int, count: int) -> dict:
    """Return a search of `count` evaluations that take as long as each other."""
    return {
        "datasets": {"iris": {"load": "sklearn.datasets.load_iris"}},
        "splits": {"s": {"dataset": "iris", "cv": {"class": "KFold", "n_splits": 5}}},
        "searches": {
            "x": {
                "splits": "s",
                "models": {
                    "m": {
                        "estimator": {"class": "work.Steady", "loops": loops},
                        "space": {"seed": {"range": [count // 5]}},
                    }
                },
            }
        },
    }


def efficiency(folder: Path, config: dict, runs: int) -> list[float]:
    """Return, for each run, the sum of the evaluations' times over engines × wall of the search itself."""
    found = []
    for _ in range(runs):
        snakemake(folder, config)
        rows = evaluations(folder)
        took = sum(epoch(r["finished"]) - epoch(r["started"]) for r in rows)
        wall = max(epoch(r["finished"]) for r in rows) - min(epoch(r["started"]) for r in rows)
        found.append(took / (CORES * wall))
        print(f"    {found[-1]:.3f}", flush=True)
    return found


@case
def busy(folder: Path, runs: int) -> list[dict]:
    """How busy the engines are with evaluations of 0.2 s and of 5 ms."""
    sys.path.insert(0, str(HERE))
    from work import loops_for

    rows = []
    for length, count, goal in ((0.2, 300, "≥ 0.97"), (0.005, 6000, "≥ 0.85")):
        found = efficiency(folder / "busy", steady_config(loops_for(length), count), runs)
        what = f"{count:,} evaluations that take {length:g} s each"
        detail = f"{min(found):.3f} to {max(found):.3f}, {CORES} engines"
        rows.append(
            row(what, "sum of their times ÷ (engines × wall of the search)", goal, statistics.median(found), detail)
        )
    return rows


@case
def rate(folder: Path, runs: int) -> list[dict]:
    """100,000 evaluations that do nothing: rate, and how the client's memory grows."""
    config = {
        "datasets": {"iris": {"load": "sklearn.datasets.load_iris"}},
        "splits": {"s": {"dataset": "iris", "cv": {"class": "KFold", "n_splits": 5}}},
        "searches": {
            "x": {
                "splits": "s",
                "models": {"m": {"estimator": {"class": "work.Nothing"}, "space": {"number": {"range": [20_000]}}}},
            }
        },
    }
    rates, growths = [], []
    for _ in range(runs):
        shutil.rmtree(folder / "rate", ignore_errors=True)
        process = _start(folder / "rate", config)
        sizes: list[float] = []
        while process.poll() is None:
            client = _client_memory(folder / "rate")
            if client:
                sizes.append(client)
            time.sleep(0.25)
        rows = evaluations(folder / "rate")
        wall = max(epoch(r["finished"]) for r in rows) - min(epoch(r["started"]) for r in rows)
        rates.append(len(rows) / wall)
        growths.append((max(sizes) - sizes[0]) / 1e6)
        print(f"    {rates[-1]:.0f}/s, {growths[-1]:.0f} MB", flush=True)
    return [
        row(
            "100,000 evaluations of an estimator that does nothing",
            "rate",
            "≥ 2,000/s",
            statistics.median(rates),
            f"{min(rates):,.0f} to {max(rates):,.0f} a second",
        ),
        row(
            "the same",
            "growth of the client's memory from the first evaluation on, MB",
            "< 50",
            statistics.median(growths),
            f"{min(growths):.0f} to {max(growths):.0f} MB",
        ),
    ]


def _start(folder: Path, config: dict, *targets: str, cores: int = CORES) -> subprocess.Popen:
    return subprocess.Popen(
        prepared(folder, config, *targets, cores=cores),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _client_memory(folder: Path) -> float | None:
    """Return the resident memory of the evaluate process in bytes, once an engine has answered."""
    import psutil

    try:
        said = json.loads((folder / "results/searches/x/running.json").read_text())
        return psutil.Process(said["pid"]).memory_info().rss if said["engines"] else None
    except (OSError, ValueError, psutil.Error):
        return None


def _most_unshared(process: subprocess.Popen, is_worker: Callable[[Any], bool]) -> tuple[float, int]:
    """Watch a run to its end; return the most memory (bytes) that its workers had for themselves at one time, and how many they were.

    `is_worker` is asked of each of its descendants; what a worker has for itself are its dirty private pages.
    """
    import psutil

    most = (0.0, 0)
    while process.poll() is None:
        total, count = 0.0, 0
        for child in _descendants(process.pid):
            try:
                if is_worker(child):
                    rollup = Path(f"/proc/{child.pid}/smaps_rollup").read_text()
                    total += 1024 * int(re.search(r"Private_Dirty:\s+(\d+)", rollup)[1])
                    count += 1
            except (OSError, TypeError, psutil.Error):
                continue
        most = max(most, (total, count))
        time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"a run ended with {process.returncode}")
    return most


def _descendants(pid: int) -> list:
    import psutil

    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


@case
def memory(folder: Path, runs: int) -> list[dict]:
    """A dataset of one gigabyte on four engines: what they do not share."""
    config = {
        "datasets": {"big": {"load": "work.gigabyte"}},
        "splits": {"s": {"dataset": "big", "cv": {"class": "KFold", "n_splits": 2}}},
        "searches": {
            "x": {
                "splits": "s",
                "models": {"m": {"estimator": {"class": "work.Means"}, "space": {"number": {"range": [20]}}}},
            }
        },
    }
    ours, theirs = [], []
    for _ in range(runs):
        shutil.rmtree(folder / "memory", ignore_errors=True)
        snakemake(folder / "memory", config, "results/splits/s")
        fold = (folder / "memory/results/splits/s/fold-0.joblib").stat().st_size
        bytes_, engines = _most_unshared(
            _start(folder / "memory", config, cores=4),
            lambda process: "foldwork.engines.host" in process.parent().cmdline(),
        )
        ours.append(bytes_ / fold)
        peer = [sys.executable, str(HERE / "peers.py"), "memory", "loky", str(folder / "loky")]
        bytes_, workers = _most_unshared(
            subprocess.Popen(peer, stderr=subprocess.DEVNULL),
            lambda process: any("popen_loky_posix" in word for word in process.cmdline()),
        )
        theirs.append(bytes_ / fold)
        print(f"    {ours[-1]:.3f} of a fold against {theirs[-1]:.3f} ({engines} and {workers} processes)", flush=True)
        shutil.rmtree(folder / "memory")
    detail = f"{statistics.median(ours) * fold / 1e6:.0f} MB in all, imports included; a fold is {fold / 1e6:.0f} MB; GridSearchCV (loky): "
    return [
        row(
            "a 1 GB dataset on 4 engines, an estimator that does not copy: unshared memory of all engines",
            "a fold (GridSearchCV doing the same: see right)",
            "≤ 0.15",
            statistics.median(ours),
            f"{detail}{statistics.median(theirs):.2f} of a fold",
        )
    ]


@case
def ring(folder: Path, runs: int) -> list[dict]:
    """Ten folds of a gigabyte, on disk."""
    config = {
        "datasets": {"big": {"load": "work.gigabyte"}},
        "splits": {"s": {"dataset": "big", "layout": "ring", "cv": {"class": "KFold", "n_splits": 10}}},
        "searches": {"x": {"splits": "s", "models": {"m": {"estimator": {"class": "work.Means"}, "space": {}}}}},
    }
    snakemake(folder / "ring", config, "results/splits/s")
    dataset, folds = (
        sum(path.stat().st_size for path in (folder / "ring/results" / name).rglob("*"))
        for name in ("datasets/big", "splits/s")
    )
    shutil.rmtree(folder / "ring")
    return [
        row(
            "ten folds of a 1 GB dataset, on disk, `layout: ring`",
            "the dataset's bytes",
            "≤ 2.2",
            folds / dataset,
            f"{folds / 1e6:,.0f} MB against {dataset / 1e6:,.0f} MB",
            runs=1,
        )
    ]


@case
def start(folder: Path, runs: int) -> list[dict]:
    """From the start of evaluate to the first evaluation's start."""
    config = study_config(True)
    config["searches"]["digits-svc"]["models"]["svc"]["space"] = {"C": [1, 10], "gamma": [0.001]}
    ours, imports = [], []
    for _ in range(runs):
        imports.append(timed([sys.executable, "-c", "import sklearn.svm"]))
        snakemake(folder / "start", config)
        rows = evaluations(folder / "start", "digits-svc")
        began = json.loads((folder / "start/results/searches/digits-svc/evaluated.json").read_text())["began"]
        ours.append(min(epoch(r["started"]) for r in rows) - began)
        print(f"    {ours[-1]:.2f} s against {imports[-1]:.2f} s", flush=True)
    ratio = statistics.median(a / b for a, b in zip(ours, imports, strict=True))
    return [
        row(
            "start: from the start of the evaluate process to the first evaluation",
            "`python -c 'import sklearn.svm'`",
            "≤ 1.5",
            ratio,
            f"{seconds(ours)} against {seconds(imports)}",
        )
    ]


@case
def resume(folder: Path, runs: int) -> list[dict]:
    """Stopped at half and run again, against an uninterrupted run."""
    import signal

    config = study_config(False)
    config["searches"]["digits-svc"]["models"]["svc"]["space"] = {
        "C": {"logspace": [-2, 3, 8]},
        "gamma": {"logspace": [-5, -1, 8]},
    }
    target = "results/searches/digits-svc/evaluated.json"
    ledger = folder / "resume/results/searches/digits-svc/ledger.jsonl"

    def whole() -> float:
        return snakemake(folder / "resume", config, target)

    def halves() -> float:
        shutil.rmtree(folder / "resume", ignore_errors=True)
        began = time.perf_counter()
        process = _start(folder / "resume", config, target)
        while not ledger.exists() or ledger.read_bytes().count(b"\n") < 160:
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        stopped = time.perf_counter() - began
        return stopped + snakemake(folder / "resume", config, target, fresh=False)

    one = {**config, "searches": {"digits-svc": {**config["searches"]["digits-svc"]}}}
    one["searches"]["digits-svc"]["models"] = {"svc": {"estimator": {"class": "sklearn.svm.SVC"}, "space": {"C": [1]}}}
    snakemake(folder / "one", one, target)

    def once_more() -> float:  # with dataset and folds there, as in the second part
        shutil.rmtree(folder / "one/results/searches")
        return snakemake(folder / "one", one, target, fresh=False)

    start_cost = statistics.median(once_more() for _ in range(3))
    a, b, _ = pairs(runs, halves, whole)
    ratio = statistics.median((x - start_cost) / y for x, y in zip(a, b, strict=True))
    detail = f"{seconds(a)} in two parts, {seconds(b)} in one; a start, five fits included, takes {start_cost:.1f} s"
    return [
        row("stopped at half by Ctrl-C and run again, less one start", "an uninterrupted run", "≤ 1.05", ratio, detail)
    ]


@case
def tail(folder: Path, runs: int) -> list[dict]:
    """128 engines, simulated from the recorded times of a real search."""
    from simulate import bound, simulate

    if not (folder / "times").exists():  # where this case is asked for alone
        for _ in range(runs):
            snakemake(folder / "plain", study_config(False), "results/searches/digits-svc/evaluations.csv")
            record(folder)
    walls, bounds = [], []
    for table in sorted((folder / "times").iterdir()):
        with open(table) as file:
            times = [
                (
                    r["model"],
                    {"C": r["param_C"], "gamma": r["param_gamma"]},
                    int(r["candidate"]),
                    int(r["fold"]),
                    epoch(r["finished"]) - epoch(r["started"]),
                )
                for r in csv.DictReader(file)
            ]
        walls.append(simulate(times, 128))
        bounds.append(bound(times, 128))
    ratios = [wall / least for wall, least in zip(walls, bounds, strict=True)]
    return [
        row(
            "the tail: 128 engines, simulated from the recorded times of the full study",
            "max(total ÷ engines, longest)",
            "≤ 1.03",
            statistics.median(ratios),
            f"{min(ratios):.3f} to {max(ratios):.3f}; {seconds(walls)} against {seconds(bounds)}",
        )
    ]


def versions() -> str:
    """Return machine and versions, for the page."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "",
    )
    packages = [
        f"{name} {importlib.metadata.version(name)}"
        for name in ("scikit-learn", "numpy", "scipy", "joblib", "ipyparallel", "snakemake")
    ]
    return f"{CORES} cores ({model}), Linux {platform.release().split('-')[0]}, Python {platform.python_version()}, {', '.join(packages)}"


def how_often(runs: int) -> str:
    """Return how often something was run, in words."""
    return "run once" if runs == 1 else f"{runs} runs"


def main() -> None:
    """Run the cases and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", help=f"which of {', '.join(CASES)} (default: all)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scratch", type=Path, default=None, help="a folder with 10 GB of room")
    options = parser.parse_args()
    page = ROOT / "docs/benchmarks.md"
    kept = HERE / "figures.json"
    figures = json.loads(kept.read_text()) if kept.exists() else {}
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        for name in options.cases or CASES:
            print(f"{name}: {CASES[name].__doc__}", flush=True)
            rows = CASES[name](Path(scratch), options.runs)
            figures[name] = {
                "rows": rows,
                "runs": options.runs,
                "day": time.strftime("%Y-%m-%d"),
                "machine": versions(),
            }
            kept.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
            for one in rows:
                print(f"  {one['what']}: {one['figure']:.3g} (goal {one['goal']}); {one['detail']}", flush=True)
    page.write_text(render(figures))


def render(figures: dict) -> str:
    """Return docs/benchmarks.md."""
    lines = [
        "# Benchmarks",
        "",
        "Measured by `make bench` (benchmarks/); two ways in turn in one sitting, medians of the runs, ratios pair by pair.",
        "",
    ]
    lines += ["| what | measured against | goal | figure | detail |", "|---|---|---|---|---|"]
    for name in CASES:
        if name not in figures:
            continue
        for r in figures[name]["rows"]:
            figure = f"{r['figure']:.3f}" if r["figure"] < 10 else f"{r['figure']:,.0f}"
            run = how_often(r.get("runs", figures[name]["runs"]))
            lines.append(f"| {r['what']} | {r['against']} | {r['goal']} | **{figure}** | {r['detail']}; {run} |")
    machines = sorted({f"{f['day']}: {f['machine']}" for f in figures.values()})
    return "\n".join([*lines, "", "Machine and versions:", "", *[f"- {m}" for m in machines], ""])


if __name__ == "__main__":
    main()
