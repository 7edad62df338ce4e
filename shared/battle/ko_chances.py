"""The exact chance that the first uses of a move take all of a target's hit points."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

USES: Final = 3
_TWO_TO_FIVE: Final = {2: 0.35, 3: 0.35, 4: 0.15, 5: 0.15}


def ko_chances_of(
    rolls: Sequence[Integers],
    *,
    crit_chance: float,
    hits: tuple[int, int],
    accuracy: float,
    target_hp: int,
    works: int = USES,
    halves: bool = False,
    change_chance: float = 0.0,
) -> tuple[float, float, float]:
    """Chances after one, two and three uses, of which the first `works` can do anything.

    `rolls`: for each number of times that the move has changed a stage, (2, k) equally likely damages of
    a hit, without and with a critical hit; the last stands for more times. `change_chance`: of a landed
    use, that it changes the stage. `hits`: fewest and most hits a use. `halves`: a use takes half of
    what is left instead, at least 1.
    """
    weights, shares = [_weights(one, crit_chance, target_hp) for one in rolls], _hit_shares(*hits)
    last = len(rolls) - 1
    taken = np.zeros((len(rolls), target_hp + 1))
    """Chance of each loss of hit points, by how often the stage was changed."""
    taken[0, 0] = 1.0
    chances: list[float] = []
    for use in range(USES):
        if use < works:
            after = (1 - accuracy) * taken
            for changes, before in enumerate(taken):
                landed = _after_halving(before) if halves else _after_hits(before, weights[changes], shares)
                after[changes] += accuracy * (1 - change_chance) * landed
                after[min(changes + 1, last)] += accuracy * change_chance * landed
            taken = after
        # Sums of shares stray from 1 by a rounding; what is down stays down.
        chances.append(min(1.0, max([float(taken[:, target_hp].sum()), *chances])))
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
