"""Do two engines play alike? Exact tests, so that their false alarms are what they claim.

Under the null hypothesis a battle has the same distribution in both engines. Given how many of all
battles of a match-up were successes, the share of them that one engine had is hypergeometric; over
several match-ups the sum of these is their convolution. No normal approximation is used: the tails
that matter here are where it fails.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

FALSE_ALARM: Final = 1e-3
"""Of a whole comparison; shared by Bonferroni among its tests."""

Integers = NDArray[np.int64]


def alike(successes: Integers, trials: int, other_successes: Integers, other_trials: int) -> float:
    """Two-sided p-value that the success rates of all match-ups are equal; (n,) counts of each."""
    distribution = np.ones(1)
    for one, other in zip(successes, other_successes, strict=True):
        distribution = np.convolve(distribution, _share(trials, int(one + other), other_trials))
    observed = int(successes.sum())
    below, above = distribution[: observed + 1].sum(), distribution[observed:].sum()
    return float(min(1.0, 2 * min(below, above)))


def _share(trials: int, successes: int, other_trials: int) -> NDArray[np.float64]:
    pmf: NDArray[np.float64] = hypergeom(trials + other_trials, successes, trials).pmf(np.arange(trials + 1))
    return pmf


def early(counts: Integers, other_counts: Integers) -> tuple[Integers, Integers]:
    """Battles that ended by a turn near the pooled median, per match-up, of both engines.

    Arguments are (n, turns) battles by number of turns. The turn depends on the pooled battles
    alone, so that given them the test stays exact.
    """
    ended, other_ended = counts.cumsum(axis=1), other_counts.cumsum(axis=1)
    pooled = ended + other_ended
    turn = np.abs(pooled / pooled[:, -1:] - 0.5).argmin(axis=1)
    rows = np.arange(len(counts))
    return ended[rows, turn], other_ended[rows, turn]
