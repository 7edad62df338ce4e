"""An archive of a test's own: its database, its writers, and what it holds."""

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry
from pyarrow import fs
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.channels import OUTCOMES_REPORTED, PREDICTIONS_MADE
from contracts.serving import PredictionMade
from services.recorder.archive import TOPIC, Archive, Limits
from shared.archive.address import BucketAddress, parse_address
from shared.archive.manifest import Manifest
from shared.archive.record import ArchivedRecord
from shared.archive.rows import from_table
from shared.archive.store import ArchiveStore
from shared.database import create_engine
from shared.database.archive_tables import ArchiveOffset
from shared.delivery import Delivered
from shared.metrics import ArchiveMetrics
from shared.settings import Settings
from tests.support.bus import eventually, log_ends, read_all, settings_for, skip_what_others_left
from tests.support.own_database import own_database
from tests.support.predictions import a_prediction

NO_BROKER = "127.0.0.1:1"
in_each_place = pytest.mark.parametrize("archive_root", ["folder", "bucket"], indirect=True)
"""Runs a test with a folder, and with a bucket."""


@pytest.fixture
async def settings(database_url: str, archive_root: str, tmp_path: Path) -> AsyncIterator[Settings]:
    """A database and an archive of this test's own, and no broker."""
    async with own_database(database_url, "archive") as own:
        yield settings_for(
            NO_BROKER,
            database_url=own,
            data_dir=tmp_path,
            archive=archive_root,
            archive_seconds=0.1,
        )


@pytest.fixture
async def on_kafka(settings: Settings, kafka_bootstrap: str, engine: AsyncEngine) -> Settings:
    """The same on a broker, where recording and archiving go on at the end of the topics."""
    made = settings.model_copy(update={"kafka_bootstrap": kafka_bootstrap})
    for channel in (PREDICTIONS_MADE, OUTCOMES_REPORTED):
        await skip_what_others_left(made, "recorder", channel)
    ends = await log_ends(kafka_bootstrap, PREDICTIONS_MADE)
    rows = [{"topic": TOPIC, "partition": one, "covered_offset": end} for one, end in ends.items()]
    async with engine.begin() as connection:
        await connection.execute(insert(ArchiveOffset), rows)
    return made


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(settings)
    yield engine
    await engine.dispose()


@pytest.fixture
def manifest(engine: AsyncEngine) -> Manifest:
    return Manifest(lambda: engine)


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


def lay(root: str, name: str, content: bytes) -> None:
    """A file that no writer put into the archive."""
    address = parse_address(root)
    if isinstance(address, BucketAddress):
        files, key = fs.FileSystem.from_uri(address.uri(name))
        with files.open_output_stream(key) as stream:
            stream.write(content)
        return
    path = address.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def later(monkeypatch: pytest.MonkeyPatch, hours: float = 2.0) -> None:
    """Files are as old as if it were some hours from now."""
    clock = SimpleNamespace(time=lambda: time.time() + hours * 3_600)
    for module in ("folder", "bucket"):
        monkeypatch.setattr(f"shared.archive.{module}.time", clock)


@dataclass
class Settled:
    """A consumer's place that the archive tells what is done, and asks to be moved."""

    is_outlived: bool = False
    is_owner: bool = True
    is_to_be_placed: bool = False
    offsets: dict[TopicPartition, int] | None = None

    def settle(self, next_offsets: dict[TopicPartition, int]) -> None:
        self.offsets = next_offsets

    def owns(self, _: TopicPartition) -> bool:
        return self.is_owner

    def place_all_anew(self) -> None:
        self.is_to_be_placed = True


PLACE = TopicPartition(TOPIC, 0)


@dataclass
class Writer:
    """A process that archives partition 0; `told`: what its readiness says."""

    archive: Archive
    place: Settled
    metrics: ArchiveMetrics
    told: dict[str, str | None]

    async def assign(self) -> int:
        """Give it the partition, or place it anew; where it reads on."""
        self.place.is_to_be_placed = False
        return (await self.archive.starting_offsets(frozenset({PLACE})))[PLACE]

    async def keep(self, *offsets: int) -> None:
        """Take the records with these offsets, and archive them."""
        await self.archive(batch(*offsets))
        await self.archive.write()

    def moved(self, direction: str) -> float:
        """How often it found its partition elsewhere."""
        return float(self.metrics.moved.labels(direction)._value.get())


def unassigned(manifest: Manifest, settings: Settings, seconds: float = 3_600) -> Writer:
    """A writer that was not told yet where to begin. `seconds`: what waits so long is archived."""
    limits, metrics = Limits(seconds=seconds, records=10_000), ArchiveMetrics(CollectorRegistry())
    told: dict[str, str | None] = {}
    archive, place = Archive(manifest, settings.archive, limits, metrics, told.__setitem__), Settled()
    archive.follow(place)  # type: ignore[arg-type]
    return Writer(archive, place, metrics, told)


async def writer(manifest: Manifest, settings: Settings, seconds: float = 3_600) -> Writer:
    """One that has partition 0."""
    made = unassigned(manifest, settings, seconds)
    await made.assign()
    return made


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
