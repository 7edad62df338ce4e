"""From being called to move to reaching the target: what stops a use, and what it costs."""

import numpy as np
from numpy.typing import NDArray

from shared.battle import draws
from shared.battle.arena import (
    ASLEEP,
    BIDES,
    BIDING,
    CANNOT_WORK,
    CHARGES,
    CHARGING,
    CONDITIONAL,
    CONFUSED,
    FLINCHED,
    FROZEN,
    HIDDEN,
    IS_STRUGGLE,
    OUT_OF_PP,
    PARALYSED,
    RAGING,
    RECHARGING,
    STAGED,
)
from shared.battle.damage import base_damage
from shared.battle.draws import FULL, field, threshold
from shared.battle.duel import PAID, SLOT_GATE, Duel, Strike
from shared.battle.effects import STAGED_STATS
from shared.battle.stats import ATTACK, DEFENSE, apply_stages
from shared.battle.story import Event

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

GATED = RECHARGING | ASLEEP | FROZEN | FLINCHED | CONFUSED | PARALYSED | RAGING
CONFUSION_POWER = 40
TURNS_OF_BIDING = 2
ATTACK_STAGE = STAGED_STATS.index("attack")
DEFENSE_STAGE = STAGED_STATS.index("defense")
ACCURACY_STAGE = STAGED_STATS.index("accuracy")
EVASION_STAGE = STAGED_STATS.index("evasion")


def pass_gate(strike: Strike) -> Strike:
    """Leave out the users that cannot move: recharge, sleep, freeze, flinch, confusion, paralysis."""
    duel = strike.duel
    held = np.flatnonzero(duel.conditions[strike.user] & GATED)
    if not len(held):
        return strike
    seats = strike.user[held]
    words = strike.draw(SLOT_GATE, held)
    blocked = _blocked(duel, seats, words, duel.arena.moves.flag("defrosts_user")[strike.move[held]])
    stopped = seats[blocked]
    duel.conditions[stopped] &= ~(CHARGING | HIDDEN | BIDING)
    keep = np.ones(len(strike), dtype=bool)
    keep[held[blocked]] = False
    return strike.take(keep)


