"""Rows 2 and 30: drift that is killed or frozen, and the log read again by others. I4: the same windows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import asyncpg

from contracts.channels import PREDICTIONS_MADE
from shared.battle.family import BattleFamily
from shared.bus import decode
from shared.drift.documents import windows_sha256
from shared.drift.reference import Reference
from shared.drift.verdict import Thresholds
from tests.faults.connecting import connected
from tests.faults.running import Row, Run, in_background, until
from tests.support.battle_reference import battle_reference
from tests.support.bus import read_all
from tests.support.drift_family import begin_at, replayed, shown
from tests.support.service_process import Member

WINDOWS: Final[dict[str, Any]] = {
    "drift_window_seconds": 1,
    "drift_grace_seconds": 0.2,
    "drift_least_records": 5,
}
READERS: Final = {**WINDOWS, "session_timeout_ms": 10_000}
"""Nobody is to be found dead here: a busy machine must not put readers out of their group."""
STOP_SECONDS: Final = 15
PORTIONS: Final = 3
CLOSED_SECONDS: Final = 120
THRESHOLDS: Final = Thresholds(least_events=5)


async def killed_or_frozen(run: Run) -> None:
    """SIGKILL at swept instants; every third time SIGSTOP past the session, and woken beside the next."""
    longest = run.scene.durations.session_s + 30
    async with _tables(run) as (database, starts):
        end = asyncio.Event()
        async with in_background(run.asker.load_until(end, timeout_s=60, pause_s=0.005)):
            for number in range(int(run.scaled(3, 6))):
                async with run.scene.another("drift", **WINDOWS) as victim:
                    await _until_counting(database, "drift to count", 30)
                    await asyncio.sleep(run.draw.uniform(0, 1.2))  # the instant is what is swept
                    if number % 3 != 2:
                        victim.kill()
                        continue
                    victim.pause()
                    async with run.scene.another("drift", **WINDOWS, ready=False):
                        await _until_counting(database, "its successor to count", longest)
                        victim.resume()
                        await _until_counting(database, "counting to go on", longest)
            end.set()
        async with run.scene.another("drift", **WINDOWS):
            await until_closed(run, database)
        await _compare(run, database, starts)
    await run.heal(10)


async def read_again(run: Run) -> None:
    """The same log by one consumer, then by three with small batches, from the begin."""
    async with _tables(run) as (database, starts):
        async with run.scene.another("drift", **READERS) as only:
            for _ in range(PORTIONS):
                await run.asker.load(run.requests // PORTIONS)
                # record time is the broker's clock: the next ones are of another window
                await asyncio.sleep(1)
            await until_closed(run, database)
            only.terminate()
            await only.wait_gone(STOP_SECONDS)
        await _compare(run, database, starts)
        first = windows_sha256(await shown(database))
        await begin_at(database, starts)
        async with AsyncExitStack() as stack:
            for batch in (1, 7, 500):
                await stack.enter_async_context(
                    run.scene.another("drift", **READERS, maximum_batch_records=batch)
                )
            await until_closed(run, database)
        run.check(windows_sha256(await shown(database)) == first, "I4: read again, the windows differ")
    await run.heal(10)


@asynccontextmanager
async def counting(run: Run, **changes: Any) -> AsyncIterator[Member]:
    """Drift counts while the context lasts; at its end, when nobody asks, I4 is judged."""
    starts = await begin_here(run)
    async with run.scene.another("drift", **WINDOWS, **changes) as drift:
        yield drift
        if not drift.is_alive:
            drift.start()
            await drift.wait_ready()
        async with connected(run) as database:
            await until_closed(run, database)
            await _compare(run, database, starts)


async def begin_here(run: Run) -> dict[int, int]:
    """Let drift begin to count at the end of the log; where that is."""
    async with _tables(run) as (_, starts):
        return starts


@asynccontextmanager
async def _tables(run: Run) -> AsyncIterator[tuple[asyncpg.Connection, dict[int, int]]]:
    """A connection, and where in the log the windows of this run begin."""
    async with connected(run) as connection:
        starts = await log_ends(run)
        await begin_at(connection, starts)
        yield connection, starts


async def log_ends(run: Run) -> dict[int, int]:
    """Where the log of predictions ends, by partition."""
    return dict(enumerate((await run.scene.ends(PREDICTIONS_MADE.name))[PREDICTIONS_MADE.name]))


async def _covered(database: asyncpg.Connection) -> int:
    return int(await database.fetchval("select sum(covered_offset)::bigint from drift_offsets"))


async def _until_counting(database: asyncpg.Connection, what: str, timeout_s: float) -> None:
    before = await _covered(database)

    async def is_ahead() -> bool:
        return await _covered(database) > before

    await until(is_ahead, what, timeout_s)


async def until_closed(run: Run, database: asyncpg.Connection) -> None:
    """Wait until the log is counted whole, and every window of it shown."""

    async def is_done() -> bool:
        ends = await log_ends(run)
        if await _covered(database) != sum(ends.values()):
            return False
        return bool(await database.fetchval("select count(*) = 0 from drift_cells where is_dirty"))

    await until(is_done, "all windows to be closed", CLOSED_SECONDS)


async def _compare(run: Run, database: asyncpg.Connection, starts: dict[int, int]) -> None:
    windows = await shown(database)
    settings = run.scene.settings(**WINDOWS)
    versions = {
        decode(PREDICTIONS_MADE, record.value).model_version
        for record in await read_all(settings.kafka_bootstrap, PREDICTIONS_MADE.name)
        if record.offset >= starts[record.partition]
    }
    references: dict[str, Reference | None] = dict.fromkeys(versions, battle_reference())
    of_log = await replayed(settings, starts, references, THRESHOLDS, 100, BattleFamily())
    run.check(len(windows) > 1, f"only {len(windows)} windows")
    run.check(
        windows_sha256(windows) == windows_sha256(of_log),
        f"I4: the windows are not those of the log: {sum(one.events for one in windows)} predictions in "
        f"{len(windows)} windows, of {sum(one.events for one in of_log)} in {len(of_log)}",
    )


ROWS: Final = (
    Row(
        number=2,
        title="kill -9 of `drift` in mid-window; frozen past its session and woken",
        expected="windows byte-identical to those of the log",
        kind="swept",
        run=killed_or_frozen,
    ),
    Row(
        number=30,
        title="the log of predictions read again: by three consumers instead of one, in other batches",
        expected="identical windows and levels",
        kind="swept",
        run=read_again,
    ),
)
