"""Examples of problem documents: each is what the route says when it is asked wrongly."""

from typing import Any, Final

from services.gateway.problems import KIND_PREFIX

Document = dict[str, Any]
REQUEST_ID: Final = "4b1f6c0f7c0e4f0f9a3f2f6f0d2a9c11"


def document(kind: str, title: str, status: int, detail: str, **members: Any) -> Document:
    """A problem document as it is sent, without `instance`, which is the path that was asked."""
    return {
        "type": KIND_PREFIX + kind,
        "title": title,
        "status": status,
        "detail": detail,
        **members,
        "request_id": REQUEST_ID,
    }


MALFORMED: Final = document(
    "malformed",
    "Malformed body",
    400,
    "The body cannot be read: it is empty.",
    field="body",
    remedy="Send one JSON object in UTF-8; /docs has examples to copy.",
)
BODY_TOO_LARGE: Final = document(
    "body-too-large",
    "Body too large",
    413,
    "The body is larger than 65536 bytes.",
    field="body",
    value="70000 bytes",
    remedy="Send a smaller body; many battles go through POST /jobs.",
)
NO_JSON: Final = document(
    "unsupported-media-type",
    "Unsupported media type",
    415,
    "The body must be JSON.",
    field="content-type",
    value="text/csv",
    remedy="Send it with `content-type: application/json`.",
)
NOT_ACCEPTABLE: Final = document(
    "not-acceptable",
    "Not acceptable",
    406,
    "The answer comes in none of the forms that are accepted.",
    field="accept",
    value="image/png",
    remedy="Accept one of: application/json, text/csv.",
)
NOT_ACCEPTABLE_JOB: Final = {
    **NOT_ACCEPTABLE,
    "remedy": "Accept one of: application/json, text/csv, application/x-ndjson.",
}
TOO_MANY_STREAMS: Final = document(
    "too-many-streams",
    "Too many streams",
    429,
    "8 streams are open with this key.",
    remedy="Close one first; one stream shows all results of a key.",
)
REFUSED: Final = document(
    "unknown",
    "Unknown name",
    422,
    "There is no Pokémon pikachuu.",
    field="a.pokemon",
    value="pikachuu",
    remedy="Take one of the suggestions, or look at /pokemon.",
    suggestions=["Pikachu", "Partner Pikachu"],
)
ID_TAKEN: Final = document(
    "conflict",
    "The request id was used for another question",
    409,
    "The request id order-2026-000417 stands for another question.",
    field="X-Request-ID",
    value="order-2026-000417",
    remedy="Send each question under an id of its own (a UUID, say), and the same body to repeat one.",
)
OVERLOADED: Final = document(
    "overloaded",
    "Overloaded",
    503,
    "4096 requests are pending.",
    remedy="The service is busy: try again in a second.",
)
NO_REPLY: Final = document(
    "reply-timeout",
    "No reply in time",
    504,
    "No reply within 5 s.",
    remedy=f"Send the same with `X-Request-ID: {REQUEST_ID}`: what was answered meanwhile is not asked "
    "again, and `GET /predictions` shows it. `./dex status` shows a part that is down.",
)
NO_POKEDEX: Final = document(
    "not-ready",
    "Not ready",
    503,
    "No complete Pokédex has arrived yet.",
    remedy="Try again in a few seconds, or look at `./dex status`.",
)
NO_DATABASE: Final = document(
    "database-away",
    "Database away",
    503,
    "History and jobs need the database, which does not answer.",
    remedy="Predictions go on meanwhile; try again in a few seconds, or look at `./dex status`.",
)
NO_MODEL: Final = document(
    "no-model",
    "No model yet",
    503,
    "No model of family battle is released yet.",
    remedy="The first `./dex up` trains one; look at `./dex status`.",
)
UNKNOWN_FAMILY: Final = document(
    "unknown",
    "Unknown family",
    404,
    "There is no model family chess.",
    field="family",
    value="chess",
    remedy="Leave it out for the battle family.",
    suggestions=["battle"],
)
LIMIT_TOO_SMALL: Final = document(
    "invalid",
    "Invalid value",
    422,
    "limit: Input should be greater than or equal to 1",
    field="limit",
    value="0",
    remedy="Send 1 or more.",
)
NO_PARAMETERS: Final = document(
    "invalid",
    "Invalid value",
    422,
    "colour: Extra inputs are not permitted",
    field="colour",
    value="yellow",
    remedy="This path takes no query parameters.",
)
UNEXPECTED: Final = document(
    "internal",
    "Unexpected error",
    500,
    "The gateway failed on this request; it was logged.",
    remedy="Report it with the request id.",
)
NO_KEY: Final = document(
    "unauthorised",
    "Unauthorised",
    401,
    "This route needs an API key in the header X-API-Key.",
    field="X-API-Key",
    remedy="Send `X-API-Key: pdx_…`; `./dex keys create` makes a key, and the first `./dex up` wrote one "
    "to a file.",
)
NO_SCOPE: Final = document(
    "forbidden",
    "Forbidden",
    403,
    "The key 0123456789ab has not the scope predict.",
    field="X-API-Key",
    value="read",
    remedy="Use a key that has it: `./dex keys create --scope predict OWNER`.",
)
NO_READ_SCOPE: Final = {
    **NO_SCOPE,
    "detail": "The key 0123456789ab has not the scope read.",
    "value": "predict",
    "remedy": "Use a key that has it: `./dex keys create --scope read OWNER`.",
}
TOO_MANY: Final = document(
    "too-many-requests",
    "Too many requests",
    429,
    "This key asks more often than its rate allows.",
    field="key",
    value="0123456789ab",
    remedy="Try again in 1 s.",
)
MAY_PREDICT: Final = (NO_KEY, NO_SCOPE, TOO_MANY)
MAY_READ: Final = (NO_KEY, NO_READ_SCOPE, TOO_MANY)
"""What stands before routes that need one scope or the other."""
