"""What one use of a move does to its target: exact damage, for one attack. Compiled."""

from typing import Any, Final

import numpy as np

from shared.battle.compiled import compiled
from shared.battle.lookup import Lookup
from shared.battle.race import FIXED, HALF_TO_THREE_HALVES, MEAN_ROLL
from shared.battle.stats import (
    ATTACK,
    DEFENSE,
    FRIENDSHIP_PER_CENT,
    HP,
    INDIVIDUAL_VALUE,
    SPECIAL_ATTACK,
    SPECIAL_DEFENSE,
)

Record = Any
"""A record of `ATTACK_FIELDS`, whose fields the compiled code reads and writes by name."""
ATTACK_FIELDS: Final = np.dtype(
    [
        *((name, np.int64) for name in ("attack", "defense", "power", "kind")),
        *(
            (name, np.float64)
            for name in (
                "effectiveness", "stab", "accuracy", "hits", "lowest", "highest", "mean_hit", "full_hit",
                "in_one",
            )
        ),
    ]
)  # fmt: skip
"""Damage is of one landed hit; `full_hit`: the mean without critical, over the mean roll. `kind` is
that of `RaceTables.reach`; `in_one`: exact chance that one landed use is a KO, NaN where the table is
to answer."""


@compiled
def stat(look: Lookup, form: int, name: int, level: int) -> int:
    """One stat at a level; `name` is an index of `STAT_NAMES`. See `stats.compute_stats`."""
    doubled = 2 * look.base_stats[form, name] + INDIVIDUAL_VALUE
    if name == HP:
        return int((doubled + 100) * level // 100 + 10)
    return int((doubled * level // 100 + 5) * FRIENDSHIP_PER_CENT // 100)


@compiled
def hit_damage(base: int, roll: int, critical: bool, stab: float, effectiveness: float) -> int:
    """See `damage.finish_damage`."""
    if effectiveness <= 0:
        return 0
    damage = base * 3 // 2 if critical else base
    damage = damage * roll // 100
    if stab > 0:
        damage = (damage * 6144 + 2047) >> 12
    return max(1, int(np.floor(damage * effectiveness)))


@compiled
def weigh_attack(
    look: Lookup, out: Record, form: int, move: int, level: int, foe: int, foe_level: int
) -> None:
    """Fill `out` with one use of `move` by `form` against `foe`."""
    the = look.moves[move]
    special = the.is_special
    out.attack = stat(look, form, SPECIAL_ATTACK if special else ATTACK, level)
    if the.foul_play:
        out.attack = stat(look, foe, ATTACK, foe_level)
    out.defense = max(1, stat(look, foe, SPECIAL_DEFENSE if special else DEFENSE, foe_level))
    out.power = look.weight_power[foe] if the.weight_based else the.power
    out.effectiveness, out.stab = look.effectiveness[move, foe], look.stab[move, form]
    out.accuracy, out.hits = the.accuracy, the.mean_hits
    hp = stat(look, foe, HP, foe_level)
    if the.is_odd_damage and not the.weight_based:
        weigh_odd_damage(look, out, move, level, foe_level, hp)
        return
    crit = the.crit_chance
    base = (2 * level // 5 + 2) * out.power * out.attack // out.defense // 50 + 2
    plain_sum, crit_sum, plain_enough, crit_enough = 0, 0, 0, 0
    for roll in range(85, 101):
        plain = hit_damage(base, roll, False, out.stab, out.effectiveness)
        critical = hit_damage(base, roll, True, out.stab, out.effectiveness)
        plain_sum += plain
        crit_sum += critical
        plain_enough += plain >= hp
        crit_enough += critical >= hp
    out.lowest = float(hit_damage(base, 85, False, out.stab, out.effectiveness))
    out.highest = float(hit_damage(base, 100, False, out.stab, out.effectiveness))
    out.mean_hit = (plain_sum * (1 - crit) + crit_sum * crit) / 16
    out.full_hit = plain_sum / 16 / MEAN_ROLL
    out.kind = the.race_kind
    out.in_one = (plain_enough * (1 - crit) + crit_enough * crit) / 16 if the.mean_hits <= 1 else np.nan


@compiled
def weigh_odd_damage(look: Lookup, out: Record, move: int, level: int, foe_level: int, hp: int) -> None:
    """Damage that no power says."""
    the = look.moves[move]
    full, half = float(the.fixed_damage), 0.0
    out.kind, out.in_one = FIXED, np.nan
    if the.level_damage or the.psywave:
        full = float(level)
    if the.half_hp_damage:
        # Half of what is left each time: as even steps that take as many uses.
        full = hp / (np.ceil(np.log2(max(hp, 1))) + 0.5)
    if the.ohko:
        full = float(hp) if level >= foe_level else 0.0
        out.accuracy = min(max(30 + level - foe_level, 0), 100) / 100
    if out.effectiveness <= 0:
        full = 0.0
    if the.psywave:
        out.kind, half = HALF_TO_THREE_HALVES, full / 2
    out.lowest, out.highest, out.mean_hit, out.full_hit = full - half, full + half, full, full
