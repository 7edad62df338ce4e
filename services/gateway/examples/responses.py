"""What a route may answer, for the OpenAPI document."""

from functools import cache
from typing import Any, Final

from services.gateway.examples.problems import (
    LIMIT_TOO_SMALL,
    NO_PARAMETERS,
    NO_POKEDEX,
    UNEXPECTED,
    Document,
)
from services.gateway.nulls import with_nulls
from services.gateway.problems import MEDIA_TYPE, Problem

Responses = dict[int | str, dict[str, Any]]


def answer(example: Any, description: str) -> dict[str, Any]:
    """The success response of a route, with its example."""
    return {"description": description, "content": {"application/json": {"example": with_nulls(example)}}}


def in_forms(success: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """The same answer in other media types too, each with its example."""
    content = {media_type: {"example": example} for media_type, example in others.items()}
    return {**success, "content": success["content"] | content}


def event_stream(example: str, description: str) -> dict[str, Any]:
    """The success response of a route that sends events, with what a stream begins with."""
    one_event = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
        "required": ["event", "data"],
    }
    content = {"text/event-stream": {"schema": one_event, "example": example}}
    return {"description": description, "content": content}


def fixed(example: Any, description: str) -> Responses:
    """Responses of a route of the Pokédex that takes no name and no parameters."""
    return _of_pokedex(answer(example, description), NO_PARAMETERS)


def one(example: Document, description: str, unknown: Document) -> Responses:
    """Responses of a route that tells of one record, `unknown` when there is none of that name."""
    return _of_pokedex(answer(example, description), NO_PARAMETERS, unknown)


def page(example: list[Document], description: str, *unknown: Document) -> Responses:
    """Responses of a route that lists records, in parts when asked."""
    headers = {
        "X-Total-Count": {"description": "Rows that pass the filters", "schema": {"type": "integer"}},
        "Link": {
            "description": "Other pages (RFC 8288), with `limit`: first, prev, next, last",
            "schema": {"type": "string"},
        },
    }
    return _of_pokedex({**answer(example, description), "headers": headers}, LIMIT_TOO_SMALL, *unknown)


def _of_pokedex(success: dict[str, Any], *documents: Document) -> Responses:
    held = {"description": "The client holds this state of the Pokédex: `If-None-Match` has its `ETag`"}
    return {200: success, 304: held, **failures(*documents, NO_POKEDEX)}


def failures(*documents: Document) -> dict[int | str, dict[str, Any]]:
    """The problem documents that a route may answer with, by status; `default` stands for all others."""
    found: dict[int | str, dict[str, Any]] = {
        example["status"]: _response(example, _MEANINGS[example["status"]]) for example in documents
    }
    return found | {"default": _response(UNEXPECTED, "Any other error")}


def _response(example: Document, description: str) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": _problem_schema(), "example": example}}
    return {"description": description, "content": content}


@cache
def _problem_schema() -> dict[str, Any]:
    return Problem.model_json_schema()


_MEANINGS: Final = {
    400: "The body cannot be read",
    401: "No API key, or one that is not in force",
    403: "The API key has not the scope",
    404: "Unknown name or id",
    406: "The answer comes in no form that is accepted",
    409: "It contradicts what is there",
    413: "The body is too large",
    415: "The body is in no form that is read",
    422: "A value is refused: field, value, why and what to do",
    429: "Too many: try again after `Retry-After` seconds",
    503: "Not ready or overloaded: try again after `Retry-After` seconds",
    504: "No reply in time",
}
