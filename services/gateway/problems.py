"""Every error is an RFC 9457 problem document: what, where, which value, what to do."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from contracts.serving import RefusalReason, Refused
from shared.errors import CallFailed, NotReady, Overloaded, ReplyTimeout, ShuttingDown
from shared.logs import get_logger

MEDIA_TYPE: Final = "application/problem+json"
KIND_PREFIX: Final = "urn:predictiondex:problem:"
MAXIMUM_VALUE_LENGTH: Final = 200
MAXIMUM_ERRORS: Final = 10
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


def field_path(location: Sequence[int | str], tags: frozenset[str] = frozenset()) -> str:
    """`("body", "a", "moves", 1)` as `a.moves[1]`; the source and union tags are left out."""
    path = ""
    for position, part in enumerate(location):
        if position == 0 or (position == 1 and part in tags):
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".") or str(location[0])


_REMEDIES: Final = {
    "missing": "Add this field.",
    "extra_forbidden": "Remove this field; /docs lists those that are known.",
    "int_type": "Send a whole number without quotes, such as 50.",
    "too_long": "Send fewer.",
    "too_short": "Send at least one, or leave the field out.",
}


def of_validation(error: RequestValidationError, tags: frozenset[str]) -> Problem:
    """The first violation as field, value and remedy; up to ten in `errors`."""
    found = [
        {
            "field": field_path(one["loc"], tags),
            "value": "" if one["type"] == "missing" else shown(one["input"]),
            "message": str(one["msg"]),
        }
        for one in error.errors()[:MAXIMUM_ERRORS]
    ]
    first = found[0]
    kind = error.errors()[0]["type"]
    return problem(
        "invalid",
        "Invalid value",
        422,
        f"{first['field']}: {first['message']}",
        field=first["field"],
        value=first["value"],
        remedy=_REMEDIES.get(kind, "See /docs for the form of the request."),
        errors=found if len(found) > 1 else None,
    )


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


def install(app: FastAPI, tags: frozenset[str]) -> None:
    """Answer every error of `app` with a problem document. `tags`: names of body variants."""

    @app.exception_handler(ProblemError)
    async def on_problem(request: Request, error: ProblemError) -> Response:
        return respond(error.problem, request.scope, error.headers)

    @app.exception_handler(RequestValidationError)
    async def on_validation(request: Request, error: RequestValidationError) -> Response:
        return respond(of_validation(error, tags), request.scope)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        remedy = "/docs lists every path and method." if error.status_code in (404, 405) else None
        document = Problem(
            type="about:blank",
            title=str(error.detail),
            status=error.status_code,
            detail=f"{request.method} {shown(request.url.path)}: {error.detail}",
            remedy=remedy,
        )
        return respond(document, request.scope, error.headers)

    @app.exception_handler(Exception)
    async def on_defect(request: Request, error: Exception) -> Response:
        _log.error("unexpected error", path=request.url.path, exc_info=error)
        document = problem(
            "internal",
            "Unexpected error",
            500,
            "The gateway failed on this request; it was logged.",
            remedy="Report it with the request id.",
        )
        return respond(document, request.scope)
