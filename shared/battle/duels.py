"""Two attacks against each other, looked up: stats, damage, and the mean effects of a landed use.

Arrays are (2, n): row 0 is `a` attacking `b`, row 1 is `b` attacking `a`; `x[::-1]` is the other's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.battle.attacks import Attacks, weigh_attacks
from shared.battle.move_columns import MEAN_EFFECTS, SPECIAL, SUSCEPTIBLE_TO
from shared.battle.move_table import MoveTable
from shared.battle.stats import Integers, compute_stats
from shared.battle.tables import BattleTables

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Mean effect per landed use, (2, n) each: chances 0 … 1, stages, shares of hit points."""

    burn: Floats
    poison: Floats
    paralysis: Floats
    freeze: Floats
    confusion: Floats
    flinch: Floats
    target_attack: Floats
    target_defense: Floats
    target_speed: Floats
    self_attack: Floats
    self_defense: Floats
    chip: Floats
    leech: Floats
    drain: Floats
    recoil: Floats
    screens: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Duels:
    """What is known of n duels before the race. `stats` is (2, n, 6)."""

    moves: MoveTable
    move: Integers
    level: Integers
    attacks: Attacks
    stats: Integers
    effects: Effects
    is_special: Booleans


def look_up(
    tables: BattleTables,
    a: Integers,
    move_a: Integers,
    level_a: Integers,
    b: Integers,
    move_b: Integers,
    level_b: Integers,
) -> Duels:
    """Everything of n duels that needs the tables."""
    form, move, level = np.stack([a, b]), np.stack([move_a, move_b]), np.stack([level_a, level_b])
    stats = compute_stats(tables.base_stats[form].reshape(-1, 6), level.ravel()).reshape(2, -1, 6)
    attacks = weigh_attacks(tables, move, form, form[::-1], level, level[::-1], stats, stats[::-1])
    is_special = tables.moves.category[move] == SPECIAL
    return Duels(
        moves=tables.moves,
        move=move,
        level=level,
        attacks=attacks,
        stats=stats,
        effects=_mean_effects(tables, move, form[::-1], is_special),
        is_special=is_special,
    )


def _mean_effects(
    tables: BattleTables, move: Integers, target_form: Integers, is_special: Booleans
) -> Effects:
    means = tables.moves.mean_effects[move]
    means[:, :, : len(SUSCEPTIBLE_TO)] *= tables.susceptible[target_form]
    column = dict(zip(MEAN_EFFECTS, means.transpose(2, 0, 1), strict=True))
    against = is_special[::-1]
    return Effects(
        burn=column["burn"],
        poison=column["poison"],
        paralysis=column["paralysis"],
        freeze=column["freeze"],
        confusion=column["confusion"],
        flinch=column["flinch"],
        target_attack=np.where(against, column["target_special_attack"], column["target_attack"]),
        target_defense=np.where(is_special, column["target_special_defense"], column["target_defense"]),
        target_speed=column["target_speed"],
        self_attack=np.where(is_special, column["self_special_attack"], column["self_attack"]),
        self_defense=np.where(against, column["self_special_defense"], column["self_defense"]),
        chip=column["chip"],
        leech=column["leech"],
        drain=column["drain"],
        recoil=column["recoil"],
        screens=np.where(against, column["light_screen"], column["reflect"]),
    )
