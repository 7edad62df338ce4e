"""P8, the part of drift: how soon a prediction is counted and a closed window can be read, at half load."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from math import ceil, floor
from typing import Any, Final

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import text

from contracts.access import Scope
from contracts.channels import PREDICTIONS_MADE
from services.gateway.access import HEADER
from shared.database.pool import Database
from shared.tasks import end_task
from tests.benchmarks.best_move import open_door
from tests.benchmarks.driving import at_rate, in_flight
from tests.benchmarks.ground import Ground
from tests.benchmarks.measuring import Bound, Measure, percentile
from tests.benchmarks.plan import Plan
from tests.benchmarks.questions import Draw
from tests.benchmarks.request_path import asking
from tests.support.bus import read_all

LOOK_SECONDS: Final = 0.02
READ_SECONDS: Final = 0.1
AFTER_SECONDS: Final = 0.25
"""The load lasts so long after a window: without a later record on each partition it waits for its grace."""
LONGEST_SECONDS: Final = 30.0
"""After the load, until all of it is counted and its windows are shown."""
NOTE: Final = (
    "visible: from the end of a window of one second until `GET /drift/windows` shows it, asked every "
    f"{READ_SECONDS:g} s; with recorder and drift"
)

Look = tuple[float, Mapping[int, int]]
"""Epoch seconds, and the offset below which each partition was counted."""


def measure(ground: Ground, plan: Plan) -> list[Measure]:
    """Needs the ground's database."""
    with (
        open_door(ground, Scope.READ) as (gateway, key),
        ground.running("recorder", "drift", PDX_DRIFT_WINDOW_SECONDS="1"),
    ):
        return asyncio.run(_half_load(ground, plan, gateway, key))


async def _half_load(ground: Ground, plan: Plan, gateway: str, key: str) -> list[Measure]:
    """Ask at half the rate that is carried; look when predictions are covered and windows shown."""
    draw, looks, shown = Draw(10), list[Look](), dict[int, float]()
    database = Database(ground.settings())
    await database.start()
    try:
        async with asking(ground) as ask, httpx.AsyncClient(timeout=30, headers={HEADER: key}) as client:
            peak = (await in_flight(ask, draw.duels(plan.calls), 256)).rate
            before = await _ends(ground)
            duels = draw.duels(max(1, int(peak / 2 * plan.load_seconds)))
            looking = [
                asyncio.create_task(_each(LOOK_SECONDS, lambda: _look(database, looks))),
                asyncio.create_task(_each(READ_SECONDS, lambda: _read(client, gateway, shown))),
            ]
            try:
                begin = time.time()
                await at_rate(ask, duels, peak / 2)
                seconds = range(ceil(begin) + 1, floor(time.time() - AFTER_SECONDS) + 1)
                ends = await _ends(ground)
                await _until(lambda: _is_counted(looks, ends), "all predictions to be counted", looking)
                await _until(lambda: shown.keys() >= set(seconds), "all windows to be shown", looking)
            finally:
                for task in looking:
                    await end_task(task)
    finally:
        await database.stop()
    records = [
        record
        for record in await read_all(ground.kafka.bootstrap, PREDICTIONS_MADE.name)
        if before.get(record.partition, 0) <= record.offset < ends[record.partition]
    ]
    counted = counted_after(records, looks)
    return [
        _delay(f"counted by drift at {peak / 2:,.0f}/s, p99", counted, 1.0),
        _delay("window visible over REST at that rate, p99", [shown[end] - end for end in seconds], 3.0),
    ]


def _delay(name: str, delays: Sequence[float], most: float) -> Measure:
    return Measure(name, "s", percentile(delays, 99), bound=Bound("at most", most), samples=(len(delays),))


async def _each(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await work()
        await asyncio.sleep(seconds)


async def _look(database: Database, looks: list[Look]) -> None:
    """What is counted now."""
    async with database.engine.connect() as connection:
        rows = await connection.execute(text("select partition, covered_offset from drift_offsets"))
        looks.append((time.time(), {row.partition: row.covered_offset for row in rows}))


async def _read(client: httpx.AsyncClient, gateway: str, shown: dict[int, float]) -> None:
    """Notes when the newest windows were seen first, by their ends in epoch seconds."""
    answer = await client.get(f"{gateway}/drift/windows", params={"limit": 10})
    answer.raise_for_status()
    now = time.time()
    for window in answer.json()["windows"]:
        shown.setdefault(round(datetime.fromisoformat(window["end"]).timestamp()), now)


def _is_counted(looks: Sequence[Look], ends: Mapping[int, int]) -> bool:
    return bool(looks) and all(looks[-1][1].get(partition, 0) >= end for partition, end in ends.items())


async def _until(is_so: Callable[[], bool], what: str, looking: Sequence[asyncio.Task[Any]]) -> None:
    """Raises TimeoutError, and what ended a task that looks."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not is_so():
        for task in looking:
            if task.done():
                task.result()
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {LONGEST_SECONDS:g} s for {what}")
        await asyncio.sleep(LOOK_SECONDS)


async def _ends(ground: Ground) -> dict[int, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=ground.kafka.bootstrap)
    await consumer.start()
    try:
        partitions = [
            TopicPartition(PREDICTIONS_MADE.name, number) for number in range(PREDICTIONS_MADE.partitions)
        ]
        found = await consumer.end_offsets(partitions)
        return {partition.partition: offset for partition, offset in found.items()}
    finally:
        await consumer.stop()


def counted_after(records: Sequence[Any], looks: Sequence[Look]) -> list[float]:
    """Seconds from each record's timestamp to the first look that has it; records in order by partition.

    Raises ValueError for one that no look has.
    """
    place: dict[int, int] = {}
    delays = []
    for record in records:
        at = place.get(record.partition, 0)
        while at < len(looks) and looks[at][1].get(record.partition, 0) <= record.offset:
            at += 1
        if at == len(looks):
            raise ValueError(f"{record.partition}-{record.offset} was never counted")
        place[record.partition] = at
        delays.append(looks[at][0] - record.timestamp / 1_000)
    return delays
