"""Sends calls when they are due, whether or not earlier ones came back, and counts what comes of them."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import httpx

from contracts.channels import BATTLE_REQUESTED
from contracts.serving import Predicted
from services.cli.asking import Asks
from services.cli.traffic.calls import Ask, Call, Fetch
from services.cli.traffic.plan import Due
from services.cli.traffic.tally import Tally
from shared.errors import CallFailed

TIMEOUT_SECONDS: Final = 5.0
MOST_UNDER_WAY: Final = 1_000
"""Calls that are due while so many wait for their answers are held back for good, and counted."""

Send = Callable[[Call], Awaitable[str | None]]
"""Sends a call and waits for its end; what went otherwise than it should, in a word or two."""


class Doors:
    """Battles go over the bus, as from the web app; pages and their mistakes to the REST API."""

    def __init__(self, asks: Asks, client: httpx.AsyncClient) -> None:
        """Both are open while calls are sent."""
        self._asks = asks
        self._client = client

    async def __call__(self, call: Call) -> str | None:
        """None when the call ended as it should."""
        return await (self._ask(call) if isinstance(call, Ask) else self._fetch(call))

    async def _ask(self, call: Ask) -> str | None:
        try:
            reply = await self._asks.ask(BATTLE_REQUESTED, call.request, timeout_s=TIMEOUT_SECONDS)
        except CallFailed as failure:
            return type(failure).__name__
        if isinstance(reply, Predicted):
            return "answered" if call.kind == "bad" else None
        if call.kind == "bad":
            return reply.reason if reply.retryable else None
        return f"refused {reply.reason}"

    async def _fetch(self, call: Fetch) -> str | None:
        try:
            if call.body is None:
                response = await self._client.get(call.path)
            else:
                headers = {"content-type": "application/json"}
                response = await self._client.post(call.path, content=call.body, headers=headers)
        except httpx.HTTPError as error:
            return type(error).__name__
        return None if response.status_code == call.status else f"status {response.status_code}"


async def drive(
    calls: Iterable[Due],
    send: Send,
    tally: Tally,
    stop: asyncio.Event,
    *,
    duration_s: float,
    most_under_way: int = MOST_UNDER_WAY,
) -> None:
    """Send each call when it is due, until all are sent, `duration_s` is over or `stop` is set.

    Latency counts from the moment a call was due: a driver or a system that falls behind shows.
    Those under way are awaited at the end; `send` bounds how long.
    """
    started = time.monotonic()
    under_way = 0

    async def one(due: Due) -> None:
        nonlocal under_way
        try:
            error = await send(due.call)
            tally.end(due.call.kind, time.monotonic() - started - due.at_s, error)
        finally:
            under_way -= 1

    async with asyncio.TaskGroup() as group:
        for due in calls:
            if await _is_set_before(stop, started + due.at_s):
                break
            if under_way >= most_under_way:
                tally.held_back += 1
                continue
            under_way += 1
            tally.seconds = time.monotonic() - started
            tally.send(due)
            group.create_task(one(due))
        else:
            await _is_set_before(stop, started + duration_s)
        tally.seconds = time.monotonic() - started


async def _is_set_before(stop: asyncio.Event, at: float) -> bool:
    """Wait until `at`, on the monotonic clock, or until `stop` is set; whether it is."""
    delay = at - time.monotonic()
    if delay > 0:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), delay)
    else:
        await asyncio.sleep(0)  # a plan that is behind lets answers come in
    return stop.is_set()
