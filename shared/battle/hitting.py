"""One hit of a move: critical, roll, damage, and what the hit does to both sides."""

import numpy as np
from numpy.typing import NDArray

from shared.battle import draws
from shared.battle.afflicting import after_hit
from shared.battle.arena import (
    AFTER_HIT,
    ANY_STATUS,
    BIDING,
    BURNED,
    DYNAMIC_DAMAGE,
    HIDDEN,
    LIGHT_SCREEN,
    RAGING,
    REFLECT,
    STAGED,
    raw_attack_defense,
)
from shared.battle.damage import ROLLS, base_damage, finish_damage
from shared.battle.draws import field
from shared.battle.duel import SLOT_HITS, Strike
from shared.battle.effects import STAGED_STATS
from shared.battle.stats import apply_stages
from shared.battle.story import Event

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

ATTACK_STAGE, DEFENSE_STAGE, SPECIAL_ATTACK_STAGE, SPECIAL_DEFENSE_STAGE = range(4)


def strike_once(strike: Strike, words: draws.Words, hit: int) -> Integers:
    """Deal one hit of every use; returns the hit points really taken."""
    duel, arena = strike.duel, strike.duel.arena
    is_critical = field(words, 1) < arena.crit_threshold[strike.row]
    roll = draws.choice(field(words, 2), 16)
    damage = arena.rolls[strike.row * 32 + is_critical * 16 + roll].astype(np.int64)
    of_user, of_target = duel.conditions[strike.user], duel.conditions[strike.target]
    changed = np.flatnonzero(
        (of_user & np.where(strike.traits & DYNAMIC_DAMAGE, STAGED | ANY_STATUS, STAGED | BURNED))
        | (of_target & (STAGED | REFLECT | LIGHT_SCREEN))
    )
    if len(changed):
        damage[changed] = _changed_damage(
            strike.take(changed), is_critical[changed], roll[changed], damage[changed]
        )
    dynamic = np.flatnonzero(strike.traits & DYNAMIC_DAMAGE)
    if len(dynamic):
        damage[dynamic] = _dynamic_damage(strike.take(dynamic), damage[dynamic], field(words[dynamic], 2))
    damage = np.minimum(damage, duel.hp[strike.target])
    duel.hp[strike.target] -= damage
    if duel.story is not None:
        duel.note(Event.IS_HIT_HARD if is_critical.any() else Event.IS_HIT, strike.target, damage)
    duel.counters["taken"][strike.target] = damage
    duel.counters["taken_special"][strike.target] = arena.is_special[strike.row]
    biding = np.flatnonzero(of_target & BIDING)
    if len(biding):
        duel.counters["endured"][strike.target[biding]] += damage[biding].astype(np.int16)
    raging = np.flatnonzero(of_target & RAGING)
    if len(raging):
        changes = np.zeros((len(raging), len(STAGED_STATS)), dtype=np.int64)
        changes[:, ATTACK_STAGE] = 1
        duel.add_stages(strike.target[raging], changes)
    after = strike.having(AFTER_HIT)
    if after is not None:
        chosen = np.flatnonzero(strike.traits & AFTER_HIT)
        after_hit(after, damage[chosen], field(words[chosen], 3), hit)
    return damage


def _changed_damage(strike: Strike, is_critical: Booleans, roll: Integers, plain: Integers) -> Integers:
    """The whole formula, where stages, a status or a screen make the roll table wrong."""
    duel, arena, row = strike.duel, strike.duel.arena, strike.row
    moves, user, target = arena.moves, strike.user, strike.target
    is_special = arena.is_special[row]
    attack, defense = raw_attack_defense(
        moves, strike.move, arena.stats[duel.corner(user)], arena.stats[duel.corner(target)]
    )
    attacker = np.where(moves.flag("foul_play")[strike.move], target, user)
    attack_stage = duel.stages[attacker, np.where(is_special, SPECIAL_ATTACK_STAGE, ATTACK_STAGE)].astype(
        np.int64
    )
    defense_stage = duel.stages[target, np.where(is_special, SPECIAL_DEFENSE_STAGE, DEFENSE_STAGE)].astype(
        np.int64
    )
    ignored_attack = is_critical & (attack_stage < 0)
    ignored_defense = is_critical & (defense_stage > 0)
    is_facade = moves.flag("facade")[strike.move]
    has_status = duel.conditions[user] & ANY_STATUS != 0
    base = base_damage(
        arena.level[duel.corner(user)],
        np.where(is_facade & has_status, 2 * arena.power[row], arena.power[row]),
        apply_stages(attack, np.where(ignored_attack, 0, attack_stage)),
        apply_stages(defense, np.where(ignored_defense, 0, defense_stage)),
    )
    screens = np.where(is_special, LIGHT_SCREEN, REFLECT)
    damage = finish_damage(
        base,
        ROLLS[roll],
        is_critical,
        arena.stab[row],
        arena.effectiveness[row],
        (duel.conditions[user] & BURNED != 0) & ~is_special & ~is_facade,
        duel.conditions[target] & screens != 0,
    )
    return np.where(arena.power[row] > 0, damage, plain)


def _dynamic_damage(strike: Strike, damage: Integers, fields: Integers) -> Integers:
    """Damage that depends on the moment: half of the hit points, Psywave, Bide, Counter, hiding."""
    duel, moves, move = strike.duel, strike.duel.arena.moves, strike.move
    hp = duel.hp[strike.target]
    damage = np.where(moves.flag("half_hp_damage")[move], np.maximum(1, hp // 2), damage)
    psywave = (50 + draws.choice(fields, 101)) * duel.arena.level[duel.corner(strike.user)] // 100
    damage = np.where(moves.flag("psywave")[move], np.maximum(1, psywave), damage)
    damage = np.where(moves.flag("bide")[move], 2 * duel.counters["endured"][strike.user], damage)
    damage = np.where(moves.counters[move] >= 0, 2 * duel.counters["taken"][strike.user], damage)
    doubled = (moves.doubles_on_hidden[move] > 0) & (duel.conditions[strike.target] & HIDDEN != 0)
    return np.where(doubled, damage * 2, damage)


def extra_hits(strike: Strike, fields: Integers) -> Integers:
    """Hits after the first: 2 to 5 at 35/35/15/15 %, otherwise uniform."""
    lowest, highest = strike.duel.arena.moves.hits[strike.move].T
    usual = np.array([2] * 7 + [3] * 7 + [4] * 3 + [5] * 3)
    hits = np.where(
        (lowest == 2) & (highest == 5),
        usual[draws.choice(fields, len(usual))],
        lowest + ((fields * (highest - lowest + 1)) >> 16),
    )
    return hits - 1


def hit_slot(hit: int) -> int:
    """The slot of the `hit`-th hit's main draw; the one after it is for its effects."""
    return SLOT_HITS + 2 * hit
