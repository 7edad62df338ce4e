"""Every error is an RFC 9457 problem document: what, where, which value, what to do."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from contracts.serving import RefusalReason, Refused
from shared.errors import CallFailed, NotReady, Overloaded, ReplyTimeout, ShuttingDown
from shared.logs import get_logger

MEDIA_TYPE: Final = "application/problem+json"
KIND_PREFIX: Final = "urn:predictiondex:problem:"
MAXIMUM_VALUE_LENGTH: Final = 200
_log = get_logger(__name__)


class Problem(BaseModel):
    """An RFC 9457 problem document. `field` is a path in the body (`a.moves[1]`) or a parameter."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(examples=[KIND_PREFIX + "unknown"])
    title: str = Field(examples=["Unknown name"])
    status: int = Field(examples=[422])
    detail: str
    instance: str | None = None
    field: str | None = None
    value: str | None = None
    remedy: str | None = None
    suggestions: list[str] | None = None
    request_id: str | None = None
    errors: list[dict[str, str]] | None = None


class ProblemError(Exception):
    """Raised by a route to answer with a problem document."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = dict(headers or {})


def problem(kind: str, title: str, status: int, detail: str, **members: Any) -> Problem:
    """A problem of ours; `kind` ends its type URI."""
    return Problem(type=KIND_PREFIX + kind, title=title, status=status, detail=detail, **members)


_REFUSALS: Final[dict[RefusalReason, tuple[int, str]]] = {
    "malformed": (400, "Malformed request"),
    "invalid": (422, "Invalid value"),
    "unknown": (422, "Unknown name"),
    "not_learnable": (422, "The Pokémon cannot learn this move"),
    "not_scored": (422, "No move can be scored"),
    "conflict": (409, "The request id was used for another question"),
    "expired": (504, "The deadline passed"),
    "unavailable": (503, "Not available now"),
    "internal": (502, "The request could not be worked on"),
}

_FAILURES: Final[dict[type[CallFailed], tuple[str, int, str, int | None]]] = {
    NotReady: ("not-ready", 503, "Not ready", 2),
    Overloaded: ("overloaded", 503, "Overloaded", 1),
    ShuttingDown: ("shutting-down", 503, "Shutting down", 2),
    ReplyTimeout: ("reply-timeout", 504, "No reply in time", None),
}


def of_refusal(refused: Refused, field: str) -> ProblemError:
    """The refusal of a service, its `field` translated to the caller's body."""
    status, title = _REFUSALS[refused.reason]
    document = problem(
        refused.reason,
        title,
        status,
        refused.message,
        field=field,
        value=refused.value,
        remedy=refused.remedy,
        suggestions=list(refused.suggestions),
        request_id=refused.request_id,
    )
    return ProblemError(document, {"Retry-After": "1"} if refused.retryable else None)


def of_failed_call(failure: CallFailed, request_id: str) -> ProblemError:
    """No reply: which kind of silence, and when to try again."""
    kind, status, title, retry_after = _FAILURES.get(type(failure), ("call-failed", 503, "Call failed", 1))
    document = problem(kind, title, status, str(failure), remedy=failure.remedy, request_id=request_id)
    return ProblemError(document, None if retry_after is None else {"Retry-After": str(retry_after)})


def shown(value: Any) -> str:
    """A value as text of at most 200 characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAXIMUM_VALUE_LENGTH else text[: MAXIMUM_VALUE_LENGTH - 1] + "…"


def respond(
    document: Problem, scope: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """The document with path and request id of the HTTP request in `scope`."""
    complete = document.model_copy(
        update={
            "instance": document.instance or quote(scope.get("path", "")),
            "request_id": document.request_id or scope.get("state", {}).get("request_id"),
        }
    )
    return Response(
        complete.model_dump_json(exclude_none=True),
        status_code=document.status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )
