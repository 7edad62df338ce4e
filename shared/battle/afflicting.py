"""What a hit leaves behind: drain, status, confusion, flinch, stages, traps, screens cleared."""

import numpy as np
from numpy.typing import NDArray

from shared.battle import draws
from shared.battle.arena import (
    ANY_STATUS,
    ASLEEP,
    BURNED,
    FLINCHED,
    FROZEN,
    LIGHT_SCREEN,
    PARALYSED,
    POISONED,
    REFLECT,
    SEEDED,
    TRAPPED,
)
from shared.battle.draws import field, threshold
from shared.battle.duel import SLOT_HITS, Duel, Strike
from shared.battle.story import Event

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

STATUS_CHANCES = (
    ("burn_chance", BURNED),
    ("poison_chance", POISONED),
    ("paralysis_chance", PARALYSED),
    ("freeze_chance", FROZEN),
    ("sleep_chance", ASLEEP),
)
GIVEN = {
    BURNED: Event.BURNED,
    POISONED: Event.POISONED,
    PARALYSED: Event.PARALYSED,
    FROZEN: Event.FROZEN,
    ASLEEP: Event.ASLEEP,
}
TRI_STATUS = np.array([BURNED, PARALYSED, FROZEN])


def round_half_up(numerator: Integers, denominator: Integers | int) -> Integers:
    """`numerator / denominator` to the nearest integer, a half upwards."""
    return (2 * numerator + denominator) // (2 * denominator)


def after_hit(strike: Strike, damage: Integers, fields: Integers, hit: int) -> None:
    """Apply what the moves of these uses do at each hit; `fields` decide the status chances."""
    duel, moves, move = strike.duel, strike.duel.arena.moves, strike.move
    _drain(strike, damage)
    for word, bit in STATUS_CHANCES:
        chance = moves.chance(word)[move]
        lucky = fields < threshold(chance)
        if lucky.any():
            afflict(duel, strike.target[lucky], bit, fields[lucky])
    words = strike.draw(SLOT_HITS + 2 * hit + 1)
    three = np.flatnonzero(fields < threshold(moves.chance("tri_attack_chance")[move]))
    if len(three):
        kind = TRI_STATUS[draws.choice(field(words[three], 3), 3)]
        afflict(duel, strike.target[three], kind, fields[three])
    confused = np.flatnonzero(field(words, 0) < threshold(moves.chance("confusion_chance")[move]))
    if len(confused):
        duel.confuse(strike.target[confused], field(words[confused], 3))
    flinched = field(words, 1) < threshold(moves.chance("flinch_chance")[move])
    duel.conditions[strike.target[flinched]] |= FLINCHED
    _change_stages(strike, field(words, 2))
    _bind(strike, field(words, 3))
    _clear(strike)


def afflict(duel: Duel, seats: Integers, bits: Integers | int, fields: Integers) -> None:
    """Give a status to those alive, without one, and not immune by type. Sleep lasts 1 to 3 turns."""
    bits = np.broadcast_to(np.asarray(bits, dtype=np.int64), seats.shape)
    free = (duel.conditions[seats] & ANY_STATUS == 0) & (duel.hp[seats] > 0)
    free &= duel.arena.immunities[duel.corner(seats)] & bits == 0
    chosen, given = seats[free], bits[free]
    duel.conditions[chosen] |= given
    if duel.story is not None:
        for bit, event in GIVEN.items():
            duel.note(event, chosen[given == bit])
    duel.counters["sleep"][chosen[given == ASLEEP]] = 2 + (fields[free][given == ASLEEP] % 3)


def _drain(strike: Strike, damage: Integers) -> None:
    duel = strike.duel
    fraction = duel.arena.moves.drain[strike.move]
    drains = np.flatnonzero((fraction[:, 0] > 0) & (damage > 0) & (duel.hp[strike.user] > 0))
    if len(drains):
        seats = strike.user[drains]
        gain = round_half_up(damage[drains] * fraction[drains, 0], fraction[drains, 1])
        duel.hp[seats] = np.minimum(duel.max_hp(seats), duel.hp[seats] + np.maximum(gain, 1))
        duel.note(Event.DRAINS, seats, gain)


def _change_stages(strike: Strike, fields: Integers) -> None:
    moves, move = strike.duel.arena.moves, strike.move
    sides = (
        (strike.target, moves.target_stages, moves.target_stage_chance),
        (strike.user, moves.self_stages, moves.self_stage_chance),
    )
    for seats, stages, chance in sides:
        changes = stages[move]
        chosen = np.flatnonzero(changes.any(axis=1) & (fields < threshold(chance[move])))
        if len(chosen):
            strike.duel.add_stages(seats[chosen], changes[chosen])


def _bind(strike: Strike, fields: Integers) -> None:
    duel = strike.duel
    trapping = strike.flagged("partial_trap")
    if len(trapping):
        free = trapping[duel.conditions[strike.target[trapping]] & TRAPPED == 0]
        seats = strike.target[free]
        duel.conditions[seats] |= TRAPPED
        duel.counters["trap"][seats] = 5 + draws.choice(fields[free], 2)
    seeding = strike.flagged("leech_seed")
    if len(seeding):
        seats = strike.target[seeding]
        duel.conditions[seats[duel.arena.immunities[duel.corner(seats)] & SEEDED == 0]] |= SEEDED


def _clear(strike: Strike) -> None:
    duel = strike.duel
    duel.stages[strike.target[strike.flagged("clears_target_stages")]] = 0
    everyone = strike.flagged("clears_all_stages")
    duel.stages[strike.target[everyone]] = 0
    duel.stages[strike.user[everyone]] = 0


def break_screens(strike: Strike) -> None:
    """Before the damage of Brick Break."""
    seats = strike.target[strike.flagged("breaks_screens")]
    strike.duel.conditions[seats] &= ~(REFLECT | LIGHT_SCREEN)
