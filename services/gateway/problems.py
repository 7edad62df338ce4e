"""Every error is an RFC 9457 problem document: what, where, which value, what to do.

A problem is drafted before its language is known, and told in the language of `Accept-Language`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.responses import Response

from contracts.serving import RefusalReason, Refused
from services.gateway.texts import NO_REPLY_REMEDY
from shared.errors import CallFailed, NotReady, Overloaded, ReplyTimeout, ShuttingDown
from shared.logs import get_logger
from shared.problem_texts import (
    FAILURE_DETAILS,
    FAILURE_TITLES,
    REFUSAL_TITLES,
    refused_words,
    suggested_words,
)
from shared.wording import Language, Words, preferred_language, words

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A problem before its language is known. `type` is the whole URI."""

    type: str
    title: Words
    status: int
    detail: Words
    field: str | None = None
    value: str | None = None
    remedy: Words | None = None
    suggestions: Sequence[str | Words] | None = None
    request_id: str | None = None
    errors: list[dict[str, str | Words]] | None = None

    def told(self, language: Language) -> Problem:
        """The document in `language`."""
        return Problem(
            type=self.type,
            title=self.title.say(language),
            status=self.status,
            detail=self.detail.say(language),
            field=self.field,
            value=self.value,
            remedy=None if self.remedy is None else self.remedy.say(language),
            suggestions=None
            if self.suggestions is None
            else [words(one).say(language) for one in self.suggestions],
            request_id=self.request_id,
            errors=None
            if self.errors is None
            else [{name: words(part).say(language) for name, part in one.items()} for one in self.errors],
        )


class ProblemError(Exception):
    """Raised by a route to answer with a problem document."""

    def __init__(self, problem: Draft, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.detail.say("en"))
        self.problem = problem
        self.headers = dict(headers or {})


def problem(
    kind: str,
    title: str | Words,
    status: int,
    detail: str | Words,
    *,
    remedy: str | Words | None = None,
    **members: Any,
) -> Draft:
    """A problem of ours; `kind` ends its type URI. A plain string is the same in every language."""
    return Draft(
        type=KIND_PREFIX + kind,
        title=words(title),
        status=status,
        detail=words(detail),
        remedy=None if remedy is None else words(remedy),
        **members,
    )


_REFUSALS: Final[dict[RefusalReason, int]] = {
    "malformed": 400,
    "invalid": 422,
    "unknown": 422,
    "not_learnable": 422,
    "not_scored": 422,
    "conflict": 409,
    "expired": 504,
    "unavailable": 503,
    "internal": 502,
}

_FAILURES: Final[dict[type[CallFailed], tuple[str, int, int | None]]] = {
    NotReady: ("not-ready", 503, 2),
    Overloaded: ("overloaded", 503, 1),
    ShuttingDown: ("shutting-down", 503, 2),
    ReplyTimeout: ("reply-timeout", 504, None),
}


def of_refusal(refused: Refused, field: str) -> ProblemError:
    """The refusal of a service, its `field` translated to the caller's body."""
    message, remedy = refused_words(refused)
    document = problem(
        refused.reason,
        REFUSAL_TITLES[refused.reason],
        _REFUSALS[refused.reason],
        message,
        field=field,
        value=refused.value,
        remedy=remedy,
        suggestions=suggested_words(refused) or None,
        request_id=refused.request_id,
    )
    return ProblemError(document, {"Retry-After": "1"} if refused.retryable else None)


def of_failed_call(failure: CallFailed, request_id: str, sent_as: str | None = None) -> ProblemError:
    """No reply: which kind of silence, and when to try again.

    `sent_as`: the id of the HTTP request, where `request_id` is that of one question of it.
    """
    kind, status, retry_after = _FAILURES.get(type(failure), ("call-failed", 503, 1))
    if isinstance(failure, Overloaded):
        retry_after = ceil(failure.retry_after_s)
    name = type(failure).__name__
    document = problem(
        kind,
        FAILURE_TITLES.get(name, FAILURE_TITLES["CallFailed"]),
        status,
        FAILURE_DETAILS.get(name, FAILURE_DETAILS["CallFailed"]).of(message=failure),
        remedy=_remedy(failure, request_id if sent_as is None else sent_as),
        request_id=request_id,
    )
    return ProblemError(document, None if retry_after is None else {"Retry-After": str(retry_after)})


def _remedy(failure: CallFailed, request_id: str) -> Words:
    if isinstance(failure, ReplyTimeout) and request_id:
        return NO_REPLY_REMEDY.of(request_id=request_id)
    return failure.remedy_words


def shown(value: Any) -> str:
    """A value as text of at most 200 characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAXIMUM_VALUE_LENGTH else text[: MAXIMUM_VALUE_LENGTH - 1] + "…"


def language_of(scope: Mapping[str, Any]) -> Language:
    """What the client of an HTTP request prefers to read."""
    return preferred_language(",".join(Headers(raw=scope.get("headers", [])).getlist("accept-language")))


def respond(draft: Draft, scope: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """The document in the client's language, with path and request id of the HTTP request in `scope`."""
    language = language_of(scope)
    document = draft.told(language)
    complete = document.model_copy(
        update={
            "instance": quote(scope.get("path", "")),
            "request_id": document.request_id or scope.get("state", {}).get("request_id"),
        }
    )
    return Response(
        complete.model_dump_json(exclude_none=True),
        status_code=document.status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": language, "Vary": "Accept-Language", **(headers or {})},
    )
