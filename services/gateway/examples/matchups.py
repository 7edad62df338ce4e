"""Examples of `/predict/matchups`."""

from typing import Any, Final

from fastapi.openapi.models import Example

from services.gateway.examples import problems
from services.gateway.examples.prediction import PREDICTION
from services.gateway.examples.problems import document

MATCHUPS: Final[dict[str, Example]] = {
    "two against one": {
        "summary": "Two that have their moves against one that may use any",
        "value": {
            "a": [
                {"pokemon": "pikachu", "moves": ["thunderbolt"]},
                {"pokemon": "pikachu", "moves": ["thunderbolt"], "level": 30},
            ],
            "b": [{"pokemon": "squirtle"}],
        },
    },
}
_P: Final = PREDICTION["win_probability"]
MATCHUPS_ANSWER: Final[dict[str, Any]] = {
    "a": [
        {"pokemon": "pikachu", "level": 50, "moves": ["thunderbolt"]},
        {"pokemon": "pikachu", "level": 30, "moves": ["thunderbolt"]},
    ],
    "b": [{"pokemon": "squirtle", "level": 50, "moves": None}],
    "win_probabilities": [[_P], [_P]],
    "recommended_moves": [["thunderbolt"], ["thunderbolt"]],
    "model_versions": [PREDICTION["model_version"]],
    "problems": [],
}
MATCHUPS_CSV: Final = f",squirtle\r\npikachu:thunderbolt,{_P!r}\r\npikachu@30:thunderbolt,{_P!r}\r\n"
ID_TAKEN: Final = {
    **problems.ID_TAKEN,
    "detail": "The request id order-2026-000417-0-0 stands for another question.",
    "value": "order-2026-000417-0-0",
}
UNKNOWN_CONTENDER: Final = document(
    "unknown",
    "Unknown name",
    422,
    "There is no Pokémon pikachuu.",
    field="a[0].pokemon",
    value="pikachuu",
    remedy="Take one of the suggestions, or look at /pokemon.",
    suggestions=["Pikachu", "Partner Pikachu"],
)
