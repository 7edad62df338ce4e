"""Examples of the routes of history and outcomes."""

from typing import Any, Final

import msgspec
from fastapi.openapi.models import Example

from contracts.battle import BattleAnswer
from services.gateway.examples.prediction import PREDICTION as ANSWERED
from services.gateway.examples.problems import REQUEST_ID as REQUEST_ID
from services.gateway.examples.problems import document
from services.gateway.history.stored import brief

CURSOR: Final = "MTc2NzI2ODgwMDAwMDAwMCA0YjFmNmMwZg"
PREDICTION: Final[dict[str, Any]] = {
    "request_id": REQUEST_ID,
    "family": "battle",
    "made_at": "2026-01-01T12:00:00Z",
    "late": False,
    "model_version": ANSWERED["model_version"],
    "feature_set": ANSWERED["feature_set"],
    "pokedex_hash": ANSWERED["pokedex_hash"],
    "request": {
        "a": {"pokemon": "pikachu", "level": 50, "moves": ["thunderbolt"], "moves_were_given": True},
        "b": {"pokemon": "squirtle", "level": 50, "moves": ["water-gun"], "moves_were_given": True},
        "not_scored": [],
        "moves_considered_capped": False,
        "explain": True,
    },
    "answer": {name: ANSWERED[name] for name in BattleAnswer.__struct_fields__},
    "outcome": None,
}
_BRIEF: Final = {**PREDICTION, "answer": brief(PREDICTION["answer"])}
PAGE: Final[dict[str, Any]] = {"predictions": [_BRIEF], "next_cursor": None}
EVENTS: Final = (
    "event: ready\ndata: {}\n\n"
    f"id: {REQUEST_ID}\nevent: prediction\ndata: {msgspec.json.encode(_BRIEF).decode()}\n\n"
)
OUTCOME: Final[dict[str, Example]] = {
    "a won": {"summary": "Pikachu won", "value": {"request_id": REQUEST_ID, "outcome": "a"}}
}
RECEIPT: Final[dict[str, Any]] = {"request_id": REQUEST_ID, "outcome": "a", "is_recorded": False}
NO_CURSOR: Final = document(
    "invalid",
    "Invalid value",
    422,
    "cursor: nonsense is none that a page gave.",
    field="cursor",
    value="nonsense",
    remedy="Take next_cursor of the page before, or leave it out for the first page.",
)
UNKNOWN_PREDICTION: Final = document(
    "unknown",
    "Unknown request",
    404,
    "No request nowhere of this key was answered.",
    field="request_id",
    value="nowhere",
    remedy="Take the request_id of an answer or a problem; /predictions lists the newest.",
)
OTHER_OUTCOME: Final = document(
    "conflict",
    "Another outcome was reported",
    409,
    "The outcome b was reported before; the first report counts.",
    field="outcome",
    value="a",
    remedy="Nothing is to be done; a report cannot be changed.",
)
NO_OUTCOME: Final = document(
    "invalid",
    "Invalid value",
    422,
    "outcome: Input should be 'a', 'b' or 'draw'",
    field="outcome",
    value="c",
    remedy="Take one of: a, b, draw.",
)
