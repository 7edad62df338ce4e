"""The end of a turn of many duels: what lingers hurts, heals, and runs out."""

import numpy as np
from numpy.typing import NDArray

from shared.battle import draws
from shared.battle.arena import (
    ASLEEP,
    BURNED,
    FLINCHED,
    LIGHT_SCREEN,
    LOCKED,
    POISONED,
    REFLECT,
    SEEDED,
    TRAPPED,
)
from shared.battle.draws import field
from shared.battle.duel import SLOT_RESIDUAL, SLOTS_PER_TURN, UNDECIDED, Duel
from shared.battle.story import Event

Integers = NDArray[np.int64]

END_OF_TURN = (
    (SEEDED, 8, Event.SEED_HURTS),
    (POISONED, 8, Event.POISON_HURTS),
    (BURNED, 16, Event.BURN_HURTS),
    (TRAPPED, 8, Event.TRAP_HURTS),
)
"""In this order; what part of the hit points each takes."""
SCREENS = ((REFLECT, "reflect"), (LIGHT_SCREEN, "light_screen"))


def end_turn(duel: Duel, lanes: Integers, turn: int) -> None:
    """What hurts, heals and runs out; only in lanes where something of this kind is."""
    words = draws.draw(duel.keys[lanes], turn * SLOTS_PER_TURN + SLOT_RESIDUAL)
    speed_a, speed_b = duel.speed(lanes), duel.speed(lanes + duel.lanes)
    coin = draws.choice(field(words, 0), 2) == 0
    a_first = (speed_a > speed_b) | ((speed_a == speed_b) & coin)
    faster = np.where(a_first, lanes, lanes + duel.lanes)
    for bit, part, event in END_OF_TURN:
        for seats in (faster, duel.other(faster)):
            _linger(duel, seats, bit, part, event)
    for seats, position in ((lanes, 1), (lanes + duel.lanes, 2)):
        duel.conditions[seats] &= ~FLINCHED
        for bit, word in SCREENS:
            _count_down(duel, seats[duel.conditions[seats] & bit != 0], word, bit)
        locked = np.flatnonzero(duel.conditions[seats] & LOCKED)
        if len(locked):
            _linger_lock(duel, seats[locked], field(words[locked], position))


def _linger(duel: Duel, seats: Integers, bit: int, part: int, event: Event) -> None:
    seats = seats[(duel.conditions[seats] & bit != 0) & (duel.winner[seats % duel.lanes] == UNDECIDED)]
    if bit == TRAPPED:
        seats = _count_down(duel, seats, "trap", TRAPPED)
    if not len(seats):
        return
    damage = np.minimum(np.maximum(1, duel.max_hp(seats) // part), duel.hp[seats])
    duel.hp[seats] -= damage
    duel.note(event, seats, damage)
    if bit == SEEDED:
        others = duel.other(seats)
        duel.hp[others] = np.minimum(duel.max_hp(others), duel.hp[others] + damage)
        duel.note(Event.DRAINS, others, damage)
    duel.lose(seats[duel.hp[seats] <= 0])


def _count_down(duel: Duel, seats: Integers, name: str, bit: int) -> Integers:
    """One turn less; where it is over the condition ends. Returns the seats where it goes on."""
    counter = duel.counters[name]
    counter[seats] -= 1
    over = counter[seats] <= 0
    duel.conditions[seats[over]] &= ~bit
    return seats[~over]


def _linger_lock(duel: Duel, seats: Integers, fields: Integers) -> None:
    asleep = duel.conditions[seats] & ASLEEP != 0
    life, left = duel.counters["lock_life"], duel.counters["lock_left"]
    life[seats] -= 1
    over = (life[seats] <= 0) & ~asleep
    duel.end_lock(seats[over], fields[over])
    duel.conditions[seats[asleep]] &= ~LOCKED
    left[seats[~over]] -= 1
