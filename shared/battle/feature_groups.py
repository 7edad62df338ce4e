"""Which named group each feature belongs to: what an explanation speaks of instead of columns."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.feature_list import EFFECTS

DAMAGE: Final = "damage"
"""Told apart by side: `damage_a` and `damage_b`."""
GROUPS: Final = (
    "damage_a",
    "damage_b",
    "stats",
    "types",
    "order",
    "accuracy",
    "effects",
    "race",
)

_MEMBERS: Final[dict[str, tuple[str, ...]]] = {
    DAMAGE: (
        "power",
        "lowest_share",
        "highest_share",
        "mean_share",
        "ko_in_1",
        "ko_in_2",
        "ko_in_3",
        "ko_in_5",
        "uses_to_ko",
        "turns_to_ko",
        "is_special",
        "crit_chance",
        "hits",
        "foul_play",
        "half_hp_damage",
    ),
    "stats": ("level", "hp", "attack", "defense", "level_difference"),
    "types": ("stab", "effectiveness"),
    "order": ("speed", "priority", "moves_first", "speed_ratio"),
    "accuracy": ("accuracy", "landing", "pp", "pp_share"),
    "effects": (
        "counters",
        "hides",
        "self_ko",
        "crash",
        "charge",
        "recharge",
        "locked",
        "bide",
        "fake_out",
        "sucker_punch",
        "dream_eater",
        "rage",
        "facade",
        *EFFECTS,
        "gains",
        "weakens",
        "slows",
        "hastens",
        "blurs",
        "cost",
        "screened",
        "afflicts",
        "flinches",
        "cure",
        "act",
        "residual",
        "halves",
        "slowed",
    ),
    "race": (
        "turns_difference",
        "turns_ratio",
        "race",
        "race_plain",
        "race_when_first",
        "race_when_second",
        "race_open",
        "race_turns",
        "lead",
    ),
}
KNOWN_FEATURES: Final = {name: group for group, names in _MEMBERS.items() for name in names}
"""Name without its side → group; `damage` still to be told apart. `race` and `race_plain` have parts of
`order` and `effects` in them, which `shared.battle.race_parts` takes out."""


def group_of(feature: str) -> str:
    """One of `GROUPS`. Raises KeyError for a feature that the table does not know."""
    side, _, name = feature.partition("_")
    if side not in ("a", "b"):
        return KNOWN_FEATURES[feature]
    group = KNOWN_FEATURES[name]
    return f"{DAMAGE}_{side}" if group == DAMAGE else group


def group_columns(features: Sequence[str]) -> NDArray[np.bool_]:
    """(groups, columns): which columns each of `GROUPS` holds; every column is in exactly one."""
    names = np.array([group_of(feature) for feature in features])
    columns: NDArray[np.bool_] = names[None, :] == np.array(GROUPS)[:, None]
    return columns
