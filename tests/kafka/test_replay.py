"""Replayed windows, from the topic, the archive and a copy, are the live ones; killed replays go on."""

import asyncio
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from prometheus_client import CollectorRegistry

from contracts.channels import MODEL_ASSIGNED, MODEL_RELEASED, PREDICTIONS_MADE
from services.cli.replay.counting import count, write_plan
from services.cli.replay.running import Asked, Outcome, finish, plan
from services.cli.replay.sources import open_source
from services.drift.app import create_app
from services.embedded.kafka import EmbeddedKafka
from services.recorder.archive import Archive, Limits
from shared.archive.manifest import Manifest
from shared.bus import create_producer, publish
from shared.database import create_engine
from shared.delivery import Delivered
from shared.delivery.door import open_record
from shared.drift.documents import windows_sha256
from shared.drift.spans import Definition
from shared.errors import Misconfigured
from shared.metrics import ArchiveMetrics
from shared.settings import Settings
from shared.signing import ensure_keys, sign_release
from shared.topics import create_topics
from tests.support.archives import lay
from tests.support.asgi import running
from tests.support.bus import eventually, read_all, settings_for
from tests.support.drift import a_reference, observed_rows
from tests.support.drift_family import FAMILY, DriftingFamily, prediction, release, send, shown
from tests.support.gateway import answer
from tests.support.own_database import own_database
from tests.support.predictions import a_prediction
from tests.support.releases import a_release
from tests.support.s3_server import S3Server

pytestmark = pytest.mark.timeout(180)
KNOWN = {FAMILY: DriftingFamily()}
BY_SECOND = Definition("time", 1_000)
MANY = 600
GROWN = PREDICTIONS_MADE.partitions + 1


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A log that begins with this test: what others wrote, or let be deleted, would be in the windows.

    A partition was added to it.
    """

    async def make_topics(bootstrap: str) -> None:
        await create_topics(bootstrap)
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        try:
            await admin.create_partitions({PREDICTIONS_MADE.name: NewPartitions(total_count=GROWN)})
        finally:
            await admin.close()

    with a_broker(tmp_path_factory) as bootstrap:
        asyncio.run(make_topics(bootstrap))
        yield bootstrap


@pytest.fixture
def other_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another one, without topics."""
    with a_broker(tmp_path_factory) as bootstrap:
        yield bootstrap


@contextmanager
def a_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    broker = EmbeddedKafka(tmp_path_factory.mktemp("kafka"))
    broker.start()
    try:
        yield broker.bootstrap
    finally:
        broker.stop()


@pytest.fixture
async def settings(own_broker: str, database_url: str, tmp_path: Path) -> AsyncIterator[Settings]:
    """A database and an archive of this test's own."""
    async with own_database(database_url, "replay") as own:
        made = settings_for(
            own_broker,
            database_url=own,
            data_dir=tmp_path,
            archive=str(tmp_path / "archive"),
            drift_window_seconds=1,
            drift_grace_seconds=0.1,
            drift_least_records=20,
            drift_alarm_windows=1,
        )
        ensure_keys(made.signing_key_file, made.verify_key_file)
        yield made


class _Place:
    """A consumer's place that nobody asks for."""

    is_outlived = False

    def settle(self, _: object) -> None:
        """Nothing is committed."""


async def write_archive(settings: Settings) -> None:
    """Archive the whole topic, in files of 50 records a partition."""
    engine = create_engine(settings)
    limits = Limits(seconds=3_600, records=200)
    archive = Archive(Manifest(lambda: engine), settings.archive, limits, ArchiveMetrics(CollectorRegistry()))
    archive.follow(_Place())  # type: ignore[arg-type]
    await archive.starting_offsets(
        frozenset(TopicPartition(PREDICTIONS_MADE.name, number) for number in range(GROWN))
    )
    opened = [
        open_record(PREDICTIONS_MADE, one)
        for one in await read_all(settings.kafka_bootstrap, PREDICTIONS_MADE.name)
    ]
    batch = [one for one in opened if isinstance(one, Delivered)]
    for begin in range(0, len(batch), 100):
        await archive(batch[begin : begin + 100])
    await archive.write()
    await engine.dispose()


