"""The columns of the move table, by name."""

from typing import Final

from shared.battle.effects import STAGED_STATS

PHYSICAL: Final = 0
SPECIAL: Final = 1
MEAN_EFFECTS: Final = (
    "burn",
    "poison",
    "paralysis",
    "freeze",
    "leech",
    "confusion",
    "flinch",
    "chip",
    "drain",
    "recoil",
    "reflect",
    "light_screen",
    *(f"target_{stat}" for stat in STAGED_STATS[:5]),
    *(f"self_{stat}" for stat in STAGED_STATS[:5]),
)
SUSCEPTIBLE_TO: Final = MEAN_EFFECTS[:5]
"""Effects that the target's type may rule out."""
TRAITS: Final = (
    "priority",
    "pp",
    "is_special",
    "crit_chance",
    "hits",
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
    "foul_play",
    "half_hp_damage",
)
CRIT_CHANCE: Final = (0.0, 1 / 24, 1 / 8, 1 / 2, 1.0)
"""By `MoveTable.crit_ratio`."""
NEVER_MISSES: Final = 101
"""Stands in the accuracy column for a move without accuracy."""

FLAG_WORDS: Final = (
    "always_crit",
    "level_damage",
    "psywave",
    "half_hp_damage",
    "ohko",
    "weight_based",
    "foul_play",
    "facade",
    "rage",
    "charge",
    "recharge",
    "locked",
    "bide",
    "dream_eater",
    "sucker_punch",
    "fake_out",
    "crash",
    "self_ko",
    "defrosts_user",
    "cures_user",
    "partial_trap",
    "leech_seed",
    "breaks_screens",
    "clears_target_stages",
    "clears_all_stages",
)
CHANCE_WORDS: Final = (
    "burn_chance",
    "poison_chance",
    "paralysis_chance",
    "freeze_chance",
    "sleep_chance",
    "tri_attack_chance",
    "confusion_chance",
    "flinch_chance",
)
HIDING_PLACES: Final = ("", "underground", "air")
SCREEN_WORDS: Final = ("", "reflect", "light_screen")
