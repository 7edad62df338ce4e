"""Rows 9 and 10: consumer groups that are not left in peace."""

import asyncio
import time
from typing import Any, Final

from tests.faults.rows.windows import WINDOWS, counting
from tests.faults.running import Row, Run, in_background, until
from tests.faults.scene import PATH
from tests.support.kill_points import BEFORE_OFFSET_COMMIT, Inside

TURN_SECONDS: Final = 2.0
LONGEST_SECONDS: Final = 10.0
GUESTS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    *((service, {}) for service, _ in PATH),
    ("drift", WINDOWS),
)


async def rebalance_storm(run: Run) -> None:
    """Somebody joins or leaves all the time; answers keep coming."""
    end = asyncio.Event()
    async with counting(run):
        load = run.asker.load_until(end, in_flight=8, timeout_s=60, pause_s=0.01)
        async with in_background(load), in_background(_watch_progress(run, end)):
            stop = time.monotonic() + run.scaled(4, 60)
            while time.monotonic() < stop:
                service, changes = run.draw.choice(GUESTS)
                await guest_comes_and_goes(run, run.scaled(1, TURN_SECONDS), service, **changes)
            over = time.monotonic()
            end.set()
        await run.heal(15, over)


async def guest_comes_and_goes(run: Run, seconds: float, service: str, **changes: Any) -> None:
    """A second instance of the service starts, and is asked to stop after so long, ready or not."""
    async with run.scene.another(service, ready=False, **changes) as guest:
        await asyncio.sleep(seconds)
        guest.terminate()
        await guest.wait_gone(15)


async def _watch_progress(run: Run, end: asyncio.Event) -> None:
    answered, since = run.asker.answered, time.monotonic()
    while not end.is_set():
        if run.asker.answered > answered:
            answered, since = run.asker.answered, time.monotonic()
        elif time.monotonic() > since + LONGEST_SECONDS:
            run.check(False, f"no answer for {LONGEST_SECONDS:g} s")
            return
        await asyncio.sleep(0.1)


async def commit_of_a_former_member(run: Run) -> None:
    """A member stops right before a commit, for longer than its session; then it commits."""
    service, _ = PATH[run.repetition % len(PATH)]
    inside = Inside(kill_at=BEFORE_OFFSET_COMMIT, hits=run.draw.randint(1, 3), stop_instead=True)
    end = asyncio.Event()
    async with run.scene.another(service, inside) as victim:
        async with in_background(run.asker.load_until(end, in_flight=8, timeout_s=60, pause_s=0.01)):
            await until(lambda: "killed: " in victim.log(), f"{service} to stop itself")
            before = run.asker.answered
            await asyncio.sleep(run.scene.durations.session_s + 1)
            await until(lambda: run.asker.answered > before + 10, "the other member to go on")
            victim.resume()
            resumed = time.monotonic()
            await until(lambda: "commit failed" in victim.log(), "a commit to fail")
            await until(victim.is_ready, "the member to be back in its group")
            after = run.asker.answered
            await until(lambda: run.asker.answered > after + 20, "answers with both members")
            end.set()
        await run.heal(15, resumed)


ROWS: Final = (
    Row(
        number=9,
        title="rebalance storm: an instance joins or leaves every 2 s for 60 s",
        expected="progress in every 10 s, nothing lost, windows of drift as the log gives them",
        kind="fixed",
        run=rebalance_storm,
    ),
    Row(
        number=10,
        title="a commit that fails: a member that was stopped for longer than its session",
        expected="no stall; at most redelivery",
        kind="swept",
        run=commit_of_a_former_member,
    ),
)
