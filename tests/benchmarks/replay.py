"""P6: a replay of the log of predictions, against aiokafka with json.loads alone; and the live consumer."""

import asyncio
import json
import time
from collections.abc import Sequence
from itertools import count as count_from
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from faststream import FastStream
from faststream.kafka import KafkaBroker
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text

from contracts.channels import PREDICTIONS_MADE
from services.cli.replay import bounds
from services.cli.replay.command import BATCH
from services.cli.replay.counting import count_partition, open_counter, shelve
from services.cli.replay.running import read_releases
from services.cli.replay.sources import open_source
from services.drift.app import DriftWork
from services.drift.change_watch import ChangeWatch
from services.drift.reference_shelf import ReferenceShelf
from services.drift.ticking import TICK_SECONDS
from services.drift.window_store import WindowStore
from shared.artefacts import ArtefactStore
from shared.bus import create_producer
from shared.database.pool import Database
from shared.delivery import Delivered, Policy
from shared.delivery.policy import Result
from shared.drift.spans import Definition
from shared.families import families
from shared.metrics import DriftMetrics
from shared.model_reader import ModelReader
from shared.service_app import ServiceBuilder
from shared.tasks import end_task
from tests.benchmarks.goals import Finding
from tests.benchmarks.ground import Ground
from tests.benchmarks.measuring import Bound, compare, interleave
from tests.benchmarks.plan import Plan
from tests.benchmarks.questions import Draw
from tests.benchmarks.request_path import PATH, asking
from tests.support.asgi import running
from tests.support.bus import read_all

PARTITIONS: Final = tuple(TopicPartition(PREDICTIONS_MADE.name, number) for number in range(4))
PEER_BATCH: Final = 2_000
ONE_BY_ONE_SHARE: Final = 5
"""FastStream handles one in so many: it is that much slower."""
_runs = count_from(1)


class Made(BaseModel):
    """A prediction for Pydantic."""

    model_config = ConfigDict(protected_namespaces=())
    request_id: str
    family: str
    request: Any
    body_hash: str
    model_version: str
    feature_set: str
    pokedex_hash: str
    answer: Any
    features: str
    late: bool


def measure(ground: Ground, plan: Plan) -> Finding:
    """Needs the ground's database. The log is filled with one real prediction, again and again."""
    with ground.running(*PATH):
        value = asyncio.run(_one_prediction(ground))
    return asyncio.run(_compare(ground, plan, value))


