"""The race of two attacks as a Markov chain over landed uses and afflictions. Compiled.

A state is (landed uses of `a`, of `b`, turns that `a` has been afflicted, that `b` has been), its
chances lie in flat arrays. How likely a side still stands in a state: see `standing`.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.compiled import compiled
from shared.battle.race import CELLS, TURNS
from shared.battle.standing import FALLEN, leads, standing, strikes_on

Chances = NDArray[np.float64]
Reach = NDArray[np.float32]
Axes = NDArray[np.int64]
"""Lengths, then strides of: uses of the striker, uses of the other, its turns afflicted, the other's."""
Record = Any
"""A record of `FIGHTER`."""

MOST_TICKS: Final = 9
NEGLIGIBLE: Final = 1e-7
OPEN_SHARE: Final = 1e-4


@compiled
def strike(
    reach: Reach, x: Record, y: Record, turn: int, axes: Axes, source: Chances, target: Chances,
    skip: Chances, phase: int,
) -> tuple[float, float]:  # fmt: skip
    """Let `x` use its move in every state; empties `source`.

    `phase` 0: it moves first, 1: second. What lands goes to `target`, and to `skip` where `y`
    flinches. Returns the chances that it wins and that it falls by its own recoil.
    """
    uses, others, own_turns, turns = axes[0], axes[1], axes[2], axes[3]
    step_i, step_j, step_u, step_v = axes[4], axes[5], axes[6], axes[7]
    won, fallen = 0.0, 0.0
    rhythm = strikes_on(x, y, turn, phase)
    for i in range(min(turn + 1, uses)):
        for j in range(min(turn + 2, others)):
            landing = x.landing * rhythm
            if y.blurs != 0 and j > 0:
                landing *= 3 / (3 + min(6.0, -y.blurs * j))
            for u in range(own_turns):
                for v in range(turns):
                    at = i * step_i + j * step_j + v * step_v
                    share = source[at + u * step_u]
                    source[at + u * step_u] = 0.0
                    if share < NEGLIGIBLE:
                        continue
                    # Who is afflicted is cured on its way to the move, or else held back by chance.
                    cured = share * x.cure if u > 0 else 0.0
                    for way in range(2):
                        mass, now = (share - cured, u) if way == 0 else (cured, u * 0)
                        if mass <= 0:
                            continue
                        hit = mass * landing
                        if way == 0 and u > 0:
                            hit *= x.act
                        target[at + now * step_u] += mass - hit
                        gained, lost = land(reach, x, y, axes, i, j, now, v, hit, target, skip, phase)
                        won, fallen = won + gained, fallen + lost
    return won, fallen


@compiled
def land(
    reach: Reach, x: Record, y: Record, axes: Axes, i: int, j: int, u: int, v: int, share: float,
    target: Chances, skip: Chances, phase: int,
) -> tuple[float, float]:  # fmt: skip
    """A use of `x` lands with chance `share`: who falls, and what it leaves behind."""
    if share <= 0:
        return 0.0, 0.0
    uses, turns = axes[0], axes[3]
    step_i, step_j, step_u, step_v = axes[4], axes[5], axes[6], axes[7]
    before = standing(reach, x, y, i, j, 1, u, v)
    after = standing(reach, x, y, i + 1, j, 0, u, v)
    survives = min(1.0, after / before) if before > FALLEN else 0.0
    won, fallen = share * (1 - survives), 0.0
    share *= survives
    if x.cost > 0:
        before = standing(reach, y, x, j, i, 0, v, u)
        after = standing(reach, y, x, j, i + 1, 1, v, u)
        stays = min(1.0, after / before) if before > FALLEN else 0.0
        fallen = share * (1 - stays)
        share *= stays
    at = min(i + 1, uses - 1) * step_i + j * step_j + u * step_u
    flinched = share * x.flinches * (1 - phase)
    share -= flinched
    afflicted = x.afflicts if v == 0 and turns > 1 else 0.0
    target[at + v * step_v] += share * (1 - afflicted)
    skip[at + v * step_v] += flinched * (1 - afflicted)
    if afflicted > 0:
        target[at + step_v] += share * afflicted
        skip[at + step_v] += flinched * afflicted
    return won, fallen


@compiled
def uses_that_count(reach: Reach, x: Record, y: Record) -> int:
    """Landed uses after which hardly anyone still stands, for the size of the state space."""
    if x.landing <= 0:
        return 1
    if x.gains < 0:
        return TURNS
    # Drains, weakening and screens make duels longer than the plain damage says.
    is_longer = y.weakens < 0 or y.screened or y.cost < 0 or y.braces > 0 or x.halves > 0
    index = min(int(np.ceil(x.cell - 1e-9)), CELLS - 1)
    for use in range(TURNS):
        if reach[x.kind, index, use] > 1 - 1e-4:
            return min(use + (6 if is_longer else 2), TURNS)
    return TURNS


