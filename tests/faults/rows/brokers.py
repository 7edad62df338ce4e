"""Rows 5 and 6: the broker is killed, or says nothing for a while."""

import asyncio
import time
from typing import Final

from tests.faults.asking import HASTY, PATIENT
from tests.faults.invariants import Allowed
from tests.faults.running import Row, Run, in_background, until
from tests.faults.scene import is_open

WELL_AGAIN_SECONDS: Final = 15.0
PAUSES_SECONDS: Final = (5.0, 30.0, 60.0)
MARGIN_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 0.1
HALTED: Final = ("feature", "inference")


async def broker_killed(run: Run) -> None:
    """SIGKILL among calls that the broker has taken and nobody has answered, and a start on the same log."""
    kafka = run.scene.broker
    end = asyncio.Event()
    async with in_background(run.asker.load_until(end, timeout_s=60, pause_s=0.005)):
        count = run.draw.randrange(20, run.requests // 2)
        await until(lambda: run.asker.predicted >= count, f"{count} answers before the kill")
        halted = run.scene.members[run.draw.choice(HALTED)]
        halted.pause()  # so that some calls are accepted and not answered
        try:
            await until(lambda: run.asker.in_hand > 0, "a call to be accepted")
            await asyncio.sleep(run.draw.uniform(0, LOOK_SECONDS))  # the instant is what is swept
            await asyncio.to_thread(kafka.kill)
            # whoever it had answered to has heard of it by now
            await asyncio.sleep(LOOK_SECONDS)
            run.measure("calls accepted and not answered at the kill", run.asker.in_hand, at_least=1)
        finally:
            halted.resume()
        async with in_background(asyncio.to_thread(kafka.start)):
            await until(lambda: is_open(kafka.port), "the broker's port", 60)
            port_is_back = time.monotonic()
        enough = max(run.scaled(0, run.requests), run.asker.predicted + 20)
        await until(lambda: run.asker.predicted >= enough, f"{enough} answers", 120)
        end.set()
    run.measure("calls answered that had waited it out", run.asker.waited_through(port_is_back), at_least=1)
    await run.heal(WELL_AGAIN_SECONDS, port_is_back)


async def broker_paused(run: Run) -> None:
    """SIGSTOP: connections stay, nothing is answered."""
    seconds = run.scaled(3.0, PAUSES_SECONDS[run.repetition % len(PAUSES_SECONDS)])
    patience_s = seconds + WELL_AGAIN_SECONDS + MARGIN_SECONDS
    end = asyncio.Event()
    async with in_background(run.asker.load_mixed(end, hasty_s=seconds / 2, patient_s=patience_s)):
        await until(lambda: run.asker.predicted > 20, "the load to run")
        before = run.asker.predicted
        run.scene.broker.pause()
        try:
            await asyncio.sleep(seconds)
            during = run.asker.predicted - before
        finally:
            run.scene.broker.resume()
        resumed = time.monotonic()
        most = 2 * (HASTY + PATIENT)
        run.check(during <= most, f"{during} answers came while the broker was stopped")
        await until(lambda: run.asker.predicted > before + during + 20, "answers after the pause")
        end.set()
    run.check(run.asker.failed > 0, "no call failed while the broker was stopped")
    run.measure("calls answered that had waited it out", run.asker.waited_through(resumed), at_least=1)
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
