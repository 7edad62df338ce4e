"""Which methods a path takes, and HEAD wherever it takes GET."""

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Scope, Send

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


def takes(routes: Sequence[BaseRoute], scope: Scope, method: str) -> bool:
    """Whether the path of a request takes `method`."""
    return any(_route_takes(route, scope, method) for route in routes)


def allowed(routes: Sequence[BaseRoute], scope: Scope) -> str:
    """All methods of the path, as the header `Allow` lists them; one route may know only some."""
    found = [method for method in _METHODS if takes(routes, scope, method)]
    return ", ".join([*found, "HEAD"] if "GET" in found else found)


async def without_body(app: ASGIApp, scope: Scope, send: Send) -> None:
    """Answer HEAD as `app` answers GET, but for the body; a stream ends where it would begin."""
    # A scope of its own: the server leaves bodies out by the method of its one.
    inner = {**scope, "method": "GET"}
    started = asyncio.Event()

    async def send_start(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            started.set()

    async def receive_end() -> Message:
        await started.wait()
        return {"type": "http.disconnect"}

    try:
        await app(inner, receive_end, send_start)
    finally:
        # What the metrics are counted by.
        scope["route"] = inner.get("route")


def _route_takes(route: BaseRoute, scope: Scope, method: str) -> bool:
    # A mount that was entered has put its path before that of its own routes.
    root = scope.get("app_root_path", scope.get("root_path", ""))
    match, _ = route.matches({**scope, "method": method, "root_path": root})
    # A mount, which serves files, matches whatever it is asked.
    return match is Match.FULL and (not isinstance(route, Mount) or method in ("GET", "HEAD"))
