"""The feature set `battle-v1`: one pure function, the same in training and in serving.

No ids and no names: only what the mechanics say about two attacks against each other. The set
never changes; another set is another name.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.duels import Duels, look_up
from shared.battle.move_columns import TRAITS
from shared.battle.outlook import NEVER_TURNS, Outlook, weigh
from shared.battle.stats import HP, SPEED, Integers
from shared.battle.tables import BattleTables

FEATURE_SET: Final = "battle-v1"

ROWS_AT_ONCE: Final = 2_048

_EFFECTS: Final = (
    "burn",
    "poison",
    "paralysis",
    "freeze",
    "confusion",
    "flinch",
    "leech",
    "chip",
    "drain",
    "recoil",
    "screens",
    "target_attack",
    "target_defense",
    "target_speed",
    "self_attack",
    "self_defense",
)
_SIDE: Final = (
    "level",
    "hp",
    "attack",
    "defense",
    "speed",
    "power",
    "accuracy",
    "stab",
    "effectiveness",
    "lowest_share",
    "highest_share",
    "mean_share",
    "ko_in_1",
    "ko_in_2",
    "ko_in_3",
    "ko_in_5",
    "uses_to_ko",
    "turns_to_ko",
    "turns_adjusted",
    "damage_change",
    "landing_change",
    "pp_share",
    *TRAITS,
    *_EFFECTS,
)
_PAIR: Final = (
    "moves_first",
    "speed_ratio",
    "level_difference",
    "turns_difference",
    "turns_ratio",
    "turns_adjusted_ratio",
    "moves_first_adjusted",
    "race",
    "race_adjusted",
    "race_when_first",
    "race_when_second",
)
FEATURE_NAMES: Final[tuple[str, ...]] = (
    *(f"a_{name}" for name in _SIDE),
    *(f"b_{name}" for name in _SIDE),
    *_PAIR,
)
FEATURE_SETS: Final = {FEATURE_SET: FEATURE_NAMES}


def feature_rows(
    tables: BattleTables,
    a: Integers,
    move_a: Integers,
    level_a: Integers,
    b: Integers,
    move_b: Integers,
    level_b: Integers,
) -> NDArray[np.float32]:
    """(n, columns) float32 of `FEATURE_NAMES`; every argument is (n,), forms and moves as indices.

    A row depends on nothing but its own arguments. Works in blocks, so that memory stays low.
    """
    if len(a) > ROWS_AT_ONCE:
        arguments = (a, move_a, level_a, b, move_b, level_b)
        blocks = [slice(start, start + ROWS_AT_ONCE) for start in range(0, len(a), ROWS_AT_ONCE)]
        return np.concatenate(
            [feature_rows(tables, *(argument[block] for argument in arguments)) for block in blocks]
        )
    duels = look_up(tables, a, move_a, level_a, b, move_b, level_b)
    outlook = weigh(duels)
    width = len(_SIDE)
    rows = np.empty((len(a), len(FEATURE_NAMES)), dtype=np.float32)
    sides = rows[:, : 2 * width].reshape(len(a), 2, width)
    columns = _side_columns(duels, outlook)
    for position, values in enumerate(columns):
        sides[:, :, position] = values.T
    effects_start = len(columns) + len(TRAITS)
    sides[:, :, len(columns) : effects_start] = duels.moves.traits[duels.move].transpose(1, 0, 2)
    for position, name in enumerate(_EFFECTS, start=effects_start):
        sides[:, :, position] = getattr(duels.effects, name).T
    for position, values in enumerate(_pair_columns(duels, outlook), start=2 * width):
        rows[:, position] = values
    return rows


def _side_columns(duels: Duels, outlook: Outlook) -> list[NDArray[Any]]:
    attacks, moves, move = duels.attacks, duels.moves, duels.move
    target_hp = duels.stats[::-1, :, HP]
    return [
        duels.level,
        duels.stats[:, :, HP],
        attacks.attack,
        attacks.defense,
        duels.stats[:, :, SPEED],
        attacks.power,
        attacks.accuracy,
        attacks.stab,
        attacks.effectiveness,
        attacks.lowest / target_hp,
        attacks.highest / target_hp,
        outlook.mean_share,
        *(outlook.down[:, :, turn] for turn in (1, 2, 3, 5)),
        outlook.uses,
        outlook.turns,
        outlook.turns_adjusted,
        outlook.damage_change,
        outlook.landing_change,
        np.minimum(moves.pp[move] * outlook.mean_share * attacks.accuracy, NEVER_TURNS),
    ]


def _pair_columns(duels: Duels, outlook: Outlook) -> list[NDArray[Any]]:
    speed, turns = duels.stats[:, :, SPEED], outlook.turns
    return [
        outlook.first,
        speed[0] / speed[1],
        duels.level[0] - duels.level[1],
        turns[1] - turns[0],
        turns[1] / turns[0],
        outlook.turns_adjusted[1] / outlook.turns_adjusted[0],
        outlook.first_adjusted,
        outlook.race,
        outlook.race_adjusted,
        outlook.race_when_first,
        outlook.race_when_second,
    ]
