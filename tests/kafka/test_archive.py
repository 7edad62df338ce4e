"""Each prediction is in the archive exactly once, as it lay on the topic: kills, late writers, retention."""

import asyncio
import json
import os
import secrets
import threading
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pandas as pd
import pytest
import typer
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner, Result

from contracts.channels import OUTCOMES_REPORTED, PREDICTIONS_MADE
from contracts.serving import PredictionMade
from services.cli import archive as commands
from services.recorder.app import create_app
from services.recorder.archive import TOPIC, Archive, Limits
from services.recorder.retention import Deleted, Retention, apply_retention
from shared.archive.manifest import Manifest
from shared.archive.record import ArchivedRecord
from shared.archive.rows import from_table
from shared.archive.store import ArchiveStore
from shared.bus import create_producer, publish
from shared.database import create_engine, migrate
from shared.delivery import Delivered
from shared.errors import Misconfigured, TransientFailure
from shared.metrics import ArchiveMetrics
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import eventually, read_all, settings_for, skip_what_others_left
from tests.support.kill_points import (
    AFTER_ARCHIVE_FILE,
    AFTER_ARCHIVE_MANIFEST,
    AFTER_OFFSET_COMMIT,
    AFTER_POLL,
    BEFORE_OFFSET_COMMIT,
    Inside,
)
from tests.support.predictions import a_prediction
from tests.support.service_process import Member

pytestmark = pytest.mark.timeout(180)

NO_BROKER = "127.0.0.1:1"


@pytest.fixture
async def settings(database_url: str, tmp_path: Path) -> AsyncIterator[Settings]:
    """A database and an archive of this test's own, and no broker."""
    plain, name = database_url.replace("+asyncpg", ""), f"archive_{secrets.token_hex(4)}"
    owner = await asyncpg.connect(plain)
    await owner.execute(f"create database {name}")
    made = settings_for(
        NO_BROKER,
        database_url=f"{database_url.rsplit('/', 1)[0]}/{name}",
        data_dir=tmp_path,
        archive=str(tmp_path / "archive"),
        archive_seconds=0.1,
    )
    await migrate(made.database_url)
    yield made
    await owner.execute(f"drop database {name} with (force)")
    await owner.close()


@pytest.fixture
async def on_kafka(settings: Settings, kafka_bootstrap: str) -> Settings:
    """The same on a broker, where the groups go on at the end of the topics."""
    made = settings.model_copy(update={"kafka_bootstrap": kafka_bootstrap})
    for group in ("archive", "recorder"):
        await skip_what_others_left(made, group, PREDICTIONS_MADE)
    await skip_what_others_left(made, "recorder", OUTCOMES_REPORTED)
    return made


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(settings)
    yield engine
    await engine.dispose()


@pytest.fixture
def manifest(engine: AsyncEngine) -> Manifest:
    return Manifest(lambda: engine)


async def send(settings: Settings, *predictions: PredictionMade) -> None:
    producer = create_producer(settings)
    await producer.start()
    try:
        await asyncio.gather(
            *(publish(producer, PREDICTIONS_MADE, one, key=one.request_id) for one in predictions)
        )
    finally:
        await producer.stop()


def some(count: int, **changes: Any) -> list[PredictionMade]:
    run = secrets.token_hex(4)
    return [a_prediction(f"{run}-{number}", **changes) for number in range(count)]


async def archived(manifest: Manifest, settings: Settings) -> list[ArchivedRecord]:
    """What the files that count hold."""
    store = ArchiveStore(settings.archive)
    return [
        record for file in await manifest.files() for record in from_table(store.read(file.path, file.sha256))
    ]


async def on_topic(settings: Settings, sent: list[PredictionMade]) -> list[Any]:
    ids = {one.request_id.encode() for one in sent}
    return [one for one in await read_all(settings.kafka_bootstrap, TOPIC) if one.key in ids]


async def until_archived(manifest: Manifest, settings: Settings, sent: list[PredictionMade]) -> list[Any]:
    """Wait until everything that was sent is covered; returns the records of the topic."""
    records = await on_topic(settings, sent)
    ends = {record.partition: record.offset + 1 for record in records}

    async def is_covered() -> bool:
        covered = await manifest.covered(TOPIC)
        return all(covered.get(partition, 0) >= end for partition, end in ends.items())

    await eventually(is_covered, "the archive to cover what was sent")
    return records


async def test_every_record_is_archived_once_as_it_lay_on_the_topic(
    on_kafka: Settings, manifest: Manifest
) -> None:
    settings = on_kafka
    sent = some(40) + some(5, family="iris", features=b"\0\0\xc0\x7f" * 3)
    sent += sent[:10]  # delivered twice: two records, both kept
    async with running(create_app(settings)):
        await send(settings, *sent)
        records = await until_archived(manifest, settings, sent)
    found = {(one.partition, one.offset): one for one in await archived(manifest, settings)}
    assert len(found) == len(records) == 55
    by_id = {one.request_id: one for one in sent}
    for record in records:
        one = found[record.partition, record.offset]
        assert (one.timestamp_ms, one.made) == (record.timestamp, by_id[record.key.decode()])
    files = await manifest.files()
    assert {file.family for file in files} == {"battle", "iris"}
    frame = pd.read_parquet([ArchiveStore(settings.archive).path(file.path) for file in files])
    assert Counter(frame["family"]) == {"battle": 50, "iris": 5}
    assert set(frame["features"].map(len)) == {1, 3}


