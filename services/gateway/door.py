"""Before any route: request id, limits, and a body that is strict JSON or nothing.

Limits hold before anything is parsed: 16 KB of headers, the rate of an address, 64 KB of body
(counted as it arrives, so that no more is kept), 16 levels of nesting. NaN, repeated keys and lone
surrogates are refused.
"""

import json
import re
import uuid
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway import texts
from services.gateway.limits import Limits
from services.gateway.problems import Draft, ProblemError, problem, respond
from shared.json_blame import Constant, find_constant
from shared.wording import Said, Text

MAXIMUM_BODY_BYTES: Final = 65_536
MAXIMUM_HEADER_BYTES: Final = 16_384
MAXIMUM_DEPTH: Final = 16
MAXIMUM_DIGITS: Final = 4_000
JSON_TYPES: Final = ("", "application/json", "application/x-www-form-urlencoded")
"""The last is what `curl -d` says when it is told nothing."""
UNCOUNTED: Final = frozenset({"/health", "/health/live", "/health/ready", "/metrics"})
"""A prober that is refused would call a busy gateway dead."""
_WITH_BODY: Final = ("POST", "PUT", "PATCH")
_MARKS: Final = re.compile(r'\\.|["\[\]{}]', re.DOTALL)

# Pages and their scripts come from here: a browser that is online loads nothing more either.
_PAGE_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'"
)


class Door:
    """ASGI middleware: numbers each request, bounds it, and answers what is over a bound itself."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope.setdefault("state", {})["request_id"] = uuid.uuid4().hex

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Content-Security-Policy"] = _PAGE_POLICY
            await send(message)

        try:
            _check_headers(scope)
            if scope["path"] not in UNCOUNTED:
                self._limits.take_for_address(_address(scope))
            if scope["method"] in _WITH_BODY:
                receive = _replay(strict_json(await _read_body(scope, receive)), receive)
                headers = MutableHeaders(scope=scope)
                headers["Content-Type"] = "application/json"
        except ProblemError as error:
            await respond(error.problem, scope, error.headers)(scope, receive, send_marked)
            return
        except _Disconnected:
            return
        await self._app(scope, receive, send_marked)


class _Disconnected(Exception):
    """The client went away before its body was complete: there is nobody to answer."""


def _address(scope: Scope) -> str:
    """The peer's address, or what a trusted proxy says it is; a socket without one is one caller."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def _check_headers(scope: Scope) -> None:
    size = sum(len(name) + len(value) for name, value in scope["headers"])
    if size > MAXIMUM_HEADER_BYTES:
        raise ProblemError(
            problem(
                "headers-too-large",
                texts.HEADERS_TOO_LARGE,
                431,
                texts.HEADERS_LARGER.of(limit=MAXIMUM_HEADER_BYTES),
                field="headers",
                value=f"{size} bytes",
                remedy=texts.HEADERS_REMEDY,
            )
        )


async def _read_body(scope: Scope, receive: Receive) -> bytes:
    headers = Headers(scope=scope)
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in JSON_TYPES and not media_type.endswith("+json"):
        raise ProblemError(
            problem(
                "unsupported-media-type",
                texts.UNSUPPORTED_TYPE,
                415,
                texts.BODY_NOT_JSON,
                field="content-type",
                value=media_type[:200],
                remedy=texts.JSON_TYPE_REMEDY,
            )
        )
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > MAXIMUM_BODY_BYTES:
        raise ProblemError(_too_large(f"{announced[:20]} bytes"), {"Connection": "close"})
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Disconnected
        body += message.get("body", b"")
        if len(body) > MAXIMUM_BODY_BYTES:
            raise ProblemError(_too_large(f"more than {MAXIMUM_BODY_BYTES} bytes"), {"Connection": "close"})
        if not message.get("more_body", False):
            return bytes(body)


def _too_large(value: str) -> Draft:
    return problem(
        "body-too-large",
        texts.BODY_TOO_LARGE,
        413,
        texts.BODY_LARGER.of(limit=MAXIMUM_BODY_BYTES),
        field="body",
        value=value,
        remedy=texts.BODY_SIZE_REMEDY,
    )


def strict_json(body: bytes) -> bytes:
    """The body as UTF-8 JSON that every reader understands alike.

    Raises ProblemError (400) when it is empty, not UTF-8, not JSON, nested deeper than 16 levels,
    has a key twice, NaN or Infinity, or half of a surrogate pair.
    """
    try:
        # A byte order mark is what some editors and PowerShell put before a file.
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _malformed(texts.NOT_UTF8.of(byte=error.start)) from None
    if not text.strip():
        raise _malformed(texts.EMPTY)
    if _depth(text) > MAXIMUM_DEPTH:
        raise _malformed(texts.TOO_DEEP.of(limit=MAXIMUM_DEPTH))
    try:
        parsed = json.loads(
            text, parse_constant=Constant, parse_int=_whole_number, object_pairs_hook=_refuse_repeated
        )
        json.dumps(parsed, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        at = {"message": error.msg, "line": error.lineno, "column": error.colno}
        raise _malformed(texts.NOT_JSON.of(**at)) from None
    except UnicodeEncodeError:
        raise _malformed(texts.HALF_A_PAIR) from None
    except _Unreadable as error:
        raise _malformed(error.words) from None
    constant = find_constant(parsed)
    if constant is not None:
        field, word = constant
        raise _malformed(texts.NO_NUMBER.of(word=word), field or "body", word)
    return text.encode()


def _depth(text: str) -> int:
    """Deepest nesting of brackets outside of strings, counted until the limit is passed."""
    depth = deepest = 0
    in_string = False
    for found in _MARKS.finditer(text):
        mark = found[0]
        if mark == '"':
            in_string = not in_string
        elif in_string:
            continue
        elif mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAXIMUM_DEPTH:
                return deepest
        elif mark in "]}":
            depth -= 1
    return deepest


def _whole_number(digits: str) -> int:
    if len(digits) > MAXIMUM_DIGITS:
        raise _Unreadable(texts.LONG_NUMBER.of(digits=len(digits), limit=MAXIMUM_DIGITS))
    return int(digits)


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise _Unreadable(texts.REPEATED_KEY.of(name=repr(name[:50])))
        members[name] = value
    return members


class _Unreadable(ValueError):
    """Found while the body is parsed."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.say("en"))
        self.words = said


def _malformed(reason: Text | Said, field: str = "body", value: str | None = None) -> ProblemError:
    return ProblemError(
        problem(
            "malformed",
            texts.MALFORMED,
            400,
            texts.UNREADABLE.of(reason=reason),
            field=field,
            value=value,
            remedy=texts.UNREADABLE_REMEDY,
        )
    )


def _replay(body: bytes, receive: Receive) -> Receive:
    pending = True

    async def replayed() -> Message:
        nonlocal pending
        if pending:
            pending = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replayed
