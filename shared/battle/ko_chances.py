"""The exact chance that the first uses of a move take all of a target's hit points."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

USES: Final = 3
_TWO_TO_FIVE: Final = {2: 0.35, 3: 0.35, 4: 0.15, 5: 0.15}


def ko_chances_of(
    rolls: Integers,
    *,
    crit_chance: float,
    hits: tuple[int, int],
    accuracy: float,
    target_hp: int,
    works: int = USES,
    halves: bool = False,
) -> tuple[float, float, float]:
    """Chances after one, two and three uses, of which the first `works` can do anything.

    `rolls`: (2, n) equally likely damages of a hit, without and with a critical hit. `hits`: fewest
    and most hits a use. `halves`: a use takes half of what is left instead, at least 1.
    """
    weights, shares = _weights(rolls, crit_chance, target_hp), _hit_shares(*hits)
    taken = np.zeros(target_hp + 1)
    taken[0] = 1.0
    chances: list[float] = []
    for use in range(USES):
        if use < works:
            landed = _after_halving(taken) if halves else _after_hits(taken, weights, shares)
            taken = (1 - accuracy) * taken + accuracy * landed
        # Sums of shares stray from 1 by a rounding; what is down stays down.
        chances.append(min(1.0, max([float(taken[target_hp]), *chances])))
    return chances[0], chances[1], chances[2]


def _hit_shares(fewest: int, most: int) -> dict[int, float]:
    if (fewest, most) == (2, 5):
        return _TWO_TO_FIVE
    return {hits: 1 / (most - fewest + 1) for hits in range(fewest, most + 1)}


def _weights(rolls: Integers, crit_chance: float, hp: int) -> Floats:
    """(hp + 1,) chance that a hit takes so much; the last entry: that much or more."""
    plain, critical = (np.bincount(row, minlength=hp + 1) for row in np.minimum(rolls, hp))
    weights: Floats = (plain * (1 - crit_chance) + critical * crit_chance) / rolls.shape[1]
    return weights


def _after_hits(taken: Floats, weights: Floats, shares: dict[int, float]) -> Floats:
    hp = len(taken) - 1
    total = np.zeros_like(taken)
    for hits in range(1, max(shares) + 1):
        sums = np.convolve(taken, weights)
        taken = np.append(sums[:hp], sums[hp:].sum())
        total += shares.get(hits, 0.0) * taken
    return total


def _after_halving(taken: Floats) -> Floats:
    hp = len(taken) - 1
    amounts = np.arange(hp + 1)
    left = hp - amounts
    after = amounts + np.where(left > 0, np.maximum(1, left // 2), 0)
    return np.bincount(after, weights=taken, minlength=hp + 1).astype(np.float64)
