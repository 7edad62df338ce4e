"""The race that knows damage, accuracy, turn order and rhythm only. Compiled."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.compiled import compiled
from shared.battle.lookup import Lookup
from shared.battle.race import CELLS, MISS_STEPS, TURNS
from shared.battle.standing import paid_uses, stage_factor, uses_up_to

Floats = NDArray[np.float64]
Record = Any
"""A record of `FIGHTER`, or of `ATTACK_FIELDS` for Struggle."""

NEVER: Final = 99.0
"""Stands for "never" among expected turns."""
STRUGGLES: Final = 4.0
LEAD_SHARPNESS: Final = 20.0
RATES: Final = np.array([1.0, 0.5, 0.5, 1 / TURNS, 0.0, 1 / 3])


@compiled
def fill_prospect(look: Lookup, down: Floats, x: Record) -> None:
    """Fill `down`, (`TURNS` + 1,): chance that the target is down after each turn, did it not strike back."""
    down[:] = 0.0
    most = min(uses_up_to(x.rhythm, TURNS), paid_uses(x))
    if x.landing <= 0 or (x.sucker_punch and x.early < 0.5):
        most = 0
    index = min(int(np.ceil(x.cell - 1e-9)), CELLS - 1)
    step = int(np.rint(min(x.landing, 1.0) * MISS_STEPS))
    by_use = np.zeros(TURNS + 1)
    for use in range(1, most + 1):
        for count in range(1, use + 1):
            enough = look.reach[x.kind, index, count - 1]
            if count == 1 and not np.isnan(x.in_one):
                enough = np.float32(x.in_one)
            by_use[use] += look.landed[step, use - 1, count - 1] * enough
        if by_use[use] > 1 - 1e-6:
            by_use[use:] = by_use[use]
            break
    for turn in range(1, TURNS + 1):
        down[turn] = by_use[min(uses_up_to(x.rhythm, turn), most)]


@compiled
def expected_turns(x: Record) -> float:
    """Mean turns to the KO by damage, accuracy and rhythm; `NEVER` at most."""
    rate = x.landing * RATES[x.rhythm]
    if x.sucker_punch and x.early < 0.5:
        rate = 0.0
    uses = min(1 / max(x.mean_share, 1 / NEVER), NEVER)
    return float(min(max(uses, 1.0) / max(rate, 1 / NEVER), NEVER))


@compiled
def turns_of_pp(x: Record) -> float:
    """Turns until no PP is left. A move whose turn never comes is tried every turn, and paid."""
    rate = RATES[x.rhythm]
    return float(paid_uses(x) / rate if rate > 0.1 else x.pp)


@compiled
def last_turn(x: Record, struggle: Record, hp: int) -> float:
    """Mean turns to the target's KO, Struggle included once the move has no PP left."""
    turns, paid = expected_turns(x), turns_of_pp(x)
    if x.gains < 0:
        # Each use is weaker than the one before.
        total, uses = 0.0, paid_uses(x)
        for use in range(uses):
            total += stage_factor(x.gains * use)
        turns = min(turns * uses / total, NEVER)
    if turns <= paid:
        return float(turns)
    left = 1 - paid / turns if turns < NEVER else 1.0
    return float(paid + np.ceil(left * hp / max(struggle.mean_hit, 0.1)))


@compiled
def lead_of(a: Record, b: Record, struggle_a: Record, struggle_b: Record, hp_a: int, hp_b: int) -> float:
    """Chance of `a` in a race that is open after `TURNS`, by when each side is expected to fall.

    Who has no PP left takes a quarter of its own hit points with each Struggle.
    """
    a_falls = min(last_turn(b, struggle_b, hp_a), turns_of_pp(a) + STRUGGLES)
    b_falls = min(last_turn(a, struggle_a, hp_b), turns_of_pp(b) + STRUGGLES)
    return float(1 / (1 + (b_falls / a_falls) ** LEAD_SHARPNESS))


@compiled
def race_plainly(ahead: NDArray[np.float64], behind: NDArray[np.float64]) -> tuple[float, float, float]:
    """Chance to finish before the other: moving first, moving second; and that neither is down."""
    first, second = 0.0, 0.0
    for turn in range(1, TURNS + 1):
        finishes = ahead[turn] - ahead[turn - 1]
        first += finishes * (1 - behind[turn - 1])
        second += finishes * (1 - behind[turn])
    return first, second, (1 - ahead[TURNS]) * (1 - behind[TURNS])
