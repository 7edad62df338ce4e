"""What a move is for, from its category and its effect words. Pure."""

from collections.abc import Mapping
from typing import Final

from contracts.pokedex import EffectClass, MoveCategory
from shared.battle.effects import KNOWN_EFFECTS, STAGED_STATS

AILMENT_WORDS: Final = frozenset(
    {
        "burn_chance",
        "paralysis_chance",
        "sleep_chance",
        "poison_chance",
        "bad_poison_chance",
        "freeze_chance",
        "confusion_chance",
        "tri_attack_chance",
        "partial_trap",
        "leech_seed",
        "disable",
        "yawn",
    }
)
LOWERING_WORDS: Final = frozenset(f"target_{stat}" for stat in STAGED_STATS)
RAISING_WORDS: Final = frozenset({f"self_{stat}" for stat in STAGED_STATS} | {"charge_defense", "rage"})
CHANCE_WORDS: Final = frozenset({"self_stage_chance", "target_stage_chance"})
"""They qualify other words and mean nothing by themselves."""

DAMAGING: Final[tuple[tuple[EffectClass, frozenset[str]], ...]] = (
    ("ohko", frozenset({"ohko"})),
    ("damage+heal", frozenset({"drain"})),
    ("damage+ailment", AILMENT_WORDS),
    ("damage+lower", LOWERING_WORDS),
    ("damage+raise", RAISING_WORDS),
    ("damage", frozenset(KNOWN_EFFECTS)),
)
STATUS: Final[tuple[tuple[EffectClass, frozenset[str]], ...]] = (
    ("ailment", AILMENT_WORDS),
    ("heal", frozenset({"heal", "rest"})),
    ("net-good-stats", LOWERING_WORDS | RAISING_WORDS),
    ("field-effect", frozenset({"mist", "light_screen", "reflect", "stealth_rock"})),
    ("whole-field-effect", frozenset({"clears_all_stages"})),
    ("force-switch", frozenset({"forces_switch"})),
    (
        "unique",
        frozenset(
            {
                "conversion",
                "defense_curl",
                "encore",
                "focus_energy",
                "helping_hand",
                "metronome",
                "mimic",
                "minimize",
                "mirror_move",
                "protect",
                "roost",
                "substitute",
                "switches_user",
                "taunt",
                "transform",
            }
        ),
    ),
)
"""Class → the words that put a move into it. The first class that has one of a move's words counts."""


def effect_class(slug: str, category: MoveCategory, effects: Mapping[str, object]) -> EffectClass:
    """The class of a move; without any effect it is `damage`, or `unique` for a status move.

    Raises ValueError naming the move and a word that no class has.
    """
    words = effects.keys() - CHANCE_WORDS
    classes = STATUS if category == "status" else DAMAGING
    unknown = words - frozenset().union(*(of_class for _, of_class in classes))
    if unknown:
        raise ValueError(
            f"effects: {slug!r} has the word {min(unknown)!r}, which no effect class of a "
            f"{category} move knows; add it to services/ingest/effect_classes.py"
        )
    for name, of_class in classes:
        if words & of_class:
            return name
    return "unique" if category == "status" else "damage"