async def test_a_recorder_that_is_killed_anywhere_archives_each_record_once(
    on_kafka: Settings, manifest: Manifest, tmp_path: Path
) -> None:
    settings = on_kafka
    sent: list[PredictionMade] = []
    points = (
        AFTER_POLL,
        AFTER_ARCHIVE_FILE,
        AFTER_ARCHIVE_MANIFEST,
        BEFORE_OFFSET_COMMIT,
        AFTER_ARCHIVE_FILE,
        AFTER_OFFSET_COMMIT,
    )
    for number, point in enumerate(points):
        batch = some(30)
        sent += batch
        await send(settings, *batch)
        inside = Inside(kill_at=point, hits=1 + number % 3 if point != AFTER_OFFSET_COMMIT else 1)
        member = Member("recorder", settings, tmp_path / f"recorder-{number}.log", inside=inside)
        member.start()
        async with asyncio.timeout(60):
            while member.is_alive:  # a point that is passed once a file needs more than one
                batch = some(5)
                sent += batch
                await send(settings, *batch)
                await asyncio.sleep(0.3)
        await member.wait_gone(1)
        assert f"killed: {point}" in member.log()
    async with running(create_app(settings)):
        records = await until_archived(manifest, settings, sent)
    found = Counter((one.partition, one.offset) for one in await archived(manifest, settings))
    assert found == Counter((record.partition, record.offset) for record in records)
    assert len(records) == len(sent) >= 30 * len(points)


@dataclass
class Settled:
    """A consumer's place that the archive tells what is done."""

    is_outlived: bool = False
    offsets: dict[TopicPartition, int] | None = None

    def settle(self, next_offsets: dict[TopicPartition, int]) -> None:
        self.offsets = next_offsets


def writer(manifest: Manifest, settings: Settings) -> tuple[Archive, Settled]:
    limits, metrics = Limits(seconds=3_600, records=10_000), ArchiveMetrics(CollectorRegistry())
    archive, place = Archive(manifest, settings.archive, limits, metrics), Settled()
    archive.follow(place)  # type: ignore[arg-type]
    return archive, place


@dataclass
class Lying:
    """A record on partition 0."""

    offset: int
    topic: str = TOPIC
    partition: int = 0
    timestamp: int = 1_772_366_400_000
    key: bytes | None = b"k"
    value: bytes | None = b""
    headers: Sequence[tuple[str, bytes | None]] = ()


def batch(*offsets: int) -> list[Delivered]:
    return [
        Delivered(Lying(offset), a_prediction(f"r{offset}"), f"r{offset}", None, None, {})
        for offset in offsets
    ]


