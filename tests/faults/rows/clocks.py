"""Rows 13 and 14: records that are late or out of order, and clocks that jump. I4: the same windows."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import accumulate, repeat
from typing import Any, Final

import asyncpg
import msgspec

from contracts.channels import BATTLE_REQUESTED, PREDICTIONS_MADE
from contracts.serving import PredictionMade
from services.drift.ticking import TICK_SECONDS
from shared.bus import decode
from shared.errors import ReplyTimeout
from shared.replies import Requester
from shared.topics import topic_specs
from tests.faults.asking import random_battle
from tests.faults.connecting import connected
from tests.faults.rows.windows import counting, log_ends, until_closed
from tests.faults.running import SHORT_BOUND_SECONDS, Row, Run, in_background, until
from tests.support.bus import configure_topic, read_all
from tests.support.drift_family import send
from tests.support.kill_points import Inside
from tests.support.wall_clock import WallClock, following

HOUR: Final = 3_600
DAY: Final = 24 * HOUR
STEP_BACK: Final = 2
"""Seconds; what a time service takes back at once."""
SPAN_SECONDS: Final = 8
PATIENCE: Final = 1.5
"""Seconds a caller waits while its wall clock jumps."""


async def out_of_order(run: Run) -> None:
    """Records of some partitions come after those of others were counted and shown."""
    made = await _predictions(run)
    begin_ms = _some_hours_ago()
    async with _times_of_producers(run), counting(run), connected(run) as database:
        starts = await log_ends(run)
        partitions = list(starts)
        run.draw.shuffle(partitions)
        turns = int(run.scaled(2, len(partitions)))
        for turn in range(turns):
            for partition in partitions[turn::turns]:
                mine = made[partition :: len(partitions)]
                # a few seconds out of order within the partition too
                times = [
                    begin_ms + int(1_000 * (SPAN_SECONDS * at / len(mine) + run.draw.uniform(0, 3)))
                    for at in range(len(mine))
                ]
                await send(run.scene.settings(), mine, partition, times)
            await until_closed(run, database)
        await _check_membership(run, database, starts)
        revised = await database.fetchval("select count(*) from drift_windows where revision > 1")
        run.check(revised > 0, "no window changed after it was shown: nothing was late")
    await run.heal(10)


async def clocks_jump(run: Run) -> None:
    """Of drift and of those who ask; of who answers, a day ahead; of the broker, in the times of a log."""
    clock = WallClock(run.scene.directory / f"{run.prefix}drift.clock")
    async with counting(run, inside=Inside(clock=str(clock.file))):
        end = asyncio.Event()
        async with in_background(_ask_with_jumps(run, end)):
            # back first: up to where the log was once read by a clock ahead, it stays read
            for ahead_s in (-HOUR, -STEP_BACK, run.draw.uniform(0, HOUR), HOUR, -DAY, 0):
                clock.jump(ahead_s)
                await _more_answers(run, 40)
                # a tick of drift closes by that clock what was counted, or waits
                await asyncio.sleep(1.2 * TICK_SECONDS)
            end.set()
        await _publish_a_day_ahead(run)
    await _hear_in_time(run)
    await run.heal(10)
    await _broker_jumps(run)
    await run.heal(10)


async def _ask_with_jumps(run: Run, end: asyncio.Event) -> None:
    """Load from callers whose clock is a day ahead, and steps back."""
    clock = WallClock(run.scene.directory / f"{run.prefix}callers.clock")
    with following(clock.file):
        async with in_background(run.asker.load_until(end, in_flight=8, timeout_s=30, pause_s=0.005)):
            while not end.is_set():
                clock.jump(DAY)
                await asyncio.sleep(run.draw.uniform(0.1, 0.5))
                clock.jump(-STEP_BACK)
                await asyncio.sleep(run.draw.uniform(0.1, 0.5))


async def _more_answers(run: Run, count: int) -> None:
    before = run.asker.predicted
    await until(lambda: run.asker.predicted >= before + count, "answers to go on")


async def _publish_a_day_ahead(run: Run) -> None:
    """Of its producer, a record's time is nobody's concern."""
    ahead_ms = int((time.time() + DAY) * 1_000)
    made = await _predictions(run)
    for partition in await log_ends(run):
        mine = made[10 * partition : 10 * (partition + 1)]
        await send(run.scene.settings(), mine, partition, repeat(ahead_ms))
    log = await read_all(run.scene.kafka.bootstrap, PREDICTIONS_MADE.name)
    ahead = sum(record.timestamp > ahead_ms - HOUR * 1_000 for record in log)
    run.check(ahead == 0, f"{ahead} records have the time of a producer whose clock is a day ahead")


async def _hear_in_time(run: Run) -> None:
    """Who waits when the wall clock jumps waits as long as was said: no hour more, no second less."""
    requester = Requester(run.scene.settings(), name="faults")
    await requester.start()
    clock = WallClock(run.scene.directory / f"{run.prefix}waiting.clock")
    feature = run.scene.members["feature"]
    try:
        for ahead_s in (HOUR, -HOUR):
            with following(clock.file):
                clock.jump(0)
                feature.pause()
                asked = asyncio.create_task(_wait_for_nothing(run, requester))
                await asyncio.sleep(0.3)
                clock.jump(ahead_s)
                waited = await asked
            feature.resume()
            run.check(
                PATIENCE - 0.5 <= waited <= PATIENCE + run.scaled(SHORT_BOUND_SECONDS, 1),
                f"with the clock {ahead_s:+} s, a call of {PATIENCE:g} s ended after {waited:.2f} s",
            )
    finally:
        feature.resume()
        await requester.stop()


async def _wait_for_nothing(run: Run, requester: Requester) -> float:
    """How long a call lasts that nobody answers."""
    began = time.monotonic()
    try:
        # outside of the run's ids: nobody answers on purpose
        await requester.ask(
            BATTLE_REQUESTED, random_battle(run.draw), request_id=secrets.token_hex(8), timeout_s=PATIENCE
        )
    except ReplyTimeout:
        return time.monotonic() - began
    run.check(False, "a paused feature service answered")
    return PATIENCE


async def _broker_jumps(run: Run) -> None:
    """A log whose times jump an hour ahead, and back: the running maximum of each partition counts."""
    made = await _predictions(run)
    begin_ms = _some_hours_ago()
    async with _times_of_producers(run), counting(run), connected(run) as database:
        starts = await log_ends(run)
        for partition in starts:
            mine = made[partition :: len(starts)]
            ahead_ms, times = 0, []
            for at in range(len(mine)):
                if run.draw.random() < 0.1:
                    ahead_ms = run.draw.choice((0, HOUR, -HOUR, -STEP_BACK)) * 1_000
                times.append(begin_ms + SPAN_SECONDS * 1_000 * at // len(mine) + ahead_ms)
            await send(run.scene.settings(), mine, partition, times)
        await until_closed(run, database)
        await _check_membership(run, database, starts)


async def _predictions(run: Run) -> list[PredictionMade]:
    """What the load of this row made, to be published again under ids of nobody."""
    if run.asker.asked == 0:
        await run.asker.load(run.requests)
        await run.heal(5)
    own = [
        decode(PREDICTIONS_MADE, record.value)
        for record in await read_all(run.scene.kafka.bootstrap, PREDICTIONS_MADE.name)
        if record.key.decode().startswith(run.prefix)
    ]
    return [msgspec.structs.replace(one, request_id=f"timed-{secrets.token_hex(8)}") for one in own]


@asynccontextmanager
async def _times_of_producers(run: Run) -> AsyncIterator[None]:
    """The log takes the times of its producers for those of a broker whose clock we set."""
    usual = topic_specs((PREDICTIONS_MADE,))[0].config
    changed = {
        **usual,
        "message.timestamp.type": "CreateTime",
        "message.timestamp.after.max.ms": str(DAY * 1_000),
    }
    await configure_topic(run.scene.kafka.bootstrap, PREDICTIONS_MADE, changed)
    try:
        yield
    finally:
        await configure_topic(run.scene.kafka.bootstrap, PREDICTIONS_MADE, usual)


async def _check_membership(run: Run, database: asyncpg.Connection, starts: Mapping[int, int]) -> None:
    """Each record is in the window of the latest time that its partition had until then."""
    log: dict[int, list[Any]] = {}
    for record in await read_all(run.scene.kafka.bootstrap, PREDICTIONS_MADE.name):
        if record.offset >= starts[record.partition]:
            log.setdefault(record.partition, []).append(record.timestamp)
    expected = Counter(latest - latest % 1_000 for times in log.values() for latest in accumulate(times, max))
    rows = await database.fetch(
        "select start_ms, sum(events)::bigint as events from drift_windows where not is_withdrawn group by 1"
    )
    found = {row["start_ms"]: row["events"] for row in rows}
    run.check(found == expected, f"windows hold {found}, the running maximum says {dict(expected)}")


def _some_hours_ago() -> int:
    """So long ago that a window an hour ahead can be closed; in milliseconds, at a whole second."""
    return (int(time.time()) - 3 * HOUR) * 1_000


ROWS: Final = (
    Row(
        number=13,
        title="partitions read one after the other, records out of order; late ones after a window closed",
        expected="its partition's running maximum decides on a record's window; a new revision, counted",
        kind="swept",
        run=out_of_order,
    ),
    Row(
        number=14,
        title="clocks that jump an hour, step back, are a day ahead: of drift, of callers, in the log",
        expected="windows are those of the log; a call waits as long as it said",
        kind="swept",
        run=clocks_jump,
    ),
)