def left_over(data: Path) -> list[Path]:
    return list(data.glob("replays/*"))


async def replayed(
    settings: Settings, folder: Path, source: str, *, batch: int = 37, **asked: Any
) -> Outcome:
    """A replay in this process, where the made-up family is known."""
    options = {"begin": None, "end": None, "definition": BY_SECOND, "reference": None} | asked
    made = await plan(Asked(source=source, **options), settings)
    await asyncio.to_thread(folder.mkdir)
    write_plan(folder, made)
    for part in made.parts:
        await count(folder, settings, KNOWN, [part.partition], batch)
    outcome = Outcome()
    await asyncio.to_thread(finish, folder, settings, KNOWN, outcome, lambda _: None)
    return outcome


async def copy_in_one_partition(settings: Settings, bootstrap: str) -> None:
    """The predictions with their keys and times in one partition of another broker, and the releases."""
    kept = {"message.timestamp.type": "CreateTime"}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(PREDICTIONS_MADE.name, 1, 1, topic_configs=kept)])
    finally:
        await admin.close()
    await create_topics(bootstrap, [MODEL_RELEASED, MODEL_ASSIGNED])
    producer = create_producer(settings_for(bootstrap))
    await producer.start()
    try:
        for channel in (MODEL_RELEASED, PREDICTIONS_MADE):
            records = await read_all(settings.kafka_bootstrap, channel.name)
            sent = [
                await producer.send(
                    one.topic, one.value, key=one.key, headers=[*one.headers], timestamp_ms=one.timestamp
                )
                for one in sorted(records, key=lambda record: record.timestamp)
            ]
            await asyncio.gather(*sent)
    finally:
        await producer.stop()


def copy_archive(folder: Path, root: str) -> None:
    """The same files elsewhere: the manifest names them by where they lie below `root`."""
    for file in folder.rglob("*.parquet"):
        lay(root, file.relative_to(folder).as_posix(), file.read_bytes())


async def groups(settings: Settings) -> Sequence[Any]:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        return sorted(await admin.list_consumer_groups())
    finally:
        await admin.close()


async def test_live_replayed_and_archived_windows_are_the_same_bytes(
    settings: Settings, tmp_path: Path, other_broker: str, s3_server: S3Server
) -> None:
    version, bare = secrets.token_hex(4), secrets.token_hex(4)
    await release(settings, version, a_reference())
    await release(settings, bare, None)
    rows = iter(observed_rows(1_000, seed=31))
    database = await asyncpg.connect(settings.database_url.replace("+asyncpg", ""))
    sent = 0
    async with running(create_app(settings, KNOWN)):
        for _ in range(3):
            made = [prediction(next(rows), version) for _ in range(120)]
            again = [prediction(next(rows), version, one.request_id) for one in made[:10]]
            await send(settings, [*made, *again, *(prediction(next(rows), bare) for _ in range(20))])
            sent += 140

            async def is_shown(expected: int = sent) -> bool:
                return sum(window.events for window in await shown(database)) == expected

            await eventually(is_shown, f"{sent} predictions in live windows", timeout_s=60)
    live = await shown(database)
    await database.close()
    log = await read_all(settings.kafka_bootstrap, PREDICTIONS_MADE.name)
    assert {one.partition for one in log} == set(range(GROWN))
    await write_archive(settings)
    before = await groups(settings)
    outcomes = [
        await replayed(settings, tmp_path / f"of-{kind}-by-{batch}", kind, batch=batch)
        for kind in ("kafka", "archive")
        for batch in (1, 5_000)
    ]
    assert await groups(settings) == before
    await copy_in_one_partition(settings, other_broker)
    assert {one.partition for one in await read_all(other_broker, PREDICTIONS_MADE.name)} == {0}
    copied = settings.model_copy(update={"kafka_bootstrap": other_broker})
    outcomes.append(await replayed(copied, tmp_path / "of-copy", "kafka"))
    in_bucket = settings.model_copy(update={"archive": s3_server.archive(s3_server.make_bucket())})
    await asyncio.to_thread(copy_archive, Path(settings.archive), in_bucket.archive)
    outcomes.append(await replayed(in_bucket, tmp_path / "of-bucket", "archive"))
    for outcome in outcomes:
        assert (outcome.windows, outcome.duplicates, outcome.partial) == (len(live), 30, [])
        assert outcome.windows_sha256 == windows_sha256(live)

    first = min(window.start_ms for window in live)
    single = await replayed(settings, tmp_path / "of-one", "archive", begin=first, end=first + 1)
    assert single.events == sum(window.events for window in live if window.start_ms == first)
    with pytest.raises(Misconfigured, match="no release has that version"):
        await replayed(settings, tmp_path / "of-none", "kafka", reference="never-released")


