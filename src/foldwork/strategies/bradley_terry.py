"""The Bradley–Terry model of a tournament in which each pair meets equally often."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_MOST_STEPS = 200


def abilities(wins: "np.ndarray", n_games: int) -> tuple["np.ndarray", "np.ndarray"]:
    """Estimate abilities relative to the first player, by maximum likelihood with Firth's reduction of bias.

    P(i beats j) = 1 / (1 + exp(ability_j - ability_i)). As each pair meets equally often, the numbers of wins determine the estimates. With the
    reduction of bias they are finite also for players that win or lose always.

    Parameters
    ----------
    wins : ndarray, shape (n_players,)
        Number of games that each player has won, out of ``n_games * (n_players - 1)``, in descending order. A tie is half a win for both. At least
        two players.
    n_games : int
        Number of games of each pair.

    Returns
    -------
    (ndarray, ndarray), each of shape (n_players,)
        Abilities, and standard errors of their differences from that of the first player: 0 for itself, infinite for all others if the iteration
        has not converged.

    References
    ----------
    R. A. Bradley, M. E. Terry (1952), Rank analysis of incomplete block designs: I. The method of paired comparisons.
    D. Firth (1993), Bias reduction of maximum likelihood estimates.
    """
    import numpy as np

    k = len(wins)
    ability, covariance = np.zeros(k), np.zeros((k, k))
    for _ in range(_MOST_STEPS):
        p = 1 / (1 + np.exp(np.clip(ability - ability[:, None], -500, 500)))
        weights = n_games * p * (1 - p)
        np.fill_diagonal(weights, 0)
        information = np.diag(weights.sum(axis=1)) - weights
        covariance[1:, 1:] = np.linalg.inv(information[1:, 1:])
        variances = covariance.diagonal()
        leverage = weights * (variances + variances[:, None] - 2 * covariance)
        expected = n_games * (p.sum(axis=1) - 0.5)  # without a game against itself
        step = covariance @ (wins - expected + (leverage * (0.5 - p)).sum(axis=1))
        # A longer step between neighbours may jump to where games have no weight.
        step /= max(1.0, abs(np.diff(step)).max())
        ability = ability + step
        if abs(step).max() < 1e-9:
            return ability, np.sqrt(covariance.diagonal())
    return ability, np.r_[0.0, np.full(k - 1, np.inf)]
