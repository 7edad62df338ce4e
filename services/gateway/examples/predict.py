"""Examples of the prediction routes: requests that can be pasted, and an answer."""

from typing import Any, Final

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
PREDICTION: Final[dict[str, Any]] = {
    "request_id": "4b1f6c0f7c0e4f0f9a3f2f6f0d2a9c11",
    "model_version": "1",
    "feature_set": "battle-1",
    "pokedex_hash": "9f2c",
    "pokemon_a": "pikachu",
    "pokemon_b": "squirtle",
    "level_a": 50,
    "level_b": 50,
    "winner": "a",
    "win_probability": 0.97,
    "interval": [0.94, 0.99],
    "verdict": "sure",
    "recommended_move": "thunderbolt",
    "best_reply": "water-gun",
    "average_case": 0.97,
    "opponent_moves": ["water-gun"],
    "opponent_moves_were_given": True,
    "moves": [
        {
            "move": "thunderbolt",
            "win_probabilities": [0.97],
            "worst_case": 0.97,
            "average_case": 0.97,
            "best_reply": "water-gun",
        }
    ],
    "not_scored": [],
    "moves_considered_capped": False,
}
