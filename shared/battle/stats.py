"""Stats of a Pokémon at a level, as the reference engine's Let's Go rules compute them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.effects import STAGED_STATS

INDIVIDUAL_VALUE: Final = 31
FRIENDSHIP_PER_CENT: Final = 102
"""Friendship 70, the reference engine's constant; 100 switches it off."""

HP: Final = 0
ATTACK: Final = 1
DEFENSE: Final = 2
SPECIAL_ATTACK: Final = 3
SPECIAL_DEFENSE: Final = 4
SPEED: Final = 5
STAT_NAMES: Final = ("hp", *STAGED_STATS[:5])
"""Order of stat columns. The stage columns are those of `STAGED_STATS`: one less for each stat."""

Integers = NDArray[np.int64]


def compute_stats(
    base_stats: Integers,
    levels: Integers,
    *,
    awakening_values: int = 0,
    friendship_per_cent: int = FRIENDSHIP_PER_CENT,
) -> Integers:
    """Stats, (n, 6) in the order of `STAT_NAMES`, of (n, 6) base stats at (n,) levels.

    IV 31, neutral nature. HP is `floor((2B + IV + 100)·L/100) + 10 + AV`, the others
    `floor(floor((2B + IV)·L/100 + 5)·friendship) + AV`.
    """
    doubled = 2 * base_stats + INDIVIDUAL_VALUE
    scale = levels[:, None]
    stats: Integers = ((doubled * scale) // 100 + 5) * friendship_per_cent // 100
    stats[:, HP] = (doubled[:, HP] + 100) * levels // 100 + 10
    return stats + awakening_values


def apply_stages(stats: Integers, stages: Integers) -> Integers:
    """Stats after −6 to +6 stages: ×(2 + s)/2 above zero, ×2/(2 − s) below, floored."""
    return stats * np.maximum(2, 2 + stages) // np.maximum(2, 2 - stages)
