"""What one use of a move does to its target, worked out for many attacks at once.

Everything here is exact per use; what a whole duel makes of it is `features`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.arena import raw_attack_defense
from shared.battle.damage import base_damage, roll_table, weight_power
from shared.battle.race import FIXED, HALF_TO_THREE_HALVES, MEAN_ROLL, UNITS
from shared.battle.stats import HP, Integers
from shared.battle.tables import BattleTables

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

CRIT_CHANCE: Final = np.array([0, 1 / 24, 1 / 8, 1 / 2, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Attacks:
    """Arrays of one shape. Damage is of one landed hit; `full_hit`: the mean without critical over 0.925.

    `kind` and `in_one` are those of `race`; `works` is 0 for a target that is immune.
    """

    attack: Integers
    defense: Integers
    power: Integers
    effectiveness: Floats
    stab: Booleans
    accuracy: Floats
    crit_chance: Floats
    hits: Floats
    lowest: Floats
    highest: Floats
    mean: Floats
    full_hit: Floats
    kind: Integers
    in_one: Floats
    works: Floats


def weigh_attacks(
    tables: BattleTables,
    move: Integers,
    form: Integers,
    target_form: Integers,
    level: Integers,
    target_level: Integers,
    stats: Integers,
    target_stats: Integers,
) -> Attacks:
    """Weigh one use of `move` by each user against each target; stats have a last axis of six."""
    moves = tables.moves
    power = moves.power[move]
    special = moves.is_odd_damage[move]
    any_special = bool(special.any())
    if any_special:
        by_weight = moves.flag("weight_based")[move]
        power = np.where(by_weight, weight_power(tables.weight_hg[target_form]), power)
    effectiveness = tables.effectiveness[move, target_form]
    stab = tables.stab[move, form]
    attack, defense = raw_attack_defense(moves, move, stats, target_stats)
    base = base_damage(level, power, attack, defense)
    rolls = roll_table(base.ravel(), stab.ravel(), effectiveness.ravel()).reshape(*move.shape, 2, 16)
    crit = CRIT_CHANCE[moves.crit_ratio[move]]
    means = rolls.mean(axis=-1)
    mean = means[..., 0] * (1 - crit) + means[..., 1] * crit
    lowest, highest = rolls[..., 0, 0].astype(np.float64), rolls[..., 0, -1].astype(np.float64)
    hp = target_stats[..., HP]
    enough = (rolls >= hp[..., None, None]).mean(axis=-1)
    in_one = enough[..., 0] * (1 - crit) + enough[..., 1] * crit
    kind = moves.race_kind[move]
    in_one = np.where(moves.mean_hits[move] > 1, np.nan, in_one)
    full_hit = means[..., 0] / MEAN_ROLL
    accuracy = np.minimum(moves.accuracy[move], 100) / 100
    works = (effectiveness > 0).astype(np.float64)
    if any_special:
        chosen = np.nonzero(special & ~by_weight)
        full, is_psywave, hit_chance = _odd_damage(
            tables, move[chosen], level[chosen], target_level[chosen], hp[chosen]
        )
        full = full * works[chosen]
        half = np.where(is_psywave, 0.5, 0.0) * full
        full_hit[chosen], mean[chosen] = full, full
        lowest[chosen], highest[chosen] = full - half, full + half
        kind[chosen] = np.where(is_psywave, HALF_TO_THREE_HALVES, FIXED)
        in_one[chosen] = np.nan
        accuracy[chosen] = np.where(hit_chance >= 0, hit_chance, accuracy[chosen])
    return Attacks(
        attack=attack,
        defense=defense,
        power=power,
        effectiveness=effectiveness,
        stab=stab,
        accuracy=accuracy,
        crit_chance=crit,
        hits=moves.mean_hits[move],
        lowest=lowest,
        highest=highest,
        mean=mean,
        full_hit=full_hit,
        kind=kind,
        in_one=in_one,
        works=works,
    )


def units_to_ko(hp: Floats, full_hit: Floats) -> Integers:
    """Hit points in units of the race tables, rounded up; enormous when nothing is taken."""
    return np.ceil(hp * UNITS / np.maximum(full_hit, 1e-3) - 1e-9).astype(np.int64)


def _odd_damage(
    tables: BattleTables, move: Integers, level: Integers, target_level: Integers, hp: Integers
) -> tuple[Floats, Booleans, Floats]:
    """Damage that no power says: full hit, whether it is Psywave, and OHKO accuracy (else −1)."""
    moves = tables.moves
    psywave = moves.flag("psywave")[move]
    full = moves.fixed_damage[move].astype(np.float64)
    full = np.where(moves.flag("level_damage")[move] | psywave, level, full)
    # Half of what is left each time: floor(log2 HP) + 1 uses, as even steps that take as many.
    halvings = np.floor(np.log2(np.maximum(hp, 1))) + 1
    full = np.where(moves.flag("half_hp_damage")[move], hp / (halvings - 0.5), full)
    is_ohko = moves.flag("ohko")[move]
    edge = level - target_level
    full = np.where(is_ohko, np.where(edge >= 0, hp, 0), full)
    return full, psywave, np.where(is_ohko, np.clip(30 + edge, 0, 100) / 100, -1.0)
