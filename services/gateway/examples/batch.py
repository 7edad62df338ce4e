"""Examples of `/predict/batch`."""

from typing import Any, Final

from fastapi.openapi.models import Example

from services.gateway.examples.prediction import PREDICTION
from services.gateway.examples.problems import REQUEST_ID, document

BATTLES: Final[list[dict[str, Any]]] = [
    {
        "a": {"pokemon": "pikachu", "move": "thunderbolt"},
        "b": {"pokemon": "squirtle", "move": "water-gun"},
        "explain": True,
    },
    {"a": {"pokemon": "mew", "level": 500}, "b": {"pokemon": "eevee"}},
]
BATCH: Final[dict[str, Example]] = {
    "one that is wrong": {
        "summary": "The second has a level that no Pokémon has: it is refused, the first is answered",
        "value": {"battles": BATTLES},
    },
}
BATCH_ANSWER: Final[dict[str, Any]] = {
    "answered": 1,
    "failed": 1,
    "items": [
        {"index": 0, "request_id": f"{REQUEST_ID}-0", "prediction": PREDICTION, "problem": None},
        {
            "index": 1,
            "request_id": f"{REQUEST_ID}-1",
            "prediction": None,
            "problem": {
                **document(
                    "invalid",
                    "Invalid value",
                    422,
                    "a.level: Input should be less than or equal to 100",
                    field="a.level",
                    value="500",
                    remedy="Send 100 or less.",
                ),
                "request_id": f"{REQUEST_ID}-1",
            },
        },
    ],
}
TOO_LARGE: Final = document(
    "body-too-large",
    "Body too large",
    413,
    "The body is larger than 262144 bytes.",
    field="body",
    value="270000 bytes",
    remedy="Send a smaller body; many battles go through POST /jobs.",
)
TOO_MANY_BATTLES: Final = document(
    "invalid",
    "Invalid value",
    422,
    "battles: List should have at least 1 item after validation, not 0",
    field="battles",
    value="[]",
    remedy="Send at least one, or leave the field out.",
)
