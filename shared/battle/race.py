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

Integers = NDArray[np.int64]
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

EVERY_TURN, EVEN_TURNS, ODD_TURNS, FIRST_TURN, NO_TURN = range(5)
"""When a move strikes: always; after a turn of charging; before a turn of rest; once; never."""


@dataclass(frozen=True, slots=True, eq=False)
class RaceTables:
    """`reach[kind, cell, k−1]`: chance that k uses take at least `cell` units.

    `landed[q, t−1, k−1]`: chance that k of t uses land, each with a chance of q / `MISS_STEPS`.
    `uses[pattern, t]`: uses up to turn t, 0 to `TURNS`.
    """

    reach: Floats32
    landed: Floats32
    uses: Integers


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
    turns = np.arange(TURNS + 1)
    uses = np.stack([turns, turns // 2, (turns + 1) // 2, np.minimum(turns, 1), np.zeros_like(turns)])
    return RaceTables(reach.astype(np.float32), _landed().astype(np.float32), uses)


def ko_by_turn(
    kind: Integers, cell: Integers, landing: Floats, pattern: Integers, in_one: Floats
) -> Floats32:
    """(n, `TURNS` + 1): chance that the target is down after each turn, were it not to strike back.

    `cell`: the target's hit points in units; `landing`: chance that a use lands; `in_one`: the
    exact chance that one landed use is enough, NaN where the table is to answer.
    """
    tables = race_tables()
    reach = tables.reach[kind, np.minimum(cell, CELLS - 1)]
    reach[:, 0] = np.where(np.isnan(in_one), reach[:, 0], in_one)
    steps = np.rint(np.minimum(np.maximum(landing, 0), 1) * MISS_STEPS).astype(np.int64)
    by_use = np.zeros((len(kind), TURNS + 1), dtype=np.float32)
    by_use[:, 1:] = (tables.landed[steps] @ reach[:, :, None])[:, :, 0]
    down: Floats32 = by_use[np.arange(len(kind))[:, None], tables.uses[pattern]]
    return down


def race_outcomes(down_b: Floats32, down_a: Floats32) -> tuple[Floats32, Floats32, Floats32]:
    """Chance that `a` brings `b` down first: moving first, moving second; and that neither is down.

    Arguments are (…, `TURNS` + 1) as from `ko_by_turn`, results (…).
    """
    finishes = down_b[..., 1:] - down_b[..., :-1]
    standing = 1 - down_a
    first = (finishes * standing[..., :-1]).sum(axis=-1)
    second = (finishes * standing[..., 1:]).sum(axis=-1)
    return first, second, (1 - down_b[..., -1]) * standing[..., -1]


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
