"""P8: the prediction log written in batches against one by one; how soon drift has counted at half load."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiokafka import TopicPartition
from sqlalchemy import text

from contracts.channels import PREDICTIONS_MADE
from contracts.serving import PredictionMade
from services.recorder.prediction_log import PredictionLog
from shared.bus import decode
from shared.database.pool import Database
from tests.benchmarks.driving import at_rate, in_flight
from tests.benchmarks.goals import Finding
from tests.benchmarks.ground import Ground
from tests.benchmarks.measuring import Bound, Measure, compare, interleave, percentile
from tests.benchmarks.plan import Plan
from tests.benchmarks.questions import Draw
from tests.benchmarks.request_path import PATH, asking
from tests.support.bus import read_all

BATCH: Final = 500
LOOK_SECONDS: Final = 0.02
COUNTED_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a row came from, as the log asks a record."""

    partition: int
    offset: int
    timestamp: int


def measure(ground: Ground, plan: Plan) -> Finding:
    """Needs the ground's database, which keeps what it acknowledges."""
    with ground.running(*PATH, "recorder", "drift"):
        counted = asyncio.run(_half_load(ground, plan))
    inserts = asyncio.run(_inserts(ground, plan))
    return Finding(
        "P8",
        [inserts, counted],
        ["that a window is visible within 3 s of its end is not measured"],
    )


async def _inserts(ground: Ground, plan: Plan) -> Measure:
    records = await read_all(ground.kafka.bootstrap, PREDICTIONS_MADE.name)
    made: PredictionMade = decode(PREDICTIONS_MADE, records[-1].value)
    database = Database(ground.settings())
    await database.start()
    log, written = PredictionLog(database), 0

    async def insert(count: int, size: int) -> float:
        nonlocal written
        rows = [(_record(number), _numbered(made, number)) for number in range(written, written + count)]
        written += count
        begin = time.perf_counter()
        for start in range(0, count, size):
            await log.record(rows[start : start + size])
        return count / (time.perf_counter() - begin)

    try:
        rates = await interleave(
            plan.rounds,
            {
                "batched": lambda: insert(plan.inserted, BATCH),
                "singly": lambda: insert(plan.inserted_singly, 1),
            },
        )
    finally:
        await database.stop()
    samples = (plan.rounds * plan.inserted, plan.rounds * plan.inserted_singly)
    bound = Bound("at least", 5.0)
    return compare(
        "rows a second, batches of 500 against one a transaction",
        "/s",
        rates["batched"],
        rates["singly"],
        bound,
        samples=samples,
    )


def _record(number: int) -> Any:
    return _Place(0, number, int(time.time() * 1_000))


def _numbered(made: PredictionMade, number: int) -> PredictionMade:
    return msgspec.structs.replace(made, request_id=f"bench-{number}")


async def _half_load(ground: Ground, plan: Plan) -> Measure:
    """Ask at half the rate that is carried, and look when each prediction is covered."""
    draw = Draw(10)
    database = Database(ground.settings())
    await database.start()
    try:
        async with asking(ground) as ask:
            peak = (await in_flight(ask, draw.duels(plan.calls), 256)).rate
            before = await _ends(ground)
            looking = asyncio.create_task(_look(database))
            duels = draw.duels(max(1, int(peak / 2 * plan.load_seconds)))
            await at_rate(ask, duels, peak / 2)
            seen = await _until_counted(ground, looking)
    finally:
        await database.stop()
    records = [
        record
        for record in await read_all(ground.kafka.bootstrap, PREDICTIONS_MADE.name)
        if record.offset >= before.get(record.partition, 0)
    ]
    delays = [_counted_at(record, seen) - record.timestamp / 1_000 for record in records]
    return Measure(
        f"counted by drift at {peak / 2:,.0f}/s, p99",
        "s",
        percentile(delays, 99),
        bound=Bound("at most", 1.0),
        samples=(len(delays),),
    )


Look = tuple[float, dict[int, int]]
"""Epoch seconds, and the offset below which each partition was counted."""


async def _look(database: Database) -> list[Look]:
    """What is counted, every 20 ms, until cancelled."""
    seen: list[Look] = []
    try:
        while True:
            async with database.engine.connect() as connection:
                rows = await connection.execute(text("select partition, covered_offset from drift_offsets"))
                seen.append((time.time(), {row.partition: row.covered_offset for row in rows}))
            await asyncio.sleep(LOOK_SECONDS)
    except asyncio.CancelledError:
        return seen


async def _until_counted(ground: Ground, looking: asyncio.Task[list[Look]]) -> Sequence[Look]:
    ends = await _ends(ground)
    database = Database(ground.settings())
    await database.start()
    try:
        async with asyncio.timeout(COUNTED_SECONDS):
            while True:
                async with database.engine.connect() as connection:
                    rows = await connection.execute(
                        text("select partition, covered_offset from drift_offsets")
                    )
                    covered = {row.partition: row.covered_offset for row in rows}
                if all(covered.get(partition, 0) >= end for partition, end in ends.items()):
                    break
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        await database.stop()
    await asyncio.sleep(2 * LOOK_SECONDS)  # the other eyes look once more
    looking.cancel()
    return await looking


async def _ends(ground: Ground) -> dict[int, int]:
    from aiokafka import AIOKafkaConsumer

    consumer = AIOKafkaConsumer(bootstrap_servers=ground.kafka.bootstrap)
    await consumer.start()
    try:
        partitions = [TopicPartition(PREDICTIONS_MADE.name, number) for number in range(4)]
        found = await consumer.end_offsets(partitions)
        return {partition.partition: offset for partition, offset in found.items()}
    finally:
        await consumer.stop()


def _counted_at(record: Any, seen: Sequence[Look]) -> float:
    for moment, covered in seen:
        if covered.get(record.partition, 0) > record.offset:
            return moment
    raise ValueError(f"{record.partition}-{record.offset} was never counted")
