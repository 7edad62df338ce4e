"""The names of the feature set, in column order. A set never changes: another set is another name."""

from typing import Final

from shared.battle.move_columns import TRAITS

FEATURE_SET: Final = "battle-v2"

SIDE: Final = (
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
    "pp_share",
    "landing",
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
)
EFFECTS: Final = ("burn", "poison", "paralysis", "freeze", "leech", "confusion", "chip", "drain", "recoil")
PAIR: Final = (
    "moves_first",
    "speed_ratio",
    "level_difference",
    "turns_difference",
    "turns_ratio",
    "race_plain",
    "race_when_first",
    "race_when_second",
    "race",
    "race_open",
    "race_turns",
    "lead",
)
SIDE_NAMES: Final = (*SIDE, *TRAITS, *EFFECTS)
FEATURE_NAMES: Final[tuple[str, ...]] = (
    *(f"a_{name}" for name in SIDE_NAMES),
    *(f"b_{name}" for name in SIDE_NAMES),
    *PAIR,
)
FEATURE_SETS: Final = {FEATURE_SET: FEATURE_NAMES}
