"""Examples of the routes of jobs."""

from typing import Any, Final

import msgspec

from services.gateway.examples.batch import BATCH_ANSWER, BATTLES
from services.gateway.examples.prediction import PREDICTION
from services.gateway.examples.problems import document

JOB_ID: Final = "7d2a54f0b0f64f9c8f6f3c0e5a1b2c3d"
IDEMPOTENCY_KEY: Final = "8e03978e-40d5-43dd-bc93-6894a57f9324"
_LINES: Final = "".join(msgspec.json.encode(battle).decode() + "\n" for battle in BATTLES)
_CSV: Final = (
    "a,b,move_a,move_b,level_a,explain\npikachu,squirtle,thunderbolt,water-gun,,true\nmew,eevee,,,500,\n"
)
UPLOAD: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "battles": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": 10_000,
                            "items": {
                                "anyOf": [
                                    {"$ref": "#/components/schemas/BattleBody"},
                                    {"$ref": "#/components/schemas/EarlierBody"},
                                ]
                            },
                        }
                    },
                    "required": ["battles"],
                    "additionalProperties": False,
                },
                "examples": {
                    "one that is wrong": {
                        "summary": "The second has a level that no Pokémon has",
                        "value": {"battles": BATTLES},
                    }
                },
            },
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "examples": {"one battle a line": {"value": _LINES}},
            },
            "text/csv": {
                "schema": {"type": "string"},
                "examples": {"a table": {"value": _CSV}},
            },
        },
    }
}
ACCEPTED: Final[dict[str, Any]] = {
    "job_id": JOB_ID,
    "status": "running",
    "total": 2,
    "done": 1,
    "answered": 0,
    "refused": 1,
    "expired": 0,
    "created_at": "2026-01-01T12:00:00Z",
    "finished_at": None,
}
FINISHED: Final[dict[str, Any]] = {
    **ACCEPTED,
    "status": "finished",
    "done": 2,
    "answered": 1,
    "finished_at": "2026-01-01T12:00:01Z",
}
EVENTS: Final = f"id: 2\nevent: finished\ndata: {msgspec.json.encode(FINISHED).decode()}\n\n"


def _of_job(shown: dict[str, Any]) -> dict[str, Any]:
    request_id = f"{JOB_ID}-{shown['index']}"
    parts = {
        name: None if shown[name] is None else {**shown[name], "request_id": request_id}
        for name in ("prediction", "problem")
    }
    return {**shown, "request_id": request_id, **parts}


ANSWERS: Final = [_of_job(shown) for shown in BATCH_ANSWER["items"]]
ANSWERS_LINES: Final = "".join(msgspec.json.encode(one).decode() + "\n" for one in ANSWERS)
ANSWERS_CSV: Final = (
    "index,pokemon_a,pokemon_b,winner,win_probability,verdict,recommended_move,best_reply,model_version,"
    "request_id,error\r\n"
    f"0,pikachu,squirtle,{PREDICTION['winner']},{PREDICTION['win_probability']!r},{PREDICTION['verdict']},"
    f"thunderbolt,{PREDICTION['best_reply']},{PREDICTION['model_version']},{JOB_ID}-0,\r\n"
    f"1,,,,,,,,,{JOB_ID}-1,a.level: a.level: Input should be less than or equal to 100\r\n"
)
TOO_LARGE: Final = document(
    "body-too-large",
    "Body too large",
    413,
    "The body is larger than 4194304 bytes.",
    field="body",
    value="4300000 bytes",
    remedy="Send several jobs.",
)
NO_UPLOAD: Final = document(
    "unsupported-media-type",
    "Unsupported media type",
    415,
    "The body must be JSON, JSON lines or CSV.",
    field="content-type",
    value="image/png",
    remedy="Send it with one of the content types application/json, text/csv, application/x-ndjson, "
    "application/jsonl, application/jsonlines.",
)
NO_BATTLES: Final = document(
    "invalid",
    "Invalid value",
    422,
    "battles: 0, but a job has 1 to 10000.",
    field="battles",
    value="0",
    remedy="Send at least one.",
)
UNKNOWN_JOB: Final = document(
    "unknown",
    "Unknown job",
    404,
    "There is no job nowhere of this key.",
    field="job_id",
    value="nowhere",
    remedy="Take the job_id of the answer to POST /jobs; GET /jobs lists those that are kept.",
)
UNFINISHED: Final = document(
    "job-running",
    "The job is not finished",
    409,
    "1 of 2 battles are done.",
    field="job_id",
    value=JOB_ID,
    remedy="Follow GET /jobs/{job_id}/events, then ask again.",
)
