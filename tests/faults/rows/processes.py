"""Rows 1 and 4: processes that are killed or asked to stop."""

import asyncio
import time
from typing import Final

from tests.faults.invariants import Allowed
from tests.faults.running import Row, Run, in_background, until
from tests.faults.scene import PATH
from tests.support.kill_points import BETWEEN_REPLY_AND_FACT, POINTS, Inside
from tests.support.released import release_battle_model
from tests.support.service_process import Member

KILLS: Final = tuple((service, point) for service, points in POINTS.items() for point in points)
"""Every named point of every service; a repetition takes the next."""
STOP_SECONDS: Final = 10.0


async def killed_at_a_named_point(run: Run) -> None:
    """Of two members one kills itself at the point; the other goes on, and takes over."""
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
    """SIGTERM under load: red first, then finish, commit, leave; nothing is done twice."""
    service, _ = PATH[run.repetition % len(PATH)]
    end = asyncio.Event()
    async with run.scene.another(service) as victim:
        async with in_background(run.asker.load_until(end, in_flight=8, pause_s=0.005)):
            await until(lambda: run.asker.answered > 30 + run.draw.randrange(60), "the load to run")
            victim.terminate()
            began = time.monotonic()
            await until(lambda: _is_red(victim), f"{service} not to be ready after SIGTERM", 2)
            code = await victim.wait_gone(STOP_SECONDS + 5)
            seconds = time.monotonic() - began
            answered = run.asker.answered
            await until(lambda: run.asker.answered > answered + 20, "the other member to go on")
            end.set()
        run.check(code == 0, f"{service} ended with {code}")
        run.check(seconds <= STOP_SECONDS, f"{service} took {seconds:.1f} s to stop")
    await run.heal(5, began + seconds)


async def _is_red(member: Member) -> bool:
    return not await member.is_ready()


ROWS: Final = (
    Row(
        number=1,
        title="kill -9 `feature`, `inference` or `recorder` at each named point, of two instances",
        expected="the other keeps answering and takes over within session timeout + 2 s",
        kind="swept",
        run=killed_at_a_named_point,
    ),
    Row(
        number=4,
        title="SIGTERM of any service under load",
        expected="not ready at once, ends within 10 s with code 0, nothing done twice",
        kind="swept",
        run=asked_to_stop,
        allowed=Allowed(redelivery=False),
    ),
)
