"""Facts and explanations of tests."""

from typing import Any

import msgspec

from contracts.explanation import AttackFacts, Contribution, Explanation, Names

PIKACHU = AttackFacts(
    pokemon=Names("Pikachu", "Pikachu"),
    speed=95,
    move="thunderbolt",
    move_names=Names("Thunderbolt", "Tonnerre"),
    damage=(96, 114),
    target_hp=119,
    ko_chances=(0.04, 0.99, 1.0),
    effectiveness=2.0,
    has_stab=True,
    accuracy=1.0,
    critical_chance=1 / 24,
    hits=(1, 1),
    priority=0,
    rhythm="every turn",
)
SQUIRTLE = msgspec.structs.replace(
    PIKACHU,
    pokemon=Names("Squirtle", "Carapuce"),
    speed=64,
    move="water-gun",
    move_names=Names("Water Gun", "Pistolet à O"),
    damage=(24, 29),
    target_hp=110,
    ko_chances=(0.0, 0.0, 0.01),
    effectiveness=1.0,
)


def attack_facts(**changes: Any) -> AttackFacts:
    """Pikachu's Thunderbolt against Squirtle, or what `changes` make of it."""
    return msgspec.structs.replace(PIKACHU, **changes)


def explanation(**changes: Any) -> Explanation:
    """Why Pikachu's Thunderbolt beats Squirtle's Water Gun."""
    found = Explanation(
        a=PIKACHU,
        b=SQUIRTLE,
        moves_first="a",
        moves_first_by="speed",
        contributions=(
            Contribution("damage_a", 0.31),
            Contribution("damage_b", 0.05),
            Contribution("stats", -0.02),
            Contribution("types", 0.08),
            Contribution("order", 0.03),
            Contribution("accuracy", 0.0),
            Contribution("effects", -0.01),
            Contribution("race", 0.03),
        ),
        reference_probability=0.5,
    )
    return msgspec.structs.replace(found, **changes)
