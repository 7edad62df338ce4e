"""The battle tables as the compiled features take them: records of forms and moves, and a few matrices."""

from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.battle.damage import weight_power
from shared.battle.effects import STAGED_STATS
from shared.battle.move_columns import CRIT_CHANCE, NEVER_MISSES, SPECIAL, SUSCEPTIBLE_TO
from shared.battle.race import race_tables
from shared.battle.tables import BattleTables

ACCURACY_STAGE: Final = STAGED_STATS.index("accuracy")
FLAGS: Final = (
    "weight_based",
    "foul_play",
    "level_damage",
    "psywave",
    "half_hp_damage",
    "ohko",
    "facade",
    "rage",
    "locked",
    "bide",
    "sucker_punch",
    "self_ko",
)
"""Words of the move table that the compiled code asks for."""
INTEGERS: Final = (
    "power",
    "pp",
    "priority",
    "race_kind",
    "rhythm",
    "fixed_damage",
    "counters",
    "hides",
    "reaches",
    "doubles_on_hidden",
    "charge_defense",
)
MOVE: Final = np.dtype(
    [
        *((name, np.int64) for name in INTEGERS),
        *((name, np.float64) for name in ("accuracy", "crit_chance", "mean_hits", "blurs", "gain_chance")),
        *((name, np.bool_) for name in ("is_special", "is_odd_damage", *FLAGS)),
    ],
    align=True,
)
"""One move. `accuracy` is a share; `blurs`: mean stages that a landed use lowers the target's accuracy
by; `gain_chance`: chance a landed use that its stages apply; the rest as in `MoveTable`."""


class Lookup(NamedTuple):
    """Arrays by move (m) and form (f).

    `moves`: (m,) records of `MOVE`; `means`: (m, f, effects) with immunities applied; `reach` and
    `landed`: those of `RaceTables`.
    """

    base_stats: NDArray[np.int64]
    weight_power: NDArray[np.int64]
    effectiveness: NDArray[np.float64]
    stab: NDArray[np.float64]
    moves: NDArray[Any]
    means: NDArray[np.float64]
    traits: NDArray[np.float32]
    reach: NDArray[np.float32]
    landed: NDArray[np.float32]


@cache
def lookup_of(tables: BattleTables) -> Lookup:
    """The arrays of `tables`, made once."""
    moves, race = tables.moves, race_tables()
    means = np.repeat(moves.mean_effects[:, None, :], len(tables.form_index), axis=1)
    means[:, :, : len(SUSCEPTIBLE_TO)] *= tables.susceptible
    records = np.zeros(len(moves.power), dtype=MOVE)
    for name in INTEGERS:
        records[name] = getattr(moves, name)
    for name in FLAGS:
        records[name] = moves.flag(name)
    records["accuracy"] = np.where(moves.accuracy >= NEVER_MISSES, 100, moves.accuracy) / 100
    records["crit_chance"] = np.array(CRIT_CHANCE)[moves.crit_ratio]
    records["mean_hits"] = moves.mean_hits
    records["blurs"] = moves.target_stages[:, ACCURACY_STAGE] * (moves.target_stage_chance / 100)
    own = moves.self_stages.any(axis=1)
    records["gain_chance"] = np.where(own, moves.self_stage_chance, moves.target_stage_chance) / 100
    records["is_special"] = moves.category == SPECIAL
    records["is_odd_damage"] = moves.is_odd_damage
    return Lookup(
        base_stats=tables.base_stats,
        weight_power=weight_power(tables.weight_hg),
        effectiveness=tables.effectiveness,
        stab=tables.stab.astype(np.float64),
        moves=records,
        means=means,
        traits=moves.traits,
        reach=race.reach,
        landed=race.landed,
    )
