"""The answer that the OpenAPI document shows: Pikachu against Squirtle, with reasons."""

from typing import Any, Final

import msgspec

from contracts.battle import BattleAnswer
from contracts.serving import Predicted
from services.gateway.domain import prediction

_EXPLANATION: Final[dict[str, Any]] = {
    "a": {
        "pokemon": {"en": "Pikachu", "fr": "Pikachu"},
        "speed": 112,
        "move": "thunderbolt",
        "move_names": {"en": "Thunderbolt", "fr": "Tonnerre"},
        "damage": [86, 104],
        "target_hp": 119,
        "ko_chances": [0.0417, 1.0, 1.0],
        "effectiveness": 2.0,
        "has_stab": True,
        "accuracy": 1.0,
        "critical_chance": 0.0417,
        "hits": [1, 1],
        "priority": 0,
        "rhythm": "every turn",
    },
    "b": {
        "pokemon": {"en": "Squirtle", "fr": "Carapuce"},
        "speed": 64,
        "move": "water-gun",
        "move_names": {"en": "Water Gun", "fr": "Pistolet à O"},
        "damage": [24, 28],
        "target_hp": 110,
        "ko_chances": [0.0, 0.0, 0.0001],
        "effectiveness": 1.0,
        "has_stab": True,
        "accuracy": 1.0,
        "critical_chance": 0.0417,
        "hits": [1, 1],
        "priority": 0,
        "rhythm": "every turn",
    },
    "moves_first": "a",
    "moves_first_by": "speed",
    "contributions": [
        {"group": "damage_a", "points": 0.34},
        {"group": "damage_b", "points": 0.06},
        {"group": "types", "points": 0.04},
        {"group": "race", "points": 0.03},
    ],
    "reference_probability": 0.5,
}
_ANSWER: Final[dict[str, Any]] = {
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
    "coverage": 0.9,
    "equilibrium": {"mix_a": [1.0], "mix_b": [1.0], "value": 0.97},
    "explanation": _EXPLANATION,
}
PREDICTION: Final[dict[str, Any]] = prediction(
    Predicted(
        request_id="4b1f6c0f7c0e4f0f9a3f2f6f0d2a9c11",
        family="battle",
        model_version="1",
        feature_set="battle-1",
        pokedex_hash="9f2c",
        answer=msgspec.Raw(msgspec.json.encode(msgspec.convert(_ANSWER, BattleAnswer))),
    )
)
