"""Examples of the OpenAPI document: each request can be pasted and works."""

from typing import Any, Final

from fastapi.openapi.models import Example

from services.gateway.problems import KIND_PREFIX, MEDIA_TYPE, Problem

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
STATS: Final = {
    "hp": 35,
    "attack": 55,
    "defense": 40,
    "special_attack": 50,
    "special_defense": 50,
    "speed": 90,
}
PIKACHU: Final[dict[str, Any]] = {
    "id": 25,
    "slug": "pikachu",
    "name_en": "Pikachu",
    "name_fr": "Pikachu",
    "species": "pikachu",
    "species_number": 25,
    "form": "base",
    "types": ["electric"],
    "base_stats": STATS,
    "sprite_url": None,
}
THUNDERBOLT: Final[dict[str, Any]] = {
    "id": 85,
    "slug": "thunderbolt",
    "name_en": "Thunderbolt",
    "name_fr": "Tonnerre",
    "type": "electric",
    "category": "special",
    "power": 90,
    "accuracy": 100,
}
POKEMON_DETAIL: Final[dict[str, Any]] = {
    **PIKACHU,
    "weight_hg": 60,
    "evolves_from": None,
    "moves": [{**THUNDERBOLT, "learned": ["level 21", "tm"]}],
}
MOVE: Final[dict[str, Any]] = {
    **THUNDERBOLT,
    "pp": 15,
    "priority": 0,
    "tm": 36,
    "description": "A strong electric blast crashes down on the target.",
}
TYPE: Final[dict[str, Any]] = {
    "id": 13,
    "slug": "electric",
    "name_en": "Electric",
    "name_fr": "Électrik",
    "effectiveness": {"water": 2.0, "ground": 0.0, "grass": 0.5},
}
CURRENT_MODEL: Final[dict[str, Any]] = {
    "family": "battle",
    "version": "1",
    "previous": None,
    "feature_set": "battle-1",
    "released_at": "2026-01-01T12:00:00Z",
    "assigned_at": "2026-01-01T12:00:01Z",
    "reason": "first start",
    "metrics": {"brier": 0.012},
    "coverage": 0.9,
    "sha256": "9f2c",
    "size_bytes": 900000,
    "dataset_hash": "1a2b",
    "pokedex_hash": "9f2c",
}
READY: Final[dict[str, Any]] = {
    "ready": True,
    "service": "gateway",
    "checks": {"replies": "ok", "pokedex": "ok", "model": "ok"},
}

_UNKNOWN: Final[dict[str, Any]] = {
    "type": KIND_PREFIX + "unknown",
    "title": "Unknown name",
    "status": 422,
    "detail": "There is no Pokémon pikachuu.",
    "instance": "/predict/battle",
    "field": "a.pokemon",
    "value": "pikachuu",
    "remedy": "Take one of the suggestions, or look at /pokemon.",
    "suggestions": ["Pikachu", "Raichu"],
    "request_id": "4b1f6c0f7c0e4f0f9a3f2f6f0d2a9c11",
}


def answer(example: Any, description: str) -> dict[str, Any]:
    """The success response of a route, with its example."""
    return {"description": description, "content": {"application/json": {"example": example}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problem documents that a route may answer with; `default` stands for all others."""
    schema = Problem.model_json_schema()

    def response(status: int, description: str) -> dict[str, Any]:
        example = {**_UNKNOWN, "status": status}
        return {
            "description": description,
            "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
        }

    found: dict[int | str, dict[str, Any]] = {
        status: response(status, _MEANINGS[status]) for status in statuses
    }
    return found | {"default": response(500, "Any other error")}


_MEANINGS: Final = {
    400: "The body cannot be read",
    404: "Unknown name",
    413: "The body is larger than 64 KB",
    415: "The body is not JSON",
    422: "A value is refused: field, value, why and what to do",
    503: "Not ready or overloaded: try again after `Retry-After` seconds",
    504: "No reply in time",
}
