"""Rows 1 and 4: processes that are killed or asked to stop."""

import asyncio
import contextlib
import functools
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

import httpx

from tests.faults.connecting import rest_api
from tests.faults.invariants import Allowed
from tests.faults.rows.windows import counting
from tests.faults.running import Row, Run, in_background, until
from tests.support.kill_points import BETWEEN_REPLY_AND_FACT, POINTS, Inside
from tests.support.released import release_battle_model
from tests.support.service_process import Member

KILLS: Final = tuple((service, point) for service, points in POINTS.items() for point in points)
"""Every named point of every service; a repetition takes the next."""
STOP_SECONDS: Final = 10.0
GRACE_SECONDS: Final = 4.0
STOPPABLE: Final = (*POINTS, "drift", "gateway", "ui")


async def killed_at_a_named_point(run: Run) -> None:
    """Of two members one kills itself at the point; the other goes on, and takes over."""
    # in the short form the rows of a commit are to take seconds; drift is beside rows 9 and 15 there
    async with contextlib.AsyncExitStack() as stack:
        if not run.is_short:
            await stack.enter_async_context(counting(run))
        await _kill_at_a_named_point(run)


async def _kill_at_a_named_point(run: Run) -> None:
    service, point = KILLS[run.repetition % len(KILLS)]
    inside = Inside(kill_at=point, hits=run.draw.randint(2, 6))
    end = asyncio.Event()
    async with run.scene.another(service, inside) as victim:
        async with in_background(run.asker.load_until(end, timeout_s=60, pause_s=0.01)):
            await until(lambda: not victim.is_alive, f"{service} to die {point}", 60)
            died = time.monotonic()
            before = run.asker.answered
            if point == BETWEEN_REPLY_AND_FACT:
                await release_battle_model(run.scene.settings(), f"swap-{run.prefix}")
            longest = run.scene.durations.session_s + 2
            await until(lambda: run.asker.answered > before, "the other member to answer", longest + 1)
            await until(lambda: run.asker.answered >= run.requests, f"{run.requests} answers", 120)
            end.set()
        run.check(f"killed: {point}" in victim.log(), f"{service} did not die {point}")
    await run.heal(run.scene.durations.session_s + 2 + _SLACK, died)


_SLACK: Final = 3.0
"""Seconds after a takeover in which the backlog is worked off and committed."""


async def asked_to_stop(run: Run) -> None:
    """SIGTERM under load: red while it still answers, then finish, commit, leave; nothing is done twice."""
    service = STOPPABLE[run.repetition % len(STOPPABLE)]
    stops = {"drift": _drift_stops, "gateway": _gateway_stops, "ui": _web_app_stops}
    await stops.get(service, functools.partial(_worker_stops, service=service))(run)


async def _worker_stops(run: Run, service: str) -> None:
    async with run.scene.another(service, stop_grace_seconds=GRACE_SECONDS) as victim:
        await _stop_under_load(run, victim)


async def _drift_stops(run: Run) -> None:
    """And counts on afterwards: each prediction once."""
    async with counting(run, stop_grace_seconds=GRACE_SECONDS) as victim:
        await _stop_under_load(run, victim)


async def _stop_under_load(run: Run, victim: Member) -> None:
    end = asyncio.Event()
    async with in_background(run.asker.load_until(end, in_flight=8, pause_s=0.005)):
        await until(lambda: run.asker.answered > 30 + run.draw.randrange(60), "the load to run")
        stopped = await _stop(run, victim)
        answered = run.asker.answered
        await until(lambda: run.asker.answered > answered + 20, "the others to go on")
        end.set()
    await run.heal(5, stopped)


async def _gateway_stops(run: Run) -> None:
    """Who looks at its readiness before each call, as a load balancer does, loses none."""
    async with rest_api(run, stop_grace_seconds=GRACE_SECONDS) as api:

        async def call() -> int:
            response = await api.ask()
            return 0 if response is None else response.status_code

        await _stop_under_calls(run, api.gateway, call)


async def _web_app_stops(run: Run) -> None:
    """As the gateway; its pages are what is asked for."""
    async with (
        run.scene.another("ui", stop_grace_seconds=GRACE_SECONDS) as ui,
        httpx.AsyncClient(timeout=30) as client,
    ):

        async def call() -> int:
            return (await client.get(f"{ui.address}/battle")).status_code

        await _stop_under_calls(run, ui, call)


async def _stop_under_calls(run: Run, victim: Member, call: Callable[[], Awaitable[int]]) -> None:
    red = asyncio.Event()
    statuses: list[int] = []

    async def caller() -> None:
        while not red.is_set():
            statuses.append(await call())

    async with asyncio.TaskGroup() as callers:
        for _ in range(4):
            callers.create_task(caller())
        await until(lambda: len(statuses) > 20 + run.draw.randrange(20), "the load to run")
        stopped = await _stop(run, victim, red)
    await run.asker.load(20)
    run.check(set(statuses) == {200}, f"answers: {Counter(statuses)}")
    await run.heal(5, stopped)


async def _stop(run: Run, victim: Member, red: asyncio.Event | None = None) -> float:
    """SIGTERM; returns when it had ended. `red` is set once its readiness has said so."""
    victim.terminate()
    began = time.monotonic()
    await until(lambda: _says_that_it_stops(victim), f"{victim.service} to say that it stops", GRACE_SECONDS)
    if red is not None:
        red.set()
    code = await victim.wait_gone(STOP_SECONDS + 5)
    seconds = time.monotonic() - began
    run.check(code == 0, f"{victim.service} ended with {code}")
    run.check(seconds <= STOP_SECONDS, f"{victim.service} took {seconds:.1f} s to stop")
    return began + seconds


async def _says_that_it_stops(member: Member) -> bool:
    """It is alive, for it answers, and not ready."""
    return (await member.checks() or {}).get("process") == "stopping"


ROWS: Final = (
    Row(
        number=1,
        title="kill -9 `feature`, `inference` or `recorder` at each named point, of two instances",
        expected="the other keeps answering and takes over within session timeout + 2 s; windows of drift as "
        "the log gives them",
        kind="swept",
        run=killed_at_a_named_point,
    ),
    Row(
        number=4,
        title="SIGTERM of any service under load",
        expected="alive and not ready first, ends within 10 s with code 0, nothing lost, nothing done twice",
        kind="swept",
        run=asked_to_stop,
        allowed=Allowed(redelivery=False),
    ),
)
