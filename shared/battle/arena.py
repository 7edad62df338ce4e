"""What does not change during a duel, worked out once per match-up.

A *row* is one side's way to attack in one match-up: `(variant · 2 + side) · n + match-up`, where
variant 0 is its move and variant 1 Struggle. A *corner* is one side of a match-up: `side · n +
match-up`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.damage import base_damage, roll_table, weight_power
from shared.battle.draws import FULL, threshold
from shared.battle.matchups import MatchUps
from shared.battle.move_columns import NEVER_MISSES, SPECIAL
from shared.battle.move_table import MoveTable
from shared.battle.stats import (
    ATTACK,
    DEFENSE,
    HP,
    SPECIAL_ATTACK,
    SPECIAL_DEFENSE,
    SPEED,
    compute_stats,
)
from shared.battle.tables import BattleTables

Integers = NDArray[np.int64]

# Traits of a row: which of the rarer branches of a turn it has to pass.
CANNOT_WORK: Final = 1 << 0
CONDITIONAL: Final = 1 << 1
CHARGES: Final = 1 << 2
SEVERAL_HITS: Final = 1 << 3
DYNAMIC_DAMAGE: Final = 1 << 4
AFTER_HIT: Final = 1 << 5
AFTER_USE: Final = 1 << 6
FAINTS_FIRST: Final = 1 << 7
IS_STRUGGLE: Final = 1 << 8
BIDES: Final = 1 << 9

# Conditions of a combatant.
BURNED: Final = 1 << 0
POISONED: Final = 1 << 1
PARALYSED: Final = 1 << 2
FROZEN: Final = 1 << 3
ASLEEP: Final = 1 << 4
CONFUSED: Final = 1 << 5
FLINCHED: Final = 1 << 6
RECHARGING: Final = 1 << 7
CHARGING: Final = 1 << 8
HIDDEN: Final = 1 << 9
LOCKED: Final = 1 << 10
TRAPPED: Final = 1 << 11
SEEDED: Final = 1 << 12
RAGING: Final = 1 << 13
REFLECT: Final = 1 << 14
LIGHT_SCREEN: Final = 1 << 15
STAGED: Final = 1 << 16
OUT_OF_PP: Final = 1 << 17
BIDING: Final = 1 << 18
ANY_STATUS: Final = BURNED | POISONED | PARALYSED | FROZEN | ASLEEP

SUSCEPTIBILITY_BITS: Final = (BURNED, POISONED, PARALYSED, FROZEN, SEEDED)
"""In the order of `SUSCEPTIBLE_TO`."""
CRIT_THRESHOLDS: Final = np.array([0, round(FULL / 24), FULL // 8, FULL // 2, FULL])


@dataclass(frozen=True, slots=True, eq=False)
class Arena:
    """Static numbers of `size` match-ups, by row (4n) or by corner (2n)."""

    size: int
    moves: MoveTable
    move: Integers
    traits: Integers
    hit_threshold: Integers
    crit_threshold: Integers
    rolls: NDArray[np.int32]
    level: Integers
    power: Integers
    is_special: NDArray[np.bool_]
    stab: NDArray[np.bool_]
    effectiveness: NDArray[np.float64]
    priority: Integers
    stats: Integers
    immunities: Integers

    @classmethod
    def build(cls, tables: BattleTables, matchups: MatchUps) -> "Arena":
        """Work out everything that a turn looks up."""
        size = len(matchups)
        form = np.concatenate([matchups.form_a, matchups.form_b])
        level = np.concatenate([matchups.level_a, matchups.level_b])
        struggle = np.full(2 * size, tables.struggle)
        move = np.concatenate([matchups.move_a, matchups.move_b, struggle])
        stats = compute_stats(tables.base_stats[form], level)
        other = np.concatenate([np.arange(size, 2 * size), np.arange(size)])
        user, target = np.tile(np.arange(2 * size), 2), np.tile(other, 2)
        moves, effectiveness = tables.moves, tables.effectiveness[move, form[target]]
        stab = tables.stab[move, form[user]]
        is_special = moves.category[move] == SPECIAL
        power = np.where(
            moves.flag("weight_based")[move],
            weight_power(tables.weight_hg[form[target]]),
            moves.power[move],
        )
        attack, defense = raw_attack_defense(moves, move, stats[user], stats[target])
        rolls = roll_table(base_damage(level[user], power, attack, defense), stab, effectiveness)
        _set_fixed_damage(moves, move, level[user], stats[target, HP], effectiveness, rolls)
        accuracy = moves.accuracy[move]
        is_ohko = moves.flag("ohko")[move]
        edge = level[user] - level[target]
        accuracy = np.where(is_ohko, np.clip(30 + edge, 0, 100), accuracy)
        impossible = (effectiveness == 0) | (is_ohko & (edge < 0))
        return cls(
            size=size,
            moves=moves,
            move=move,
            traits=_traits(moves)[move]
            | np.where(impossible, CANNOT_WORK, 0)
            | np.where(np.arange(4 * size) >= 2 * size, IS_STRUGGLE, 0),
            hit_threshold=np.where(accuracy >= NEVER_MISSES, FULL, threshold(accuracy)),
            crit_threshold=CRIT_THRESHOLDS[moves.crit_ratio[move]],
            rolls=rolls.reshape(-1).astype(np.int32),
            level=level,
            power=power,
            is_special=is_special,
            stab=stab,
            effectiveness=effectiveness,
            priority=moves.priority[move],
            stats=stats,
            immunities=_immunities(tables)[form],
        )


def raw_attack_defense(
    moves: MoveTable, move: Integers, user_stats: Integers, target_stats: Integers
) -> tuple[Integers, Integers]:
    """The attacking and the defending stat, without stages, of each use of `move`."""
    is_special = moves.category[move] == SPECIAL
    attack = np.where(is_special, user_stats[..., SPECIAL_ATTACK], user_stats[..., ATTACK])
    attack = np.where(moves.flag("foul_play")[move], target_stats[..., ATTACK], attack)
    defense = np.where(is_special, target_stats[..., SPECIAL_DEFENSE], target_stats[..., DEFENSE])
    return attack, defense


def plain_order(arena: Arena) -> Integers:
    """Per match-up, the side that moves first while nothing has changed: 0, 1, or 2 for a coin flip."""
    size = arena.size
    edge = arena.priority[:size] - arena.priority[size : 2 * size]
    edge = np.where(edge != 0, edge, arena.stats[:size, SPEED] - arena.stats[size:, SPEED])
    return np.where(edge > 0, 0, np.where(edge < 0, 1, 2))


def _set_fixed_damage(
    moves: MoveTable,
    move: Integers,
    level: Integers,
    target_hp: Integers,
    effectiveness: NDArray[np.float64],
    rolls: Integers,
) -> None:
    fixed = moves.fixed_damage[move]
    fixed = np.where(moves.flag("level_damage")[move], level, fixed)
    fixed = np.where(moves.flag("ohko")[move], target_hp, fixed)
    chosen = np.flatnonzero(fixed > 0)
    rolls[chosen] = np.where(effectiveness[chosen] > 0, fixed[chosen], 0)[:, None, None]
    rolls[np.flatnonzero((moves.power[move] == 0) & (fixed == 0) & ~moves.flag("weight_based")[move])] = 0


def _traits(moves: MoveTable) -> Integers:
    def any_of(*words: str) -> NDArray[np.bool_]:
        any_word = np.zeros(len(moves.power), dtype=bool)
        for word in words:
            any_word |= moves.flag(word)
        return any_word

    stages = moves.target_stages.any(axis=1) | moves.self_stages.any(axis=1)
    chances = (moves.chances > 0).any(axis=1)
    on_hit = any_of("partial_trap", "leech_seed", "clears_target_stages", "clears_all_stages")
    after_use = any_of("recharge", "locked", "rage", "cures_user") | (moves.screen > 0)
    parts = (
        (
            CONDITIONAL,
            any_of("fake_out", "sucker_punch", "dream_eater", "half_hp_damage") | (moves.counters >= 0),
        ),
        (CHARGES, moves.flag("charge")),
        (BIDES, moves.flag("bide")),
        (SEVERAL_HITS, moves.hits[:, 1] > 1),
        (
            DYNAMIC_DAMAGE,
            any_of("half_hp_damage", "psywave", "facade", "bide")
            | (moves.counters >= 0)
            | (moves.doubles_on_hidden > 0),
        ),
        (AFTER_HIT, stages | chances | on_hit | (moves.drain[:, 0] > 0)),
        (AFTER_USE, after_use | (moves.recoil[:, 0] > 0)),
        (FAINTS_FIRST, moves.flag("self_ko")),
    )
    traits = np.zeros(len(moves.power), dtype=np.int64)
    for bit, has in parts:
        traits |= np.where(has, bit, 0)
    traits[-1] |= AFTER_USE  # Struggle's recoil
    return traits


def _immunities(tables: BattleTables) -> Integers:
    immune: Integers = (tables.susceptible == 0) @ np.array(SUSCEPTIBILITY_BITS)
    return immune
