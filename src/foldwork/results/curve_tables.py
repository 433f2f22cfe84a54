"""Read the tables of a curve, or of permutation importances, as DataFrames."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwork.results.typed_columns import FEATURES_AS_TEXT, exact_floats, restore
from foldwork.storage.file_names import EVALUATED
from foldwork.storage.signed_json import read_signed
from foldwork.study.search_space import candidates

if TYPE_CHECKING:
    import pandas as pd

CURVE, IMPORTANCE = "curve.csv", "importance.csv"


@dataclass(frozen=True)
class CurveTables:
    """The tables of a learning or validation curve, or of permutation importances.

    Attributes
    ----------
    curve : DataFrame or None
        curve.csv: a row for each train size (`train_sizes`), or for each value (`param_*`, with its type: None is None, 3 is an int).
    timings : DataFrame or None
        timings.csv of a curve, in seconds, with the same rows.
    importance, repeats : DataFrame or None
        importance.csv and repeats.csv. `feature` holds the names of the columns, or numbers where the dataset has no names.
    evaluations : DataFrame
        One row for each evaluation that has a record.
    model : str
        Name of the candidate's model.
    params : dict
        Parameters of the candidate, without the one that varies.
    folder : Path
        The folder that was read.
    """

    curve: "pd.DataFrame | None"
    timings: "pd.DataFrame | None"
    importance: "pd.DataFrame | None"
    repeats: "pd.DataFrame | None"
    evaluations: "pd.DataFrame"
    model: str
    params: dict[str, Any]
    folder: Path


def is_curve(folder: Path) -> bool:
    """Return whether a folder holds the tables of a curve or of permutation importances."""
    return (folder / CURVE).is_file() or (folder / IMPORTANCE).is_file()


def read_curve(folder: Path) -> CurveTables:
    """Read the tables in the results folder of a curve.

    Raises
    ------
    FileNotFoundError
        When one of them has not been written yet.
    FoldworkError
        When evaluated.json is damaged.
    """
    import pandas as pd

    spec = read_signed(folder / EVALUATED, "it")["request"]["spec"]
    ((model, model_spec),) = spec["models"].items()
    varied = spec["curve"].get("parameter")
    given = list(candidates(model_spec["space"]))
    permuted = "permutation_importance" in spec["curve"]
    names = ("importance", "repeats") if permuted else ("curve", "timings")
    tables: dict[str, Any] = dict.fromkeys(("curve", "timings", "importance", "repeats"))
    for name in names:
        options = FEATURES_AS_TEXT if permuted else {}
        tables[name] = pd.read_csv(folder / f"{name}.csv", **exact_floats(), **options)
        if permuted:
            tables[name]["feature"] = _features(tables[name]["feature"])
        elif varied is not None:
            restore(tables[name], given)
    evaluations = pd.read_csv(folder / "evaluations.csv", **exact_floats())
    # On a learning curve the candidates are one with different numbers of rows.
    restore(evaluations, [given[number if len(given) > 1 else 0] for number in evaluations["candidate"]])
    params = {name: values[0] for name, values in model_spec["space"].items() if name != varied}
    return CurveTables(**tables, evaluations=evaluations, model=model, params=params, folder=folder)


def _features(names: "pd.Series") -> "pd.Series":
    """Return the features as numbers, if they are those of a dataset without names."""
    numbers = {str(number) for number in range(names.nunique())}
    return names.astype(int) if len(names) and set(names) == numbers else names
