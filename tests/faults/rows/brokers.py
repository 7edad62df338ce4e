"""Rows 5 and 6: the broker is killed, or says nothing for a while."""

import asyncio
import time
from typing import Final

from tests.faults.invariants import Allowed
from tests.faults.running import Row, Run, in_background, until
from tests.faults.scene import is_open

WELL_AGAIN_SECONDS: Final = 15.0
PAUSES_SECONDS: Final = (5.0, 30.0, 60.0)


async def broker_killed(run: Run) -> None:
    """SIGKILL under load, and a start on the same log."""
    kafka = run.scene.broker
    async with in_background(run.asker.load(run.requests, timeout_s=60)):
        instant = run.draw.randrange(20, run.requests // 2)
        await until(lambda: run.asker.answered >= instant, f"{instant} answers before the kill")
        await asyncio.to_thread(kafka.kill)
        async with in_background(asyncio.to_thread(kafka.start)):
            await until(lambda: is_open(kafka.port), "the broker's port", 60)
            port_is_back = time.monotonic()
    await run.heal(WELL_AGAIN_SECONDS, port_is_back)


async def broker_paused(run: Run) -> None:
    """SIGSTOP: connections stay, nothing is answered."""
    seconds = run.scaled(3.0, PAUSES_SECONDS[run.repetition % len(PAUSES_SECONDS)])
    end = asyncio.Event()
    async with in_background(run.asker.load_until(end, in_flight=8, timeout_s=seconds / 2, pause_s=0.02)):
        await until(lambda: run.asker.answered > 20, "the load to run")
        before = run.asker.answered
        run.scene.broker.pause()
        try:
            await asyncio.sleep(seconds)
            during = run.asker.answered - before
        finally:
            run.scene.broker.resume()
        resumed = time.monotonic()
        run.check(during <= 16, f"{during} answers came while the broker was stopped")
        await until(lambda: run.asker.answered > before + during + 20, "answers after the pause")
        end.set()
    run.check(run.asker.failed > 0, "no call failed while the broker was stopped")
    await run.heal(WELL_AGAIN_SECONDS, resumed)


ROWS: Final = (
    Row(
        number=5,
        title="kill -9 of the only broker under load, and a restart",
        expected="clients recover by themselves within 15 s after the port is back",
        kind="swept",
        run=broker_killed,
    ),
    Row(
        number=6,
        title="SIGSTOP of the broker for 5, 30 and 60 s",
        expected="requests time out by name; afterwards everything is answered again within 15 s",
        kind="fixed",
        run=broker_paused,
        allowed=Allowed(timeouts=True),
    ),
)
