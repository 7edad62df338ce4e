"""Before any route: request id, limits, and a body that is strict JSON or nothing.

A path that does not take the method, or is of no route, is told so before key and body are judged; HEAD
is answered wherever GET is.

Limits hold before anything is parsed: 16 KB of headers, the rate of an address, 64 KB of body unless
the route takes more (counted as it arrives, so that no more is kept; where a key is needed, only of one
in force and within its rate), 16 levels of nesting. NaN, repeated keys and lone surrogates are refused.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway import texts
from services.gateway.access import admit_before_body
from services.gateway.bodies import BY_PATH, USUAL, Accepted, media_type_of, strict_json
from services.gateway.limits import Limits
from services.gateway.methods import takes, without_body
from services.gateway.problems import ProblemError, problem, respond
from services.gateway.request_ids import HEADER, identify

MAXIMUM_HEADER_BYTES: Final = 16_384
UNCOUNTED: Final = frozenset({"/health", "/health/live", "/health/ready", "/metrics"})
"""A prober that is refused would call a busy gateway dead."""
_WITH_BODY: Final = ("POST", "PUT", "PATCH")
_OF_KEYS: Final = ("/predict/", "/jobs", "/outcomes")
"""Beginnings of paths whose bodies are read for keys alone."""

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
        request_id, is_own_id = identify(Headers(scope=scope))
        scope.setdefault("state", {}).update(request_id=request_id, is_own_id=is_own_id)

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[HEADER] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Content-Security-Policy"] = _PAGE_POLICY
            await send(message)

        try:
            _check_headers(scope)
            if scope["path"] not in UNCOUNTED:
                self._limits.take_for_address(_address(scope))
            if scope["method"] in _WITH_BODY and takes(self._routes(scope), scope, scope["method"]):
                accepted = BY_PATH.get(scope["path"], USUAL)
                if scope["path"].startswith(_OF_KEYS):
                    admit_before_body(scope)
                is_json = accepted.is_json(media_type_of(scope))
                body = await _read_body(scope, receive, accepted)
                if is_json:
                    body = await _strict(body)
                    MutableHeaders(scope=scope)["Content-Type"] = "application/json"
                receive = _replay(body, receive)
        except ProblemError as error:
            await respond(error.problem, scope, error.headers)(scope, receive, send_marked)
            return
        except _Disconnected:
            return
        if scope["method"] == "HEAD" and not takes(self._routes(scope), scope, "HEAD"):
            await without_body(self._app, scope, send_marked)
        else:
            await self._app(scope, receive, send_marked)

    @staticmethod
    def _routes(scope: Scope) -> Sequence[BaseRoute]:
        app: Starlette = scope["app"]
        return app.routes


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


async def _read_body(scope: Scope, receive: Receive, accepted: Accepted) -> bytes:
    announced = Headers(scope=scope).get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > accepted.maximum_bytes:
        raise ProblemError(accepted.too_large(f"{announced[:20]} bytes"), {"Connection": "close"})
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Disconnected
        body += message.get("body", b"")
        if len(body) > accepted.maximum_bytes:
            found = accepted.too_large(f"more than {accepted.maximum_bytes} bytes")
            raise ProblemError(found, {"Connection": "close"})
        if not message.get("more_body", False):
            return bytes(body)


async def _strict(body: bytes) -> bytes:
    """A large body is looked through in a thread: other requests go on meanwhile."""
    if len(body) <= USUAL.maximum_bytes:
        return strict_json(body)
    return await asyncio.to_thread(strict_json, body)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending = True

    async def replayed() -> Message:
        nonlocal pending
        if pending:
            pending = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replayed
