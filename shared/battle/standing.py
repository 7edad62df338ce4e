"""How likely a side stands, moves first or strikes, in a state of the exact race. Compiled.

The chance to stand is read from the exact damage tables: hit points are reduced by what lasting damage
and recoil took, damage is scaled by stages, burns and screens.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.compiled import compiled
from shared.battle.fighter import HURTS_ITSELF
from shared.battle.race import CELLS, EVEN_TURNS, EVERY_TURN, FIRST_TURN, ODD_TURNS, THIRD_TURNS, TURNS

Reach = NDArray[np.float32]
Record = Any
"""A record of `FIGHTER`."""

FALLEN: Final = 1e-5
LOCKED_SENSE: Final = np.array([1.0, 1.0, 1 - 0.5 * HURTS_ITSELF, 1 - 0.85 * HURTS_ITSELF])
"""Chance by turn that a user of a locked move is not stopped by its own confusion."""


@compiled
def stage_factor(stages: float) -> float:
    """What stages make of a stat; between whole stages the formula goes on."""
    bound = min(max(stages, -6.0), 6.0)
    return float((2 + bound) / 2 if bound >= 0 else 2 / (2 - bound))


@compiled
def scale(x: Record, y: Record, i: int, j: int, u: int) -> float:
    """Mean factor on the damage of `i` landed uses of `x`, the last of them after `j` of `y`."""
    factor = 1.0
    if y.weakens != 0 or y.screened or x.rage:
        total = 0.0
        for back in range(i):
            before = float(max(j - back, 0))
            of_use = stage_factor(y.weakens * before)
            if x.rage:
                # It only counts what it takes after its own first use.
                of_use *= stage_factor(max(before - y.early, 0.0))
            if y.screened and before > 0:
                of_use *= 0.5
            total += of_use
        factor = total / i
    if y.braces != 0:
        factor *= stage_factor(-y.braces * (j + 0.5))
    if u > 0 and (x.facade or x.halves > 0):
        affected = min(max(u - x.early, 0.0), float(i)) / i
        factor *= 1 + affected if x.facade else 1 - x.halves * affected
    return factor


@compiled
def table_chance(reach: Reach, x: Record, i: int, cell: float) -> float:
    """Chance that a target of `cell` units stands after `i` landed uses."""
    if i == 1 and cell == x.cell and not np.isnan(x.in_one):
        return float(1 - x.in_one)
    index = int(np.ceil(cell - 1e-9))
    return float(1 - reach[x.kind, min(index, CELLS - 1), min(i, TURNS) - 1])


@compiled
def standing(reach: Reach, x: Record, y: Record, i: int, j: int, since: int, u: int, v: int) -> float:
    """Chance that `y` stands after `i` landed uses of `x`, `j` of its own, and `v` − 1 turns of suffering.

    `since`: how many of its own came after the last of `x`; `u`: one more than the turns that `x` has
    suffered; 0 while it is not afflicted.
    """
    share = 1.0 - max(v - 1, 0) * y.residual
    if y.cost > 0:
        share -= y.cost * j
    elif y.cost < 0 and i > 0:
        share += min(-y.cost * j, max(0.0, x.mean_share * (i - 1)))
    if share <= 0:
        return 0.0
    if i == 0:
        return 1.0
    cell = x.cell * share / scale(x, y, i, max(j - since, 0), u)
    if x.gains == 0 or i == 1:
        return table_chance(reach, x, i, cell)
    chance, step = x.gain_chance, stage_factor(x.gains / x.gain_chance)
    if chance >= 1:
        total = 0.0
        for use in range(i):
            total += stage_factor(x.gains * use)
        return table_chance(reach, x, i, cell * i / total)
    # The stage changes for the first time with use k, or not before the last.
    unchanged, result = 1.0, 0.0
    for k in range(1, i):
        result += unchanged * chance * table_chance(reach, x, i, cell * i / (k + (i - k) * step))
        unchanged *= 1 - chance
    return result + unchanged * table_chance(reach, x, i, cell)


@compiled
def paid_uses(x: Record) -> int:
    """Uses that its PP pays for; a locked move is paid once in two or three turns."""
    return int(x.pp * 5 // 2 if x.locked else x.pp)


@compiled
def uses_up_to(rhythm: int, turn: int) -> int:
    """How often a move of this rhythm strikes in the first `turn` turns."""
    if rhythm == EVERY_TURN:
        return turn
    if rhythm == EVEN_TURNS:
        return turn // 2
    if rhythm == ODD_TURNS:
        return (turn + 1) // 2
    if rhythm == THIRD_TURNS:
        return turn // 3
    return min(turn, 1) if rhythm == FIRST_TURN else 0


@compiled
def strikes_on(x: Record, y: Record, turn: int, phase: int) -> float:
    """Chance that its rhythm lets `x` strike on `turn`, counted from 0; `phase` 1: it moves second."""
    if (x.sucker_punch and phase > 0) or uses_up_to(x.rhythm, turn) >= paid_uses(x):
        return 0.0
    if x.rhythm == EVERY_TURN:
        return float(LOCKED_SENSE[min(turn, len(LOCKED_SENSE) - 1)]) if x.locked else 1.0
    if x.rhythm == EVEN_TURNS:
        # Who flinches while it prepares begins again: about half a strike is lost.
        lost = 0.0
        if y.rhythm == EVERY_TURN or y.rhythm == ODD_TURNS:
            lost = (0.5 if y.rhythm == EVERY_TURN else 1.0) * y.flinches * y.landing * y.early
        return float(turn % 2) * (1 - lost)
    if x.rhythm == ODD_TURNS:
        return float(1 - turn % 2)
    if x.rhythm == THIRD_TURNS:
        return 1.0 if turn % 3 == 2 else 0.0
    return 1.0 if x.rhythm == FIRST_TURN and turn == 0 else 0.0


@compiled
def compare(own: float, other: float) -> float:
    """1, 0, or ½ on a tie."""
    return 0.5 if own == other else (1.0 if own > other else 0.0)


@compiled
def leads(x: Record, y: Record, i: int, j: int, u: int, v: int) -> float:
    """Chance that `x` moves before `y` in a state: a mean over what may have afflicted them."""
    if x.priority != y.priority:
        return 1.0 if x.priority > y.priority else 0.0
    own, other = float(x.speed), float(y.speed)
    if i > 0 and (x.hastens != 0 or x.slows != 0):
        own, other = own * stage_factor(np.rint(x.hastens * i)), other * stage_factor(np.rint(x.slows * i))
    if j > 0 and (y.hastens != 0 or y.slows != 0):
        own, other = own * stage_factor(np.rint(y.slows * j)), other * stage_factor(np.rint(y.hastens * j))
    chance = compare(own, other)
    if u > 0 and x.slowed > 0:
        chance += x.slowed * (compare(own / 2, other) - chance)
    if v > 0 and y.slowed > 0:
        chance += y.slowed * (compare(own, other / 2) - chance)
    return chance