@compiled
def ticks_that_count(x: Record, y: Record) -> int:
    """Turns of affliction of `x` that make a difference."""
    if y.afflicts <= 0:
        return 0
    return MOST_TICKS if x.residual > 0 or x.halves > 0 else 1


@compiled
def pass_turn(
    reach: Reach, a: Record, b: Record, turn: int, axes: Axes, end: Chances, now: Chances
) -> tuple[float, float, float]:
    """What lasts takes its share: from `end` to `now`. Returns chances that `a` wins, loses, goes on."""
    uses, others, own_turns, turns = axes[0], axes[1], axes[2], axes[3]
    step_i, step_j, step_u, step_v = axes[4], axes[5], axes[6], axes[7]
    wins, losses, goes_on = 0.0, 0.0, 0.0
    for i in range(min(turn + 2, uses)):
        for j in range(min(turn + 2, others)):
            for u in range(own_turns):
                for v in range(turns):
                    at = i * step_i + j * step_j
                    share = end[at + u * step_u + v * step_v]
                    end[at + u * step_u + v * step_v] = 0.0
                    if share < NEGLIGIBLE:
                        continue
                    if u > 0 and a.residual > 0:
                        before = standing(reach, b, a, j, i, 0, v, u)
                        after = standing(reach, b, a, j, i, 0, v, u + 1)
                        stays = min(1.0, after / before) if before > FALLEN else 0.0
                        losses += share * (1 - stays)
                        share *= stays
                    if v > 0 and b.residual > 0:
                        before = standing(reach, a, b, i, j, 0, u, v)
                        after = standing(reach, a, b, i, j, 0, u, v + 1)
                        stays = min(1.0, after / before) if before > FALLEN else 0.0
                        wins += share * (1 - stays)
                        share *= stays
                    next_u = min(u + 1, own_turns - 1) if u > 0 else 0
                    next_v = min(v + 1, turns - 1) if v > 0 else 0
                    now[at + next_u * step_u + next_v * step_v] += share
                    goes_on += share
    return wins, losses, goes_on


@compiled
def split_by_order(
    a: Record, b: Record, turn: int, axes: Axes, now: Chances, ahead: Chances, behind: Chances
) -> None:
    """Part `now` into the states where `a` moves first and those where it moves second."""
    uses, others, own_turns, turns = axes[0], axes[1], axes[2], axes[3]
    step_i, step_j, step_u, step_v = axes[4], axes[5], axes[6], axes[7]
    for i in range(min(turn + 1, uses)):
        for j in range(min(turn + 1, others)):
            for u in range(own_turns):
                for v in range(turns):
                    at = i * step_i + j * step_j + u * step_u + v * step_v
                    share = now[at]
                    now[at] = 0.0
                    if share > 0:
                        first = leads(a, b, i, j, u, v)
                        ahead[at], behind[at] = share * first, share * (1 - first)


@compiled
def run_race(reach: Reach, a: Record, b: Record) -> tuple[float, float, float]:
    """Play the chain to its end, or to `TURNS`: chances that `a` wins, that `b` wins, and mean turns."""
    uses, others = uses_that_count(reach, a, b) + 1, uses_that_count(reach, b, a) + 1
    own_turns, turns = ticks_that_count(a, b) + 1, ticks_that_count(b, a) + 1
    size = uses * others * own_turns * turns
    steps = (size // uses, own_turns * turns)
    of_a = np.array((uses, others, own_turns, turns, steps[0], steps[1], turns, 1))
    of_b = np.array((others, uses, turns, own_turns, steps[1], steps[0], 1, turns))
    chances = np.zeros((5, size))
    now, ahead, behind, half, end = chances[0], chances[1], chances[2], chances[3], chances[4]
    now[0] = 1.0
    wins, losses, mean_turns, goes_on = 0.0, 0.0, 0.0, 1.0
    for turn in range(TURNS):
        mean_turns += goes_on
        split_by_order(a, b, turn, of_a, now, ahead, behind)
        for order in range(2):
            for phase in range(2):
                source = half if phase == 1 else (ahead if order == 0 else behind)
                target = end if phase == 1 else half
                if order == phase:
                    gained, lost = strike(reach, a, b, turn, of_a, source, target, end, phase)
                else:
                    lost, gained = strike(reach, b, a, turn, of_b, source, target, end, phase)
                wins, losses = wins + gained, losses + lost
        won, fell, goes_on = pass_turn(reach, a, b, turn, of_a, end, now)
        wins, losses = wins + won, losses + fell
        if goes_on < OPEN_SHARE:
            break
    return wins, losses, mean_turns
