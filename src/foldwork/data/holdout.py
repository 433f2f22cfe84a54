"""Cut held-out rows off a dataset before it is split into folds."""

import numpy as np

from foldwork.errors import FoldworkError


def held_out_rows(where: str, n_samples: int, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Return the rows that a splitter's first split holds out: its test part, sorted.

    Parameters
    ----------
    where : str
        Key of the splitter in the config, for messages.
    n_samples : int
        Number of rows of the dataset.
    train, test : ndarray of int
        Row numbers of the two parts.

    Raises
    ------
    FoldworkError
        When a row is in neither part or in both: it would be unclear whether the chosen model may be fitted on it.
    """
    number = np.arange(n_samples)
    uses = np.zeros(n_samples, dtype=np.int8)
    uses[number[train]] |= 1
    uses[number[test]] |= 2
    if not ((uses == 1) | (uses == 2)).all():
        neither, both = int((uses == 0).sum()), int((uses == 3).sum())
        raise FoldworkError(
            f"{where}: each row must be either kept or held out, but {neither:,} are in neither part and {both:,} in both; take a splitter that divides all rows, such as GroupShuffleSplit with test_size alone"
        )
    return np.flatnonzero(uses == 2)
