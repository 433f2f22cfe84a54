"""Random searches as configs: the same seed gives the same one."""

import random
from typing import Any

from catalogue import CLASSES, ESTIMATORS, spec_of
from steps import DENSE, ENCODERS, IMPUTERS, LAST, RECORDS, SPARSE, TEXTS, Options, Spec, sk, tuple_of

# Features, with what they allow: "numbers" (any transformer of dense numbers), "sparse", "missing", "frame", "mixed", "texts".
NUMBERS = ["dense", "dense", "float32", "fortran", "positive", "constant", "duplicates", "counts", "column"]
KINDS = {
    **dict.fromkeys(NUMBERS, "numbers"), "missing": "missing", "sparse": "sparse", "coo": "sparse", "sparse array": "sparse",
    "frame": "frame", "mixed": "mixed", "documents": "texts", "document frame": "text frame", "records": "records",
}  # fmt: skip
TASKS = {
    "binary": "c", "bool": "c", "classes": "c", "names": "c", "series of names": "c", "categories": "c", "rare": "c", "number": "r",
    "column": "r", "series": "r", "positive": "r", "outputs": "m", "frame": "m", "labels": "l",
}  # fmt: skip

METRICS = {
    "c": ["accuracy", "f1_macro", "neg_log_loss", "balanced_accuracy", "roc_auc_ovr", "roc_auc", "matthews_corrcoef", "average_precision"],
    "r": ["r2", "neg_mean_absolute_error", "neg_mean_squared_error", "explained_variance", "neg_mean_gamma_deviance"],
    "m": ["r2", "neg_mean_absolute_error", "explained_variance"],
    "l": ["accuracy", "f1_macro", "neg_log_loss"],
}  # fmt: skip
OF_PROBABILITIES = ("neg_log_loss", "roc_auc_ovr", "roc_auc", "average_precision")
SILENT = (
    "SVC",
    "NuSVC",
    "SVR",
    "Ridge",
    "SGD",
    "Voting",
    "Greedy",
    "OneVsRest",
    "Pipeline",
    "GridSearchCV",
    "MultiOutput",
)
"""What classes without probabilities have in their names."""
OWN_METRICS = ["profit", "containers"]
MOST = 8
"""Candidates of a model."""