def environment(settings: Settings) -> Mapping[str, str]:
    return {
        **os.environ,
        "PDX_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "PDX_DATABASE_URL": settings.database_url,
        "PDX_DATA_DIR": str(settings.data_dir),
        "PDX_ARTIFACTS": settings.artifacts,
        "PDX_ARCHIVE": settings.archive,
        "PDX_DRIFT_GRACE_SECONDS": str(settings.drift_grace_seconds),
    }


async def dex(settings: Settings, *options: str, module: str = "services.cli") -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", module, "replay", *options),
        env=environment(settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def said(process: asyncio.subprocess.Process) -> dict[str, Any]:
    out, err = await process.communicate()
    assert process.returncode == 0, out.decode() + err.decode()
    found: dict[str, Any] = json.loads(out)
    return found


async def test_a_partition_is_read_right_after_one_record_of_it_was_looked_up(settings: Settings) -> None:
    made = [prediction(row, "v1") for row in observed_rows(20, seed=32)]
    await send(settings, made, partition=0)
    async with open_source("kafka", settings) as source:
        extent = (await source.extents())[0]
        for _ in range(3):
            assert await source.time_of(0, extent.end - 20) is not None
            async with asyncio.timeout(30):
                found = [
                    one async for batch in source.read(0, extent.end - 20, extent.end, 7) for one in batch
                ]
            assert [one.request_id for one in found] == [one.request_id for one in made]


async def test_a_killed_replay_goes_on_and_says_the_same(settings: Settings, tmp_path: Path) -> None:
    version = secrets.token_hex(4)
    made = sign_release(a_release(family="battle", version=version), settings.signing_key_file)
    producer = create_producer(settings)
    await producer.start()
    await publish(producer, MODEL_RELEASED, made, key=f"battle/{version}")
    await producer.stop()
    body = msgspec.Raw(msgspec.json.encode(answer()))
    run = secrets.token_hex(4)
    for begin in range(0, MANY, 300):  # not all at once: each has ten seconds to be written
        numbers = range(begin, begin + 300)
        await send(
            settings,
            [a_prediction(f"{run}-{number}", model_version=version, answer=body) for number in numbers],
        )
    records = await read_all(settings.kafka_bootstrap, PREDICTIONS_MADE.name)
    last_ms = max(one.timestamp for one in records)
    await eventually(lambda: time.time() * 1_000 > last_ms + 1_200, "the last window to be over")
    slowly = ("windows", "--window", "1s", "--batch", "1", "--workers", "1", "--json")
    killed = await dex(settings, *slowly, module="tests.support.killed_replay")
    await killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    resumed = await said(await dex(settings, *slowly))
    files = [tmp_path / "one.jsonl", tmp_path / "other.jsonl"]
    whole = await said(await dex(settings, "windows", "--window", "1s", "--json", "--out", str(files[0])))
    assert (resumed["resumed"], whole["resumed"]) == (True, False)
    assert resumed["partial"] == whole["partial"] == []
    assert 0 < resumed["records"] < whole["records"]
    assert resumed["windows_sha256"] == whole["windows_sha256"]
    assert whole["events"] >= MANY
    assert left_over(tmp_path) == []

    files[1].write_bytes(files[0].read_bytes())
    compared = await said(await dex(settings, "compare", *map(str, files), "--json"))
    assert (compared["same"], compared["differing"]) == (whole["windows"], [])
