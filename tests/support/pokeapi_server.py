"""PokéAPI on loopback: it counts who asks, and misbehaves where it is told to."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.support.loopback import serving

Answer = Callable[[bytes], Awaitable[Response]]


class PokeApi:
    """`resources`: path → body. `faults`: path → what is answered to the first, second … request."""

    def __init__(self, resources: Mapping[str, dict[str, Any]]) -> None:
        self.resources = dict(resources)
        self.faults: dict[str, list[Answer]] = {}
        self.asked: Counter[str] = Counter()
        self.most_in_flight = 0
        self.pause_s = 0.0
        self.url = ""
        self._in_flight = 0

    @contextmanager
    def serving(self) -> Iterator[None]:
        routes = [Route("/api/v2/{path:path}", self._answer)]
        with serving(Starlette(routes=routes)) as url:
            self.url = f"{url}api/v2/"
            yield

    async def _answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        self.asked[path] += 1
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            await asyncio.sleep(self.pause_s)
            if path not in self.resources:
                return Response(status_code=404)
            body = msgspec.json.encode(self.resources[path])
            faults = self.faults.get(path)
            return await (faults.pop(0) if faults else whole)(body)
        finally:
            self._in_flight -= 1


async def whole(body: bytes) -> Response:
    return Response(body, media_type="application/json")


async def truncated(body: bytes) -> Response:
    """Ends in the middle of the JSON, as if that were all."""
    return Response(body[: len(body) // 2], media_type="application/json")


async def slow(body: bytes) -> Response:
    """A byte now and then: each wait is short, all of them together are not."""

    async def pieces() -> Any:
        for index in range(len(body)):
            yield body[index : index + 1]
            await asyncio.sleep(0.05)

    return StreamingResponse(pieces(), media_type="application/json")


def status(code: int, **headers: str) -> Answer:
    async def answer(_: bytes) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response("no", status_code=code, headers=named)

    return answer
