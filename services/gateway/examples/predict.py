"""Examples of the prediction routes: requests that can be pasted."""

from typing import Final

from fastapi.openapi.models import Example

BATTLE: Final[dict[str, Example]] = {
    "two moves": {
        "summary": "Pikachu with Thunderbolt against Squirtle with Water Gun",
        "value": {
            "a": {"pokemon": "pikachu", "move": "thunderbolt", "level": 50},
            "b": {"pokemon": "squirtle", "move": "water-gun", "level": 50},
        },
    },
    "in French": {
        "summary": "French names, several moves, levels left out",
        "value": {
            "a": {"pokemon": "Salamèche", "moves": ["Lance-Flammes", "Griffe"]},
            "b": {"pokemon": "Bulbizarre"},
        },
    },
    "with reasons": {
        "summary": "The same two moves, and why",
        "value": {
            "a": {"pokemon": "pikachu", "move": "thunderbolt"},
            "b": {"pokemon": "squirtle", "move": "water-gun"},
            "explain": True,
        },
    },
}
BEST_MOVE: Final[dict[str, Example]] = {
    "my moves": {
        "summary": "Which of these moves, whatever the opponent knows",
        "value": {
            "a": {"pokemon": "pikachu", "moves": ["thunderbolt", "quick-attack"]},
            "b": {"pokemon": "squirtle"},
        },
    },
    "earlier body": {
        "summary": "The body of the earlier REST system",
        "value": {"pokemon_a_id": 1, "pokemon_b_id": 4, "available_moves": [33, 45, 99]},
    },
}