class Generator:
    """Draws one search.

    Parameters
    ----------
    seed : int
        What it follows from.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def search(self) -> dict[str, Any]:
        """Return a whole config with a search `x`."""
        choose = self.random
        features = choose.choice([*KINDS, *NUMBERS])
        target = choose.choice([*TASKS, "binary", "classes", "number"])
        self.kind, self.task = KINDS[features], TASKS[target]
        rows = choose.choice([12, 24, 48, 48, 90])
        self.columns = 1 if features == "column" else 5
        args = {"X": features, "y": target, "rows": rows, "seed": choose.randrange(1000)}
        dataset = {"load": "mine.make", "args": args}
        whole = self.kind in ("frame", "mixed", "text frame") and target not in ("outputs", "frame", "labels", "column")
        if whole and choose.random() < 0.6:
            args["whole"] = True
            dataset |= {"target": "target", "groups": "place"}
        self.silent = False
        models = {f"m{k}": self.model() for k in range(choose.choice([1, 1, 2, 3]))}
        if choose.random() < 0.1:
            models["again"] = models["m0"]
        search = {"splits": "s", "models": models, "scoring": self.scoring(), "train_scores": choose.random() < 0.4}
        return {
            "datasets": {"d": dataset},
            "splits": {"s": {"dataset": "d", "cv": self.splitter(rows)}},
            "searches": {"x": search},
        }

    def splitter(self, rows: int) -> dict[str, Any]:
        """Return a splitter, one that mostly suits the target."""
        choose = self.random
        seed = choose.randrange(99)
        found = [
            {"class": "KFold", "n_splits": choose.choice([2, 3])},
            {"class": "KFold", "n_splits": 3, "shuffle": True, "random_state": seed},
            {"class": "GroupKFold", "n_splits": 2},
            {"class": "LeaveOneGroupOut"},
            {"class": "GroupShuffleSplit", "n_splits": 2, "random_state": seed},
            {"class": "ShuffleSplit", "n_splits": 2, "test_size": 0.3, "random_state": seed},
            {"class": "RepeatedKFold", "n_splits": 2, "n_repeats": 2, "random_state": seed},
            {"class": "TimeSeriesSplit", "n_splits": 2},
            {"class": "PredefinedSplit", "test_fold": [choose.choice([-1, 0, 1]) for _ in range(rows)]},
        ]
        stratified = [
            {"class": "StratifiedKFold", "n_splits": choose.choice([2, 3])},
            {"class": "StratifiedKFold", "n_splits": 3, "shuffle": True, "random_state": seed},
            {"class": "StratifiedShuffleSplit", "n_splits": 2, "test_size": 0.3, "random_state": seed},
            {"class": "RepeatedStratifiedKFold", "n_splits": 2, "n_repeats": 2, "random_state": seed},
            {"class": "StratifiedGroupKFold", "n_splits": 2},
        ]
        return choose.choice(stratified if self.task == "c" and choose.random() < 0.6 else found)

    def scoring(self) -> list[Any]:
        """Return no metric, one, two or three, seldom one of the user's own among them."""
        choose = self.random
        known = METRICS[self.task]
        if self.silent and choose.random() < 0.9:  # GridSearchCV ends where one of several metrics finds no such method
            known = [metric for metric in known if metric not in OF_PROBABILITIES]
        found: list[Any] = choose.sample(known, min(len(known), choose.choice([0, 1, 1, 2, 2, 3])))
        if choose.random() < 0.2:
            name = choose.choice(OWN_METRICS)
            found = [*found[:2], {name: {"ref": f"mine.{name}"}}]
        choose.shuffle(found)
        return found

    # ---- models

    def model(self) -> dict[str, Any]:
        """Return a model: a bare estimator, a pipeline of several kinds, or any estimator of scikit-learn."""
        choose = self.random
        last, options = choose.choice(LAST[self.task])
        steps = self.before()
        if choose.random() < 0.15:
            name = choose.choice(list(ESTIMATORS))
            if hasattr(CLASSES[name], "predict") or not hasattr(CLASSES[name], "transform"):
                last, options = spec_of(name), {}
            else:
                steps.append((spec_of(name), {}))
        self.silent |= any(word in last["class"] for word in SILENT)
        if not steps and choose.random() < 0.7:
            return {"estimator": last, "space": self.grid({name: list(values) for name, values in options.items()})}
        space: Options = {}
        named = []
        for k, (spec, own) in enumerate(steps):
            name = f"{choose.choice('abc')}{k}"
            named.append({name: spec})
            space |= {f"{name}__{parameter}": values for parameter, values in own.items()}
            if choose.random() < 0.3:
                if choose.random() < 0.8:  # what takes the step's place has other parameters
                    space = {other: values for other, values in space.items() if not other.startswith(f"{name}__")}
                space[name] = self.swapped(spec)
        named.append({"last": last})
        if choose.random() < 0.9 or not options:
            space |= {f"last__{parameter}": values for parameter, values in options.items()}
        else:
            other, _ = choose.choice(LAST[self.task])
            self.silent |= any(word in other["class"] for word in SILENT)
            space["last"] = [last, other, self.pipeline([other])]
        return self.wrapped(named, space)

    def wrapped(self, named: list, space: Options) -> dict[str, Any]:
        """Return a pipeline, some of its last steps in a pipeline inside it, or as an object of the class Pipeline."""
        choose = self.random
        if len(named) > 1 and choose.random() < 0.3:
            cut = choose.randrange(len(named) - 1)
            inside = {name for step in named[cut:] for name in step}
            space = {
                f"inner__{name}" if name.partition("__")[0] in inside else name: values
                for name, values in space.items()
            }
            steps = [tuple_of(name, self.nested(spec)) for step in named[cut:] for name, spec in step.items()]
            if choose.random() < 0.2:
                space = {name: values for name, values in space.items() if not name.startswith("inner__")}
                space["inner__steps"] = [steps, [steps[-1]]]
            inner = named[cut:] if choose.random() < 0.6 else self.as_object(steps)
            named = [*named[:cut], {"inner": inner}]
        kind = choose.random()
        if kind < 0.75:
            return {"estimator": named, "space": self.grid(space)}
        steps = [tuple_of(name, self.nested(spec)) for step in named for name, spec in step.items()]
        if kind < 0.85:
            return {"estimator": {"class": "mine.Pipeline", "steps": steps}, "space": self.grid(space)}
        return {"estimator": self.as_object(steps), "space": self.grid(space)}

    def as_object(self, steps: list) -> dict[str, Any]:
        """Return a Pipeline as an object, scikit-learn's or the user's own."""
        path = self.random.choice(["sklearn.pipeline.Pipeline"] * 3 + ["mine.Pipeline"])
        memory = {"memory": {"class": "joblib.Memory", "location": None}} if self.random.random() < 0.1 else {}
        return {"class": path, "steps": steps, **memory}

    def nested(self, spec: Any) -> Any:
        """Return a step as it stands inside of an object: there a list is no pipeline."""
        if isinstance(spec, list):
            steps = [tuple_of(name, self.nested(step)) for item in spec for name, step in item.items()]
            return sk("pipeline.Pipeline", steps=steps)
        return "passthrough" if spec is None else spec

    def pipeline(self, specs: list) -> dict[str, Any]:
        """Return a pipeline of these steps, after one that may be random or write into its input."""
        first = self.random.choice([spec for spec, _ in (SPARSE if self.kind == "sparse" else DENSE)])
        return self.nested([{f"p{k}": spec} for k, spec in enumerate([first, *specs])])

    def swapped(self, spec: Any) -> list:
        """Return what a step may be replaced by: other transformers, a whole pipeline, nothing."""
        choose = self.random
        table = SPARSE if self.kind == "sparse" else DENSE
        others = [self.nested(choose.choice(table)[0]) for _ in range(2)]
        found = [self.nested(spec), *others, self.pipeline([others[0]]), "passthrough", None]
        return choose.sample(found, choose.choice([2, 3]))

    def grid(self, space: Options) -> Any:
        """Return a few parameters with a few values each; sometimes two such grids."""
        choose = self.random
        names = choose.sample(sorted(space), min(len(space), choose.choice([0, 1, 2, 2, 3])))
        found: Options = {}
        count = 1
        for name in names:
            values = space[name]
            values = choose.sample(values, min(len(values), choose.choice([2, 3]), MOST // count))
            if not values or count * len(values) > MOST:
                break
            if choose.random() < 0.15:  # the same once more, or its like: 1, 1.0 and True are equal, and not the same
                value = choose.choice(values)
                values.append(float(value) if type(value) is int else int(value) if type(value) is bool else value)
            found[name] = values
            count *= len(values)
        if found and choose.random() < 0.1:
            return [found, {name: values[:1] for name, values in found.items()}]
        return found

    # ---- steps before the last

    def before(self) -> list[tuple[Spec, Options]]:
        """Return transformers that lead from the data to numbers, and some more."""
        choose = self.random
        steps = []
        if self.kind in ("missing", "texts", "records"):
            if choose.random() < 0.95:
                steps.append(choose.choice({"missing": IMPUTERS, "texts": TEXTS, "records": RECORDS}[self.kind]))
        elif self.kind in ("mixed", "text frame"):
            steps.append(self.columns_of_frame())
        if self.kind in ("texts", "records", "text frame", "sparse"):
            return steps + choose.sample(SPARSE, choose.choice([0, 1, 2]))
        return steps + [self.transformer(depth=2) for _ in range(choose.choice([0, 1, 1, 2, 3]))]

    def transformer(self, depth: int) -> tuple[Spec, Options]:
        """Return a transformer of numbers: a plain one, or some in a pipeline, side by side, or on columns."""
        choose = self.random
        kind = choose.random()
        if depth == 0 or kind < 0.7:
            return choose.choice(DENSE)
        parts = [(name, *self.transformer(depth - 1)) for name in "uv"[: choose.choice([1, 2])]]
        space = {f"{name}__{parameter}": values for name, _, own in parts for parameter, values in own.items()}
        specs = [(name, self.nested(spec)) for name, spec, _ in parts]
        if kind < 0.8:
            if choose.random() < 0.3:
                space = {"steps": [[tuple_of(*specs[0])], [tuple_of(*pair) for pair in specs]]}
            return [{name: spec} for name, spec in specs], space
        if kind < 0.9:
            if choose.random() < 0.3:
                space["transformer_weights"] = [None, {"u": 2.0}]
            return sk("pipeline.FeatureUnion", transformer_list=[tuple_of(*pair) for pair in specs]), space
        half = max(1, self.columns // 2)
        columns = [list(range(half)), list(range(half, self.columns)) or [0]]
        if self.kind == "frame":
            columns = [[f"x{k}" for k in part] for part in columns] if choose.random() < 0.5 else columns
        chosen = [tuple_of(name, spec, part) for (name, spec), part in zip(specs, columns, strict=False)]
        if len(chosen) > 1 and choose.random() < 0.3:
            space["v"] = ["drop", "passthrough"]
        remainder = choose.choice(["drop", "passthrough", sk("preprocessing.StandardScaler")])
        return sk("compose.ColumnTransformer", transformers=chosen, remainder=remainder), space

    def columns_of_frame(self) -> tuple[Spec, Options]:
        """Return a ColumnTransformer for a DataFrame of numbers and words, or of documents."""
        choose = self.random
        if self.kind == "text frame":
            text, own = choose.choice(TEXTS)
            parts = [
                tuple_of("text", text, "text"),
                tuple_of("numbers", self.nested(choose.choice(DENSE)[0]), ["x0"]),
            ]
            space = {f"text__{parameter}": values for parameter, values in own.items()}
        else:
            numbers, own = choose.choice(IMPUTERS)
            words, more = choose.choice(ENCODERS)
            if choose.random() < 0.4:
                numbers = self.nested([{"fill": numbers}, {"more": choose.choice(DENSE)[0]}])
                own = {f"fill__{name}": values for name, values in own.items()}
            selector = sk("compose.make_column_selector", dtype_exclude="number")
            parts = [
                tuple_of("numbers", numbers, ["x0", "x1", "x2"]),
                tuple_of("words", words, choose.choice([selector, ["colour", "size"]])),
            ]
            space = {f"numbers__{name}": values for name, values in own.items()}
            space |= {f"words__{name}": values for name, values in more.items()}
        remainder = choose.choice(["drop", "drop", "passthrough"])
        return sk("compose.ColumnTransformer", transformers=parts, remainder=remainder), space


def random_search(seed: int) -> dict[str, Any]:
    """Return the config of a random search."""
    return Generator(seed).search()
