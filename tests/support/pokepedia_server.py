"""The wiki on loopback: pages, robots.txt, and what it was asked, when and by whom."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.support.loopback import serving


class Pokepedia:
    """`pages`: path → HTML. `faults`: path → statuses of the first, second … answer."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        self.pages = dict(pages)
        self.faults: dict[str, list[int]] = {}
        self.robots = "User-agent: *\nDisallow: /index.php\n"
        self.asked: list[tuple[str, float]] = []
        self.agents: set[str] = set()
        self.url = ""

    @contextmanager
    def serving(self) -> Iterator[None]:
        routes = [Route("/robots.txt", self._robots), Route("/{path:path}", self._page)]
        with serving(Starlette(routes=routes)) as self.url:
            yield

    @property
    def paths(self) -> list[str]:
        """The pages that were asked for, in order."""
        return [path for path, _ in self.asked]

    async def _robots(self, _: Request) -> Response:
        return PlainTextResponse(self.robots)

    async def _page(self, request: Request) -> Response:
        path = request.path_params["path"]
        self.asked.append((path, time.monotonic()))
        self.agents.add(request.headers["user-agent"])
        faults = self.faults.get(path)
        if faults:
            return Response("no", status_code=faults.pop(0))
        if path not in self.pages:
            return HTMLResponse("<h1>Page inexistante</h1>", status_code=404)
        return HTMLResponse(self.pages[path])