async def test_a_writer_that_woke_up_late_adds_nothing(
    settings: Settings, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    (late, late_place), (other, _) = writer(manifest, settings), writer(manifest, settings)
    await late(batch(0, 1, 2))
    await other(batch(0, 1, 2, 4))
    wrote, may_go_on = asyncio.Event(), threading.Event()
    original, loop = ArchiveStore.write, asyncio.get_running_loop()

    def slow(*args: Any) -> Any:
        written = original(*args)
        loop.call_soon_threadsafe(wrote.set)
        assert may_go_on.wait(30)
        return written

    with monkeypatch.context() as patch:
        patch.setattr(ArchiveStore, "write", slow)
        writing = asyncio.create_task(late.write())
        await wrote.wait()
    await other.write()
    may_go_on.set()
    with pytest.raises(TransientFailure, match="another process"):
        await writing

    await late(batch(2, 4, 5))
    await late.write()
    assert [one.offset for one in await archived(manifest, settings)] == [0, 1, 2, 4, 5]
    assert late_place.offsets == {TopicPartition(TOPIC, 0): 6}
    assert len(list(ArchiveStore(settings.archive).names())) == len(await manifest.files()) == 2


async def test_a_batch_that_outlived_its_assignment_is_left_to_its_owner(
    settings: Settings, manifest: Manifest
) -> None:
    archive, place = writer(manifest, settings)
    place.is_outlived = True
    await archive(batch(7, 8))
    place.is_outlived = False
    await archive(batch(5, 6, 7, 8))
    await archive.write()
    assert [one.offset for one in await archived(manifest, settings)] == [5, 6, 7, 8]


async def test_retention_deletes_what_is_older_and_nothing_else(
    settings: Settings, engine: AsyncEngine, manifest: Manifest
) -> None:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    archive, _ = writer(manifest, settings)
    old, new = batch(0, 1), batch(2, 3)
    for one, days in (*((one, 40) for one in old), *((one, 2) for one in new)):
        one.record.timestamp = int((now - timedelta(days=days)).timestamp() * 1_000)
    await archive([*old, *new])
    await archive.write()
    store = ArchiveStore(settings.archive)
    folder = store.path(next(iter(store.names()))).parent
    partial, stray = folder / ".partial-x", folder / "stray.parquet"
    for file in (partial, stray):
        file.write_text("left by a crash")
        os.utime(file, (0, 0))
    rows = text(
        "insert into predictions (request_id, family, request, body_hash, model_version, feature_set, "
        "pokedex_hash, answer, features, late, source_partition, source_offset, made_at) "
        "values (:id, 'battle', '{}', '', '', '', '', '{}', '', false, 0, 0, :at)"
    )
    reports = text(
        "insert into outcomes (request_id, reporter, outcome, source_partition, source_offset, reported_at) "
        "values (:id, 'k', 'a', 0, 0, :at)"
    )
    async with engine.begin() as connection:
        for name, days in (("older", 31), ("younger", 29)):
            for statement in (rows, reports):
                await connection.execute(statement, {"id": name, "at": now - timedelta(days=days)})

    async def apply(log_days: int, archive_days: int) -> Deleted:
        return await apply_retention(
            engine, manifest, settings.archive, Retention(log_days, archive_days), now
        )

    assert await apply(0, 0) == Deleted(partials=1)
    async with engine.connect() as holder:
        await holder.execute(text("select pg_advisory_lock(7003614250171002)"))
        assert await apply(30, 30) == Deleted()  # another recorder is at it
        await holder.execute(text("select pg_advisory_unlock_all()"))
    assert await apply(30, 30) == Deleted(predictions=1, outcomes=1, files=1)
    assert [one.offset for one in await archived(manifest, settings)] == [2, 3]
    async with engine.connect() as connection:
        for table in ("predictions", "outcomes"):
            left = await connection.scalars(text(f"select request_id from {table}"))
            assert left.all() == ["younger"]
    assert stray.exists()
    assert await manifest.covered(TOPIC) == {0: 4}


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PDX_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PDX_ARCHIVE", settings.archive)


async def dex(*arguments: str, said: str = "") -> Result:
    app = typer.Typer()
    commands.register(app)
    return await asyncio.to_thread(CliRunner().invoke, app, ["archive", *arguments], input=said)


@pytest.mark.usefixtures("environment")
async def test_the_commands_tell_what_counts_and_delete_what_is_chosen(
    settings: Settings, manifest: Manifest
) -> None:
    archive, _ = writer(manifest, settings)
    early, later = batch(3, 4), batch(6)
    later[0].record.timestamp += 86_400_000
    await archive([*early, *later])
    await archive.write()
    store = ArchiveStore(settings.archive)
    stray = store.path("stray.parquet")
    stray.write_text("left by a crash")
    os.utime(stray, (0, 0))

    listed = json.loads((await dex("ls", "--json")).stdout)["files"]
    assert [(file["day"], file["first_offset"], file["records"]) for file in listed] == [
        ("2026-03-01", 3, 2),
        ("2026-03-02", 6, 1),
    ]
    assert len(pd.read_parquet([file["file"] for file in listed])) == 3
    shown = await dex("ls", "--until", "2026-03-01")
    assert "3 to 4" in shown.stdout
    assert "1 files" in shown.stdout

    report = json.loads((await dex("describe", "--verify", "--json")).stdout)
    assert report["partitions"] == [{"partition": 0, "first": 3, "covered": 7, "records": 3, "absent": 1}]
    assert (report["families"], report["strays"], report["broken"]) == ({"battle": 3}, ["stray.parquet"], [])
    one = await dex("describe", listed[0]["path"])
    assert "list<" in one.stdout
    assert (await dex("describe", "nothing.parquet")).exit_code == 1
    assert isinstance((await dex("purge")).exception, Misconfigured)
    assert isinstance((await dex("ls", "--since", "May")).exception, Misconfigured)

    assert (await dex("purge", "--before", "2026-03-02", said="n\n")).exit_code == 1
    assert "Would delete 1 files" in (await dex("purge", "--before", "2026-03-02", "--dry-run")).stdout
    assert len(await manifest.files()) == 2
    purged = json.loads((await dex("purge", "--before", "2026-03-02", "--strays", "--yes", "--json")).stdout)
    assert (purged["files"], purged["records"], purged["strays"]) == (1, 2, 1)
    assert list(store.names()) == [file.path for file in await manifest.files()]

    store.path(listed[1]["path"]).write_text("altered")
    broken = await dex("describe", "--verify")
    assert broken.exit_code == 1
    assert "was altered" in broken.stderr
    assert isinstance((await dex("describe", listed[1]["path"])).exception, Misconfigured)
