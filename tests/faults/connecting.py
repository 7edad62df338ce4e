"""Ways to the scene besides Kafka: its database, and a REST API that rows may break things under."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

import asyncpg
import httpx
import msgspec

from contracts.access import Scope
from services.gateway.access import HEADER
from tests.faults.asking import random_battle
from tests.faults.running import Run
from tests.support.api_keys import grant_key
from tests.support.service_process import Member

PATIENCE_SECONDS: Final = 45.0
"""Beyond what a statement may take: what does not answer by then never does."""


@contextlib.asynccontextmanager
async def connected(run: Run) -> AsyncIterator[Any]:
    """A connection of the harness's own."""
    connection = await asyncpg.connect(run.scene.database_url.replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


class RestApi:
    """A gateway of the scene, and a caller with a key that may predict and read."""

    def __init__(self, run: Run, gateway: Member, client: httpx.AsyncClient) -> None:
        """Made by `rest_api`."""
        self.gateway = gateway
        self._run = run
        self._client = client

    async def ask(self) -> httpx.Response | None:
        """Ask one battle; None when the gateway is gone."""
        body = msgspec.to_builtins(random_battle(self._run.draw))
        try:
            return await self._client.post(f"{self.gateway.address}/predict/battle", json=body)
        except httpx.TransportError:
            return None

    async def look_up(self, request_id: str) -> httpx.Response:
        """The prediction of this id, as its caller finds it."""
        return await self._client.get(f"{self.gateway.address}/predictions/{request_id}")

    async def history(self) -> int:
        """Status of the caller's own history. Whatever is no success must be a problem document."""
        response = await self._client.get(f"{self.gateway.address}/predictions")
        is_problem = response.headers["content-type"].startswith("application/problem+json")
        self._run.check(response.is_success or is_problem, f"history answers {response.text[:200]}")
        return response.status_code


@contextlib.asynccontextmanager
async def rest_api(run: Run, **changes: Any) -> AsyncIterator[RestApi]:
    """A gateway while the context lasts."""
    _, key = await grant_key(run.scene.settings(), Scope.PREDICT, Scope.READ)
    async with (
        run.scene.another("gateway", **changes) as gateway,
        httpx.AsyncClient(timeout=PATIENCE_SECONDS, headers={HEADER: key}) as client,
    ):
        yield RestApi(run, gateway, client)