def _blocked(duel: Duel, seats: Integers, words: draws.Words, defrosts: Booleans) -> Booleans:
    """Go through the reasons in the order in which the games ask for them."""
    conditions = duel.conditions[seats] & ~RAGING
    blocked: Booleans = (conditions & RECHARGING) != 0
    conditions &= ~RECHARGING
    duel.note(Event.RECHARGES, seats[blocked])

    asleep = ~blocked & ((conditions & ASLEEP) != 0)
    duel.counters["sleep"][seats[asleep]] -= 1
    awake = asleep & (duel.counters["sleep"][seats] <= 0)
    conditions[awake] &= ~ASLEEP
    blocked |= asleep & ~awake
    duel.note(Event.WAKES, seats[awake])
    duel.note(Event.SLEEPS, seats[asleep & ~awake])

    frozen = ~blocked & ((conditions & FROZEN) != 0)
    thaws = frozen & (defrosts | (field(words, 0) < threshold(np.array(20))))
    conditions[thaws] &= ~FROZEN
    blocked |= frozen & ~thaws
    duel.note(Event.THAWS, seats[thaws])
    duel.note(Event.IS_FROZEN, seats[frozen & ~thaws])

    flinches = ~blocked & ((conditions & FLINCHED) != 0)
    blocked |= flinches
    duel.note(Event.FLINCHES, seats[flinches])

    confused = ~blocked & ((conditions & CONFUSED) != 0)
    duel.counters["confusion"][seats[confused]] -= 1
    clear = confused & (duel.counters["confusion"][seats] <= 0)
    conditions[clear] &= ~CONFUSED
    duel.note(Event.CLEARS_UP, seats[clear])
    hurts_itself = confused & ~clear & (field(words, 1) < threshold(np.array(33)))
    blocked |= hurts_itself

    paralysed = ~blocked & ((conditions & PARALYSED) != 0)
    held = paralysed & (field(words, 2) < FULL // 4)
    blocked |= held
    duel.note(Event.IS_PARALYSED, seats[held])

    duel.conditions[seats] = conditions
    if hurts_itself.any():
        _hurt_itself(duel, seats[hurts_itself], field(words[hurts_itself], 3))
    return blocked


def _hurt_itself(duel: Duel, seats: Integers, rolls: Integers) -> None:
    corner = duel.corner(seats)
    stages = duel.stages[seats].astype(np.int64)
    attack = apply_stages(duel.arena.stats[corner, ATTACK], stages[:, ATTACK_STAGE])
    defense = apply_stages(duel.arena.stats[corner, DEFENSE], stages[:, DEFENSE_STAGE])
    base = base_damage(duel.arena.level[corner], CONFUSION_POWER, attack, defense)
    damage = np.maximum(1, base * (85 + draws.choice(rolls, 16)) // 100)
    duel.hp[seats] = np.maximum(0, duel.hp[seats] - damage)
    duel.note(Event.HURTS_ITSELF, seats, damage)
    duel.lose(seats[duel.hp[seats] <= 0])


def spend_pp(strike: Strike) -> None:
    """One PP, unless the move was paid before or is Struggle."""
    duel = strike.duel
    paid = (duel.conditions[strike.user] & PAID != 0) | (strike.traits & IS_STRUGGLE != 0)
    seats = strike.user[~paid]
    left = duel.pp[seats] - 1
    duel.pp[seats] = left
    duel.conditions[seats[left <= 0]] |= OUT_OF_PP


def prepare(strike: Strike) -> Strike:
    """Moves of two turns: on the first the user prepares and leaves the strike."""
    charging = np.flatnonzero(strike.traits & CHARGES)
    if not len(charging):
        return strike
    duel, moves = strike.duel, strike.duel.arena.moves
    seats, move = strike.user[charging], strike.move[charging]
    begins = duel.conditions[seats] & CHARGING == 0
    duel.conditions[seats[~begins]] &= ~(CHARGING | HIDDEN)
    hides = begins & (moves.hides[move] > 0)
    duel.conditions[seats[begins]] |= CHARGING
    duel.conditions[seats[hides]] |= HIDDEN
    raises = begins & (moves.charge_defense[move] != 0)
    if raises.any():
        changes = np.zeros((int(raises.sum()), len(STAGED_STATS)), dtype=np.int64)
        changes[:, DEFENSE_STAGE] = moves.charge_defense[move[raises]]
        duel.add_stages(seats[raises], changes)
    keep = np.ones(len(strike), dtype=bool)
    keep[charging[begins]] = False
    duel.note(Event.PREPARES, seats[begins])
    return strike.take(keep)


def endure(strike: Strike) -> Strike:
    """Bide: two turns of waiting, which are left out; the third strikes if anything was endured."""
    biding = np.flatnonzero(strike.traits & BIDES)
    if not len(biding):
        return strike
    duel, seats = strike.duel, strike.user[biding]
    uses, endured = duel.counters["bide_uses"], duel.counters["endured"]
    begins = seats[duel.conditions[seats] & BIDING == 0]
    duel.conditions[begins] |= BIDING
    uses[begins] = 0
    endured[begins] = 0
    uses[seats] += 1
    releases = uses[seats] > TURNS_OF_BIDING
    duel.conditions[seats[releases]] &= ~BIDING
    keep = np.ones(len(strike), dtype=bool)
    keep[biding] = releases & (endured[seats] > 0)
    duel.note(Event.BIDES, seats[~releases])
    duel.note(Event.FAILS, seats[releases & (endured[seats] == 0)])
    return strike.take(keep)


def works(strike: Strike, turn: int, phase: int) -> Booleans:
    """Which uses reach the target: not failed, not immune, not hidden from. Accuracy comes after."""
    duel, moves = strike.duel, strike.duel.arena.moves
    reaches: Booleans = strike.traits & CANNOT_WORK == 0
    conditional = np.flatnonzero(strike.traits & CONDITIONAL)
    if len(conditional):
        move, target = strike.move[conditional], strike.target[conditional]
        fails = moves.flag("fake_out")[move] & (turn > 0)
        fails |= moves.flag("sucker_punch")[move] & (
            (phase > 0) | (duel.conditions[target] & RECHARGING != 0)
        )
        fails |= moves.flag("dream_eater")[move] & (duel.conditions[target] & ASLEEP == 0)
        category = moves.counters[move]
        taken = duel.counters["taken"][strike.user[conditional]]
        taken_special = duel.counters["taken_special"][strike.user[conditional]]
        fails |= (category >= 0) & ((taken == 0) | (taken_special != category))
        reaches[conditional[fails]] = False
    hidden = np.flatnonzero(duel.conditions[strike.target] & HIDDEN)
    if len(hidden):
        move = strike.move[hidden]
        place = moves.hides[duel.arena.move[duel.corner(strike.target[hidden])]]
        finds = (moves.reaches[move] == place) | (moves.doubles_on_hidden[move] == place)
        finds |= moves.flag("bide")[move]
        reaches[hidden[~finds]] = False
    return reaches


def is_on_target(strike: Strike, fields: Integers) -> Booleans:
    """The accuracy roll; `fields` are 16-bit draws."""
    duel = strike.duel
    needed = duel.arena.hit_threshold[strike.row]
    staged = np.flatnonzero((duel.conditions[strike.user] | duel.conditions[strike.target]) & STAGED)
    if len(staged):
        stage = np.clip(
            duel.stages[strike.user[staged], ACCURACY_STAGE].astype(np.int64)
            - duel.stages[strike.target[staged], EVASION_STAGE],
            -6,
            6,
        )
        accuracy = duel.arena.moves.accuracy[strike.move[staged]]
        moved = accuracy * np.maximum(3, 3 + stage) // np.maximum(3, 3 - stage)
        is_moved = (
            (stage != 0) & (needed[staged] < FULL) & ~duel.arena.moves.flag("ohko")[strike.move[staged]]
        )
        needed[staged[is_moved]] = threshold(moved[is_moved])
    on_target: Booleans = fields < needed
    return on_target
