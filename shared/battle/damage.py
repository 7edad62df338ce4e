"""Damage of one hit, generation 7, floored at each step like the games do."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

ROLLS: Final = np.arange(85, 101, dtype=np.int64)
"""Sixteen equally likely percentages."""

_WEIGHT_STEPS_HG: Final = np.array([100, 250, 500, 1000, 2000])


def weight_power(weights_hg: Integers) -> Integers:
    """Power of Low Kick against targets of these weights (hectograms): 20 to 120."""
    return 20 + 20 * np.searchsorted(_WEIGHT_STEPS_HG, weights_hg, side="right").astype(np.int64)


def times_three_halves(value: Integers) -> Integers:
    """×1.5 in 4096ths, a half rounded down: same-type attack bonus."""
    return (value * 6144 + 2047) >> 12


def halved(value: Integers) -> Integers:
    """×0.5 in 4096ths, a half rounded down: burn and screens."""
    return (value * 2048 + 2047) >> 12


def base_damage(level: Integers, power: Integers | int, attack: Integers, defense: Integers) -> Integers:
    """Damage before critical hit, roll, STAB and types. `defense` is at least 1."""
    scaled: Integers = (2 * level // 5 + 2) * power * attack // np.maximum(defense, 1)
    return scaled // 50 + 2


def finish_damage(
    base: Integers,
    roll_per_cent: Integers,
    is_critical: Booleans,
    has_stab: Booleans,
    effectiveness: Floats,
    is_burned: Booleans | None = None,
    is_screened: Booleans | None = None,
) -> Integers:
    """Hit points taken from a `base_damage`, at least 1 (0 when the target is immune).

    `effectiveness` is the product of type multipliers, a power of two or 0. `is_burned`: the user
    is burned and the move physical. `is_screened`: a screen stands against the move's category.
    All arguments broadcast.
    """
    damage = np.where(is_critical, base * 3 // 2, base) * roll_per_cent // 100
    damage = np.where(has_stab, times_three_halves(damage), damage)
    damage = np.floor(damage * effectiveness).astype(np.int64)
    if is_burned is not None:
        damage = np.where(is_burned, halved(damage), damage)
    if is_screened is not None:
        damage = np.where(is_screened & ~is_critical, halved(damage), damage)
    return np.where(effectiveness > 0, np.maximum(damage, 1), 0)


def roll_table(base: Integers, has_stab: Booleans, effectiveness: Floats) -> Integers:
    """(n, 2, 16): damage without and with a critical hit, by roll from 85 to 100 %."""
    critical = np.array([False, True])[None, :, None]
    return finish_damage(
        base[:, None, None],
        ROLLS[None, None, :],
        critical,
        has_stab[:, None, None],
        effectiveness[:, None, None],
    )
