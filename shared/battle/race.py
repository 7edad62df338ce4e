"""The race to the KO: how likely each side has brought the other down by each turn.

Damage of one use is a roll of 85 … 100 % of a full hit, ×1.5 when critical, summed over its hits.
In units of a 200th of a full hit these sums are whole numbers, so the chance that k uses reach a
target's hit points is tabulated exactly, once a process, and looked up.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

TURNS: Final = 24
UNITS: Final = 200
"""Units of damage in a full hit without critical."""
CELLS: Final = TURNS * UNITS
MISS_STEPS: Final = 200
MEAN_ROLL: Final = 0.925

CRIT_CHANCES: Final = (1 / 24, 1 / 8, 1 / 2, 1.0)
SINGLE, DOUBLE, TWO_TO_FIVE = 0, 1, 2
FIXED: Final = 3 * len(CRIT_CHANCES)
"""Always a full hit. The kinds before it are `hits kind · 4 + crit ratio − 1`."""
HALF_TO_THREE_HALVES: Final = FIXED + 1

EVERY_TURN, EVEN_TURNS, ODD_TURNS, FIRST_TURN, NO_TURN, THIRD_TURNS = range(6)
"""When a move strikes: always; after a turn of charging; before a turn of rest; once; never; after two
turns of enduring."""


@dataclass(frozen=True, slots=True, eq=False)
class RaceTables:
    """`reach[kind, cell, k−1]`: chance that k uses take at least `cell` units.

    `landed[q, t−1, k−1]`: chance that k of t uses land, each with a chance of q / `MISS_STEPS`.
    """

    reach: Floats32
    landed: Floats32


@cache
def race_tables() -> RaceTables:
    """Tabulate; a tenth of a second, kept for the life of the process."""
    kernels = [
        _repeat(_hit(chance), hits)
        for hits in ((0, 1.0), (0, 0, 1.0), (0, 0, 0.35, 0.35, 0.15, 0.15))
        for chance in CRIT_CHANCES
    ]
    kernels.append(_point(UNITS))
    kernels.append(_uniform(UNITS // 2, 3 * UNITS // 2, 2))
    reach = np.stack([_reach(kernel) for kernel in kernels])
    return RaceTables(reach.astype(np.float32), _landed().astype(np.float32))


def _point(position: int) -> Floats:
    kernel = np.zeros(position + 1)
    kernel[position] = 1.0
    return kernel


def _uniform(lowest: int, highest: int, step: int) -> Floats:
    kernel = np.zeros(highest + 1)
    kernel[lowest::step] = 1.0
    kernel /= kernel.sum()
    return kernel


def _hit(crit_chance: float) -> Floats:
    kernel = np.zeros(3 * UNITS // 2 + 1)
    for roll in range(85, 101):
        kernel[2 * roll] += (1 - crit_chance) / 16
        kernel[3 * roll] += crit_chance / 16
    return kernel


def _repeat(hit: Floats, weights: tuple[float, ...]) -> Floats:
    total = np.zeros((len(weights) - 1) * (len(hit) - 1) + 1)
    power = np.ones(1)
    for weight in weights:
        total[: len(power)] += weight * power
        if len(power) + len(hit) - 1 <= len(total):
            power = np.convolve(power, hit)
    return total


def _reach(kernel: Floats) -> Floats:
    """(cells, uses): chance that the sum of the uses is at least the cell."""
    size = 2 * CELLS
    transformed = np.fft.rfft(kernel, size)
    below = np.zeros(CELLS)
    below[0] = 1.0
    columns = []
    for _ in range(TURNS):
        below = np.fft.irfft(np.fft.rfft(below, size) * transformed, size)[:CELLS]
        columns.append(1 - (np.cumsum(below) - below))
    return np.clip(np.stack(columns, axis=1), 0, 1)


def _landed() -> Floats:
    """(steps + 1, turns, uses) binomial probabilities, by the recursion over turns."""
    chance = np.arange(MISS_STEPS + 1) / MISS_STEPS
    now = np.zeros((MISS_STEPS + 1, TURNS + 1))
    now[:, 0] = 1.0
    rows = []
    for _ in range(TURNS):
        missed = now * (1 - chance[:, None])
        missed[:, 1:] += now[:, :-1] * chance[:, None]
        now = missed
        rows.append(now[:, 1:])
    return np.stack(rows, axis=1)