async def _compare(ground: Ground, plan: Plan, value: bytes) -> Finding:
    starts = await _fill(ground, value, plan.replayed)
    rates = await interleave(
        plan.rounds,
        {
            "live": lambda: _live(ground, starts, plan.replayed),
            "peer": lambda: _getmany(ground, starts, plan.replayed),
            "replay": lambda: _replay(ground, starts, plan.replayed),
            "one": lambda: _one_by_one(ground, plan.replayed // ONE_BY_ONE_SHARE),
        },
    )
    all_ours, few = plan.rounds * plan.replayed, plan.rounds * plan.replayed // ONE_BY_ONE_SHARE
    return Finding(
        "P6",
        [
            compare(
                "records a second of dex replay, one worker, against getmany and json.loads",
                "/s",
                rates["replay"],
                rates["peer"],
                Bound("at least", 0.8),
                samples=(all_ours, all_ours),
            ),
            compare(
                "records a second of dex replay, one worker, against FastStream one by one",
                "/s",
                rates["replay"],
                rates["one"],
                Bound("at least", 5.0),
                samples=(all_ours, few),
            ),
            compare(
                "records a second of the drift consumer that catches up, against getmany and json.loads",
                "/s",
                rates["live"],
                rates["peer"],
                samples=(all_ours, all_ours),
            ),
        ],
        [
            f"records of {len(value)} bytes; all columns are binned; the replay keeps its cells in files, "
            "the live consumer in PostgreSQL with their offsets",
            "the replay from its first fetch to its last checkpoint, the others from the first batch in hand",
        ],
    )


async def _one_prediction(ground: Ground) -> bytes:
    async with asking(ground) as ask:
        await ask(Draw(6).duels(1)[0])
    records = await read_all(ground.kafka.bootstrap, PREDICTIONS_MADE.name)
    value: bytes = records[-1].value
    return value


async def _fill(ground: Ground, value: bytes, records: int) -> dict[TopicPartition, int]:
    """Append evenly to all partitions; where the appended begin."""
    consumer = AIOKafkaConsumer(bootstrap_servers=ground.kafka.bootstrap)
    await consumer.start()
    starts: dict[TopicPartition, int] = await consumer.end_offsets(PARTITIONS)
    await consumer.stop()
    producer = create_producer(ground.settings())
    await producer.start()
    for number in range(records):
        last = await producer.send(
            PREDICTIONS_MADE.name, value, key=b"%d" % number, partition=number % len(PARTITIONS)
        )
    await producer.flush()
    await last
    await producer.stop()
    return starts


class _Clocked:
    """The work of drift, and when its first batch came and its last record was done."""

    def __init__(self, work: DriftWork, records: int) -> None:
        self._work, self._missing = work, records
        self._begin, self._first = 0.0, 0
        self._records = records
        self.done: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def __call__(self, batch: Sequence[Delivered]) -> Sequence[Result]:
        if not self._begin:
            self._begin, self._first = time.perf_counter(), len(batch)
        result = await self._work(batch)
        self._missing -= len(batch)
        if self._missing <= 0 and not self.done.done():
            self.done.set_result((self._records - self._first) / (time.perf_counter() - self._begin))
        return result


async def _live(ground: Ground, starts: dict[TopicPartition, int], records: int) -> float:
    """As `services.drift.app` is composed, from where the appended begin, in a group of its own."""
    settings = ground.settings()
    service = ServiceBuilder(f"drift-{next(_runs)}", settings, [PREDICTIONS_MADE])
    database = Database(settings)
    models = ModelReader(settings)
    shelf = ReferenceShelf(settings, models, ArtefactStore(settings.artifacts), families())
    store = WindowStore(settings, database, shelf.definition)
    for reader in (database, models):
        service.add_reader(reader)
    watch = ChangeWatch(database, DriftMetrics(service.registry), settings.drift_adwin_delta)
    drift = DriftWork(store, shelf, watch)
    work = _Clocked(drift, records)

    async def covered(assigned: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        async with database.engine.begin() as connection:
            await connection.execute(text("truncate drift_offsets, drift_cells, drift_windows"))
        await store.covered_offsets(assigned)
        return starts

    drift.consumer = service.consume(
        PREDICTIONS_MADE, work, policy=Policy(hold=True), starting_offsets=covered
    )
    async with running(service.build()):
        looking = asyncio.create_task(_look_every_second(watch))
        try:
            return await work.done
        finally:
            await end_task(looking)


async def _look_every_second(watch: ChangeWatch) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        await watch.look()


async def _replay(ground: Ground, starts: dict[TopicPartition, int], records: int) -> float:
    """One worker of `dex replay windows`, from its first fetch to its last checkpoint."""
    settings = ground.settings()
    share = records // len(PARTITIONS)
    parts = [
        bounds.Part(partition=one.partition, start=at, end=at + share, is_passed=False, is_read_out=True)
        for one, at in starts.items()
    ]
    made = bounds.Plan(
        source="kafka",
        definition=Definition.of(settings.drift_window_seconds, settings.drift_window_records),
        from_ms=0,
        to_ms=2**53,
        planned_at_ms=0,
        parts=tuple(parts),
        releases=tuple(await read_releases(settings)),
    )
    with TemporaryDirectory() as folder:
        shelved = shelve(made, settings, families())
        async with open_source(made.source, settings) as source:
            begin = time.perf_counter()
            for part in parts:
                with open_counter(made, part, shelved, Path(folder)) as counter:
                    await count_partition(source, counter, part, BATCH)
            return len(PARTITIONS) * share / (time.perf_counter() - begin)


async def _getmany(ground: Ground, starts: dict[TopicPartition, int], records: int) -> float:
    consumer = AIOKafkaConsumer(bootstrap_servers=ground.kafka.bootstrap, enable_auto_commit=False)
    await consumer.start()
    consumer.assign(PARTITIONS)
    for partition, offset in starts.items():
        consumer.seek(partition, offset)
    begin, first, seen = 0.0, 0, 0
    while seen < records:
        fetched = await consumer.getmany(timeout_ms=1_000, max_records=PEER_BATCH)
        batch = [record for found in fetched.values() for record in found]
        if batch and not begin:
            begin, first = time.perf_counter(), len(batch)
        for record in batch:
            json.loads(record.value)
        seen += len(batch)
    rate = (records - first) / (time.perf_counter() - begin)
    await consumer.stop()
    return rate


async def _one_by_one(ground: Ground, records: int) -> float:
    """FastStream as its documentation shows it; it begins where the topic does."""
    broker = KafkaBroker(ground.kafka.bootstrap, logger=None)
    done: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    seen, begin = 0, 0.0

    @broker.subscriber(PREDICTIONS_MADE.name, group_id=f"bench-{next(_runs)}", auto_offset_reset="earliest")
    async def handle(body: Made) -> None:
        nonlocal seen, begin
        begin = begin or time.perf_counter()
        seen += 1
        if seen == records:
            done.set_result((records - 1) / (time.perf_counter() - begin))

    app = FastStream(broker, logger=None)
    await app.start()
    try:
        return await done
    finally:
        await app.stop()
